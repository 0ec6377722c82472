//! JSON Schemas (draft 2020-12) of `data`, made from the tables.
//!
//! A schema takes exactly what [`validate`](super::validate()) takes, when patterns and the format
//! `date-time` are checked. Patterns are written in the part of the language that every regular
//! expression engine shares.

use serde_json::{Map, Value, json};

use super::field::{Field, Kind};
use super::{EventType, example};

/// Exactly these: digits in the right places; months, hours and minutes in range. That a day
/// exists in its month is said by the format beside it.
pub(super) const TIMESTAMP_PATTERN: &str = "^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])T\
     ([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\\.[0-9]{1,9})?Z$";

/// The schema of the `data` of an event type: title, description, example, and an `$id` such as
/// `urn:fanfare:event:order.paid:1`. Fields that it does not list are refused.
pub fn json_schema(event_type: EventType) -> Value {
    let fields = event_type.fields();
    let properties: Map<_, _> =
        fields.iter().map(|field| (field.name.to_owned(), property(field))).collect();
    let required: Vec<_> =
        fields.iter().filter(|field| field.required).map(|field| field.name).collect();
    let mut schema = json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": format!("urn:fanfare:event:{event_type}:{}", event_type.version()),
        "title": event_type.as_str(),
        "description": event_type.description(),
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": false,
    });
    let pairs = needs_currency(fields);
    if !pairs.is_empty() {
        schema["dependentRequired"] = Value::Object(pairs);
    }
    schema["examples"] = json!([example::example_data(event_type)]);
    schema
}

/// An amount that may stand alone must not.
fn needs_currency(fields: &[Field]) -> Map<String, Value> {
    fields
        .iter()
        .filter(|field| field.kind == Kind::Money && !field.required)
        .map(|field| (field.name.to_owned(), json!(["currency_code"])))
        .collect()
}

fn property(field: &Field) -> Value {
    let mut schema = Map::new();
    let mut rest = kind(&field.kind);
    if field.nullable {
        allow_null(&mut rest);
    }
    schema.insert("description".to_owned(), field.description.into());
    schema.append(&mut rest);
    schema.insert("examples".to_owned(), json!([example::value(&field.example)]));
    Value::Object(schema)
}

fn allow_null(schema: &mut Map<String, Value>) {
    if let Some(name) = schema.get_mut("type") {
        *name = json!([name.take(), "null"]);
    }
    if let Some(Value::Array(words)) = schema.get_mut("enum") {
        words.push(Value::Null);
    }
}

fn kind(kind: &Kind) -> Map<String, Value> {
    let schema = match *kind {
        Kind::Id(prefix) => json!({
            "type": "string",
            "pattern": format!("^{prefix}[A-Za-z0-9_]+$"),
            "maxLength": Kind::ID_LENGTH,
        }),
        Kind::Text { max } => json!({ "type": "string", "maxLength": max }),
        Kind::Email => json!({
            "type": "string",
            "pattern": "^[^@\\u0000-\\u0020\\u007f]+@[^@\\u0000-\\u0020\\u007f]+$",
            "maxLength": Kind::EMAIL_LENGTH,
        }),
        Kind::Phone => json!({ "type": "string", "pattern": "^\\+?[0-9 ().-]{3,32}$" }),
        Kind::Timestamp => {
            json!({ "type": "string", "format": "date-time", "pattern": TIMESTAMP_PATTERN })
        }
        Kind::Money => json!({ "type": "string", "pattern": "^[0-9]{1,12}(\\.[0-9]{1,8})?$" }),
        Kind::Currency => json!({ "type": "string", "pattern": "^[A-Z]{3}$" }),
        Kind::Integer { min } => {
            json!({ "type": "integer", "minimum": min, "maximum": Kind::INTEGER_MAX })
        }
        Kind::Boolean => json!({ "type": "boolean" }),
        Kind::Object => json!({ "type": "object" }),
        Kind::Enum(words) => json!({ "type": "string", "enum": words }),
        Kind::Array { of, max } => {
            json!({ "type": "array", "items": self::kind(of), "maxItems": max })
        }
    };
    match schema {
        Value::Object(schema) => schema,
        _ => Map::new(),
    }
}
