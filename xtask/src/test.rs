//! `cargo xtask test`: everything that must pass, cheapest first.
//!
//! Needs Rust and a C compiler; the rest is seen to by [`setup`]. A clean clone took ten minutes on
//! two cores that did other work too (13 minutes of processor time), nearly all of it compiling.

use std::path::Path;

use anyhow::Result;

use crate::step::{self, cargo, step, works};
use crate::{automations, check, setup};

/// Runs all steps; stops at the first that fails.
///
/// # Errors
/// The failed step and the command to run again.
pub(crate) fn run(root: &Path) -> Result<()> {
    step(setup::PROGRAMS_STEP, setup::programs)?;
    let tools = step("what the tests check us with", || setup::tools(root))?;
    check::run(root)?;
    step("build", || step::run(cargo(root).args(["build", "--locked", "--workspace", "--bins"])))?;
    step("tests", || {
        let mut command = cargo(root);
        if works("cargo", &["nextest", "--version"]) {
            command.args(["nextest", "run", "--locked", "--workspace"]);
        } else {
            command.args(["test", "--locked", "--workspace", "--lib", "--bins", "--tests"]);
        }
        tools.tell(&mut command);
        step::run(&mut command)
    })?;
    step("tests in the documentation", || {
        let mut command = cargo(root);
        command.args(["test", "--locked", "--workspace", "--doc", "--quiet"]);
        tools.tell(&mut command);
        step::run(&mut command)
    })?;
    automations::run(root)?;
    println!("\nEverything passed.");
    Ok(())
}
