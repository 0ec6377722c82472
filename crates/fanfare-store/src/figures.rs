//! Figures as backends gather them: what happened is added to the tally of its minute, tallies are
//! kept as JSON and shown as [`StatsBucket`]s.

use std::collections::BTreeMap;
use std::time::Duration;

use fanfare_model::{ErrorClass, EventType, Timestamp};
use serde::{Deserialize, Serialize};

use crate::{EventSource, LATENCY_BUCKETS_MS, Outcomes, Record, StatsBucket, StatsWidth, Verdict};

/// One thing that happened, as far as figures go.
#[derive(Debug, Clone, Copy)]
pub struct Figure {
    at: Timestamp,
    what: What,
}

#[derive(Debug, Clone, Copy)]
enum What {
    Attempt {
        event_type: EventType,
        duration: Duration,
        status_code: Option<u16>,
        error_class: Option<ErrorClass>,
        verdict: Verdict,
    },
    Made,
    Accepted(EventSource, EventType),
}

impl Figure {
    /// An attempt and what followed from it.
    pub const fn attempt(record: &Record) -> Self {
        let what = What::Attempt {
            event_type: record.event_type,
            duration: record.attempt.duration,
            status_code: record.attempt.status_code,
            error_class: record.attempt.error_class,
            verdict: record.verdict,
        };
        Self { at: record.attempt.started_at, what }
    }

    /// A delivery was made.
    pub const fn made(at: Timestamp) -> Self {
        Self { at, what: What::Made }
    }

    /// An event was accepted.
    pub const fn accepted(at: Timestamp, source: EventSource, event_type: EventType) -> Self {
        Self { at, what: What::Accepted(source, event_type) }
    }

    /// The beginning of its minute or hour, in milliseconds.
    pub const fn begin(&self, width: StatsWidth) -> i64 {
        width.begin(self.at).as_millis()
    }
}

/// What happened in one stretch of time, or a part of it: of a webhook, or of an organization.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    succeeded: u64,
    retried: u64,
    failed: u64,
    codes: BTreeMap<u16, u64>,
    errors: BTreeMap<ErrorClass, u64>,
    latency: [u64; LATENCY_BUCKETS_MS.len() + 1],
    /// What follows was not counted from the beginning.
    #[serde(default, skip_serializing_if = "is_zero")]
    made: u64,
    /// By the type's index: succeeded, retried, failed.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    types: BTreeMap<u8, [u64; 3]>,
    /// By source and the type's index.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    accepted: BTreeMap<EventSource, BTreeMap<u8, u64>>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for this form")]
const fn is_zero(count: &u64) -> bool {
    *count == 0
}

impl Tally {
    /// Adds what happened.
    pub fn add(&mut self, figure: &Figure) {
        match figure.what {
            What::Attempt { event_type, duration, status_code, error_class, verdict } => {
                self.add_outcome(event_type, verdict);
                if let Some(code) = status_code {
                    *self.codes.entry(code).or_default() += 1;
                }
                if let Some(class) = error_class {
                    *self.errors.entry(class).or_default() += 1;
                }
                let ms = u32::try_from(duration.as_millis()).unwrap_or(u32::MAX);
                self.latency[LATENCY_BUCKETS_MS.partition_point(|bound| *bound < ms)] += 1;
            }
            What::Made => self.made += 1,
            What::Accepted(source, event_type) => {
                let types = self.accepted.entry(source).or_default();
                *types.entry(event_type.index()).or_default() += 1;
            }
        }
    }

    fn add_outcome(&mut self, event_type: EventType, verdict: Verdict) {
        let (total, place) = match verdict {
            Verdict::Succeeded => (&mut self.succeeded, 0),
            Verdict::RetryAt(_) => (&mut self.retried, 1),
            Verdict::Exhausted | Verdict::Gone => (&mut self.failed, 2),
            Verdict::Cancelled => return,
        };
        *total += 1;
        self.types.entry(event_type.index()).or_default()[place] += 1;
    }

    /// Adds another one.
    pub fn merge(&mut self, other: &Self) {
        self.succeeded += other.succeeded;
        self.retried += other.retried;
        self.failed += other.failed;
        self.made += other.made;
        for (code, count) in &other.codes {
            *self.codes.entry(*code).or_default() += count;
        }
        for (class, count) in &other.errors {
            *self.errors.entry(*class).or_default() += count;
        }
        for (mine, count) in self.latency.iter_mut().zip(other.latency) {
            *mine += count;
        }
        for (event_type, counts) in &other.types {
            let mine = self.types.entry(*event_type).or_default();
            for (mine, count) in mine.iter_mut().zip(counts) {
                *mine += count;
            }
        }
        for (source, types) in &other.accepted {
            let mine = self.accepted.entry(*source).or_default();
            for (event_type, count) in types {
                *mine.entry(*event_type).or_default() += count;
            }
        }
    }

    /// As the contract shows it.
    pub fn into_bucket(self, begin: i64) -> StatsBucket {
        let types = self.types.into_iter().filter_map(|(index, [succeeded, retried, failed])| {
            let event_type = EventType::from_index(index)?;
            Some((event_type, Outcomes { succeeded, retried, failed }))
        });
        let accepted = self.accepted.into_iter().flat_map(|(source, types)| {
            types.into_iter().filter_map(move |(index, count)| {
                Some(((source, EventType::from_index(index)?), count))
            })
        });
        StatsBucket {
            at: Timestamp::from_millis(begin),
            succeeded: self.succeeded,
            retried: self.retried,
            failed: self.failed,
            made: self.made,
            codes: self.codes,
            errors: self.errors,
            latency: self.latency,
            types: types.collect(),
            accepted: accepted.collect(),
        }
    }
}

#[cfg(test)]
mod tests;
