//! `cargo xtask test`: everything that must pass, cheapest first.
//!
//! Needs Rust and a C compiler; the rest is seen to by [`setup`]. A clean clone takes well under
//! half an hour on two cores, nearly all of it compiling.

use std::path::Path;
use std::process::Command;

use anyhow::Result;

use crate::step::{self, step, works};
use crate::{check, setup};

/// Runs all steps; stops at the first that fails.
///
/// # Errors
/// The failed step and the command to run again.
pub(crate) fn run(root: &Path) -> Result<()> {
    step("programs: git, Node, npm, Python", setup::programs)?;
    let mut tools = None;
    step("libraries that the tests check us with", || {
        tools = Some(setup::libraries(root)?);
        Ok(())
    })?;
    check::run(root)?;
    step("build", || step::run(cargo(root).args(["build", "--locked", "--workspace", "--bins"])))?;
    let tell = |command: &mut Command| tools.iter().for_each(|tools| tools.tell(command));
    step("tests", || {
        let mut command = cargo(root);
        if works("cargo", &["nextest", "--version"]) {
            command.args(["nextest", "run", "--locked", "--workspace"]);
        } else {
            command.args(["test", "--locked", "--workspace", "--lib", "--bins", "--tests"]);
        }
        tell(&mut command);
        step::run(&mut command)
    })?;
    step("tests in the documentation", || {
        let mut command = cargo(root);
        command.args(["test", "--locked", "--workspace", "--doc", "--quiet"]);
        tell(&mut command);
        step::run(&mut command)
    })?;
    println!("\nEverything passed.");
    Ok(())
}

fn cargo(root: &Path) -> Command {
    let mut command = Command::new("cargo");
    command.current_dir(root);
    command
}
