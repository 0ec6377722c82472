//! An event: what it says, and what it came to for each webhook.

use askama::Template;
use axum::extract::State;
use axum::response::IntoResponse as _;
use fanfare_app::{AppError, EventView, ResendEvent, WebhookOutcome};
use fanfare_model::kinds;
use fanfare_model::{DeliveryStatus, WebhookId, WebhookStatus};
use fanfare_store::Webhook;
use http::header::{CONTENT_DISPOSITION, CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use serde_json::{Value, json};

use super::list::source;
use crate::ask::{Answer, Ask, PathId, page, sentence};
use crate::chrome::Chrome;
use crate::nav::Place;
use crate::security::SANDBOX;
use crate::state::{Dashboard, Origin};
use crate::text::lossy;
use crate::ui::{Badge, Markup, counted, json_tree, since};

#[derive(Template)]
#[template(path = "events/show.html")]
struct ShowPage {
    chrome: Chrome,
    id: String,
    event_type: &'static str,
    description: &'static str,
    accepted: Markup,
    source: &'static str,
    tree: Markup,
    raw: String,
    publish: String,
    outcomes: Vec<Outcome>,
    /// How many webhooks did not get it, of those that were to.
    failed: usize,
}

struct Outcome {
    webhook_id: WebhookId,
    name: String,
    /// `None` when the webhook was deleted.
    href: Option<String>,
    deliveries: Vec<Tried>,
    /// Why there was none when the event was accepted.
    why_not: Option<String>,
}

struct Tried {
    href: String,
    badge: Markup,
    about: String,
    when: Markup,
}

/// `GET /events/{id}`
pub(crate) async fn show(
    State(dashboard): State<Dashboard>,
    PathId(id): PathId<kinds::Event>,
    ask: Ask,
) -> Answer {
    let view = dashboard.app().event(ask.caller(), id).await?;
    let summary = &view.event.summary;
    let raw = lossy(&view.event.body).into_owned();
    let event_type = summary.event_type.as_str();
    let envelope: Value = serde_json::from_slice(&view.event.body).unwrap_or_default();
    let data = &envelope["data"];
    page(&ShowPage {
        id: summary.id.to_string(),
        event_type,
        description: summary.event_type.description(),
        accepted: since(summary.accepted_at, ask.now),
        source: source(summary.source),
        tree: json_tree(&envelope),
        publish: publish(dashboard.origin(), &json!({"type": event_type, "data": data})),
        raw,
        outcomes: view.outcomes.iter().map(|outcome| self::outcome(outcome, &ask)).collect(),
        failed: view.outcomes.iter().filter(|outcome| has_failed(outcome)).count(),
        chrome: ask.page(event_type, Place::Events).below("Events", "/events"),
    })
}

/// `GET /events/{id}/body`: the bytes as they were sent, to be kept.
pub(crate) async fn body(
    State(dashboard): State<Dashboard>,
    PathId(id): PathId<kinds::Event>,
    ask: Ask,
) -> Answer {
    let EventView { event, .. } = dashboard.app().event(ask.caller(), id).await?;
    let name = format!("attachment; filename=\"{}.json\"", event.summary.id);
    let headers = [
        (CONTENT_TYPE, "text/plain; charset=utf-8".to_owned()),
        (CONTENT_DISPOSITION, name),
        (CONTENT_SECURITY_POLICY, SANDBOX.to_owned()),
    ];
    Ok((headers, event.body).into_response())
}

/// `POST /events/{id}/resend`
pub(crate) async fn resend(
    State(dashboard): State<Dashboard>,
    PathId(event): PathId<kinds::Event>,
    ask: Ask,
) -> Answer {
    let which = match ask.form.get("which") {
        "failed" => ResendEvent::Failed,
        webhook => ResendEvent::To(webhook.parse().map_err(|_| AppError::not_found("webhook"))?),
    };
    let place = format!("/events/{event}");
    match dashboard.app().resend_event(ask.caller(), event, which).await {
        Ok(made) if made.is_empty() => {
            Ok(ask.done(&place, "There was nothing to send again: no delivery of it has failed."))
        }
        Ok(made) => {
            let count = counted(made.len() as u64, "webhook");
            Ok(ask.done(&place, format!("The event is sent again to {count}.")))
        }
        Err(error) => ask.refused(&place, error),
    }
}

/// Whether a resend to those that failed is for this one: what is disabled or deleted takes nothing.
fn has_failed(outcome: &WebhookOutcome) -> bool {
    let takes = |webhook: &Webhook| webhook.status != WebhookStatus::Disabled;
    outcome.deliveries.last().is_some_and(|last| last.status == DeliveryStatus::Failed)
        && outcome.webhook.as_deref().is_some_and(takes)
}

fn outcome(outcome: &WebhookOutcome, ask: &Ask) -> Outcome {
    let id = outcome.webhook_id;
    let webhook = outcome.webhook.as_deref();
    Outcome {
        webhook_id: id,
        name: webhook.map_or_else(|| format!("{id} (deleted)"), |webhook| webhook.url.clone()),
        href: webhook.map(|_| format!("/settings/integrations/webhooks/{id}")),
        deliveries: outcome
            .deliveries
            .iter()
            .map(|delivery| Tried {
                href: format!("/deliveries/{}", delivery.id),
                badge: Badge::of_delivery(delivery.status, delivery.attempts).html(),
                about: counted(delivery.attempts.into(), "attempt"),
                when: since(delivery.created_at, ask.now),
            })
            .collect(),
        why_not: outcome.not_delivered.map(|reason| sentence(reason.explain())),
    }
}

/// A command that publishes an event, with a key of one's own.
pub(super) fn publish(server: &Origin, event: &Value) -> String {
    // A single quote would end the shell's string; JSON can name it instead.
    let event = event.to_string().replace('\'', "\\u0027");
    format!(
        "curl -X POST {}/api/events \\\n  -H \"Authorization: Bearer $FANFARE_API_KEY\" \\\n  \
         -H \"Content-Type: application/json\" \\\n  -d '{event}'",
        server.as_str()
    )
}
