//! Figures per webhook and minute, gathered in memory and written about once a second.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use fanfare_model::{ErrorClass, Timestamp};
use fanfare_store::{LATENCY_BUCKETS_MS, StatsBucket, Verdict};
use serde::{Deserialize, Serialize};

const MINUTE_MS: i64 = 60_000;

/// One attempt, as far as figures go.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Figure {
    pub(crate) webhook: u32,
    pub(crate) started_at: Timestamp,
    pub(crate) duration: Duration,
    pub(crate) status_code: Option<u16>,
    pub(crate) error_class: Option<ErrorClass>,
    pub(crate) verdict: Verdict,
}

/// One webhook's minute.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Minute {
    succeeded: u64,
    retried: u64,
    failed: u64,
    codes: BTreeMap<u16, u64>,
    errors: BTreeMap<ErrorClass, u64>,
    latency: [u64; LATENCY_BUCKETS_MS.len() + 1],
}

impl Minute {
    fn add(&mut self, figure: &Figure) {
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
    pub(crate) fn merge(&mut self, other: &Self) {
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
    pub(crate) fn into_bucket(self, minute: i64) -> StatsBucket {
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

/// What is not yet written.
#[derive(Debug, Default)]
pub(crate) struct Figures(HashMap<(u32, i64), Minute>);

impl Figures {
    pub(crate) fn add(&mut self, figure: &Figure) {
        let minute = figure.started_at.as_millis().div_euclid(MINUTE_MS) * MINUTE_MS;
        self.0.entry((figure.webhook, minute)).or_default().add(figure);
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }

    /// Webhook, beginning of the minute, figures.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (u32, i64, &Minute)> {
        self.0.iter().map(|((webhook, minute), figures)| (*webhook, *minute, figures))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attempts_count_in_their_minute_and_bucket() {
        let figure = |ms: i64, duration: u64, verdict| Figure {
            webhook: 1,
            started_at: Timestamp::from_millis(ms),
            duration: Duration::from_millis(duration),
            status_code: Some(200),
            error_class: None,
            verdict,
        };
        let mut figures = Figures::default();
        figures.add(&figure(60_000, 1, Verdict::Succeeded));
        figures.add(&figure(119_999, 2, Verdict::Exhausted));
        figures.add(&figure(120_000, 99_999, Verdict::Cancelled));
        let mut minutes: Vec<_> = figures.iter().map(|(_, at, m)| (at, m.clone())).collect();
        minutes.sort_by_key(|(at, _)| *at);
        let (second, third) = (minutes[0].clone(), minutes[1].clone());
        assert_eq!((second.0, third.0), (60_000, 120_000));
        assert_eq!((second.1.succeeded, second.1.failed), (1, 1));
        assert_eq!(second.1.latency[..2], [1, 1]);
        assert_eq!(third.1.latency[15], 1);
        let mut both = second.1;
        both.merge(&third.1);
        assert_eq!(both.codes[&200], 3);
        assert_eq!(both.latency.iter().sum::<u64>(), 3);
    }
}
