//! What a provider's message is and what it does: from its body to a name, a type and effects.
//!
//! **Promises.** Pure. Bodies were verified before, and are read strictly and within bounds all the
//! same. What is not known is ignored and said to be, never an error: providers add types and fields
//! as they like. Names and types are short and printable, whatever was sent.

pub mod resend;
pub mod stripe;
pub mod twilio;

use fanfare_app::Effect;
use fanfare_model::{limits, strict_json};
use serde_json::Value;

/// What a message is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// What the provider names it by: the same for every copy.
    pub key: String,
    /// Its type, in the provider's words.
    pub kind: String,
    /// Why it means nothing to us, if it does not.
    pub ignored: Option<String>,
}

/// What a message does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Meaning {
    /// These, one after the other.
    Effects(Vec<Effect>),
    /// Nothing, for this reason.
    Nothing(String),
}

impl Meaning {
    fn nothing(why: impl Into<String>) -> Self {
        Self::Nothing(why.into())
    }
}

/// A body that the provider does not send; the text says what is wrong with it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Unreadable(pub(crate) String);

impl Unreadable {
    fn new(what: impl Into<String>) -> Self {
        Self(what.into())
    }
}

/// An object of JSON.
fn object(body: &[u8]) -> Result<Value, Unreadable> {
    match strict_json::parse(body) {
        Ok(value) if value.is_object() => Ok(value),
        Ok(_) => Err(Unreadable::new("the body is no object")),
        Err(error) => Err(Unreadable::new(format!("the body cannot be read: {error}"))),
    }
}

/// A text that can be a name or a type.
fn name<'v>(value: &'v Value, field: &str) -> Result<&'v str, Unreadable> {
    let text = value[field].as_str().unwrap_or_default();
    if is_name(text) {
        return Ok(text);
    }
    Err(Unreadable::new(format!("`{field}` is missing, too long or not printable")))
}

fn is_name(text: &str) -> bool {
    (1..=limits::INBOUND_NAME).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic())
}

/// A text that is there and not empty.
fn text(value: &Value) -> Option<&str> {
    value.as_str().filter(|text| !text.is_empty())
}
