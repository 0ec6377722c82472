//! The tab that sends a test event.

use askama::Template;
use axum::extract::State;
use fanfare_model::kinds::Webhook;
use fanfare_model::{EventType, catalogue};

use super::head::{Head, Tab};
use super::list::HOME;
use crate::ask::{Answer, Ask, PathId, page};
use crate::chrome::Chrome;
use crate::list::{Choice, choices};
use crate::state::Dashboard;

#[derive(Template)]
#[template(path = "webhooks/test.html")]
struct TestPage {
    chrome: Chrome,
    head: Head,
    types: Vec<Choice>,
    chosen: EventType,
    example: String,
}

/// `GET /settings/integrations/webhooks/{id}/test`
pub(crate) async fn test(
    State(dashboard): State<Dashboard>,
    PathId(id): PathId<Webhook>,
    ask: Ask,
) -> Answer {
    let (chrome, head, view) = Head::find(&dashboard, &ask, id, Tab::Test).await?;
    let subscribed = view.webhook.events.types().iter().next();
    let asked = ask.query.get("type").parse().ok();
    let chosen = asked.or(subscribed).unwrap_or(EventType::OrderPaid);
    let types = EventType::known().map(|each| (each.as_str(), each.as_str()));
    let mut types = choices(&ask.query, "type", types);
    for choice in &mut types {
        choice.chosen = choice.value == chosen.as_str();
    }
    let example = catalogue::example_envelope(chosen);
    let example = serde_json::to_string_pretty(&example).unwrap_or_default();
    page(&TestPage { chrome, head, types, chosen, example })
}

/// `POST /settings/integrations/webhooks/{id}/test`
pub(crate) async fn send_test(
    State(dashboard): State<Dashboard>,
    PathId(id): PathId<Webhook>,
    ask: Ask,
) -> Answer {
    let sent = dashboard.app().test_webhook(ask.caller(), id, ask.form.get("type")).await;
    match sent {
        Ok(sent) => {
            let to = match &sent.delivery {
                Some(delivery) => format!("/deliveries/{}", delivery.id),
                None => format!("{HOME}/{id}"),
            };
            Ok(ask.done(&to, "Test event sent. This page shows what the receiver answers."))
        }
        Err(error) => ask.refused(&format!("{HOME}/{id}/test"), error),
    }
}
