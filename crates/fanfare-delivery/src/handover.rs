//! The engine as the store sees it. Called by the store's writer: nothing here blocks.

use std::sync::Arc;

use fanfare_model::catalogue::EventClass;
use fanfare_model::{DeliveryId, WebhookId};
use fanfare_store::{Handover, Leased, Webhook};

use crate::Engine;
use crate::recorder::Return;
use crate::slot::returned;

impl Handover for Engine {
    fn reserve(&self, webhook: WebhookId, class: EventClass, bytes: usize) -> bool {
        self.shared.room.reserve(webhook, class, bytes)
    }

    fn give_up(&self, webhook: WebhookId, bytes: usize) {
        self.shared.give_room_back([(webhook, bytes)]);
    }

    fn deliver(&self, deliveries: Vec<Leased>) {
        self.shared.take_on(deliveries);
    }

    fn wake(&self) {
        self.shared.claims.now();
    }

    fn webhook_changed(&self, webhook: &Arc<Webhook>, deleted: bool) {
        let shared = &self.shared;
        let prepared = shared.prepared.put(webhook, deleted);
        shared.dispatch.allow(shared, webhook);
        match shared.return_of(&prepared) {
            Some(how) => {
                let waiting = shared.dispatch.drain(webhook.id, deleted);
                shared.recorder.give_back(waiting.iter().map(|leased| returned(leased, how)));
                if deleted {
                    shared.room.forget(webhook.id);
                }
            }
            // It may have been paused: what waited in the store is wanted again.
            None => shared.claims.now(),
        }
    }

    fn delivery_cancelled(&self, webhook: WebhookId, delivery: DeliveryId) {
        let removed = self.shared.dispatch.remove(webhook, delivery);
        let removed = removed.map(|leased| returned(&leased, Return::Forgotten));
        self.shared.recorder.give_back(removed);
    }
}
