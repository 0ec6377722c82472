//! `docs/events.md`, from the event catalogue: every type with its fields and an example.

use std::fmt::Write as _;

use fanfare_model::EventType;
use fanfare_model::catalogue::{Category, example_envelope, json_schema};
use serde_json::Value;

const INTRODUCTION: &str = "\
<!-- Generated from the event catalogue: cargo run -p fanfare-api --example openapi -->
# Events

Every event has the same envelope: `id`, `type`, `timestamp`, `organization_id` and `data`. Only `data`
differs by type. New fields may come, so ignore those that you do not know; none of these changes its
meaning or goes away within a version. A field that is marked may be `null`.

The same as JSON Schema and with examples: `GET /api/event-types`. `fanfare trigger TYPE` publishes the
example of a type.

";

/// The list of events, as Markdown: what `docs/events.md` is.
pub fn markdown() -> String {
    let mut text = INTRODUCTION.to_owned();
    let mut last = None;
    for event_type in EventType::ALL {
        let category = event_type.category();
        if last != Some(category) {
            heading(&mut text, category);
            last = Some(category);
        }
        event(&mut text, event_type);
    }
    text
}

fn heading(text: &mut String, category: Category) {
    let (title, all) = (category.title(), category.wildcard());
    let _infallible = write!(text, "## {title}\n\nAll of them: `{all}`.\n\n");
}

fn event(text: &mut String, event_type: EventType) {
    let schema = json_schema(event_type);
    let _infallible = write!(
        text,
        "### {}\n\n{}. Version {}.\n\n| field | type | what it says |\n|---|---|---|\n",
        event_type.as_str(),
        event_type.description().trim_end_matches('.'),
        event_type.version()
    );
    let required: Vec<_> = schema["required"].as_array().into_iter().flatten().collect();
    for (name, field) in schema["properties"].as_object().into_iter().flatten() {
        let left_out = !required.iter().any(|one| *one == name);
        let mark = if left_out { ", may be left out" } else { "" };
        let about = field["description"].as_str().unwrap_or_default();
        let _infallible = writeln!(text, "| `{name}` | {}{mark} | {about} |", kind(field));
    }
    let example = example_envelope(event_type);
    let example = serde_json::to_string_pretty(&example).unwrap_or_default();
    let _infallible = write!(text, "\n```json\n{example}\n```\n\n");
}

/// The type of a field, in words.
fn kind(field: &Value) -> String {
    if let Some(values) = field["enum"].as_array() {
        let values: Vec<_> = values.iter().filter_map(Value::as_str).collect();
        return format!("`{}`", values.join("`, `"));
    }
    let names: Vec<_> = match &field["type"] {
        Value::Array(names) => names.iter().filter_map(Value::as_str).collect(),
        Value::String(name) => vec![name.as_str()],
        _ => Vec::new(),
    };
    let named = names.iter().map(|name| match (*name, field["format"].as_str()) {
        ("string", Some("date-time")) => "time",
        ("null", _) => "`null`",
        (name, _) => name,
    });
    named.collect::<Vec<_>>().join(" or ")
}
