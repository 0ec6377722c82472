//! A hand-over that writes down what it is told.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use fanfare_model::catalogue::EventClass;
use fanfare_model::{DeliveryId, WebhookId};

use crate::{Handover, Leased, Webhook};

/// Remembers everything; has room for as many deliveries as it is told.
#[derive(Debug)]
pub struct FakeEngine {
    inner: Mutex<Inner>,
}

#[derive(Debug)]
struct Inner {
    room: usize,
    reserved: HashMap<WebhookId, (usize, usize)>,
    delivered: Vec<Leased>,
    wakes: usize,
    changed: Vec<(Arc<Webhook>, bool)>,
    cancelled: Vec<DeliveryId>,
    broken: Vec<String>,
}

impl Default for FakeEngine {
    fn default() -> Self {
        Self {
            inner: Mutex::new(Inner {
                room: usize::MAX,
                reserved: HashMap::new(),
                delivered: Vec::new(),
                wakes: 0,
                changed: Vec::new(),
                cancelled: Vec::new(),
                broken: Vec::new(),
            }),
        }
    }
}

impl FakeEngine {
    /// From now on there is room for so many deliveries more.
    pub fn set_room(&self, room: usize) {
        self.lock().room = room;
    }

    /// What was handed over since the last call.
    pub fn take(&self) -> Vec<Leased> {
        std::mem::take(&mut self.lock().delivered)
    }

    /// How often work was left behind in the store since the last call.
    pub fn take_wakes(&self) -> usize {
        std::mem::take(&mut self.lock().wakes)
    }

    /// The changes of webhooks since the last call; `true` for a deleted one.
    pub fn take_changes(&self) -> Vec<(Arc<Webhook>, bool)> {
        std::mem::take(&mut self.lock().changed)
    }

    /// The cancelled deliveries since the last call.
    pub fn take_cancelled(&self) -> Vec<DeliveryId> {
        std::mem::take(&mut self.lock().cancelled)
    }

    /// Every reservation ended in exactly one delivery or give-up.
    ///
    /// # Panics
    /// When that is not so.
    pub fn assert_balanced(&self) {
        let inner = self.lock();
        assert!(inner.broken.is_empty(), "{:?}", inner.broken);
        for (webhook, open) in &inner.reserved {
            assert_eq!(*open, (0, 0), "open reservations (count, bytes) of {webhook}");
        }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    fn end_reservation(&mut self, webhook: WebhookId, bytes: usize, how: &str) {
        let (count, held) = self.reserved.entry(webhook).or_default();
        if *count == 0 || *held < bytes {
            self.broken.push(format!("{how} of {webhook} without a reservation of {bytes}"));
            return;
        }
        *count -= 1;
        *held -= bytes;
    }
}

impl Handover for FakeEngine {
    fn reserve(&self, webhook: WebhookId, _: EventClass, bytes: usize) -> bool {
        let mut inner = self.lock();
        if inner.room == 0 {
            return false;
        }
        inner.room -= 1;
        let (count, held) = inner.reserved.entry(webhook).or_default();
        *count += 1;
        *held += bytes;
        true
    }

    fn give_up(&self, webhook: WebhookId, bytes: usize) {
        let mut inner = self.lock();
        inner.room = inner.room.saturating_add(1);
        inner.end_reservation(webhook, bytes, "give-up");
    }

    fn deliver(&self, deliveries: Vec<Leased>) {
        let mut inner = self.lock();
        for leased in &deliveries {
            inner.end_reservation(leased.webhook.id, leased.body.len(), "delivery");
        }
        inner.delivered.extend(deliveries);
    }

    fn wake(&self) {
        self.lock().wakes += 1;
    }

    fn webhook_changed(&self, webhook: &Arc<Webhook>, deleted: bool) {
        self.lock().changed.push((webhook.clone(), deleted));
    }

    fn delivery_cancelled(&self, _: WebhookId, delivery: DeliveryId) {
        self.lock().cancelled.push(delivery);
    }
}
