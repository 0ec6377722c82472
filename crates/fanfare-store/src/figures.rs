//! Figures as backends gather them: attempts are added to their webhook's minute, minutes are kept
//! as JSON and shown as [`StatsBucket`]s.

use std::collections::BTreeMap;
use std::time::Duration;

use fanfare_model::{ErrorClass, Timestamp};
use serde::{Deserialize, Serialize};

use crate::{LATENCY_BUCKETS_MS, RecordedAttempt, StatsBucket, Verdict};

const MINUTE_MS: i64 = 60_000;

/// One attempt, as far as figures go.
#[derive(Debug, Clone, Copy)]
pub struct Figure {
    started_at: Timestamp,
    duration: Duration,
    status_code: Option<u16>,
    error_class: Option<ErrorClass>,
    verdict: Verdict,
}

impl Figure {
    /// An attempt and what followed from it.
    pub const fn new(attempt: &RecordedAttempt, verdict: Verdict) -> Self {
        Self {
            started_at: attempt.started_at,
            duration: attempt.duration,
            status_code: attempt.status_code,
            error_class: attempt.error_class,
            verdict,
        }
    }

    /// The beginning of its minute, in milliseconds.
    pub const fn minute(&self) -> i64 {
        self.started_at.as_millis().div_euclid(MINUTE_MS) * MINUTE_MS
    }
}

/// One webhook's minute, or a part of it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Minute {
    succeeded: u64,
    retried: u64,
    failed: u64,
    codes: BTreeMap<u16, u64>,
    errors: BTreeMap<ErrorClass, u64>,
    latency: [u64; LATENCY_BUCKETS_MS.len() + 1],
}

impl Minute {
    /// Adds an attempt.
    pub fn add(&mut self, figure: &Figure) {
        match figure.verdict {
            Verdict::Succeeded => self.succeeded += 1,
            Verdict::RetryAt(_) => self.retried += 1,
            Verdict::Exhausted | Verdict::Gone => self.failed += 1,
            Verdict::Cancelled => {}
        }
        if let Some(code) = figure.status_code {
            *self.codes.entry(code).or_default() += 1;
        }
        if let Some(class) = figure.error_class {
            *self.errors.entry(class).or_default() += 1;
        }
        let ms = u32::try_from(figure.duration.as_millis()).unwrap_or(u32::MAX);
        self.latency[LATENCY_BUCKETS_MS.partition_point(|bound| *bound < ms)] += 1;
    }

    /// Adds another part of the same minute.
    pub fn merge(&mut self, other: &Self) {
        self.succeeded += other.succeeded;
        self.retried += other.retried;
        self.failed += other.failed;
        for (code, count) in &other.codes {
            *self.codes.entry(*code).or_default() += count;
        }
        for (class, count) in &other.errors {
            *self.errors.entry(*class).or_default() += count;
        }
        for (mine, count) in self.latency.iter_mut().zip(other.latency) {
            *mine += count;
        }
    }

    /// As the contract shows it.
    pub fn into_bucket(self, minute: i64) -> StatsBucket {
        StatsBucket {
            minute: Timestamp::from_millis(minute),
            succeeded: self.succeeded,
            retried: self.retried,
            failed: self.failed,
            codes: self.codes,
            errors: self.errors,
            latency: self.latency,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attempts_count_in_their_minute_and_bucket() {
        let figure = |ms: i64, duration: u64, verdict| Figure {
            started_at: Timestamp::from_millis(ms),
            duration: Duration::from_millis(duration),
            status_code: Some(200),
            error_class: None,
            verdict,
        };
        let [first, last, next] = [
            figure(60_000, 1, Verdict::Succeeded),
            figure(119_999, 2, Verdict::Exhausted),
            figure(120_000, 99_999, Verdict::Cancelled),
        ];
        assert_eq!([first.minute(), last.minute(), next.minute()], [60_000, 60_000, 120_000]);
        let (mut one, mut other) = (Minute::default(), Minute::default());
        one.add(&first);
        one.add(&last);
        other.add(&next);
        assert_eq!((one.succeeded, one.failed), (1, 1));
        assert_eq!(one.latency[..2], [1, 1]);
        assert_eq!(other.latency[15], 1);
        one.merge(&other);
        assert_eq!(one.codes[&200], 3);
        assert_eq!(one.latency.iter().sum::<u64>(), 3);
    }
}
