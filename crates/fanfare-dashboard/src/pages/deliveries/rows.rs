//! Deliveries as rows of a table.

use std::collections::HashMap;

use askama::Template;
use fanfare_app::AppError;
use fanfare_model::{DeliveryId, DeliveryOrigin, Scope, Timestamp, WebhookId, limits};
use fanfare_store::{Delivery, PageRequest, WebhookFilter};

use crate::ask::Ask;
use crate::state::Dashboard;
use crate::ui::{Badge, Markup, duration, since};

/// The table.
#[derive(Template)]
#[template(path = "deliveries/rows.html")]
pub(crate) struct Rows {
    rows: Vec<Row>,
    /// Whether every row is of one webhook, whose name then says nothing.
    of_one: bool,
}

struct Row {
    id: DeliveryId,
    badge: Markup,
    /// The response's status, or the kind of failure.
    code: String,
    code_is_good: bool,
    event_type: &'static str,
    origin: &'static str,
    webhook: String,
    webhook_href: Option<String>,
    attempts: String,
    took: String,
    next: Option<Markup>,
    created: Markup,
}

/// What is asked once for all rows.
pub(crate) struct Names {
    urls: HashMap<WebhookId, String>,
    most_attempts: usize,
}

impl Names {
    /// The URLs of the organization's webhooks; none for who may not see them.
    pub(crate) async fn find(dashboard: &Dashboard, ask: &Ask) -> Result<Self, AppError> {
        let most_attempts = dashboard.app().preview_schedule().len();
        if !ask.viewer.may(Scope::WebhooksRead) {
            return Ok(Self { urls: HashMap::new(), most_attempts });
        }
        let all = PageRequest {
            limit: limits::WEBHOOKS_PER_ORGANIZATION.min(limits::PAGE),
            ..PageRequest::default()
        };
        let found = dashboard.app().webhooks(ask.caller(), WebhookFilter::default(), all).await?;
        let urls = found.items.iter().map(|view| (view.webhook.id, view.webhook.url.clone()));
        Ok(Self { urls: urls.collect(), most_attempts })
    }

    /// The webhooks, for a filter.
    pub(crate) fn webhooks(&self) -> Vec<(String, &str)> {
        let mut all: Vec<_> = self.urls.iter().collect();
        all.sort();
        all.into_iter().map(|(id, url)| (id.to_string(), url.as_str())).collect()
    }

    /// The URL of a webhook that still is there.
    pub(crate) fn url(&self, id: WebhookId) -> Option<&str> {
        self.urls.get(&id).map(String::as_str)
    }

    /// How many attempts a delivery has at most.
    pub(crate) const fn most_attempts(&self) -> usize {
        self.most_attempts
    }
}

impl Rows {
    /// These deliveries, seen from `now`.
    pub(crate) fn new(
        deliveries: &[Delivery],
        names: &Names,
        now: Timestamp,
        of_one: bool,
    ) -> Self {
        Self { rows: deliveries.iter().map(|each| row(each, names, now)).collect(), of_one }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// As markup.
    pub(crate) fn html(&self) -> Markup {
        askama::filters::Safe(self.render().unwrap_or_default())
    }
}

fn row(delivery: &Delivery, names: &Names, now: Timestamp) -> Row {
    let last = delivery.last_attempt.as_ref();
    let class = last.and_then(|attempt| attempt.error_class);
    let code = last.and_then(|attempt| attempt.status_code);
    let known = names.urls.get(&delivery.webhook_id);
    Row {
        id: delivery.id,
        badge: Badge::of_delivery(delivery.status, delivery.attempts).html(),
        code: match (code, class) {
            (Some(code), _) => code.to_string(),
            (None, Some(class)) => class.to_string(),
            (None, None) => String::new(),
        },
        code_is_good: last.is_some() && class.is_none(),
        event_type: delivery.event_type.as_str(),
        origin: origin(delivery.origin),
        webhook: known.map_or_else(|| delivery.webhook_id.to_string(), |url| short(url)),
        webhook_href: known
            .map(|_| format!("{}/{}", super::super::webhooks::HOME, delivery.webhook_id)),
        attempts: format!("{} of {}", delivery.attempts, names.most_attempts),
        took: last.map_or_else(String::new, |attempt| duration(attempt.duration)),
        next: delivery.next_attempt_at.filter(|_| delivery.attempts > 0).map(|at| since(at, now)),
        created: since(delivery.created_at, now),
    }
}

/// Why a delivery exists, when not because its event happened.
pub(crate) const fn origin(origin: DeliveryOrigin) -> &'static str {
    match origin {
        DeliveryOrigin::Fanout => "",
        DeliveryOrigin::Resend => "resent",
        DeliveryOrigin::Replay => "replayed",
        DeliveryOrigin::Test => "test",
    }
}

/// A URL without its scheme.
fn short(url: &str) -> String {
    url.split_once("://").map_or(url, |(_, rest)| rest).to_owned()
}
