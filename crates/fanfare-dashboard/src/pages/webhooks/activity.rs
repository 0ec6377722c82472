//! The tab with what people and keys did to a webhook, from the audit log.

use askama::Template;
use axum::extract::State;
use fanfare_model::kinds::Webhook;
use fanfare_store::{AuditFilter, Order, PageRequest};

use super::head::{Head, Tab};
use crate::ask::{Answer, Ask, PathId, page, sentence};
use crate::chrome::Chrome;
use crate::state::Dashboard;
use crate::ui::{Markup, since};

/// Entries shown here; the audit log has the others.
const ENTRIES: usize = 50;

#[derive(Template)]
#[template(path = "webhooks/activity.html")]
struct ActivityPage {
    chrome: Chrome,
    head: Head,
    rows: Vec<Row>,
}

struct Row {
    at: Markup,
    who: String,
    what: String,
    ip: String,
}

/// `GET /settings/integrations/webhooks/{id}/activity`
pub(crate) async fn activity(
    State(dashboard): State<Dashboard>,
    PathId(id): PathId<Webhook>,
    ask: Ask,
) -> Answer {
    let (chrome, head, _) = Head::find(&dashboard, &ask, id, Tab::Activity).await?;
    let filter = AuditFilter { resource_id: Some(id.to_string()), ..AuditFilter::default() };
    let latest = PageRequest { limit: ENTRIES, order: Order::Descending, ..PageRequest::default() };
    let entries = dashboard.app().audit_entries(ask.caller(), filter, latest).await?;
    let row = |entry: &fanfare_store::AuditEntry| Row {
        at: since(entry.at, ask.now),
        who: entry.actor_name.clone().unwrap_or_else(|| entry.actor.to_string()),
        what: sentence(&entry.action.replace(['.', '_'], " ")),
        ip: entry.ip.clone().unwrap_or_default(),
    };
    page(&ActivityPage { chrome, head, rows: entries.items.iter().map(row).collect() })
}
