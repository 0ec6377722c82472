//! Fault tests of the real binary: it is killed, stopped, cut off from its database, starved of
//! disk and lied to about the time, under load, while a ledger outside of it writes down what it
//! promised and what arrived.
//!
//! ```text
//! publishers ──► nodes ──► receiver         a scenario breaks: nodes, database, network,
//!     │         database      │                                disk, clock, receiver
//!     └───────► ledger ◄──────┘
//!                 │ judge ◄── tables        figures, and the promises that broke
//! ```
//!
//! **Promises.** Everything runs on loopback; every process is one of our own and ends with its
//! scenario, also when that panics; nothing waits without a bound. Choices come from a seed. (How
//! processes interleave does not: the same seed repeats the plan of the faults, not their moment.)
//!
//! Dev only. `cargo xtask chaos --minutes 30` runs all scenarios on the release build; their short
//! versions are tests of the crate `fanfare`. Two schema versions at once (T18) need a
//! second version: tests bring a step of the future, `--previous` names a binary of the past.

mod dice;
mod disk;
mod judge;
mod ledger;
mod node;
mod proxy;
mod publisher;
mod receiver;
mod scenarios;
mod tables;
mod world;

use std::path::PathBuf;
use std::time::Duration;

pub use disk::unmount_all;
pub use judge::Figures;
pub use scenarios::{SCENARIOS, Scenario};

/// From this length on a scenario does all that it can: 20 kills of the database, 100,000 events
/// for a receiver that was away.
const LONG: Duration = Duration::from_secs(90);

/// What a scenario is given.
#[derive(Debug, Clone)]
pub struct Setup {
    /// The binary of the product.
    pub binary: PathBuf,
    /// For how long faults are injected, roughly.
    pub length: Duration,
    /// Where choices come from.
    pub seed: u64,
    /// A server for scenarios that do not break the database; without one each has its own.
    pub postgres: Option<String>,
    /// Another version of the product, for scenarios with two.
    pub other: Option<Other>,
}

/// What there is of another version.
#[derive(Debug, Clone)]
pub enum Other {
    /// Makes the schema of the database at this URL newer than the binary knows.
    NextSchema(fn(&str)),
    /// The binary of a version before.
    Previous(PathBuf),
}

impl Setup {
    pub(crate) fn is_long(&self) -> bool {
        self.length >= LONG
    }
}
