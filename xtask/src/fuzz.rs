//! `cargo xtask fuzz`: made-up inputs, for a while, for whatever reads what strangers send.
//!
//! The readers' own tests (`anything` in `fanfare-inbound`) replay the corpus in
//! `crates/fanfare-inbound/tests/corpus` and make a few hundred inputs from it in every run of the
//! tests; here they make them until the time is over, each round from another seed. An input that
//! breaks a promise is made small, printed and kept beside the tests; put it into the corpus.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::Result;

use crate::step::{self, cargo, step};

/// Inputs of each reader in one round.
const CASES: &str = "4000";
const READERS: [&str; 7] =
    ["test", "--locked", "--quiet", "--package", "fanfare-inbound", "--test", "it"];

/// Fuzzes for so long.
///
/// # Errors
/// When an input broke a promise.
#[expect(clippy::disallowed_methods, reason = "how long it goes on is a matter of real time")]
pub(crate) fn run(root: &Path, lasts: Duration) -> Result<()> {
    step("build (tests)", || step::run(cargo(root).args(READERS).arg("--no-run")))?;
    let until = Instant::now() + lasts;
    let mut rounds = 0;
    while Instant::now() < until {
        rounds += 1;
        step(&format!("round {rounds}, {CASES} inputs of each kind"), || {
            let round = ["--", "anything::"];
            step::run(cargo(root).args(READERS).args(round).env("PROPTEST_CASES", CASES))
        })?;
    }
    println!("\nNothing broke in {rounds} rounds.");
    Ok(())
}
