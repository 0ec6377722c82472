//! From a JSON value to a type, with a complaint that names the field.
//!
//! Stricter than serde's own: an object cannot be given as an array of its fields. Gentler in
//! words: what a type expected is said in the terms of JSON, and values are not repeated, except
//! numbers that are out of a range.

use std::fmt::{self, Display};

use serde::de::value::{MapAccessDeserializer, StrDeserializer};
use serde::de::{
    self, DeserializeOwned, DeserializeSeed, Deserializer, Expected, IntoDeserializer, Unexpected,
    Visitor,
};
use serde_json::{Map, Value};

use super::path::{Segment, render};
use crate::catalogue::suggest::nearest;

/// A field that is missing, unknown or of the wrong kind.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {message}")]
pub struct InvalidField {
    /// Its path, such as `headers[2].value`; `body` for the document itself.
    pub field: String,
    /// What is wrong and what would be right, as the rest of a sentence that begins with the
    /// field's name.
    pub message: String,
}

/// Turns a value into a type. Only the first complaint is told.
pub fn from_value<T: DeserializeOwned>(value: Value) -> Result<T, InvalidField> {
    T::deserialize(Tracked(value)).map_err(|complaint| {
        let Complaint { path, message } = complaint;
        let field = if path.is_empty() { "body".to_owned() } else { render(&path) };
        InvalidField { field, message }
    })
}

/// A complaint on its way up; the path grows from the inside out.
#[derive(Debug)]
struct Complaint {
    path: Vec<Segment>,
    message: String,
}

impl Complaint {
    fn within(mut self, segment: Segment) -> Self {
        self.path.push(segment);
        self
    }
}

impl Display for Complaint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Complaint {}

impl de::Error for Complaint {
    fn custom<T: Display>(message: T) -> Self {
        Self { path: Vec::new(), message: message.to_string() }
    }

    fn invalid_type(given: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::custom(format_args!("must be {}, not {}", wanted(expected), kind_of(given)))
    }

    fn invalid_value(given: Unexpected<'_>, expected: &dyn Expected) -> Self {
        let wanted = wanted(expected);
        match given {
            Unexpected::Unsigned(n) => Self::custom(format_args!("must be {wanted}, not {n}")),
            Unexpected::Signed(n) => Self::custom(format_args!("must be {wanted}, not {n}")),
            _ => Self::custom(format_args!("must be {wanted}")),
        }
    }

    fn invalid_length(length: usize, expected: &dyn Expected) -> Self {
        Self::custom(format_args!("must be {}, not of {length} items", wanted(expected)))
    }

    fn unknown_variant(given: &str, known: &'static [&'static str]) -> Self {
        match nearest(given, known.iter().copied()) {
            Some(name) => {
                Self::custom(format_args!("must be {}; did you mean `{name}`?", listed(known)))
            }
            None => Self::custom(format_args!("must be {}", listed(known))),
        }
    }

    fn unknown_field(given: &str, known: &'static [&'static str]) -> Self {
        let complaint = match nearest(given, known.iter().copied()) {
            Some(name) => Self::custom(format_args!("is not known; did you mean `{name}`?")),
            None if known.is_empty() => Self::custom("is not known; no field is"),
            None => Self::custom(format_args!("is not known; known is {}", listed(known))),
        };
        complaint.within(Segment::key(given))
    }

    fn missing_field(field: &'static str) -> Self {
        Self::custom("is required").within(Segment::key(field))
    }
}

fn listed(names: &[&str]) -> String {
    let quoted: Vec<_> = names.iter().map(|name| format!("`{name}`")).collect();
    match quoted.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} or {last}", rest.join(", ")),
        _ => quoted.concat(),
    }
}

/// What a type expected, in the words of JSON.
fn wanted(expected: &dyn Expected) -> String {
    let text = expected.to_string();
    let words = match text.as_str() {
        "a boolean" => "true or false",
        "a sequence" => "an array",
        "a map" => "an object",
        "unit" => "null",
        "f32" | "f64" => "a number",
        "i8" | "i16" | "i32" | "i64" | "isize" => "a whole number",
        "u8" => "a whole number from 0 to 255",
        "u16" => "a whole number from 0 to 65535",
        "u32" => "a whole number from 0 to 4294967295",
        "u64" | "usize" => "a whole number, 0 or more",
        other if other.starts_with("struct ") => "an object",
        other if other.starts_with("tuple ") => "an array",
        _ => return text,
    };
    words.to_owned()
}

