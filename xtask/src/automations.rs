//! The automation platforms in `integrations/`: built and linted as their platforms do, and tested
//! against the real binary.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Result;

use crate::setup;
use crate::step::{run_quietly, step};

/// The files that say what is installed.
const PINS: &[&str] = &[
    "package.json",
    "package-lock.json",
    ".npmrc",
    "n8n-nodes-fanfare/package.json",
    "pipedream/package.json",
    "zapier/package.json",
];

/// Installs from the lock file if it is not there yet, builds, lints and tests. Needs the debug
/// build of the binary.
///
/// # Errors
/// The step that failed, with what it printed.
pub(crate) fn run(root: &Path) -> Result<()> {
    step("automation platforms", || {
        install(root)?;
        for script in ["build", "lint", "test"] {
            run_quietly(npm(root).args(["run", "--silent", script]))?;
        }
        Ok(())
    })
}

/// Builds our node of n8n as it is published.
///
/// # Errors
/// When npm or the compiler fails.
pub(crate) fn build(root: &Path) -> Result<()> {
    install(root)?;
    run_quietly(npm(root).args(["run", "--silent", "build"])).map(drop)
}

/// Where a test finds the binary.
pub(crate) fn binary(root: &Path) -> PathBuf {
    root.join("target/debug").join(format!("fanfare{}", std::env::consts::EXE_SUFFIX))
}

fn install(root: &Path) -> Result<()> {
    let folder = root.join("integrations");
    let pins: Vec<PathBuf> = PINS.iter().map(|pin| folder.join(pin)).collect();
    let pins: Vec<&Path> = pins.iter().map(PathBuf::as_path).collect();
    setup::install(&folder.join("node_modules"), &pins, || setup::npm_ci(&folder))
}

fn npm(root: &Path) -> Command {
    let mut command = Command::new("npm");
    command.current_dir(root.join("integrations"));
    command.env("FANFARE_TEST_BINARY", binary(root));
    command
}
