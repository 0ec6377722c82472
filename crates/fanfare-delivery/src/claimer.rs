//! Brings due deliveries from the store when there is room: retries, what did not fit into
//! memory when it was accepted, resends and replays.
//!
//! It looks when something becomes due, when room came back that the last look had missed, when
//! the store says so, and at the latest after [`crate::EngineOptions::poll`]: a hint that gets
//! lost costs waiting, never a delivery.

use std::sync::Arc;

use fanfare_model::Timestamp;
use fanfare_store::{Claim, Claimed, Store};
use parking_lot::Mutex;
use tokio::sync::Notify;

use crate::engine::Shared;

/// Most deliveries in one claim.
const BATCH: usize = 1_000;
/// Most deliveries of one webhook in one claim.
const PER_WEBHOOK: usize = 256;

/// What tells the claimer to look.
#[derive(Debug, Default)]
pub(crate) struct Claims {
    hint: Mutex<Option<Timestamp>>,
    look: Notify,
}

impl Claims {
    /// Something is due now.
    pub(crate) fn now(&self) {
        self.due_at(Timestamp::from_millis(0));
    }

    /// Something becomes due at this time.
    pub(crate) fn due_at(&self, at: Timestamp) {
        let mut hint = self.hint.lock();
        if hint.is_none_or(|known| at < known) {
            *hint = Some(at);
            drop(hint);
            self.look.notify_one();
        }
    }
}

/// The loop: ends when the engine stops.
pub(crate) async fn run(shared: Arc<Shared>, store: Arc<dyn Store>) {
    let mut known_due = None;
    loop {
        let look = shared.claims.look.notified();
        let hint = *shared.claims.hint.lock();
        let now = shared.clock.now();
        let latest = now + shared.options.poll;
        let next = known_due.into_iter().chain(hint).fold(latest, Timestamp::min);
        if next > now {
            tokio::select! {
                () = shared.clock.sleep_until(next) => known_due = Some(next),
                () = look => {}
                () = shared.stop.cancelled() => return,
            }
            continue;
        }
        *shared.claims.hint.lock() = None;
        known_due = claim(&shared, &*store).await;
        if shared.stop.is_cancelled() {
            return;
        }
    }
}

/// One look. Gives the time of the next, as far as the store knows it.
async fn claim(shared: &Arc<Shared>, store: &dyn Store) -> Option<Timestamp> {
    let (free, skip) = shared.room.free();
    let now = shared.clock.now();
    if free == 0 {
        return Some(now + shared.options.poll);
    }
    let limit = free.min(BATCH);
    let lease_until = now + shared.options.lease;
    match store.claim(Claim { now, lease_until, limit, per_webhook: PER_WEBHOOK, skip }).await {
        Ok(Claimed { deliveries, next_due }) => {
            // Due, yet not given: the store has a reason that asking at once will not change.
            let latest = now + shared.options.poll;
            let held_back = deliveries.is_empty();
            shared.take_claimed(deliveries);
            next_due.map(|due| if held_back && due <= now { latest } else { due.min(latest) })
        }
        Err(error) => {
            tracing::warn!(%error, "could not look for due deliveries, looking again");
            Some(now + shared.options.poll)
        }
    }
}
