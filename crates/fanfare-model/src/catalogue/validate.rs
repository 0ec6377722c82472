//! The check of a published event's `data` against its table.
//!
//! Runs for every published event, so it looks at each byte once, uses no pattern engine and
//! allocates nothing as long as all is well.

use std::fmt;

use serde_json::Value;

use super::EventType;
use super::field::{Field, Kind};
use super::fits::{fits, has_type};
use super::suggest::{nearest, shown};

/// Most violations that are told at a time.
pub const MAX_VIOLATIONS: usize = 20;

/// One thing that is wrong with an event's `data`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// Where: `data`, `data.total_amount`, `data.product_ids[3]`.
    pub path: String,
    /// What is wrong and what would be right, as the rest of a sentence that begins with the
    /// path. Repeats no value that was given.
    pub message: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.path, self.message)
    }
}

/// Checks `data` against the table of its type: takes exactly what
/// [`json_schema`](super::json_schema) takes. An error has 1 to [`MAX_VIOLATIONS`] items.
pub fn validate(event_type: EventType, data: &Value) -> Result<(), Vec<Violation>> {
    let mut violations = Violations(Vec::new());
    check_data(event_type, data, &mut violations);
    if violations.0.is_empty() { Ok(()) } else { Err(violations.0) }
}

struct Violations(Vec<Violation>);

impl Violations {
    #[cold]
    fn add(&mut self, path: String, message: String) {
        if self.0.len() < MAX_VIOLATIONS {
            self.0.push(Violation { path, message });
        }
    }

    const fn is_full(&self) -> bool {
        self.0.len() >= MAX_VIOLATIONS
    }
}

fn check_data(event_type: EventType, data: &Value, violations: &mut Violations) {
    let Value::Object(entries) = data else {
        let message = format!("must be an object, not {}", name_of(data));
        return violations.add("data".to_owned(), message);
    };
    let fields = event_type.fields();
    let mut seen = 0u32;
    for (key, value) in entries {
        if violations.is_full() {
            return;
        }
        match fields.iter().position(|field| field.name == key) {
            Some(place) => {
                seen |= 1 << place;
                check_field(&fields[place], value, violations);
            }
            None => violations.add(format!("data.{}", shown(key)), unknown(event_type, key)),
        }
    }
    check_presence(fields, seen, violations);
}

#[cold]
fn unknown(event_type: EventType, key: &str) -> String {
    match nearest(key, event_type.fields().iter().map(|field| field.name)) {
        Some(name) => format!("is no field of {event_type}; did you mean `{name}`?"),
        None => format!("is no field of {event_type}; remove it"),
    }
}

fn check_presence(fields: &[Field], seen: u32, violations: &mut Violations) {
    let mut has_money = false;
    let mut currency = None;
    for (place, field) in fields.iter().enumerate() {
        let present = seen & (1 << place) != 0;
        if field.required && !present {
            violations.add(path(field), format!("is required: {}", field.kind));
        }
        has_money |= present && field.kind == Kind::Money;
        if field.kind == Kind::Currency && !field.required && !present {
            currency = Some(field);
        }
    }
    if let (true, Some(field)) = (has_money, currency) {
        violations.add(path(field), format!("is required beside an amount: {}", field.kind));
    }
}

fn path(field: &Field) -> String {
    format!("data.{}", field.name)
}

fn check_field(field: &Field, value: &Value, violations: &mut Violations) {
    if field.nullable && value.is_null() {
        return;
    }
    if let (Kind::Array { of, max }, Value::Array(items)) = (field.kind, value) {
        return check_items(field, of, max, items, violations);
    }
    if !fits(&field.kind, value) {
        let or_null = if field.nullable { " or null" } else { "" };
        violations.add(path(field), complaint(&field.kind, value, or_null));
    }
}

fn check_items(field: &Field, of: &Kind, max: usize, items: &[Value], violations: &mut Violations) {
    if items.len() > max {
        let message = format!("must have at most {max} items, not {}", items.len());
        return violations.add(path(field), message);
    }
    for (index, item) in items.iter().enumerate() {
        if violations.is_full() {
            return;
        }
        if !fits(of, item) {
            violations.add(format!("{}[{index}]", path(field)), complaint(of, item, ""));
        }
    }
}

/// "must be a decimal string such as "149.99", not a number".
#[cold]
fn complaint(kind: &Kind, value: &Value, or_null: &str) -> String {
    if has_type(kind, value) {
        format!("must be {kind}{or_null}")
    } else {
        format!("must be {kind}{or_null}, not {}", name_of(value))
    }
}

fn name_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}
