//! How a store tells the delivery engine of new work, without a read back.

use std::sync::Arc;

use fanfare_model::catalogue::EventClass;
use fanfare_model::{DeliveryId, WebhookId};

use crate::{Leased, Webhook};

/// The engine's side of an accept. Methods are called by the backend's writer: they must not
/// block.
pub trait Handover: Send + Sync + 'static {
    /// Before the commit: may one more delivery of this webhook, of an event of this class with a
    /// body of so many bytes, be held in memory? `true` reserves the room; it ends in [`Handover::deliver`] or
    /// [`Handover::give_up`]. `false`: the delivery waits in the store.
    fn reserve(&self, webhook: WebhookId, class: EventClass, bytes: usize) -> bool;
    /// The transaction failed: a reservation is not needed.
    fn give_up(&self, webhook: WebhookId, bytes: usize);
    /// After the commit: deliveries leased to this node, each with a reservation.
    fn deliver(&self, deliveries: Vec<Leased>);
    /// After the commit: deliveries were left due in the store, claim when there is room.
    fn wake(&self);
    /// After the commit: a webhook was created or changed, or (`deleted`) is gone.
    fn webhook_changed(&self, webhook: &Arc<Webhook>, deleted: bool);
    /// After the commit: a delivery that may be in memory was cancelled.
    fn delivery_cancelled(&self, webhook: WebhookId, delivery: DeliveryId);
}

/// No engine in this process: everything waits in the store.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoHandover;

impl Handover for NoHandover {
    fn reserve(&self, _: WebhookId, _: EventClass, _: usize) -> bool {
        false
    }
    fn give_up(&self, _: WebhookId, _: usize) {}
    fn deliver(&self, _: Vec<Leased>) {}
    fn wake(&self) {}
    fn webhook_changed(&self, _: &Arc<Webhook>, _: bool) {}
    fn delivery_cancelled(&self, _: WebhookId, _: DeliveryId) {}
}
