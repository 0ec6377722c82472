//! `cargo xtask test`: everything that must pass, cheapest first.
//!
//! Needs Rust and a C compiler; the rest is seen to by [`setup`]. A clean clone took ten minutes on
//! two cores that did other work too (13 minutes of processor time), nearly all of it compiling.

use std::path::Path;

use anyhow::{Context as _, Result};

use crate::setup::TestTools;
use crate::step::{self, cargo, step, works};
use crate::{automations, check, sdk, setup};

/// Runs all steps; stops at the first that fails.
///
/// # Errors
/// The failed step and the command to run again.
pub(crate) fn run(root: &Path) -> Result<()> {
    let tools = set_up(root)?;
    check::run(root)?;
    step(sdk::STEP, || sdk::run(root, &tools))?;
    step("build", || step::run(cargo(root).args(["build", "--locked", "--workspace", "--bins"])))?;
    step("tests", || {
        clear(&tools.report)?;
        let mut command = cargo(root);
        if works("cargo", &["nextest", "--version"]) {
            command.args(["nextest", "run", "--locked", "--workspace"]);
        } else {
            command.args(["test", "--locked", "--workspace", "--lib", "--bins", "--tests"]);
        }
        tools.tell(&mut command);
        step::run(&mut command)?;
        show(&tools.report)
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

/// Runs the part that is about the verification libraries.
///
/// # Errors
/// As [`run`].
pub(crate) fn sdk(root: &Path) -> Result<()> {
    let tools = set_up(root)?;
    step(sdk::STEP, || sdk::run(root, &tools))
}

/// Writes pictures of every page of the dashboard to `docs/screenshots`.
///
/// # Errors
/// As [`run`].
pub(crate) fn screenshots(root: &Path) -> Result<()> {
    let tools = set_up(root)?;
    step("pictures of every page", || {
        let mut command = cargo(root);
        command.args(["test", "--locked", "--quiet", "--package", "fanfare", "--test", "it"]);
        command.args(["--", "--exact", "browser::screenshots", "--ignored", "--nocapture"]);
        tools.tell(&mut command);
        step::run(&mut command)
    })
}

/// Removes the report of an earlier run.
fn clear(report: &Path) -> Result<()> {
    match std::fs::remove_file(report) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(error).with_context(|| format!("removing {}", report.display()))
        }
        _ => Ok(()),
    }
}

/// Prints what tests left for the end of the run.
fn show(report: &Path) -> Result<()> {
    let text = std::fs::read_to_string(report)
        .with_context(|| format!("no test left a report in {}", report.display()))?;
    for line in text.lines() {
        println!("   {line}");
    }
    Ok(())
}

fn set_up(root: &Path) -> Result<TestTools> {
    step(setup::PROGRAMS_STEP, setup::programs)?;
    step("what the tests check us with", || setup::tools(root))
}
