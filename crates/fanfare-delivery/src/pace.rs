//! How fast one webhook is served: adaptive concurrency and its rate limit. Pure: time is an
//! argument.
//!
//! **Concurrency.** A new webhook starts with a few requests in flight and gains one with every
//! success while it is kept busy, so that a good receiver is at its cap within a few round
//! trips. A timeout, a refused connection, 429 or 503 halves the limit, once per round trip. A
//! receiver that becomes several times slower than it was gets fewer requests, not more. The
//! limit never falls below one: a receiver in trouble is still asked, one request at a time.
//!
//! **Rate.** A webhook's `rateLimit` is a promise to the receiver: the generic cell rate
//! algorithm (ITU-T I.371) with a burst of a tenth of a second.

use std::time::Duration;

use tokio::time::Instant;

/// Requests in flight that a webhook starts with.
const START: f64 = 8.0;
/// An attempt slower than this many times the usual, and by [`SLOW_MARGIN`], is a slowdown.
const SLOW_FACTOR: f64 = 4.0;
/// Slowness below this is noise.
const SLOW_MARGIN: Duration = Duration::from_millis(250);

/// What an attempt says about its receiver.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Signal {
    /// It answered as it should.
    Healthy,
    /// It answered with an error of its own: says nothing about its load.
    Unwell,
    /// It asks for less, or cannot be reached: 429, 503, timeout, no connection.
    Overloaded,
}

/// How many requests one webhook may have in flight now.
#[derive(Debug, Clone)]
pub(crate) struct Concurrency {
    limit: f64,
    cap: u16,
    usual: Option<f64>,
    recent: f64,
    reduced_at: Option<Instant>,
}

impl Concurrency {
    /// For a webhook that allows `cap` requests in flight.
    pub(crate) fn new(cap: u16) -> Self {
        let cap = cap.max(1);
        Self { limit: START.min(f64::from(cap)), cap, usual: None, recent: 0.0, reduced_at: None }
    }

    /// The limit now: at least 1, at most the cap.
    pub(crate) const fn limit(&self) -> u16 {
        self.limit as u16
    }

    /// The customer changed the cap.
    pub(crate) fn set_cap(&mut self, cap: u16) {
        self.cap = cap.max(1);
        self.limit = self.limit.min(f64::from(self.cap));
    }

    /// An attempt that began at `began` is over; `busy`: more was waiting for a place.
    pub(crate) fn observe(&mut self, signal: Signal, began: Instant, now: Instant, busy: bool) {
        match signal {
            Signal::Overloaded => self.reduce(0.5, began, now),
            Signal::Unwell => {}
            Signal::Healthy => {
                if self.is_slowing(now.saturating_duration_since(began)) {
                    self.reduce(0.8, began, now);
                } else if busy {
                    self.limit = (self.limit + 1.0).min(f64::from(self.cap));
                }
            }
        }
    }

    /// Only attempts begun after the last reduction may reduce again: they saw its effect.
    fn reduce(&mut self, factor: f64, began: Instant, now: Instant) {
        if self.reduced_at.is_none_or(|at| began >= at) {
            self.limit = (self.limit * factor).max(1.0);
            self.reduced_at = Some(now);
        }
    }

    fn is_slowing(&mut self, took: Duration) -> bool {
        let took = took.as_secs_f64();
        let Some(usual) = self.usual else {
            (self.usual, self.recent) = (Some(took), took);
            return false;
        };
        self.recent += (took - self.recent) * 0.1;
        // The usual follows a faster receiver at once and a slower one over thousands of
        // attempts, so that a lasting change is accepted in the end.
        let usual = if took < usual { took } else { usual + (took - usual) * 0.0005 };
        self.usual = Some(usual);
        self.recent > usual * SLOW_FACTOR && self.recent - usual > SLOW_MARGIN.as_secs_f64()
    }
}

/// At most so many requests per second.
#[derive(Debug, Clone)]
pub(crate) struct Rate {
    interval: Duration,
    burst: Duration,
    /// When the next request would be due if they came evenly.
    due: Option<Instant>,
}

impl Rate {
    /// A limit in requests per second, at least 1.
    pub(crate) fn new(per_second: u32) -> Self {
        let interval = Duration::from_secs(1) / per_second.max(1);
        let burst = Duration::from_millis(100).saturating_sub(interval);
        Self { interval, burst, due: None }
    }

    /// Takes a place now, or says from when there is one.
    pub(crate) fn take(&mut self, now: Instant) -> Result<(), Instant> {
        let due = self.due.unwrap_or(now).max(now);
        if due > now + self.burst {
            return Err(due - self.burst);
        }
        self.due = Some(due + self.interval);
        Ok(())
    }
}

#[cfg(test)]
mod tests;
