//! The catalogue, as rows.

use fanfare_model::EventType;
use fanfare_model::catalogue::{self, EventClass};
use serde_json::Value;

use crate::App;

/// One event type, as the catalogue describes it.
#[derive(Debug, Clone, PartialEq)]
pub struct EventTypeRow {
    /// Its name.
    pub event_type: EventType,
    /// What it is about: `consumer`, `experience`, `distribution`, `order`, `webhook`.
    pub category: &'static str,
    /// Whether it is a report: about a webhook, and asked for by its name or `webhook.*` alone.
    pub report: bool,
    /// What it means, in a few words.
    pub description: &'static str,
    /// What goes first when a webhook cannot take everything at once.
    pub class: EventClass,
    /// The version of its schema.
    pub version: u32,
    /// The JSON Schema of `data`.
    pub schema: Value,
    /// A whole envelope.
    pub example: Value,
}

impl App {
    /// Every event type, in the order of the seed's tables, then the reports. Open to everybody.
    pub fn event_types(&self) -> Vec<EventTypeRow> {
        let row = |event_type: EventType| EventTypeRow {
            event_type,
            category: event_type.category().as_str(),
            report: event_type.is_report(),
            description: event_type.description(),
            class: event_type.class(),
            version: event_type.version(),
            schema: catalogue::json_schema(event_type),
            example: catalogue::example_envelope(event_type),
        };
        EventType::known().map(row).collect()
    }
}
