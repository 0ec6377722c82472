//! The list of webhooks.

use std::collections::HashMap;

use askama::Template;
use axum::extract::State;
use fanfare_app::{AppError, Sparkline, WebhookView};
use fanfare_model::{EventType, WebhookChannel, WebhookId, WebhookStatus, limits};
use fanfare_store::{Delivery, DeliveryFilter, Order, PageRequest, WebhookFilter};
use futures_util::future::try_join_all;

use super::head::channel_name;
use crate::ask::{Answer, Ask, page};
use crate::charts::sparkline;
use crate::chrome::Chrome;
use crate::list::{Choice, choices};
use crate::nav::Place;
use crate::state::Dashboard;
use crate::ui::{Badge, Markup, counted, milliseconds, percent, since};

/// The list's address.
pub(crate) const HOME: &str = "/settings/integrations/webhooks";

#[derive(Template)]
#[template(path = "webhooks/list.html")]
struct ListPage {
    chrome: Chrome,
    rows: Vec<Row>,
    statuses: Vec<Choice>,
    types: Vec<Choice>,
    channels: Vec<Choice>,
    text: String,
    /// Whether there are webhooks that the filter hides.
    hidden: bool,
}

struct Row {
    id: WebhookId,
    href: String,
    badge: Markup,
    url: String,
    description: Option<String>,
    channel: &'static str,
    events: String,
    patterns: String,
    line: Markup,
    rate: String,
    last: Option<Markup>,
    p95: String,
}

/// `GET /settings/integrations/webhooks`
pub(crate) async fn list(State(dashboard): State<Dashboard>, ask: Ask) -> Answer {
    // An organization has few webhooks: all of them fit on the largest page.
    let all = PageRequest {
        limit: limits::WEBHOOKS_PER_ORGANIZATION.min(limits::PAGE),
        order: Order::Descending,
        ..PageRequest::default()
    };
    let app = dashboard.app();
    let found = app.webhooks(ask.caller(), WebhookFilter::default(), all).await?.items;
    let lines = app.sparklines(ask.caller()).await?;
    let lines: HashMap<_, _> = lines.into_iter().map(|line| (line.webhook_id, line)).collect();
    let wanted = Wanted::of(&ask);
    let shown: Vec<_> = found.iter().filter(|view| wanted.means(view)).collect();
    let last = try_join_all(shown.iter().map(|view| last_delivery(&dashboard, &ask, view)));
    let rows = shown.iter().zip(last.await?);
    let rows: Vec<_> =
        rows.map(|(view, last)| row(view, lines.get(&view.webhook.id), last, &ask)).collect();
    let statuses = WebhookStatus::ALL.iter();
    let statuses = statuses.map(|status| (status.as_str(), Badge::of_webhook(*status).text));
    let types = EventType::known().map(|each| (each.as_str(), each.as_str()));
    let channels = WebhookChannel::ALL.iter();
    let channels = channels.map(|channel| (channel.as_str(), channel_name(*channel)));
    page(&ListPage {
        channels: choices(&ask.query, "channel", channels),
        chrome: ask
            .page("Webhooks", Place::Webhooks)
            .below("Integrations", "/settings/integrations"),
        hidden: rows.is_empty() && !found.is_empty(),
        statuses: choices(&ask.query, "status", statuses),
        types: choices(&ask.query, "type", types),
        text: ask.query.get("q").to_owned(),
        rows,
    })
}

/// Which webhooks are shown.
struct Wanted {
    status: Option<WebhookStatus>,
    event_type: Option<EventType>,
    channel: Option<WebhookChannel>,
    text: String,
}

impl Wanted {
    fn of(ask: &Ask) -> Self {
        Self {
            status: ask.query.get("status").parse().ok(),
            event_type: ask.query.get("type").parse().ok(),
            channel: ask.query.get("channel").parse().ok(),
            text: ask.query.get("q").trim().to_lowercase(),
        }
    }

    fn means(&self, view: &WebhookView) -> bool {
        let webhook = &view.webhook;
        let has = |text: &str| text.to_lowercase().contains(&self.text);
        self.status.is_none_or(|status| status == webhook.status)
            && self.event_type.is_none_or(|each| webhook.events.matches(each))
            && self.channel.is_none_or(|channel| channel == webhook.channel)
            && (has(&webhook.url)
                || webhook.description.as_deref().is_some_and(has)
                || webhook.id.to_string() == self.text)
    }
}

async fn last_delivery(
    dashboard: &Dashboard,
    ask: &Ask,
    view: &WebhookView,
) -> Result<Option<Delivery>, AppError> {
    let filter = DeliveryFilter { webhook_id: Some(view.webhook.id), ..DeliveryFilter::default() };
    let one = PageRequest { limit: 1, order: Order::Descending, ..PageRequest::default() };
    let found = dashboard.app().deliveries(ask.caller(), filter, one).await?;
    Ok(found.items.into_iter().next())
}

fn row(view: &WebhookView, line: Option<&Sparkline>, last: Option<Delivery>, ask: &Ask) -> Row {
    let webhook = &view.webhook;
    let rate = line.and_then(|line| line.success_rate);
    let latency = line.and_then(|line| line.latency);
    Row {
        id: webhook.id,
        href: format!("{HOME}/{}", webhook.id),
        badge: Badge::of_webhook(webhook.status).html(),
        url: webhook.url.clone(),
        description: webhook.description.clone(),
        channel: channel_name(webhook.channel),
        events: counted(webhook.events.types().len() as u64, "type"),
        patterns: webhook.events.patterns().join(", "),
        line: sparkline(line.map_or(&[], |line| &line.points)),
        rate: rate.map_or_else(|| "–".to_owned(), percent),
        last: last.map(|delivery| since(delivery.created_at, ask.now)),
        p95: latency.map_or_else(|| "–".to_owned(), |latency| milliseconds(latency.p95)),
    }
}
