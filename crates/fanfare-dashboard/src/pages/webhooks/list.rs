//! The list of webhooks.

use askama::Template;
use axum::extract::State;
use fanfare_app::{StatsWindow, WebhookView};
use fanfare_model::WebhookStatus;
use fanfare_model::kinds::Webhook;
use fanfare_store::WebhookFilter;

use crate::ask::{Answer, Ask, page};
use crate::chrome::Chrome;
use crate::list::{Choice, Pager, choices, request};
use crate::nav::Place;
use crate::state::Dashboard;
use crate::ui::{Badge, Markup, since};

/// The list's address.
pub(crate) const HOME: &str = "/settings/integrations/webhooks";

#[derive(Template)]
#[template(path = "webhooks/integrations.html")]
struct IntegrationsPage {
    chrome: Chrome,
}

/// `GET /settings/integrations`
pub(crate) async fn integrations(ask: Ask) -> Answer {
    page(&IntegrationsPage { chrome: ask.page("Integrations", Place::Integrations) })
}

#[derive(Template)]
#[template(path = "webhooks/list.html")]
struct ListPage {
    chrome: Chrome,
    rows: Vec<Row>,
    pager: Pager,
    statuses: Vec<Choice>,
    narrowed: bool,
}

struct Row {
    href: String,
    badge: Markup,
    url: String,
    description: Option<String>,
    events: String,
    changed: Markup,
}

/// `GET /settings/integrations/webhooks`
pub(crate) async fn list(State(dashboard): State<Dashboard>, ask: Ask) -> Answer {
    let asked = request::<Webhook>(&ask.query)?;
    let status = ask.query.all("status").filter_map(|text| text.parse().ok());
    let filter = WebhookFilter { status: status.collect() };
    let narrowed = !filter.status.is_empty();
    let found = dashboard.app().webhooks(ask.caller(), filter, asked).await?;
    let pager = Pager::of(&ask, &asked, &found, |view: &WebhookView| view.webhook.id);
    let statuses =
        WebhookStatus::ALL.iter().map(|status| (status.as_str(), Badge::of_webhook(*status).text));
    let statuses = choices(&ask.query, "status", statuses);
    let rows = found.items.iter().map(|view| row(view, &ask)).collect();
    let chrome = ask
        .page("Webhooks", Place::Webhooks)
        .below("Settings", "/settings/integrations")
        .below("Integrations", "/settings/integrations");
    page(&ListPage { chrome, rows, pager, statuses, narrowed })
}

fn row(view: &WebhookView, ask: &Ask) -> Row {
    let webhook = &view.webhook;
    Row {
        href: format!("{HOME}/{}", webhook.id),
        badge: Badge::of_webhook(webhook.status).html(),
        url: webhook.url.clone(),
        description: webhook.description.clone(),
        events: webhook.events.patterns().join(", "),
        changed: since(webhook.updated_at, ask.now),
    }
}
