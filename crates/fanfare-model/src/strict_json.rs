//! The strict reader of JSON that every request body goes through.
//!
//! **Promises.** One pass over the bytes builds the value, or says what is wrong, where (path,
//! line, column, byte), and stops there. Refused, beyond what is no JSON at all: an empty body,
//! invalid UTF-8, text after the value, the same key twice in one object (two readers could
//! disagree about which one counts), nesting deeper than [`limits::JSON_DEPTH`], more than
//! [`MAX_VALUES`] values, NUL characters (many stores cannot hold them), lone surrogates, numbers
//! beyond the range of a double, and keys that mean something to the JSON library itself.
//! Nothing in an error repeats a value that was given, so that secrets stay out of logs; keys are
//! repeated, cut and escaped.
//!
//! **Takes** bytes whose number the caller has bounded. **Gives** a [`Value`] that keeps the
//! order of keys ([`parse`]), or a type of the caller ([`parse_into`], [`from_value`]) with
//! complaints that name the field.
//!
//! **Leaves out** exactness of numbers: whole numbers from `i64::MIN` to `u64::MAX` are kept,
//! all others become the nearest double. Amounts are strings for this reason.

mod convert;
mod error;
mod path;

use std::fmt;

use serde::de::{DeserializeOwned, DeserializeSeed, MapAccess, SeqAccess, Visitor};
use serde_json::map::Entry;
use serde_json::{Map, Value};

pub use convert::{InvalidField, from_value};
pub use error::{BodyError, JsonError, JsonErrorKind};

use crate::limits;
use path::Segment;

/// Most values (objects, arrays and what is in them, all counted) in one body. A value takes many
/// times the memory of its two bytes of JSON; this bounds the factor.
pub const MAX_VALUES: usize = 200_000;

/// Keys that begin like this are the JSON library's own signals.
const RESERVED: &str = "$serde_json::private::";

/// Reads one JSON value, strictly.
pub fn parse(bytes: &[u8]) -> Result<Value, JsonError> {
    let text = std::str::from_utf8(bytes).map_err(|error| {
        JsonError::at_offset(JsonErrorKind::InvalidUtf8, bytes, error.valid_up_to())
    })?;
    if text.bytes().all(|byte| byte.is_ascii_whitespace()) {
        return Err(JsonError::at_offset(JsonErrorKind::Empty, bytes, bytes.len()));
    }
    let mut reader = Reader::default();
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let value = Node { reader: &mut reader, depth: 0 }.deserialize(&mut deserializer);
    value
        .and_then(|value| deserializer.end().map(|()| value))
        .map_err(|error| JsonError::from_reader(reader.fault, &reader.path, &error, bytes))
}

/// Reads one JSON value strictly and turns it into a type; complaints about a field name it.
pub fn parse_into<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, BodyError> {
    Ok(from_value(parse(bytes)?)?)
}

/// What the nodes of one document share.
#[derive(Default)]
struct Reader {
    values: usize,
    /// Why reading stopped, when it was we who stopped it.
    fault: Option<JsonErrorKind>,
    /// Where it stopped, innermost first; filled while the error travels up.
    path: Vec<Segment>,
}

impl Reader {
    #[cold]
    fn refuse<E: serde::de::Error>(&mut self, fault: JsonErrorKind) -> E {
        self.fault = Some(fault);
        E::custom("refused")
    }

    /// Text that had an escape in it; only such text can hold a NUL.
    fn escaped<E: serde::de::Error>(&mut self, text: String) -> Result<String, E> {
        if text.as_bytes().contains(&0) { Err(self.refuse(JsonErrorKind::Nul)) } else { Ok(text) }
    }
}

/// Reads one value.
struct Node<'r> {
    reader: &'r mut Reader,
    /// How many objects and arrays are around it.
    depth: usize,
}

impl Node<'_> {
    fn open<E: serde::de::Error>(&mut self) -> Result<(), E> {
        if self.depth >= limits::JSON_DEPTH {
            return Err(self.reader.refuse(JsonErrorKind::TooDeep));
        }
        Ok(())
    }

    fn child(&mut self) -> Node<'_> {
        Node { reader: self.reader, depth: self.depth + 1 }
    }
}

impl<'de> DeserializeSeed<'de> for Node<'_> {
    type Value = Value;

    fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        self.reader.values += 1;
        if self.reader.values > MAX_VALUES {
            return Err(self.reader.refuse(JsonErrorKind::TooManyValues));
        }
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Node<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<Value, E> {
        let number = serde_json::Number::from_f64(value);
        number.map(Value::Number).ok_or_else(|| E::custom("number out of range"))
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Value, E> {
        Ok(Value::String(text.to_owned()))
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Value, E> {
        self.reader.escaped(text.to_owned()).map(Value::String)
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut items: A) -> Result<Value, A::Error> {
        self.open()?;
        let mut array = Vec::new();
        loop {
            match items.next_element_seed(self.child()) {
                Ok(Some(value)) => array.push(value),
                Ok(None) => return Ok(Value::Array(array)),
                Err(error) => {
                    self.reader.path.push(Segment::Index(array.len()));
                    return Err(error);
                }
            }
        }
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut entries: A) -> Result<Value, A::Error> {
        self.open()?;
        let mut object = Map::new();
        while let Some(key) = entries.next_key_seed(Key(self.reader))? {
            let slot = match object.entry(key) {
                Entry::Vacant(slot) => slot,
                Entry::Occupied(first) => {
                    self.reader.path.push(Segment::key(first.key()));
                    return Err(self.reader.refuse(JsonErrorKind::DuplicateKey));
                }
            };
            match entries.next_value_seed(self.child()) {
                Ok(value) => {
                    slot.insert(value);
                }
                Err(error) => {
                    self.reader.path.push(Segment::key(slot.key()));
                    return Err(error);
                }
            }
        }
        Ok(Value::Object(object))
    }
}

/// Reads one key.
struct Key<'r>(&'r mut Reader);

impl<'de> DeserializeSeed<'de> for Key<'_> {
    type Value = String;

    fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<String, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Key<'_> {
    fn checked<E: serde::de::Error>(self, key: &str) -> Result<String, E> {
        if key.starts_with(RESERVED) {
            return Err(self.0.refuse(JsonErrorKind::ReservedKey));
        }
        Ok(key.to_owned())
    }
}

impl<'de> Visitor<'de> for Key<'_> {
    type Value = String;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_borrowed_str<E: serde::de::Error>(self, key: &'de str) -> Result<String, E> {
        self.checked(key)
    }

    fn visit_str<E: serde::de::Error>(self, key: &str) -> Result<String, E> {
        self.0.escaped(key.to_owned()).and_then(|key| self.checked(&key))
    }
}
