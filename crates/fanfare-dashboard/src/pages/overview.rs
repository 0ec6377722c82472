//! The first page: how deliveries go, and what somebody should look at.

use std::time::Duration;

use askama::Template;
use axum::extract::State;
use fanfare_app::{
    AppError, Attention, AttentionReason, BacklogView, NeedsAttention, OrganizationStats,
    StatsWindow,
};
use fanfare_model::{DisabledReason, Scope, Timestamp, WebhookStatus};

use crate::ask::{Answer, Ask, page, see_other};
use crate::charts::{Figure, by_outcome};
use crate::chrome::Chrome;
use crate::link;
use crate::live::{Watch, stream};
use crate::nav::Place;
use crate::pages::notices;
use crate::range;
use crate::state::Dashboard;
use crate::ui::{Badge, Link, Markup, Tone, count, duration, markup, milliseconds, percent, since};

#[derive(Template)]
#[template(path = "overview/show.html")]
struct OverviewPage {
    chrome: Chrome,
    windows: Vec<Link>,
    figures: Markup,
    /// Where the figures come from while the page is open.
    live: String,
    /// Whether there is no webhook and no event: the very beginning.
    is_new: bool,
}

/// What changes while the page is open.
#[derive(Template)]
#[template(path = "overview/figures.html")]
struct FiguresPart {
    cards: Vec<Card>,
    figure: Figure,
    attention: Vec<Row>,
    notices: Vec<notices::Row>,
}

/// A number that matters.
struct Card {
    label: &'static str,
    value: String,
    note: String,
}

/// A webhook that somebody should look at.
struct Row {
    href: String,
    url: String,
    badge: Markup,
    about: String,
    when: Option<Markup>,
}

/// `GET /`
pub(crate) async fn show(State(dashboard): State<Dashboard>, ask: Ask) -> Answer {
    if !ask.viewer.may(Scope::WebhooksRead) {
        return Ok(see_other("/experiences"));
    }
    let window = range::of(&ask.query).unwrap_or_default();
    let seen = Seen::look(&dashboard, &ask, window).await?;
    page(&OverviewPage {
        live: link::with("/overview/live", [(range::NAME, window.as_str())]),
        windows: range::switch(ask.path(), window),
        is_new: seen.backlog.is_empty() && seen.stats.accepted == 0,
        figures: seen.figures(ask.now),
        chrome: ask.page("Overview", Place::Overview),
    })
}

/// `GET /overview/live`
pub(crate) async fn live(State(dashboard): State<Dashboard>, ask: Ask) -> Answer {
    let window = range::of(&ask.query).unwrap_or_default();
    stream(dashboard, ask, Figures(window))
}

/// What the page is made of; what decides whether something on it changed.
#[derive(PartialEq)]
struct Seen {
    stats: OrganizationStats,
    backlog: Vec<BacklogView>,
    attention: NeedsAttention,
}

impl Seen {
    async fn look(dashboard: &Dashboard, ask: &Ask, window: StatsWindow) -> Result<Self, AppError> {
        let (app, caller) = (dashboard.app(), ask.caller());
        Ok(Self {
            stats: app.organization_stats(caller, window).await?,
            backlog: app.backlog(caller).await?,
            attention: app.needs_attention(caller).await?,
        })
    }

    fn figures(&self, now: Timestamp) -> Markup {
        let webhooks = &self.attention.webhooks;
        let failing = webhooks.iter().filter(|each| each.reason == AttentionReason::Failed).count();
        let notices = self.attention.notices.iter();
        markup(&FiguresPart {
            cards: cards(&self.stats, &self.backlog, failing, now),
            figure: by_outcome(&self.stats.deliveries),
            attention: webhooks.iter().map(|each| row(each, now)).collect(),
            notices: notices.map(|each| notices::row(each, now)).collect(),
        })
    }
}

/// The figures over this window, as they change.
struct Figures(StatsWindow);

impl Watch for Figures {
    /// Figures lag by a second themselves.
    const EVERY: Duration = Duration::from_secs(2);
    type Key = Seen;

