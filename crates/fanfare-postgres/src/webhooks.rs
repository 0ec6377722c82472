//! Webhooks as this node last read them, so that a delivery on the hot path does not read its
//! webhook again. What was committed decides: callers say which version the database named, and an
//! older one is read anew.
//!
//! Promises: whichever way a webhook becomes known here (changed here, read, seen by
//! [`crate::watch`]), the engine hears of what is new in it, once, in the order of versions.

use std::collections::HashMap;
use std::sync::Arc;

use fanfare_model::{OrganizationId, WebhookId};
use fanfare_store::{Handover, Webhook};
use parking_lot::Mutex;

use crate::fault::Fault;
use crate::ids::uuid;
use crate::session::Session;
use crate::webhook_row::{COLUMNS, webhook};

/// Most webhooks that are remembered; beyond it all are forgotten and read again.
const MOST: usize = 100_000;

/// The webhooks this node knows.
pub(crate) struct Webhooks {
    known: Mutex<HashMap<WebhookId, Known>>,
    handover: Arc<dyn Handover>,
    /// Held while the engine is told, so that it hears of changes in their order.
    telling: Mutex<()>,
}

enum Known {
    There(Arc<Webhook>),
    Deleted,
}

impl Webhooks {
    pub(crate) fn new(handover: Arc<dyn Handover>) -> Self {
        Self { known: Mutex::default(), handover, telling: Mutex::default() }
    }

    /// A webhook that was read or written just now. Gives whether it is news.
    pub(crate) fn learn(&self, webhook: &Arc<Webhook>) -> bool {
        let _one_at_a_time = self.telling.lock();
        let is_news = match self.known.lock().get(&webhook.id) {
            Some(Known::Deleted) => false,
            Some(Known::There(before)) => before.version <= webhook.version && before != webhook,
            None => true,
        };
        if is_news {
            self.remember(webhook.id, Known::There(webhook.clone()));
            self.handover.webhook_changed(webhook, false);
        }
        is_news
    }

    /// A webhook that was deleted; what is read of it later is old.
    pub(crate) fn forget(&self, webhook: &Arc<Webhook>) {
        let _one_at_a_time = self.telling.lock();
        if !matches!(self.known.lock().get(&webhook.id), Some(Known::Deleted)) {
            self.remember(webhook.id, Known::Deleted);
            self.handover.webhook_changed(webhook, true);
        }
    }

    fn remember(&self, id: WebhookId, what: Known) {
        let mut known = self.known.lock();
        if known.len() >= MOST {
            known.clear();
        }
        known.insert(id, what);
    }

    /// What is known of a webhook, which others may have changed meanwhile.
    pub(crate) fn known(&self, id: WebhookId) -> Option<Arc<Webhook>> {
        match self.known.lock().get(&id) {
            Some(Known::There(webhook)) => Some(webhook.clone()),
            _ => None,
        }
    }

    /// Webhooks at these versions or newer; deleted ones are left out.
    pub(crate) async fn at_versions(
        &self,
        session: &Session,
        wanted: impl Iterator<Item = (Option<OrganizationId>, WebhookId, u32)>,
    ) -> Result<HashMap<WebhookId, Arc<Webhook>>, Fault> {
        let mut found = HashMap::new();
        let mut missing = HashMap::new();
        {
            let known = self.known.lock();
            for (organization, id, version) in wanted {
                match known.get(&id) {
                    Some(Known::There(webhook)) if webhook.version >= version => {
                        found.entry(id).or_insert_with(|| webhook.clone());
                    }
                    _ => drop(missing.insert(id, organization)),
                }
            }
        }
        if missing.is_empty() {
            return Ok(found);
        }
        let organizations: Vec<_> = missing.values().map(|one| one.map(uuid)).collect();
        let ids: Vec<_> = missing.keys().map(|id| uuid(*id)).collect();
        let sql = format!(
            "SELECT {COLUMNS} FROM webhooks WHERE organization_id = ANY ($1) AND id = ANY ($2) \
             AND deleted_at IS NULL"
        );
        for row in session.query(&sql, &[&organizations, &ids]).await? {
            let webhook = Arc::new(webhook(&row)?);
            self.learn(&webhook);
            found.insert(webhook.id, webhook);
        }
        Ok(found)
    }
}
