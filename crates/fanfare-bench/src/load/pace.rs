//! The pace of an open load: an event becomes due every so many nanoseconds, whatever else goes
//! on.
//!
//! A thread of its own keeps the time, because the runtime's timers are exact only to a
//! millisecond, which would be most of what is measured.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Semaphore;

use crate::clock;

/// The thread sleeps at least this long, so that it costs little at high rates; events may be
/// sent this much late, which counts as latency.
const SHORTEST_NAP: u64 = 200_000;

/// When events are due.
#[derive(Debug, Clone, Copy)]
pub(super) struct Timing {
    /// When the first one is, in nanoseconds since 1970.
    pub(super) start: u64,
    /// How long after it the next one is, in nanoseconds.
    pub(super) interval: u64,
}

impl Timing {
    /// `rate` in each second, from now on, or rather in a moment, when connections are open.
    pub(super) fn per_second(rate: u64) -> Self {
        Self { start: clock::now() + 50_000_000, interval: 1_000_000_000 / rate.max(1) }
    }
}

/// Hands out one permit per due event.
#[derive(Clone)]
pub(super) struct Pace {
    start: u64,
    interval: u64,
    due: Arc<Semaphore>,
}

impl Pace {
    /// `events` events, the first one at `timing.start`.
    pub(super) fn keep(timing: Timing, events: u64) -> Self {
        let Timing { start, interval } = timing;
        let pace = Self { start, interval: interval.max(1), due: Arc::new(Semaphore::new(0)) };
        let ticking = pace.clone();
        std::thread::spawn(move || ticking.tick(events));
        pace
    }

    fn tick(&self, events: u64) {
        let mut released = 0;
        while released < events {
            let now = clock::now();
            let wake = (now + SHORTEST_NAP).max(self.due_at(released));
            std::thread::sleep(Duration::from_nanos(wake - now));
            let elapsed = clock::now().saturating_sub(self.start);
            let due = (elapsed / self.interval + 1).min(events);
            if due > released {
                let more = usize::try_from(due - released).unwrap_or(usize::MAX);
                self.due.add_permits(more);
                released = due;
            }
        }
        // All are due: nobody has to wait any more, least of all for events that do not come.
        self.due.close();
    }

    /// Waits until another event is due, or all are.
    pub(super) async fn wait(&self) {
        if let Ok(permit) = self.due.acquire().await {
            permit.forget();
        }
    }

    /// When this event is due, in nanoseconds since 1970.
    pub(super) fn due_at(&self, number: u64) -> u64 {
        self.start + number * self.interval
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn no_event_is_released_before_it_is_due() {
        let pace = Pace::keep(Timing::per_second(10_000), 50);
        for number in 0..50 {
            pace.wait().await;
            assert!(clock::now() >= pace.due_at(number), "event {number}");
        }
    }

    #[tokio::test]
    async fn nobody_waits_for_events_that_do_not_come() {
        let pace = Pace::keep(Timing::per_second(10_000), 3);
        for _ in 0..10 {
            pace.wait().await;
        }
        assert!(clock::now() >= pace.due_at(2));
    }
}
