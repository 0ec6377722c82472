//! A process that does not outlive the one who started it.

use std::process::{Child, ChildStdout, Command, ExitStatus, Stdio};
use std::time::Duration;

use anyhow::{Context as _, Result, bail};

use super::machine::Deadline;

/// Killed by its id and waited for when dropped.
pub(crate) struct Owned {
    child: Child,
    name: &'static str,
}

impl Owned {
    /// Starts a process whose standard output is read by us.
    ///
    /// # Errors
    /// When it cannot be started.
    pub(crate) fn spawn(name: &'static str, command: &mut Command) -> Result<Self> {
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let child = command.spawn().with_context(|| format!("cannot start the {name}"))?;
        Ok(Self { child, name })
    }

    /// Its id, as text.
    pub(crate) fn id(&self) -> String {
        self.child.id().to_string()
    }

    /// Its standard output; once.
    ///
    /// # Errors
    /// When it was taken before.
    pub(crate) fn stdout(&mut self) -> Result<ChildStdout> {
        self.child.stdout.take().with_context(|| format!("the output of the {}", self.name))
    }

    /// Ends its standard input, which tells our own processes to end.
    pub(crate) fn close_input(&mut self) {
        self.child.stdin = None;
    }

    /// Whether it still runs.
    ///
    /// # Errors
    /// When it has ended, or cannot be asked.
    pub(crate) fn still_runs(&mut self) -> Result<()> {
        match self.child.try_wait()? {
            None => Ok(()),
            Some(status) => bail!("the {} ended early: {status}", self.name),
        }
    }

    /// Waits for its end.
    ///
    /// # Errors
    /// When it does not come in time.
    pub(crate) fn wait(&mut self, limit: Duration) -> Result<ExitStatus> {
        let deadline = Deadline::after(limit);
        loop {
            if let Some(status) = self.child.try_wait()? {
                return Ok(status);
            }
            deadline.nap(Duration::from_millis(5)).with_context(|| format!("the {}", self.name))?;
        }
    }
}

impl Drop for Owned {
    fn drop(&mut self) {
        // It may have ended by itself; then both do nothing.
        let _killed = self.child.kill();
        let _waited = self.child.wait();
    }
}
