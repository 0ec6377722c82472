//! The embedded store: the conformance suite, and what only it promises.

mod conformance;
mod erasure;
mod faults;
mod process;
mod recovery;
mod schema;
mod support;
