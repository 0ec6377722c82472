//! The one clock of a measurement.

use std::time::{SystemTime, UNIX_EPOCH};

/// Nanoseconds since 1970. Comparable between the processes of one machine.
#[expect(clippy::disallowed_methods, reason = "a measurement compares times of two processes")]
pub(crate) fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_nanos()).unwrap_or(u64::MAX)
}

/// Nanoseconds as milliseconds.
pub(crate) fn milliseconds(nanoseconds: u64) -> f64 {
    nanoseconds as f64 / 1e6
}
