//! What the kernel says about processes: `/proc`.

use std::fs;

use anyhow::{Context as _, Result};

/// Microseconds in one tick of `/proc`: 1/100 s on every architecture we run on.
const TICK: u64 = 10_000;

/// Processor time, user and system, that a process and its ended threads have used, in
/// microseconds, exact to a tick (10 ms). `process` is an id or `self`.
///
/// # Errors
/// When there is no such process.
pub(crate) fn cpu(process: &str) -> Result<u64> {
    let path = format!("/proc/{process}/stat");
    let text = fs::read_to_string(&path).with_context(|| format!("reading {path}"))?;
    ticks(&text).map(|ticks| ticks * TICK).with_context(|| format!("{path} is not as expected"))
}

/// The same of a process with everything that it has started, ended children included.
///
/// # Errors
/// When there is no such process.
pub(crate) fn family(process: &str) -> Result<u64> {
    let path = format!("/proc/{process}/stat");
    let text = fs::read_to_string(&path).with_context(|| format!("reading {path}"))?;
    let ended = fields(&text, 13).with_context(|| format!("{path} is not as expected"))? * TICK;
    let path = format!("/proc/{process}/task/{process}/children");
    let children = fs::read_to_string(&path).with_context(|| format!("reading {path}"))?;
    // A child that ends meanwhile is among the ended ones next time.
    let running = children.split_whitespace().filter_map(|child| cpu(child).ok());
    Ok(cpu(process)? + ended + running.sum::<u64>())
}

/// `utime` and `stime`: the 14th and 15th field. The second field, the name in brackets, may
/// contain anything, so counting starts behind the last bracket.
fn ticks(stat: &str) -> Option<u64> {
    fields(stat, 11)
}

/// The sum of two fields, counted from behind the name.
fn fields(stat: &str, from: usize) -> Option<u64> {
    let (_, after_name) = stat.rsplit_once(')')?;
    let mut fields = after_name.split_whitespace().skip(from);
    let user: u64 = fields.next()?.parse().ok()?;
    let system: u64 = fields.next()?.parse().ok()?;
    Some(user + system)
}

/// The most memory that a process has had, in KiB.
///
/// # Errors
/// When there is no such process.
pub(crate) fn peak_memory(process: &str) -> Result<u64> {
    let path = format!("/proc/{process}/status");
    let text = fs::read_to_string(&path).with_context(|| format!("reading {path}"))?;
    let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|rest| rest.split_whitespace().next()?.parse().ok())
        .with_context(|| format!("{path} has no VmHWM"))
}

/// Processor time that the whole machine has spent on processes (not idle, not waiting, not on
/// interrupts), in microseconds.
///
/// # Errors
/// When `/proc/stat` cannot be read.
pub(crate) fn machine() -> Result<u64> {
    let text = fs::read_to_string("/proc/stat").context("reading /proc/stat")?;
    busy(&text).map(|ticks| ticks * TICK).context("/proc/stat is not as expected")
}

/// `user`, `nice` and `system` of the first line.
fn busy(stat: &str) -> Option<u64> {
    let mut fields = stat.lines().next()?.strip_prefix("cpu ")?.split_whitespace();
    let mut sum = 0;
    for _ in 0..3 {
        sum += fields.next()?.parse::<u64>().ok()?;
    }
    Some(sum)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_with_brackets_does_not_shift_the_fields() {
        let stat = "42 (a) b (c)) S 1 42 42 0 -1 4194560 100 0 0 0 25 17 0 0 20 0 1 0 99 0 0";
        assert_eq!(ticks(stat), Some(42));
    }

    #[test]
    fn busy_leaves_out_idle_and_interrupts() {
        assert_eq!(busy("cpu  10 2 3 1000 50 7 8 0 0 0\ncpu0 1 1 1 1\n"), Some(15));
    }
}
