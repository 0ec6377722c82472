//! The contract.

use crate::support::fresh;

fanfare_store::conformance_suite!(fresh);
