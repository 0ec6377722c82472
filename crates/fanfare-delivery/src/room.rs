//! How much is held in memory, in all and per webhook. Everything between the reservation
//! before a commit (or a claim) and the recorded result counts.
//!
//! Critical and urgent deliveries find room where others do not: of each webhook as much again, in
//! all an eighth more. So a queue of a hundred thousand who joined keeps no winner in the store.

use std::collections::HashMap;
use std::time::Duration;

use fanfare_model::WebhookId;
use fanfare_model::catalogue::EventClass;
use parking_lot::Mutex;

use crate::EngineOptions;

/// For how long an attempt is expected to keep its place, at the most: a webhook that may have `n`
/// requests in flight holds what `n` places begin at this pace before leases are too short for an
/// attempt. The rest waits in the store, where it costs no memory and nobody's lease.
const PLACE_TAKEN: Duration = Duration::from_millis(560);
/// Every webhook may hold this many, however slow.
const HELD_AT_LEAST: usize = 256;

/// Accounts for what is held.
#[derive(Debug)]
pub(crate) struct Room {
    state: Mutex<State>,
    held: usize,
    held_per_webhook: usize,
    held_per_place: usize,
    bytes: usize,
}

#[derive(Debug, Default)]
struct State {
    held: usize,
    bytes: usize,
    webhooks: HashMap<WebhookId, Share>,
    /// Something found no room at all.
    starved: bool,
    closed: bool,
}

#[derive(Debug)]
struct Share {
    held: usize,
    cap: usize,
    /// A claim or a reservation found no room for this webhook.
    skipped: bool,
}

