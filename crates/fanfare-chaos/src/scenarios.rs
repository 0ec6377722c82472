//! The scenarios, each a function that sets up its world, breaks it, and has it judged.

mod clocks;
mod disk;
mod kills;
mod network;
mod overload;
mod receivers;
mod restarts;
mod stall;
mod versions;

use crate::{Figures, Setup};

/// A scenario.
#[derive(Debug, Clone, Copy)]
pub struct Scenario {
    /// Its number and what it does.
    pub name: &'static str,
    /// Which store it is about.
    pub backend: &'static str,
    /// Runs it.
    pub run: fn(&Setup) -> Figures,
}

const fn postgres(name: &'static str, run: fn(&Setup) -> Figures) -> Scenario {
    Scenario { name, backend: "postgres", run }
}

const fn embedded(name: &'static str, run: fn(&Setup) -> Figures) -> Scenario {
    Scenario { name, backend: "sqlite", run }
}

/// All of them.
pub const SCENARIOS: &[Scenario] = &[
    postgres("T1 nodes killed", kills::nodes),
    embedded("T1 node killed", kills::embedded),
    postgres("T2 node stalled past its lease", stall::node),
    postgres("T3 database killed", kills::database),
    postgres("T4 network drops, delays, closes", network::proxy),
    postgres("T5 database slow, sessions busy", overload::slow_database),
    postgres("T6 disk full", disk::postgres),
    embedded("T6 disk full", disk::embedded),
    postgres("T8 clocks an hour wrong", clocks::wrong),
    postgres("T14/T15 receiver away and back", receivers::postgres),
    embedded("T14/T15 receiver away and back", receivers::embedded),
    postgres("T17 rolling restart", restarts::rolling),
    embedded("T17 restart", restarts::embedded),
    postgres("T18 two schema versions", versions::two),
];
