//! Schemas of the document as tables, types as words.

use std::fmt::Write as _;

use serde_json::{Map, Value};

use super::markup::{blocks, escape, inline};

/// Every named schema, with its fields.
pub(super) fn all(document: &Value) -> String {
    let mut out = String::new();
    for (name, schema) in document["components"]["schemas"].as_object().into_iter().flatten() {
        if name.starts_with("Listing_") {
            continue;
        }
        let _infallible = write!(
            out,
            "<section class=\"schema\" id=\"schema-{0}\"><h3>{0}</h3>{1}{2}</section>",
            escape(name),
            blocks(schema["description"].as_str().unwrap_or_default(), 4),
            body(schema, document)
        );
    }
    out
}

/// What a schema consists of: its fields, its values, or its alternatives.
pub(super) fn body(schema: &Value, document: &Value) -> String {
    let schema = resolve(schema, document);
    if let Some(values) = schema["enum"].as_array() {
        let values: Vec<_> = values.iter().filter_map(Value::as_str).map(code).collect();
        return format!("<p>One of {}.</p>", values.join(", "));
    }
    if let Some(choices) = schema["oneOf"].as_array() {
        let choices: Vec<_> = choices.iter().filter(|one| one["type"] != "null").collect();
        let bodies = choices.iter().map(|choice| {
            let text = choice["description"].as_str().unwrap_or_default();
            format!("<div class=\"choice\"><p>{}</p>{}</div>", inline(text), body(choice, document))
        });
        return bodies.collect();
    }
    let mut fields = Map::new();
    let mut required = Vec::new();
    gather(schema, document, &mut fields, &mut required);
    if fields.is_empty() { String::new() } else { table(&fields, &required) }
}

fn gather<'d>(
    schema: &'d Value,
    document: &'d Value,
    fields: &mut Map<String, Value>,
    required: &mut Vec<&'d str>,
) {
    let schema = resolve(schema, document);
    for part in schema["allOf"].as_array().into_iter().flatten() {
        gather(part, document, fields, required);
    }
    for (name, field) in schema["properties"].as_object().into_iter().flatten() {
        fields.insert(name.clone(), field.clone());
    }
    required.extend(schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str));
}

fn table(fields: &Map<String, Value>, required: &[&str]) -> String {
    let mut rows = String::new();
    for (name, field) in fields {
        let optional = if required.contains(&name.as_str()) { "" } else { " <em>optional</em>" };
        let _infallible = write!(
            rows,
            "<tr><td><code>{}</code>{optional}</td><td>{}</td><td>{}</td></tr>",
            escape(name),
            kind(field),
            inline(field["description"].as_str().unwrap_or_default())
        );
    }
    format!(
        "<div class=\"scroll\"><table><thead><tr><th>Field</th><th>Type</th><th>Meaning</th></tr>\
         </thead><tbody>{rows}</tbody></table></div>"
    )
}

/// A schema in a few words, named ones as links.
pub(super) fn kind(schema: &Value) -> String {
    if let Some(name) = schema["$ref"].as_str().and_then(|path| path.rsplit('/').next()) {
        return match name.strip_prefix("Listing_") {
            Some(item) => format!("page of {}", link(item)),
            None => link(name),
        };
    }
    if let Some(choices) = schema["oneOf"].as_array() {
        let kinds: Vec<_> = choices.iter().map(kind).collect();
        return kinds.join(" or ");
    }
    if let Some(only) = schema["const"].as_str() {
        return code(only);
    }
    let format = schema["format"].as_str().unwrap_or_default();
    match &schema["type"] {
        Value::Array(kinds) => {
            let named = kinds.iter().filter_map(Value::as_str);
            let named: Vec<_> = named.map(|name| word(name, format, schema)).collect();
            named.join(" or ")
        }
        Value::String(name) => word(name, format, schema),
        _ => "any".to_owned(),
    }
}

fn word(name: &str, format: &str, schema: &Value) -> String {
    match (name, format) {
        ("string", "date-time") => "time".to_owned(),
        ("array", _) => format!("array of {}", kind(&schema["items"])),
        ("object", _) if schema["additionalProperties"].is_object() => {
            format!("map of {}", kind(&schema["additionalProperties"]))
        }
        (name, _) => escape(name),
    }
}

fn link(name: &str) -> String {
    format!("<a href=\"#schema-{0}\">{0}</a>", escape(name))
}

fn code(text: &str) -> String {
    format!("<code>{}</code>", escape(text))
}

/// The schema itself, or the one it points to.
pub(super) fn resolve<'d>(schema: &'d Value, document: &'d Value) -> &'d Value {
    let target = schema["$ref"].as_str().and_then(|path| path.strip_prefix('#'));
    target.and_then(|pointer| document.pointer(pointer)).unwrap_or(schema)
}
