//! The catalogue, as rows.

use fanfare_model::EventType;
use serde_json::Value;

use crate::App;

/// One event type, as the catalogue describes it.
#[derive(Debug, Clone, PartialEq)]
pub struct EventTypeRow {
    /// Its name.
    pub event_type: EventType,
    /// What it is about: `consumer`, `experience`, `distribution`, `order`.
    pub category: &'static str,
    /// When it is sent, in one sentence.
    pub description: &'static str,
    /// The version of its schema.
    pub version: u32,
    /// The JSON Schema of `data`.
    pub schema: Value,
    /// A whole envelope.
    pub example: Value,
}

impl App {
    /// Every event type, in the order of the seed's tables. Open to everybody.
    pub fn event_types(&self) -> Vec<EventTypeRow> {
        unimplemented!("waits for the catalogue")
    }
}
