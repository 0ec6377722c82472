//! Every event type, from the catalogue.

use askama::Template;
use axum::extract::{Path, State};
use fanfare_app::{AppError, EventTypeRow};
use serde_json::Value;

use crate::ask::{Answer, Ask, page};
use crate::chrome::Chrome;
use crate::nav::Place;
use crate::state::Dashboard;
use crate::ui::{Markup, json_tree};

#[derive(Template)]
#[template(path = "events/catalogue.html")]
struct CataloguePage {
    chrome: Chrome,
    groups: Vec<Group>,
}

struct Group {
    title: String,
    types: Vec<EventTypeRow>,
}

/// `GET /event-types`
pub(crate) async fn catalogue(State(dashboard): State<Dashboard>, ask: Ask) -> Answer {
    let mut groups: Vec<Group> = Vec::new();
    for row in dashboard.app().event_types() {
        let title = format!("{}{} events", row.category[..1].to_uppercase(), &row.category[1..]);
        match groups.last_mut().filter(|group| group.title == title) {
            Some(group) => group.types.push(row),
            None => groups.push(Group { title, types: vec![row] }),
        }
    }
    page(&CataloguePage { chrome: ask.page("Event catalogue", Place::Catalogue), groups })
}

#[derive(Template)]
#[template(path = "events/type.html")]
struct TypePage {
    chrome: Chrome,
    row: EventTypeRow,
    fields: Vec<Field>,
    tree: Markup,
    example: String,
    schema: String,
    publish: String,
}

/// A field of `data`, read from the schema.
struct Field {
    name: String,
    kind: String,
    required: bool,
    description: String,
}

/// `GET /event-types/{type}`
pub(crate) async fn event_type(
    State(dashboard): State<Dashboard>,
    Path(name): Path<String>,
    ask: Ask,
) -> Answer {
    let types = dashboard.app().event_types();
    let row = types.into_iter().find(|row| row.event_type.as_str() == name);
    let row = row.ok_or_else(|| AppError::not_found("event type"))?;
    let event = serde_json::json!({"type": name, "data": row.example["data"]});
    page(&TypePage {
        chrome: ask.page(&name, Place::Catalogue).below("Event catalogue", "/event-types"),
        fields: fields(&row.schema),
        tree: json_tree(&row.example),
        example: pretty(&row.example),
        schema: pretty(&row.schema),
        publish: super::show::publish(dashboard.origin(), &event),
        row,
    })
}

fn pretty(value: &Value) -> String {
    serde_json::to_string_pretty(value).unwrap_or_default()
}

fn fields(schema: &Value) -> Vec<Field> {
    let required = schema["required"].as_array().cloned().unwrap_or_default();
    let properties = schema["properties"].as_object().cloned().unwrap_or_default();
    let field = |(name, about): (String, Value)| Field {
        kind: kind(&about),
        required: required.iter().any(|each| each == name.as_str()),
        description: about["description"].as_str().unwrap_or_default().to_owned(),
        name,
    };
    properties.into_iter().map(field).collect()
}

/// `string`, `string or null`, with the format when there is one.
fn kind(about: &Value) -> String {
    let types: Vec<&str> = match &about["type"] {
        Value::String(one) => vec![one],
        Value::Array(all) => all.iter().filter_map(Value::as_str).collect(),
        _ => vec!["any"],
    };
    let types = types.join(" or ");
    match about["format"].as_str() {
        Some(format) => format!("{types} ({format})"),
        None => types,
    }
}