fn kind_of(given: Unexpected<'_>) -> &'static str {
    match given {
        Unexpected::Bool(_) => "a boolean",
        Unexpected::Unsigned(_) | Unexpected::Signed(_) => "a number",
        Unexpected::Float(_) => "a number with a fraction",
        Unexpected::Char(_) | Unexpected::Str(_) => "a string",
        Unexpected::Unit | Unexpected::Option => "null",
        Unexpected::Seq => "an array",
        Unexpected::Map => "an object",
        _ => "something else",
    }
}

/// A value that is read, and knows where it went wrong.
struct Tracked(Value);

impl Tracked {
    fn unexpected(&self) -> Unexpected<'_> {
        match &self.0 {
            Value::Null => Unexpected::Unit,
            Value::Bool(value) => Unexpected::Bool(*value),
            Value::Number(number) if number.is_f64() => {
                Unexpected::Float(number.as_f64().unwrap_or_default())
            }
            Value::Number(number) => Unexpected::Signed(number.as_i64().unwrap_or(i64::MAX)),
            Value::String(text) => Unexpected::Str(text),
            Value::Array(_) => Unexpected::Seq,
            Value::Object(_) => Unexpected::Map,
        }
    }
}

impl<'de> Deserializer<'de> for Tracked {
    type Error = Complaint;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Complaint> {
        match self.0 {
            Value::Null => visitor.visit_unit(),
            Value::Bool(value) => visitor.visit_bool(value),
            Value::Number(number) => match (number.as_u64(), number.as_i64()) {
                (Some(value), _) => visitor.visit_u64(value),
                (_, Some(value)) => visitor.visit_i64(value),
                _ => visitor.visit_f64(number.as_f64().unwrap_or_default()),
            },
            Value::String(text) => visitor.visit_string(text),
            Value::Array(items) => visit_array(items, visitor),
            Value::Object(entries) => visitor.visit_map(Entries::new(entries)),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Complaint> {
        if self.0.is_null() { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Complaint> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Complaint> {
        match self.0 {
            Value::Object(entries) => visitor.visit_map(Entries::new(entries)),
            _ => Err(de::Error::invalid_type(self.unexpected(), &"an object")),
        }
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Complaint> {
        match self.0 {
            Value::String(text) => visitor.visit_enum(text.into_deserializer()),
            Value::Object(entries) if entries.len() == 1 => {
                visitor.visit_enum(MapAccessDeserializer::new(Entries::new(entries)))
            }
            _ => Err(de::Error::invalid_type(self.unexpected(), &"a string")),
        }
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Complaint> {
        visitor.visit_unit()
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit
        unit_struct seq tuple tuple_struct map identifier
    }
}

fn visit_array<'de, V: Visitor<'de>>(items: Vec<Value>, visitor: V) -> Result<V::Value, Complaint> {
    let length = items.len();
    let mut items = Items { rest: items.into_iter(), next: 0 };
    let value = visitor.visit_seq(&mut items)?;
    match items.rest.len() {
        0 => Ok(value),
        _ => Err(de::Error::invalid_length(length, &"a shorter array")),
    }
}

struct Items {
    rest: std::vec::IntoIter<Value>,
    next: usize,
}

impl<'de> de::SeqAccess<'de> for Items {
    type Error = Complaint;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, Complaint> {
        let Some(item) = self.rest.next() else { return Ok(None) };
        let segment = Segment::Index(self.next);
        self.next += 1;
        seed.deserialize(Tracked(item)).map(Some).map_err(|complaint| complaint.within(segment))
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.rest.len())
    }
}

struct Entries {
    rest: serde_json::map::IntoIter,
    current: Option<(String, Value)>,
}

impl Entries {
    fn new(entries: Map<String, Value>) -> Self {
        Self { rest: entries.into_iter(), current: None }
    }
}

impl<'de> de::MapAccess<'de> for Entries {
    type Error = Complaint;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Complaint> {
        let Some(entry) = self.rest.next() else { return Ok(None) };
        let (key, _) = self.current.insert(entry);
        let reader: StrDeserializer<'_, Complaint> = key.as_str().into_deserializer();
        let read = seed.deserialize(reader).map_err(|complaint| {
            // An unknown field has named itself already.
            if complaint.path.is_empty() { complaint.within(Segment::key(key)) } else { complaint }
        });
        read.map(Some)
    }

    fn next_value_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<T::Value, Complaint> {
        let Some((key, value)) = self.current.take() else {
            return Err(de::Error::custom("has a value without a key"));
        };
        let read = seed.deserialize(Tracked(value));
        read.map_err(|complaint| complaint.within(Segment::key(&key)))
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.rest.len())
    }
}
