//! A load's process, seen from outside.

use std::io::Read as _;
use std::net::SocketAddr;
use std::path::Path;
use std::process::{ChildStdout, Command};
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};

use super::child::Owned;
use super::server::KEY;
use crate::load::Report;

/// A load that has been started.
pub(super) struct Loading {
    process: Owned,
    output: ChildStdout,
    limit: u64,
}

impl Loading {
    /// Starts `fanfare-bench load` with a mode and its arguments, with so many connections and
    /// for so many seconds at most. Acknowledgements go to `out`.
    ///
    /// # Errors
    /// When it does not start.
    pub(super) fn start(
        bench: &Path,
        targets: &[SocketAddr],
        mode: &[String],
        (connections, limit): (usize, u64),
        out: &Path,
    ) -> Result<Self> {
        let mut command = Command::new(bench);
        command.arg("load").env_clear().args(mode);
        for target in targets {
            command.args(["--target", &target.to_string()]);
        }
        command.args(["--key", KEY]);
        command.args(["--connections", &connections.to_string()]);
        command.args(["--give-up-after", &limit.to_string()]);
        command.arg("--out").arg(out);
        let mut process = Owned::spawn("load", &mut command)?;
        let output = process.stdout()?;
        Ok(Self { process, output, limit })
    }

    /// Waits for its end.
    ///
    /// # Errors
    /// When it does not come in time, or it failed.
    pub(super) fn finish(mut self) -> Result<Report> {
        let status = self.process.wait(Duration::from_secs(self.limit + 10))?;
        ensure!(status.success(), "the load ended with {status}");
        let mut text = String::new();
        self.output.read_to_string(&mut text)?;
        serde_json::from_str(&text).with_context(|| format!("the load's report: {text:?}"))
    }
}
