//! `cargo xtask bench`: builds the release binaries and lets `fanfare-bench run` do the rest.

use std::path::Path;
use std::process::Command;

use anyhow::Result;

use crate::step::{self, cargo, step};

/// Builds what is measured and what measures, then measures.
///
/// # Errors
/// When the build or the benchmark fails.
pub(crate) fn run(root: &Path, arguments: &[String]) -> Result<()> {
    let packages = ["--package", "fanfare", "--package", "fanfare-bench"];
    step("build (release)", || {
        let build = ["build", "--locked", "--release"];
        step::run(cargo(root).args(build).args(packages))
    })?;
    step::run(
        Command::new(root.join("target/release/fanfare-bench"))
            .current_dir(root)
            .arg("run")
            .args(arguments),
    )
}
