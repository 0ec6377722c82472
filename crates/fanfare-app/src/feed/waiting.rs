//! Waiting for the feed.
//!
//! Promises: who waits is woken when this process accepts an event of its organization, at most once
//! in [`GATHER`], and looks by itself after [`SOON`], then less and less often up to [`SELDOM`], for
//! what other nodes accepted and for what was not final yet. At most so many of one organization
//! wait at a time. A hint that nobody waits for costs one atomic read.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use fanfare_model::{OrganizationId, limits};
use parking_lot::Mutex;
use tokio::sync::Notify;
use tokio::sync::futures::OwnedNotified;
use tokio::time::{Instant, sleep, sleep_until};
use tokio_util::sync::CancellationToken;

use crate::{App, AppError, ErrorCode};

/// Hints within this time wake once.
const GATHER: Duration = Duration::from_millis(10);
/// The first look without a hint.
const SOON: Duration = Duration::from_millis(50);
/// The longest time between looks.
const SELDOM: Duration = Duration::from_millis(800);

/// Everybody who waits.
#[derive(Default)]
pub(crate) struct Waiting {
    /// How many there are.
    count: AtomicUsize,
    rooms: Mutex<HashMap<OrganizationId, Room>>,
    closed: CancellationToken,
}

#[derive(Default)]
struct Room {
    seats: usize,
    bell: Arc<Notify>,
}

impl Waiting {
    /// Events of an organization may be there.
    pub(crate) fn hint(&self, organization: OrganizationId) {
        if self.count.load(Ordering::SeqCst) == 0 {
            return;
        }
        if let Some(room) = self.rooms.lock().get(&organization) {
            room.bell.notify_waiters();
        }
    }

    /// A place to wait in.
    pub(super) fn seat(&self, organization: OrganizationId) -> Result<Seat<'_>, AppError> {
        let mut rooms = self.rooms.lock();
        let room = rooms.entry(organization).or_default();
        let most = limits::FEED_WAITERS_PER_ORGANIZATION;
        if room.seats >= most {
            let message = format!("{most} requests wait for the feed already");
            return Err(AppError::new(ErrorCode::RateLimited, message)
                .with_retry_after(Duration::from_secs(1)));
        }
        room.seats += 1;
        self.count.fetch_add(1, Ordering::SeqCst);
        Ok(Seat { waiting: self, organization, bell: room.bell.clone(), patience: SOON })
    }
}

/// The right of one request to wait.
pub(super) struct Seat<'w> {
    waiting: &'w Waiting,
    organization: OrganizationId,
    bell: Arc<Notify>,
    patience: Duration,
}

impl Seat<'_> {
    /// Hears what is hinted from now on.
    pub(super) fn listen(&mut self) -> Woken<'_> {
        let mut bell = Box::pin(self.bell.clone().notified_owned());
        bell.as_mut().enable();
        Woken { bell, patience: &mut self.patience, closed: &self.waiting.closed }
    }
}

impl Drop for Seat<'_> {
    fn drop(&mut self) {
        let mut rooms = self.waiting.rooms.lock();
        if let Some(room) = rooms.get_mut(&self.organization) {
            room.seats -= 1;
            if room.seats == 0 {
                rooms.remove(&self.organization);
            }
        }
        self.waiting.count.fetch_sub(1, Ordering::SeqCst);
    }
}

/// The next reason to look.
pub(super) struct Woken<'s> {
    bell: std::pin::Pin<Box<OwnedNotified>>,
    patience: &'s mut Duration,
    closed: &'s CancellationToken,
}

impl Woken<'_> {
    /// Waits for it, no longer than this; gives whether there is any use in looking on after that.
    pub(super) async fn until(self, deadline: Instant) -> bool {
        let next = (Instant::now() + *self.patience).min(deadline);
        tokio::select! {
            () = self.bell => {
                *self.patience = SOON;
                sleep(GATHER).await;
                true
            }
            () = sleep_until(next) => {
                *self.patience = (*self.patience * 2).min(SELDOM);
                true
            }
            () = self.closed.cancelled() => false,
        }
    }
}

impl App {
    /// Nobody waits for the feed any more; reads answer at once. The process is ending.
    pub fn close_feed(&self) {
        self.shared.feed.closed.cancel();
    }

    /// Whether the feed was closed.
    pub fn feed_is_closed(&self) -> bool {
        self.shared.feed.closed.is_cancelled()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ORG: OrganizationId = OrganizationId::from_u128(1);

    #[tokio::test(start_paused = true)]
    async fn a_hint_wakes_who_listened_before_it_and_nobody_else() {
        let waiting = Waiting::default();
        waiting.hint(ORG);
        let mut seat = waiting.seat(ORG).unwrap_or_else(|error| panic!("{error}"));
        let begun = Instant::now();
        let woken = seat.listen();
        waiting.hint(OrganizationId::from_u128(2));
        waiting.hint(ORG);
        assert!(woken.until(begun + limits::FEED_WAIT).await);
        assert_eq!(begun.elapsed(), GATHER);
        let begun = Instant::now();
        for expected in [50, 150, 350, 750, 1_550, 2_350] {
            assert!(seat.listen().until(begun + limits::FEED_WAIT).await);
            assert_eq!(begun.elapsed(), Duration::from_millis(expected));
        }
        waiting.closed.cancel();
        assert!(!seat.listen().until(begun + limits::FEED_WAIT).await);
    }

    #[test]
    fn seats_are_limited_and_given_back() {
        let waiting = Waiting::default();
        let take = || waiting.seat(ORG);
        let mut seats: Vec<_> =
            (0..limits::FEED_WAITERS_PER_ORGANIZATION).map(|_| take()).collect();
        assert!(seats.iter().all(Result::is_ok));
        assert!(take().is_err_and(|error| error.code() == ErrorCode::RateLimited));
        assert!(waiting.seat(OrganizationId::from_u128(2)).is_ok());
        seats.pop();
        assert!(take().is_ok());
        drop(seats);
        assert_eq!(waiting.count.load(Ordering::SeqCst), 0);
        assert!(waiting.rooms.lock().is_empty());
    }
}
