//! The list of events.
//!
//! It is narrowed by type and time, and finds an id. Not by idempotency key, which is not kept with
//! the event, nor by what is in the payload, for which there is no index: both would look through
//! every event.

use askama::Template;
use axum::extract::State;
use fanfare_model::kinds::Event as EventKind;
use fanfare_model::{EventId, EventType, EventTypes};
use fanfare_store::{Event, EventFilter, EventSource};

use crate::ask::{Answer, Ask, page, see_other};
use crate::chrome::Chrome;
use crate::list::{Choice, Pager, choices, request};
use crate::nav::Place;
use crate::range;
use crate::state::Dashboard;
use crate::ui::{Markup, since};

#[derive(Template)]
#[template(path = "events/list.html")]
struct ListPage {
    chrome: Chrome,
    rows: Vec<Row>,
    pager: Pager,
    types: Vec<Choice>,
    ranges: Vec<Choice>,
    /// What was looked for and is no id of an event.
    lost: Option<String>,
    narrowed: bool,
}

struct Row {
    id: String,
    event_type: &'static str,
    accepted: Markup,
    source: &'static str,
    webhooks: String,
}

/// `GET /events`
pub(crate) async fn list(State(dashboard): State<Dashboard>, ask: Ask) -> Answer {
    if let Some(id) = ask.query.given("id").and_then(|text| text.parse::<EventId>().ok()) {
        return Ok(see_other(&format!("/events/{id}")));
    }
    let asked = request::<EventKind>(&ask.query)?;
    let types: EventTypes =
        ask.query.all("type").filter_map(|text| text.parse::<EventType>().ok()).collect();
    let since_when = range::since(&ask.query, ask.now);
    let narrowed = !types.is_empty() || since_when.is_some();
    let filter = EventFilter {
        types: if types.is_empty() { EventTypes::KNOWN } else { types },
        since: since_when,
        until: None,
    };
    let found = dashboard.app().events(ask.caller(), filter, asked).await?;
    let pager = Pager::of(&ask, &asked, &found, |event: &Event| event.summary.id);
    let names = EventType::known().map(|event_type| (event_type.as_str(), event_type.as_str()));
    page(&ListPage {
        types: choices(&ask.query, "type", names),
        ranges: range::choices(&ask.query),
        rows: found.items.iter().map(|event| row(event, &ask)).collect(),
        pager,
        lost: ask.query.given("id").map(str::to_owned),
        narrowed,
        chrome: ask.page("Events", Place::Events),
    })
}

fn row(event: &Event, ask: &Ask) -> Row {
    let summary = &event.summary;
    Row {
        id: summary.id.to_string(),
        event_type: summary.event_type.as_str(),
        accepted: since(summary.accepted_at, ask.now),
        source: source(summary.source),
        webhooks: match summary.fanout {
            0 => "none".to_owned(),
            count => crate::ui::counted(count.into(), "webhook"),
        },
    }
}

/// Where an event came from, for people.
pub(super) const fn source(source: EventSource) -> &'static str {
    match source {
        EventSource::Api => "Launch or API",
        EventSource::Test => "Test",
    }
}
