//! Examples, made from the tables: what a receiver will see.

use serde_json::{Map, Value, json};

use super::EventType;
use super::field::{Example, Field, Kind};

/// The seed shows the winner's event with these fields alone; its example stays as it is there.
const SEED_FIELDS: [&str; 4] = ["consumer_id", "distribution_id", "experience_id", "product_id"];

/// A `data` as it could be sent, with every field; for `distribution.winner_selected` the
/// seed's.
pub fn example_data(event_type: EventType) -> Value {
    let is_seed = event_type == EventType::DistributionWinnerSelected;
    let fields = event_type.fields().iter();
    let shown = fields.filter(|field| !is_seed || SEED_FIELDS.contains(&field.name));
    let data: Map<_, _> =
        shown.map(|field| (field.name.to_owned(), value(&field.example))).collect();
    Value::Object(data)
}

/// A whole body as it could be sent: `{id, type, timestamp, organization_id, data}`.
pub fn example_envelope(event_type: EventType) -> Value {
    json!({
        "id": "wh_evt_abc123",
        "type": event_type.as_str(),
        "timestamp": moment(event_type),
        "organization_id": "org_xyz789",
        "data": example_data(event_type),
    })
}

/// When the example happens: its last time that is no end. The seed's payload holds none.
fn moment(event_type: EventType) -> Value {
    let is_time = |field: &&Field| field.kind == Kind::Timestamp && field.name != "expires_at";
    let last = event_type.fields().iter().rfind(is_time);
    match last {
        Some(field) if event_type != EventType::DistributionWinnerSelected => value(&field.example),
        _ => "2024-06-20T15:30:00Z".into(),
    }
}

pub(super) fn value(example: &Example) -> Value {
    match *example {
        Example::Text(text) => text.into(),
        Example::Integer(number) => number.into(),
        Example::Boolean(truth) => truth.into(),
        Example::Texts(texts) => texts.into(),
        Example::Object(entries) => {
            entries.iter().map(|(key, text)| (*key, *text)).collect::<Value>()
        }
    }
}
