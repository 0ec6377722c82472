//! `cargo xtask chaos`: builds the release binaries and lets `fanfare-chaos` do the rest.

use std::path::Path;
use std::process::Command;

use anyhow::Result;

use crate::setup;
use crate::step::{self, cargo, step};

/// Builds what is broken and what breaks it, then breaks it.
///
/// # Errors
/// When the build fails or a promise broke.
pub(crate) fn run(root: &Path, arguments: &[String]) -> Result<()> {
    step(setup::PROGRAMS_STEP, setup::programs)?;
    let packages = ["--package", "fanfare", "--package", "fanfare-chaos"];
    step("build (release)", || {
        let build = ["build", "--locked", "--release"];
        step::run(cargo(root).args(build).args(packages))
    })?;
    let binaries = root.join("target/release");
    step::run(
        Command::new(binaries.join("fanfare-chaos"))
            .current_dir(root)
            .arg("--binary")
            .arg(binaries.join("fanfare"))
            .args(arguments),
    )
}
