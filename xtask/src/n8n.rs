//! `cargo xtask n8n`: our node in a real n8n.
//!
//! n8n comes from npm into `target/n8n/`, once for each version that is pinned: 2.3 GB, and SQLite's
//! binding is compiled. There is no lock file for its 2,000 packages; n8n itself is pinned.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result};

use crate::step::{self, cargo, run_quietly, step};
use crate::{automations, setup};

/// Installs n8n if it is not there yet, and has it activate a workflow, get a signed delivery, run,
/// and deactivate.
///
/// # Errors
/// The step that failed, with what it printed.
pub(crate) fn run(root: &Path) -> Result<()> {
    step(setup::PROGRAMS_STEP, setup::programs)?;
    step("build", || step::run(cargo(root).args(["build", "--locked", "-p", "fanfare"])))?;
    step("our node", || automations::build(root))?;
    let home = root.join("target/n8n");
    step("n8n", || install(root, &home))?;
    step("a workflow of the real n8n", || {
        let script = root.join("integrations/real-n8n/run.mjs");
        let mut node = Command::new("node");
        node.arg(script).env("FANFARE_TEST_BINARY", automations::binary(root));
        step::run(node.env("FANFARE_TEST_N8N", home.join("node_modules/n8n/bin/n8n")))
    })
}

fn install(root: &Path, home: &Path) -> Result<()> {
    let pins = root.join("integrations/real-n8n");
    let pins = [pins.join("package.json"), pins.join(".npmrc")];
    setup::install(home, &[&pins[0], &pins[1]], || {
        for pin in &pins {
            let name = pin.file_name().context("a pin is a file")?;
            fs::copy(pin, home.join(name)).with_context(|| format!("copying {}", pin.display()))?;
        }
        let quiet = ["--no-audit", "--no-fund", "--loglevel=error"];
        let install = ["install", "--ignore-scripts", "--no-package-lock"];
        run_quietly(Command::new("npm").args(install).args(quiet).current_dir(home))?;
        // The one script that is needed: SQLite's binding.
        run_quietly(Command::new("npm").args(["rebuild", "sqlite3"]).current_dir(home)).map(drop)
    })
}
