//! What was done, and how the server took it.

use std::collections::BTreeMap;
use std::time::Duration;

use fanfare_model::EventType;

/// How many surprising answers are kept word for word.
const KEPT: usize = 5;

/// Counts of everything.
#[derive(Debug, Default)]
pub(super) struct Tally {
    /// Requests that were sent.
    pub(super) requests: u64,
    /// Answers 429 and 503: the request was sent again.
    pub(super) refused: u64,
    /// Answers that should not have come, and requests without one.
    pub(super) surprises: u64,
    /// The first of them.
    pub(super) surprised_by: Vec<String>,
    /// Times from when a join was due to its answer, in arbitrary order.
    pub(super) joins: Vec<Duration>,
    /// How long all joins took.
    pub(super) joining: Duration,
    /// Events that must have happened.
    pub(super) events: BTreeMap<EventType, u64>,
    /// Orders that were created, paid, fulfilled and cancelled.
    pub(super) orders: Orders,
    /// Who left the queue.
    pub(super) left: u32,
    /// Admissions of somebody who then left.
    pub(super) admitted_and_left: u32,
    /// Bids that were taken.
    pub(super) bids: u32,
    /// Bids that were too low when they arrived.
    pub(super) low_bids: u32,
    /// The highest bid that was taken, in cents.
    pub(super) highest: u64,
}

/// Orders by what became of them.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) struct Orders {
    pub(super) created: u64,
    pub(super) paid: u64,
    pub(super) fulfilled: u64,
    pub(super) cancelled: u64,
}

impl Tally {
    /// Something happened of which an event tells.
    pub(super) fn happened(&mut self, event_type: EventType, times: u64) {
        *self.events.entry(event_type).or_default() += times;
    }

    /// Something happened that should not.
    pub(super) fn surprise(&mut self, what: String) {
        self.surprises += 1;
        if self.surprised_by.len() < KEPT {
            self.surprised_by.push(what);
        }
    }

    /// The time that so many per cent of all joins did not exceed.
    pub(super) fn join_percentile(&self, per_cent: usize) -> Duration {
        let mut sorted = self.joins.clone();
        sorted.sort_unstable();
        let rank = (sorted.len() * per_cent).div_ceil(100).max(1);
        sorted.get(rank - 1).copied().unwrap_or_default()
    }

    /// Joins per second.
    pub(super) fn join_rate(&self) -> f64 {
        self.joins.len() as f64 / self.joining.as_secs_f64().max(1e-6)
    }

    /// All events that must have happened.
    pub(super) fn all_events(&self) -> u64 {
        self.events.values().sum()
    }
}
