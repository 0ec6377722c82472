//! The receiver's process, seen from outside.

use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::ops::Range;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use fanfare_testkit::HttpClient;
use serde::Deserialize;

use super::child::Owned;
use super::machine::Deadline;
use crate::sink::Counts;

/// The secret of all webhooks; both header families can be signed with it.
pub(super) const SECRET: &str = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
/// The file of its records.
pub(super) const RECEIPTS: &str = "receipts";
/// Deliveries that have made no progress for so long are lost.
const NO_PROGRESS: Duration = Duration::from_secs(15);

/// The path of a webhook at the sink.
pub(super) fn path(webhook: usize) -> String {
    format!("/h/{webhook}")
}

/// The receiver's process.
pub(super) struct Sink {
    pub(super) process: Owned,
    /// Where it listens.
    pub(super) listen: SocketAddr,
    control: HttpClient,
}

/// The line that a sink prints when it is ready.
#[derive(Deserialize)]
struct Addresses {
    listen: SocketAddr,
    control: SocketAddr,
}

impl Sink {
    /// Starts one that writes its records into `folder` and leaves requests to `hang` unanswered.
    ///
    /// # Errors
    /// When it does not start.
    pub(super) fn start(bench: &Path, folder: &Path, hang: Option<&str>) -> Result<Self> {
        let mut command = Command::new(bench);
        command.arg("sink").env_clear().args(["--secret", SECRET]);
        command.arg("--out").arg(folder.join(RECEIPTS));
        if let Some(path) = hang {
            command.args(["--hang", path]);
        }
        let mut process = Owned::spawn("sink", &mut command)?;
        let mut line = String::new();
        BufReader::new(process.stdout()?).read_line(&mut line)?;
        let Addresses { listen, control } =
            serde_json::from_str(&line).with_context(|| format!("the sink's line: {line:?}"))?;
        Ok(Self { process, listen, control: HttpClient::new(control, None) })
    }

    /// The URL of a webhook.
    pub(super) fn url(&self, webhook: usize) -> String {
        format!("http://{}{}", self.listen, path(webhook))
    }

    /// Waits until these webhooks have got `owed` deliveries together, or none comes any more.
    ///
    /// # Errors
    /// When the sink does not answer.
    pub(super) fn wait_for(&mut self, owed: u64, webhooks: Range<usize>) -> Result<()> {
        let mut before = 0;
        let mut deadline = Deadline::after(NO_PROGRESS);
        loop {
            let received = self.ask("/stats")?.received[webhooks.clone()].iter().sum();
            if received >= owed {
                return Ok(());
            }
            if received > before {
                before = received;
                deadline = Deadline::after(NO_PROGRESS);
            }
            if deadline.nap(Duration::from_millis(20)).is_err() {
                return Ok(());
            }
        }
    }

    /// Ends it and gives what it counted.
    ///
    /// # Errors
    /// When a request was no delivery or a signature was wrong.
    pub(super) fn finish(&mut self) -> Result<Counts> {
        let counts = self.ask("/finish")?;
        self.process.wait(Duration::from_secs(10))?;
        ensure!(counts.mismatched == 0, "{} signatures were wrong", counts.mismatched);
        ensure!(counts.malformed == 0, "{} requests were no deliveries", counts.malformed);
        Ok(counts)
    }

    fn ask(&mut self, path: &str) -> Result<Counts> {
        let answer = self.control.get(path).context("asking the sink")?;
        ensure!(answer.status == 200, "the sink answered {}", answer.text());
        Ok(serde_json::from_slice(&answer.body)?)
    }
}
