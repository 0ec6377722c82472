//! What really happened, written down outside of the product: what publishers were told, what
//! receivers got, which faults were injected. All times are of one monotonic clock.

use std::collections::HashMap;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::time::Instant;

/// An event that the product acknowledged.
#[derive(Debug, Clone)]
pub(crate) struct Ack {
    /// Its id.
    pub(crate) event: String,
    /// When the first acknowledgement came.
    pub(crate) at: Instant,
    /// The webhooks that match it, by their paths.
    pub(crate) paths: &'static [&'static str],
}

/// A request that the receiver got.
#[derive(Debug, Clone)]
pub(crate) struct Arrival {
    /// `webhook-id`.
    pub(crate) event: String,
    /// `X-Fanfare-Delivery-Id`.
    pub(crate) delivery: String,
    /// Where it was sent to: which webhook.
    pub(crate) path: String,
    /// `X-Fanfare-Retry-Count` and one more.
    pub(crate) attempt: usize,
    /// When its last byte arrived.
    pub(crate) at: Instant,
    /// A digest of the body.
    pub(crate) body: u64,
    /// The key of the request that published it, as the body says.
    pub(crate) key: String,
    /// Whether the signatures are right.
    pub(crate) verified: bool,
    /// What was answered.
    pub(crate) status: u16,
}

/// Something that was broken on purpose, from when to when.
#[derive(Debug, Clone)]
pub(crate) struct Fault {
    /// What.
    pub(crate) what: String,
    /// When it began.
    pub(crate) from: Instant,
    /// When everything was as before.
    pub(crate) until: Instant,
}

/// The pages of the ledger.
#[derive(Debug, Default, Clone)]
pub(crate) struct Pages {
    /// By the publisher's key.
    pub(crate) acks: HashMap<String, Ack>,
    /// In order of arrival.
    pub(crate) arrivals: Vec<Arrival>,
    /// In order.
    pub(crate) faults: Vec<Fault>,
    /// Answers of 503.
    pub(crate) refused: usize,
    /// Requests without an answer.
    pub(crate) unanswered: usize,
    /// The longest time to an answer of 503.
    pub(crate) slowest_refusal: Duration,
    /// What a publisher was told that it must not be told.
    pub(crate) wrong: Vec<String>,
}

/// The ledger, for all threads of a scenario.
#[derive(Debug, Default)]
pub(crate) struct Ledger(Mutex<Pages>);

impl Ledger {
    /// A publisher was told that its request is accepted as this event.
    pub(crate) fn acknowledged(&self, key: &str, event: &str, paths: &'static [&'static str]) {
        let mut pages = self.0.lock();
        let ack = Ack { event: event.to_owned(), at: Instant::now(), paths };
        let known = pages.acks.entry(key.to_owned()).or_insert(ack);
        if known.event != event {
            let wrong = format!("{key} is {event} now and was {} before", known.event);
            pages.wrong.push(wrong);
        }
    }

    /// A publisher was refused, after this time.
    pub(crate) fn refused(&self, took: Duration) {
        let mut pages = self.0.lock();
        pages.refused += 1;
        pages.slowest_refusal = pages.slowest_refusal.max(took);
    }

    /// A publisher got no answer.
    pub(crate) fn unanswered(&self) {
        self.0.lock().unanswered += 1;
    }

    /// Something happened that must not.
    pub(crate) fn wrong(&self, what: String) {
        self.0.lock().wrong.push(what);
    }

    /// A request arrived.
    pub(crate) fn arrived(&self, arrival: Arrival) {
        self.0.lock().arrivals.push(arrival);
    }

    /// Breaks something, and writes down from when to when.
    pub(crate) fn fault<T>(&self, what: impl Into<String>, work: impl FnOnce() -> T) -> T {
        let from = Instant::now();
        let done = work();
        let fault = Fault { what: what.into(), from, until: Instant::now() };
        self.0.lock().faults.push(fault);
        done
    }

    /// How many events were acknowledged.
    pub(crate) fn acks(&self) -> usize {
        self.0.lock().acks.len()
    }

    /// Looks at the pages, while nobody writes.
    pub(crate) fn look<T>(&self, at: impl FnOnce(&Pages) -> T) -> T {
        at(&self.0.lock())
    }
}
