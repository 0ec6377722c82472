//! How much is held in memory, in all and per webhook. Everything between the reservation
//! before a commit (or a claim) and the recorded result counts.

use std::collections::HashMap;

use fanfare_model::WebhookId;
use parking_lot::Mutex;

use crate::EngineOptions;

/// A webhook that may have `n` requests in flight holds at most `n` times this many deliveries
/// in memory: what it works off soon. The rest waits in the store, where it costs no memory.
const HELD_PER_PLACE: usize = 160;
/// Every webhook may hold this many, however slow.
const HELD_AT_LEAST: usize = 256;

/// Accounts for what is held.
#[derive(Debug)]
pub(crate) struct Room {
    state: Mutex<State>,
    held: usize,
    held_per_webhook: usize,
    bytes: usize,
}

#[derive(Debug, Default)]
struct State {
    held: usize,
    bytes: usize,
    webhooks: HashMap<WebhookId, Share>,
    closed: bool,
}

#[derive(Debug)]
struct Share {
    held: usize,
    cap: usize,
}

/// What is held now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Held {
    pub(crate) deliveries: usize,
    pub(crate) bytes: usize,
}

impl Room {
    pub(crate) fn new(options: &EngineOptions) -> Self {
        Self {
            state: Mutex::default(),
            held: options.held,
            held_per_webhook: options.held_per_webhook,
            bytes: options.held_bytes,
        }
    }

    /// Takes room for one delivery, if there is any.
    pub(crate) fn reserve(&self, webhook: WebhookId, bytes: usize) -> bool {
        let mut state = self.state.lock();
        if state.closed || state.held >= self.held || state.bytes + bytes > self.bytes {
            return false;
        }
        let share = state.webhooks.entry(webhook).or_insert_with(|| self.new_share());
        if share.held >= share.cap {
            return false;
        }
        share.held += 1;
        state.held += 1;
        state.bytes += bytes;
        true
    }

    /// Takes room that a claim has already used: never refused, because what was claimed is
    /// here; claims are sized by [`Room::free`].
    pub(crate) fn occupy(&self, webhook: WebhookId, bytes: usize) {
        let mut state = self.state.lock();
        state.webhooks.entry(webhook).or_insert_with(|| self.new_share()).held += 1;
        state.held += 1;
        state.bytes += bytes;
    }

    /// Gives room back.
    pub(crate) fn release(&self, freed: impl IntoIterator<Item = (WebhookId, usize)>) {
        let mut state = self.state.lock();
        for (webhook, bytes) in freed {
            state.held = state.held.saturating_sub(1);
            state.bytes = state.bytes.saturating_sub(bytes);
            if let Some(share) = state.webhooks.get_mut(&webhook) {
                share.held = share.held.saturating_sub(1);
            }
        }
    }

    /// A webhook's limit on requests in flight is this now.
    pub(crate) fn set_places(&self, webhook: WebhookId, places: u16) {
        let cap = (usize::from(places) * HELD_PER_PLACE).max(HELD_AT_LEAST);
        let cap = cap.min(self.held_per_webhook);
        let mut state = self.state.lock();
        state.webhooks.entry(webhook).or_insert_with(|| self.new_share()).cap = cap;
    }

    /// Forgets a webhook that is gone, once nothing of it is held.
    pub(crate) fn forget(&self, webhook: WebhookId) {
        let mut state = self.state.lock();
        if state.webhooks.get(&webhook).is_some_and(|share| share.held == 0) {
            state.webhooks.remove(&webhook);
        }
    }

    /// How many deliveries a claim may bring, and which webhooks hold enough already.
    pub(crate) fn free(&self) -> (usize, Vec<WebhookId>) {
        let state = self.state.lock();
        let by_bytes = if state.bytes >= self.bytes { 0 } else { self.held };
        let full = state.webhooks.iter().filter(|(_, share)| share.held * 2 >= share.cap);
        let full = full.map(|(webhook, _)| *webhook).collect();
        (self.held.saturating_sub(state.held).min(by_bytes), full)
    }

    /// No more reservations.
    pub(crate) fn close(&self) {
        self.state.lock().closed = true;
    }

    pub(crate) fn held(&self) -> Held {
        let state = self.state.lock();
        Held { deliveries: state.held, bytes: state.bytes }
    }

    fn new_share(&self) -> Share {
        Share { held: 0, cap: (8 * HELD_PER_PLACE).min(self.held_per_webhook) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: WebhookId = WebhookId::from_u128(1);
    const B: WebhookId = WebhookId::from_u128(2);

    fn room(held: usize, held_per_webhook: usize, held_bytes: usize) -> Room {
        Room::new(&EngineOptions { held, held_per_webhook, held_bytes, ..Default::default() })
    }

    #[test]
    fn bounds_hold_and_room_comes_back() {
        let room = room(5, 3, 1_000);
        assert_eq!((0..10).filter(|_| room.reserve(A, 10)).count(), 3, "per webhook");
        assert_eq!((0..10).filter(|_| room.reserve(B, 10)).count(), 2, "in all");
        room.release([(A, 10)]);
        assert!(!room.reserve(B, 961), "bytes");
        assert!(room.reserve(B, 960));
        room.release([(A, 10), (A, 10), (B, 10), (B, 10), (B, 960)]);
        assert_eq!(room.held(), Held { deliveries: 0, bytes: 0 });
        room.close();
        assert!(!room.reserve(A, 1), "closed");
    }

    #[test]
    fn a_slow_webhook_holds_less() {
        let room = room(100_000, 10_000, usize::MAX);
        room.set_places(A, 1);
        assert_eq!((0..20_000).filter(|_| room.reserve(A, 1)).count(), HELD_AT_LEAST);
        room.set_places(B, 256);
        assert_eq!((0..20_000).filter(|_| room.reserve(B, 1)).count(), 10_000);
        assert_eq!(room.free().1.len(), 2, "neither wants more from the store");
    }
}
