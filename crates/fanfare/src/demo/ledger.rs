//! What was accepted and what arrived, by event and receiver.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use fanfare_model::EventType;
use tokio::sync::Notify;
use tokio::time::Instant;

use super::receiver::Arrival;

/// An event that the server accepted.
#[derive(Debug, Clone)]
pub(super) struct Accepted {
    /// Its type.
    pub(super) event_type: EventType,
    /// When the request that made it happen was sent.
    pub(super) sent: Instant,
    /// What it was part of.
    pub(super) part: Part,
}

/// The parts of the launch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    /// The crowd comes.
    Crowd,
    /// Everything once, one by one.
    Story,
    /// The winners are selected.
    Burst,
}

/// Everything that is known about both ends.
#[derive(Debug, Default, Clone)]
pub(super) struct Book {
    /// What was accepted, by id.
    pub(super) accepted: HashMap<String, Accepted>,
    /// What arrived, by receiver and event, in order.
    pub(super) arrived: BTreeMap<(&'static str, String), Vec<Arrival>>,
}

impl Book {
    /// Requests that arrived.
    pub(super) fn attempts(&self) -> impl Iterator<Item = &Arrival> {
        self.arrived.values().flatten()
    }

    /// What arrived at one receiver, by event.
    pub(super) fn at(&self, receiver: &str) -> impl Iterator<Item = (&String, &[Arrival])> {
        let mine = self.arrived.iter().filter(move |((name, _), _)| *name == receiver);
        mine.map(|((_, event), arrivals)| (event, arrivals.as_slice()))
    }

    /// Times from the request to the first arrival at a receiver, sorted.
    pub(super) fn latencies(&self, receiver: &str, part: Part) -> Vec<Duration> {
        let wanted = |event: &String| self.accepted.get(event).filter(|it| it.part == part);
        let times = self.at(receiver).filter_map(|(event, arrivals)| {
            Some(arrivals.first()?.at.saturating_duration_since(wanted(event)?.sent))
        });
        let mut times: Vec<_> = times.collect();
        times.sort_unstable();
        times
    }
}

/// The time that so many per cent of a sorted list do not exceed.
pub(super) fn percentile(sorted: &[Duration], per_cent: usize) -> Duration {
    let rank = (sorted.len() * per_cent).div_ceil(100).max(1);
    sorted.get(rank - 1).copied().unwrap_or_default()
}

/// A book that several write and read, and that can be waited for.
#[derive(Debug, Default)]
pub(super) struct Ledger {
    book: Mutex<Book>,
    changed: Notify,
}

impl Ledger {
    /// Writes down what the server accepted.
    pub(super) fn accept(&self, event: &str, accepted: Accepted) {
        self.book().accepted.insert(event.to_owned(), accepted);
    }

    /// Writes down what arrived; gives the arrival before it of the same event there.
    pub(super) fn arrive(&self, arrival: Arrival) -> Option<Arrival> {
        let mut book = self.book();
        let place = (arrival.receiver, arrival.event.clone());
        let arrivals = book.arrived.entry(place).or_default();
        let before = arrivals.last().cloned();
        arrivals.push(arrival);
        drop(book);
        self.changed.notify_waiters();
        before
    }

    /// Reads something out.
    pub(super) fn read<T>(&self, read: impl FnOnce(&Book) -> T) -> T {
        read(&self.book())
    }

    /// Waits until the book says so; `false` when that takes longer than `patience`.
    pub(super) async fn wait(&self, patience: Duration, enough: impl Fn(&Book) -> bool) -> bool {
        let waiting = async {
            loop {
                let changed = self.changed.notified();
                if self.read(&enough) {
                    return;
                }
                changed.await;
            }
        };
        tokio::time::timeout(patience, waiting).await.is_ok()
    }

    fn book(&self) -> std::sync::MutexGuard<'_, Book> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
