//! The tab with a webhook's figures.

use askama::Template;
use axum::extract::State;
use fanfare_app::{BacklogView, WebhookStats};
use fanfare_model::kinds::Webhook;

use super::head::{Head, Tab};
use crate::ask::{Answer, Ask, PathId, page};
use crate::charts::{Figure, of_deliveries};
use crate::chrome::Chrome;
use crate::range;
use crate::state::Dashboard;
use crate::ui::{Link, count, duration, milliseconds, percent};

#[derive(Template)]
#[template(path = "webhooks/metrics.html")]
struct MetricsPage {
    chrome: Chrome,
    head: Head,
    windows: Vec<Link>,
    cards: Vec<Card>,
    charts: Vec<Figure>,
}

/// A number that matters.
struct Card {
    label: &'static str,
    value: String,
    note: String,
}

/// `GET /settings/integrations/webhooks/{id}/metrics`
pub(crate) async fn metrics(
    State(dashboard): State<Dashboard>,
    PathId(id): PathId<Webhook>,
    ask: Ask,
) -> Answer {
    let (chrome, head, _) = Head::find(&dashboard, &ask, id, Tab::Metrics).await?;
    let window = range::of(&ask.query).unwrap_or_default();
    let stats = dashboard.app().webhook_stats(ask.caller(), id, window).await?;
    let backlog = dashboard.app().webhook_backlog(ask.caller(), id).await?;
    page(&MetricsPage {
        windows: range::switch(ask.path(), window),
        cards: cards(&stats, &backlog),
        charts: of_deliveries(&stats),
        chrome,
        head,
    })
}

fn cards(stats: &WebhookStats, backlog: &BacklogView) -> Vec<Card> {
    let none = || "–".to_owned();
    let latency = stats.latency;
    let waits = backlog.backlog;
    let drains = match backlog.drains_in {
        Some(rest) if rest.is_zero() => String::new(),
        Some(rest) => format!("empty in about {}", duration(rest)),
        None => "does not get less".to_owned(),
    };
    vec![
        Card {
            label: "Delivered",
            value: stats.success_rate.map_or_else(none, percent),
            note: format!(
                "{} of {} ended",
                count(stats.succeeded),
                count(stats.succeeded + stats.failed)
            ),
        },
        Card {
            label: "Attempts",
            value: count(stats.attempts),
            note: format!("{} to be repeated", count(stats.retried)),
        },
        Card {
            label: "Latency p50",
            value: latency.map_or_else(none, |it| milliseconds(it.p50)),
            note: latency.map_or_else(String::new, |it| {
                format!("p95 {}, p99 {}", milliseconds(it.p95), milliseconds(it.p99))
            }),
        },
        Card { label: "Waiting now", value: count(waits.waiting), note: drains },
    ]
}
