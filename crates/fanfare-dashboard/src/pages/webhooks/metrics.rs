//! The tab with a webhook's figures.

use askama::Template;
use axum::extract::State;
use fanfare_app::{BacklogView, StatsWindow, WebhookStats};
use fanfare_model::kinds::Webhook;

use super::head::{Head, Tab};
use crate::ask::{Answer, Ask, PathId, page};
use crate::chrome::Chrome;
use crate::state::Dashboard;
use crate::ui::{Link, Markup, bars, count, duration, milliseconds, percent};

#[derive(Template)]
#[template(path = "webhooks/metrics.html")]
struct MetricsPage {
    chrome: Chrome,
    head: Head,
    windows: Vec<Link>,
    figures: Vec<Figure>,
    chart: Markup,
    codes: Vec<(String, String)>,
    errors: Vec<(String, String)>,
    types: Vec<TypeRow>,
}

struct Figure {
    label: &'static str,
    value: String,
    note: String,
}

struct TypeRow {
    name: &'static str,
    succeeded: String,
    retried: String,
    failed: String,
}

/// `GET /settings/integrations/webhooks/{id}/metrics`
pub(crate) async fn metrics(
    State(dashboard): State<Dashboard>,
    PathId(id): PathId<Webhook>,
    ask: Ask,
) -> Answer {
    let (chrome, head, _) = Head::find(&dashboard, &ask, id, Tab::Metrics).await?;
    let window = ask.query.get("window").parse().unwrap_or(StatsWindow::Day);
    let stats = dashboard.app().webhook_stats(ask.caller(), id, window).await?;
    let backlog = dashboard.app().webhook_backlog(ask.caller(), id).await?;
    let link = |each: StatsWindow| Link {
        label: each.as_str().to_owned(),
        href: format!("{}/metrics?window={}", head.home, each.as_str()),
        here: each == window,
    };
    let types = stats.types.iter().map(|(each, outcomes)| TypeRow {
        name: each.as_str(),
        succeeded: count(outcomes.succeeded),
        retried: count(outcomes.retried),
        failed: count(outcomes.failed),
    });
    page(&MetricsPage {
        windows: StatsWindow::ALL.into_iter().map(link).collect(),
        figures: figures(&stats, &backlog),
        chart: bars(&stats.series, stats.window.step()),
        codes: stats.codes.iter().map(|(code, sum)| (code.to_string(), count(*sum))).collect(),
        errors: stats.errors.iter().map(|(class, sum)| (class.to_string(), count(*sum))).collect(),
        types: types.collect(),
        chrome,
        head,
    })
}

fn figures(stats: &WebhookStats, backlog: &BacklogView) -> Vec<Figure> {
    let none = || "–".to_owned();
    let latency = stats.latency;
    let waits = backlog.backlog;
    let drains = match backlog.drains_in {
        Some(rest) if rest.is_zero() => String::new(),
        Some(rest) => format!("empty in about {}", duration(rest)),
        None => "does not get less".to_owned(),
    };
    vec![
        Figure {
            label: "Delivered",
            value: stats.success_rate.map_or_else(none, percent),
            note: format!(
                "{} of {} ended",
                count(stats.succeeded),
                count(stats.succeeded + stats.failed)
            ),
        },
        Figure {
            label: "Attempts",
            value: count(stats.attempts),
            note: format!("{} to be repeated", count(stats.retried)),
        },
        Figure {
            label: "Latency p50",
            value: latency.map_or_else(none, |it| milliseconds(it.p50)),
            note: latency.map_or_else(String::new, |it| {
                format!("p95 {}, p99 {}", milliseconds(it.p95), milliseconds(it.p99))
            }),
        },
        Figure { label: "Waiting now", value: count(waits.waiting), note: drains },
    ]
}
