//! Under which conditions something was measured, and how long we wait for things.

use std::fmt;
use std::fs::{self, File};
use std::io::Write as _;
use std::path::Path;
use std::thread;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use serde::Serialize;

use crate::load::ENVELOPE_BYTES;
use crate::{clock, process_time};

/// A point in time after which nobody waits any more.
#[derive(Clone, Copy)]
pub(crate) struct Deadline(u64);

impl Deadline {
    pub(crate) fn after(limit: Duration) -> Self {
        Self(clock::now() + u64::try_from(limit.as_nanos()).unwrap_or(u64::MAX / 2))
    }

    /// Sleeps for a moment.
    ///
    /// # Errors
    /// When the deadline has passed.
    pub(crate) fn nap(self, moment: Duration) -> Result<()> {
        if clock::now() >= self.0 {
            bail!("not done in time");
        }
        thread::sleep(moment);
        Ok(())
    }
}

/// The machine and what else it was doing.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Conditions {
    /// Model of the processor.
    processor: String,
    /// How many cores everything shares.
    cores: usize,
    /// Memory in MiB.
    memory: u64,
    /// Release of the kernel.
    kernel: String,
    /// How often a second a small append is made durable (`fdatasync`) in the databases' folder.
    syncs_per_second: u64,
    /// Share of the machine's processor time that others used just before, in percent.
    load_before: f64,
    /// Size of a delivery's body in bytes, roughly.
    body_bytes: usize,
    /// The commit that the workspace was at, if git could be asked.
    commit: Option<String>,
}

impl Conditions {
    /// # Errors
    /// When the machine does not tell, or the folder cannot be written to.
    pub(crate) fn read(folder: &Path) -> Result<Self> {
        let processors = fs::read_to_string("/proc/cpuinfo").context("reading /proc/cpuinfo")?;
        let memory = fs::read_to_string("/proc/meminfo").context("reading /proc/meminfo")?;
        let kernel = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
        let kib = memory.lines().find_map(|line| line.strip_prefix("MemTotal:"));
        let kib = kib.and_then(|rest| rest.split_whitespace().next()?.parse().ok());
        Ok(Self {
            processor: field(&processors, "model name").unwrap_or_else(|| "unknown".to_owned()),
            cores: thread::available_parallelism()?.get(),
            memory: kib.unwrap_or(0_u64) / 1024,
            kernel: kernel.trim().to_owned(),
            syncs_per_second: syncs_per_second(folder)?,
            load_before: load_of_others()?,
            body_bytes: ENVELOPE_BYTES,
            commit: commit(),
        })
    }
}

impl fmt::Display for Conditions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} cores of {}, {} MiB, Linux {}; {} fdatasync/s; others used {:.0} % before; \
             bodies of about {} bytes; server, load and receiver share the machine, loopback, \
             no TLS; commit {}",
            self.cores,
            self.processor,
            self.memory,
            self.kernel,
            self.syncs_per_second,
            self.load_before,
            self.body_bytes,
            self.commit.as_deref().unwrap_or("unknown"),
        )
    }
}

fn field(text: &str, name: &str) -> Option<String> {
    let line = text.lines().find(|line| line.starts_with(name))?;
    Some(line.split_once(':')?.1.trim().to_owned())
}

/// Appends 4 KiB and makes it durable, again and again for half a second.
fn syncs_per_second(folder: &Path) -> Result<u64> {
    const TIME: u64 = 500_000_000;
    let folder = tempfile::tempdir_in(folder).context("a temporary folder")?;
    let mut file = File::create(folder.path().join("sync"))?;
    let start = clock::now();
    let mut count = 0;
    while clock::now() - start < TIME {
        file.write_all(&[0; 4096])?;
        file.sync_data()?;
        count += 1;
    }
    Ok(count * 1_000_000_000 / (clock::now() - start).max(1))
}

/// What the machine does while we do nothing, in percent of all cores.
fn load_of_others() -> Result<f64> {
    let (start, busy) = (clock::now(), process_time::machine()?);
    thread::sleep(Duration::from_secs(1));
    share_of_machine(process_time::machine()?.saturating_sub(busy), clock::now() - start)
}

/// Microseconds of processor time in a span of nanoseconds, as percent of all cores.
///
/// # Errors
/// When the number of cores is unknown.
pub(crate) fn share_of_machine(cpu: u64, span: u64) -> Result<f64> {
    let cores = thread::available_parallelism()?.get();
    let available = clock::milliseconds(span) * 1e3 * cores as f64;
    Ok(if available > 0.0 { cpu as f64 / available * 100.0 } else { 0.0 })
}

fn commit() -> Option<String> {
    let mut git = std::process::Command::new("git");
    let output = git.args(["rev-parse", "--short", "HEAD"]).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    (!text.trim().is_empty()).then(|| text.trim().to_owned())
}
