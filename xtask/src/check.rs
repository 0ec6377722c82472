//! `cargo xtask check`: what can be said about the code without running it.
//!
//! Cheap rules first: the house's own (sizes, names, places, crate edges), licences and bans,
//! then formatter, clippy and rustdoc with warnings denied. A violation says which rule, where,
//! and how to mend it.
//!
//! How long a function may be is clippy's `too_many_lines` (70, `clippy.toml`).

mod deny;
mod edges;
mod exceptions;
mod files;
mod licence;
mod violation;

use std::path::Path;

use anyhow::{Context as _, Result, bail};
use cargo_metadata::{Metadata, MetadataCommand};

use crate::setup;
use crate::step::{self, cargo, step};
use violation::Violation;

/// Runs all checks; stops at the first step that fails.
///
/// # Errors
/// The violations, or the command that failed.
pub(crate) fn run(root: &Path) -> Result<()> {
    step("toolchain: rustfmt, clippy", setup::toolchain)?;
    step("files: sizes, names, places", || report(&files::violations(root)?))?;
    let metadata = metadata(root)?;
    step("crate edges", || report(&edges::violations(&edges::packages(&metadata))))?;
    step("licences, bans, sources", || deny::run(root, &metadata))?;
    step("format", || step::run(cargo(root).args(["fmt", "--all", "--check"])))?;
    step("clippy", || {
        let clippy = ["clippy", "--locked", "--quiet", "--workspace", "--all-targets"];
        step::run(cargo(root).args(clippy).args(["--", "-D", "warnings"]))
    })?;
    step("rustdoc", || {
        let doc = ["doc", "--locked", "--quiet", "--workspace", "--no-deps"];
        let mut command = cargo(root);
        command.args(doc).arg("--document-private-items").env("RUSTDOCFLAGS", "-D warnings");
        step::run(&mut command)
    })
}

fn metadata(root: &Path) -> Result<Metadata> {
    let mut command = MetadataCommand::new();
    command.manifest_path(root.join("Cargo.toml")).other_options(["--locked".to_owned()]);
    command.exec().context("`cargo metadata --locked` failed")
}

fn report(violations: &[Violation]) -> Result<()> {
    for violation in violations {
        println!("   {violation}");
    }
    match violations.len() {
        0 => Ok(()),
        count => bail!("{count} violations of the house's rules, listed above"),
    }
}