    async fn look(
        &self,
        dashboard: &Dashboard,
        ask: &Ask,
        sent: Option<&Seen>,
    ) -> Result<Option<(Seen, String)>, AppError> {
        let seen = Seen::look(dashboard, ask, self.0).await?;
        let html = (sent != Some(&seen)).then(|| seen.figures(dashboard.now()).0);
        Ok(html.map(|html| (seen, html)))
    }
}

fn cards(
    stats: &OrganizationStats,
    backlog: &[BacklogView],
    failing: usize,
    now: Timestamp,
) -> Vec<Card> {
    let deliveries = &stats.deliveries;
    let window = range::label(deliveries.window).to_lowercase();
    let waiting: u64 = backlog.iter().map(|view| view.backlog.waiting).sum();
    let more = backlog.iter().any(|view| view.backlog.more);
    let oldest = backlog.iter().filter_map(|view| view.backlog.oldest_due).min();
    let none = || "–".to_owned();
    vec![
        Card {
            label: "Events a minute",
            value: rate(stats.accepted_per_minute),
            note: format!("{} in the {window}", count(stats.accepted)),
        },
        Card {
            label: "Delivered",
            value: deliveries.success_rate.map_or_else(none, percent),
            note: format!("of what ended in the {window}"),
        },
        Card {
            label: "Median latency",
            value: deliveries.latency.map_or_else(none, |all| milliseconds(all.p50)),
            note: deliveries.latency.map_or_else(
                || "no attempts".to_owned(),
                |all| {
                    let (p95, attempts) = (milliseconds(all.p95), count(deliveries.attempts));
                    format!("p95 {p95}, of {attempts} attempts")
                },
            ),
        },
        Card {
            label: "Waiting",
            value: format!("{}{}", count(waiting), if more { "+" } else { "" }),
            note: oldest.map_or("nothing is overdue".to_owned(), |due| {
                format!("oldest due for {}", duration(now.since(due)))
            }),
        },
        Card {
            label: "Failing webhooks",
            value: failing.to_string(),
            note: format!("of {}", backlog.len()),
        },
    ]
}

/// A number of things a minute: whole when it is large.
fn rate(per_minute: f64) -> String {
    if per_minute >= 10.0 { count(per_minute.round() as u64) } else { format!("{per_minute:.1}") }
}

fn row(attention: &Attention, now: Timestamp) -> Row {
    let failed = Badge::of_webhook(WebhookStatus::Failed);
    let (badge, about) = match attention.reason {
        AttentionReason::Failed => {
            (failed, "A delivery was given up, none succeeded since.".into())
        }
        AttentionReason::Disabled(why) => {
            (Badge::of_webhook(WebhookStatus::Disabled), disabled(why).to_owned())
        }
        AttentionReason::BacklogGrows(view) => {
            let badge = Badge::new(Tone::Warn, "Falling behind");
            (badge, format!("{} waiting; {}", waiting(&view), drains(&view)))
        }
        AttentionReason::OldestPending(view) => {
            let badge = Badge::new(Tone::Warn, "Overdue");
            (badge, format!("{} waiting; {}", waiting(&view), drains(&view)))
        }
        AttentionReason::SecretRotates(until) => {
            let left = duration(until.since(now));
            let badge = Badge::new(Tone::Busy, "Secret rotates");
            (badge, format!("The old secret is valid for {left} more."))
        }
    };
    Row {
        href: format!("/settings/integrations/webhooks/{}", attention.webhook_id),
        url: attention.url.clone(),
        badge: badge.html(),
        about,
        when: attention.since.map(|at| since(at, now)),
    }
}

fn waiting(view: &BacklogView) -> String {
    format!("{}{}", count(view.backlog.waiting), if view.backlog.more { "+" } else { "" })
}

/// When the backlog will be gone, for people.
fn drains(view: &BacklogView) -> String {
    match view.drains_in {
        Some(left) => format!("gone in about {}", duration(left)),
        None => "it does not get less".to_owned(),
    }
}

const fn disabled(why: DisabledReason) -> &'static str {
    match why {
        DisabledReason::Manual => "It was disabled by hand.",
        DisabledReason::Gone => "Its receiver answered 410 Gone.",
        DisabledReason::Failing => "It had nothing but failures for five days.",
    }
}