impl Share {
    /// Whether more of it may be claimed.
    const fn has_room(&self) -> bool {
        self.held * 2 < self.cap
    }
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
            held_per_place: held_per_place(options),
            bytes: options.held_bytes,
        }
    }

    /// Takes room for one delivery, if there is any. A refusal is remembered as if a claim had
    /// missed it.
    pub(crate) fn reserve(&self, webhook: WebhookId, class: EventClass, bytes: usize) -> bool {
        let more =
            |bound: usize, part: usize| if class.is_prior() { bound + bound / part } else { bound };
        let (held, most) = (more(self.held, 8), more(self.bytes, 8));
        let mut state = self.state.lock();
        if state.closed || state.held >= held || state.bytes + bytes > most {
            state.starved = true;
            return false;
        }
        let share = state.webhooks.entry(webhook).or_insert_with(|| self.new_share());
        if share.held >= more(share.cap, 1) {
            share.skipped = true;
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

    /// Gives room back. `true`: what came back was missed, so it is time for a claim.
    #[must_use]
    pub(crate) fn release(&self, freed: impl IntoIterator<Item = (WebhookId, usize)>) -> bool {
        let mut state = self.state.lock();
        let mut missed = false;
        for (webhook, bytes) in freed {
            state.held = state.held.saturating_sub(1);
            state.bytes = state.bytes.saturating_sub(bytes);
            missed |= std::mem::take(&mut state.starved);
            if let Some(share) = state.webhooks.get_mut(&webhook) {
                share.held = share.held.saturating_sub(1);
                if share.skipped && share.has_room() {
                    share.skipped = false;
                    missed = true;
                }
            }
        }
        missed
    }

    /// A webhook's limit on requests in flight is this now.
    pub(crate) fn set_places(&self, webhook: WebhookId, places: u16) {
        let cap = (usize::from(places) * self.held_per_place).max(HELD_AT_LEAST);
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

    /// How many deliveries a claim may bring, and which webhooks hold enough already. What is
    /// missing is remembered, for [`Room::release`] to tell when it comes back.
    pub(crate) fn free(&self) -> (usize, Vec<WebhookId>) {
        let mut state = self.state.lock();
        let by_bytes = if state.bytes >= self.bytes { 0 } else { self.held };
        let free = self.held.saturating_sub(state.held).min(by_bytes);
        state.starved = free == 0;
        let mut full = Vec::new();
        for (webhook, share) in &mut state.webhooks {
            share.skipped = !share.has_room();
            full.extend(share.skipped.then_some(*webhook));
        }
        (free, full)
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
        let cap = (8 * self.held_per_place).max(HELD_AT_LEAST).min(self.held_per_webhook);
        Share { held: 0, cap, skipped: false }
    }
}

/// How many attempts one place begins while a lease is long enough for one more.
fn held_per_place(options: &EngineOptions) -> usize {
    let waiting = options.lease.saturating_sub(options.request_timeout);
    usize::try_from(waiting.as_millis() / PLACE_TAKEN.as_millis()).unwrap_or(usize::MAX)
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
        assert_eq!(
            (0..10).filter(|_| room.reserve(A, EventClass::Bulk, 10)).count(),
            3,
            "per webhook"
        );
        assert_eq!((0..10).filter(|_| room.reserve(B, EventClass::Bulk, 10)).count(), 2, "in all");
        assert!(room.release([(A, 10)]), "it was missed");
        assert!(!room.reserve(B, EventClass::Bulk, 961), "bytes");
        assert!(room.reserve(B, EventClass::Bulk, 960));
        let _missed = room.release([(A, 10), (A, 10), (B, 10), (B, 10), (B, 960)]);
        assert_eq!(room.held(), Held { deliveries: 0, bytes: 0 });
        room.close();
        assert!(!room.reserve(A, EventClass::Bulk, 1), "closed");
    }

    #[test]
    fn only_room_that_a_claim_missed_calls_for_another() {
        let room = room(8, 4, 1_000);
        assert!(room.reserve(A, EventClass::Bulk, 1));
        assert!(!room.release([(A, 1)]), "nobody missed anything");
        assert_eq!((0..4).filter(|_| room.reserve(A, EventClass::Bulk, 1)).count(), 4);
        assert!(room.reserve(B, EventClass::Bulk, 1));
        assert_eq!(room.free(), (3, vec![A]));
        assert!(!room.release([(B, 1)]), "B was not left out");
        assert!(!room.release([(A, 1), (A, 1)]), "A is still half full");
        assert!(room.release([(A, 1)]), "now there is room for A");
        assert!(!room.release([(A, 1)]), "and that was said");
        for webhook in [A, A, A, A, B, B, B, B] {
            assert!(room.reserve(webhook, EventClass::Bulk, 1));
        }
        assert_eq!(room.free().0, 0);
        assert!(room.release([(B, 1)]), "any room is good when there was none");
        assert!(!room.release([(B, 1)]));
    }

    #[test]
    fn a_refused_reservation_has_missed_room() {
        let room = room(9, 4, 1_000);
        assert_eq!((0..5).filter(|_| room.reserve(A, EventClass::Bulk, 1)).count(), 4);
        assert!(!room.release([(A, 1), (A, 1)]), "too little for a claim to be worth it");
        assert!(room.release([(A, 1)]));
        assert!(!room.reserve(A, EventClass::Bulk, 1_000));
        assert!(room.release([(A, 1)]), "bytes were missed");
    }

    #[test]
    fn a_slow_webhook_holds_less() {
        let room = room(100_000, 10_000, usize::MAX);
        room.set_places(A, 1);
        assert_eq!(
            (0..20_000).filter(|_| room.reserve(A, EventClass::Bulk, 1)).count(),
            HELD_AT_LEAST
        );
        room.set_places(B, 256);
        assert_eq!((0..20_000).filter(|_| room.reserve(B, EventClass::Bulk, 1)).count(), 10_000);
        assert_eq!(room.free().1.len(), 2, "neither wants more from the store");
    }

    #[test]
    fn winners_have_room_where_who_joined_has_none() {
        let room = room(1_000, 100, 1_000_000);
        assert_eq!((0..500).filter(|_| room.reserve(A, EventClass::Bulk, 1)).count(), 100);
        assert_eq!((0..500).filter(|_| room.reserve(A, EventClass::Urgent, 1)).count(), 100);
        assert!(!room.reserve(A, EventClass::Critical, 1), "bounded as well");
        for webhook in 3..20 {
            let webhook = WebhookId::from_u128(webhook);
            let _held = (0..100).filter(|_| room.reserve(webhook, EventClass::Normal, 1)).count();
        }
        assert_eq!(room.held().deliveries, 1_000);
        assert_eq!((0..500).filter(|_| room.reserve(B, EventClass::Critical, 1)).count(), 125);
        assert_eq!(
            room.free(),
            (0, room.free().1),
            "nothing is claimed until it is below the bound"
        );
    }
}
