//! Webhooks as this node last read them, so that a delivery on the hot path does not read its
//! webhook again. What was committed decides: callers say which version the database named, and an
//! older one is read anew.

use std::collections::HashMap;
use std::sync::Arc;

use fanfare_model::{OrganizationId, WebhookId};
use fanfare_store::Webhook;
use parking_lot::Mutex;

use crate::fault::Fault;
use crate::ids::uuid;
use crate::session::Session;
use crate::webhook_row::{COLUMNS, webhook};

/// Most webhooks that are remembered; beyond it all are forgotten and read again.
const MOST: usize = 100_000;

/// The webhooks this node knows.
#[derive(Default)]
pub(crate) struct Webhooks(Mutex<HashMap<WebhookId, Arc<Webhook>>>);

impl Webhooks {
    /// A webhook that was read or written just now. Gives whether it is news.
    pub(crate) fn learn(&self, webhook: &Arc<Webhook>) -> bool {
        let mut known = self.0.lock();
        if known.len() >= MOST {
            known.clear();
        }
        let before = known.get(&webhook.id);
        if before.is_some_and(|before| before.version > webhook.version) {
            return false;
        }
        let news = before.is_none_or(|before| before != webhook);
        known.insert(webhook.id, webhook.clone());
        news
    }

    /// A webhook that is gone.
    pub(crate) fn forget(&self, id: WebhookId) {
        self.0.lock().remove(&id);
    }

    /// What is known of a webhook, which others may have changed meanwhile.
    pub(crate) fn known(&self, id: WebhookId) -> Option<Arc<Webhook>> {
        self.0.lock().get(&id).cloned()
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
            let known = self.0.lock();
            for (organization, id, version) in wanted {
                match known.get(&id) {
                    Some(webhook) if webhook.version >= version => {
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
