//! The zoo's process, seen from outside.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Lines};
use std::process::{ChildStdout, Command};
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};

use super::child::Owned;
use super::measure::Setting;

/// Receivers that misbehave, each in its own way.
pub(super) struct Zoo {
    process: Owned,
    output: Lines<BufReader<ChildStdout>>,
    /// Where each of them listens, by its name.
    pub(super) urls: BTreeMap<String, String>,
}

impl Zoo {
    /// # Errors
    /// When it does not start.
    pub(super) fn start(setting: &Setting) -> Result<Self> {
        let mut process = Owned::spawn("zoo", Command::new(&setting.bench).arg("zoo").env_clear())?;
        let mut output = BufReader::new(process.stdout()?).lines();
        let line = output.next().context("the zoo said nothing")??;
        let urls = serde_json::from_str(&line).with_context(|| format!("its line: {line:?}"))?;
        Ok(Self { process, output, urls })
    }

    /// Its process id, as text.
    pub(super) fn id(&self) -> String {
        self.process.id()
    }

    /// Ends it.
    ///
    /// # Errors
    /// When one of them was never asked: then nothing was shown.
    pub(super) fn finish(mut self) -> Result<()> {
        self.process.close_input();
        let line = self.output.next().context("the zoo did not say what it got")??;
        let got: BTreeMap<String, u64> = serde_json::from_str(&line)?;
        self.process.wait(Duration::from_secs(10))?;
        for name in self.urls.keys() {
            ensure!(got.get(name).is_some_and(|got| *got > 0), "`{name}` was never asked: {line}");
        }
        println!("   the zoo was asked: {line}");
        Ok(())
    }
}
