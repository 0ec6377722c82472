//! Twilio's callbacks: the status of messages we sent, and the words with which people ask for no
//! more of them.
//!
//! Twilio repeats nothing and names no callback; a message's id and its status together do.

use std::collections::BTreeMap;

use fanfare_app::{Address, Effect, Mark};
use fanfare_model::Timestamp;
use fanfare_model::inbound::{InboundContent, Provider, SentMessage, SentState};

use super::{Identity, Meaning, Unreadable, is_name, object};
use crate::verify::twilio::Fields;

/// The number of the error "the recipient has unsubscribed".
const UNSUBSCRIBED: &str = "21610";
/// What people send to get no more messages, and to get them again, where Twilio does not say what
/// it took their words for.
const STOP: [&str; 8] =
    ["STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "OPTOUT", "REVOKE"];
const START: [&str; 3] = ["START", "YES", "UNSTOP"];

/// The fields of a callback, one value each.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Callback(BTreeMap<String, String>);

impl Callback {
    /// From the fields of a form; what is no UTF-8 is left out.
    pub fn of_form(fields: &Fields) -> Self {
        let texts = fields.iter().filter_map(|(name, values)| {
            let value = values.first()?;
            Some((String::from_utf8(name.clone()).ok()?, String::from_utf8(value.clone()).ok()?))
        });
        Self(texts.collect())
    }

    /// From an object of JSON with the same names.
    ///
    /// # Errors
    /// When the body is no object.
    pub fn of_json(body: &[u8]) -> Result<Self, Unreadable> {
        let value = object(body)?;
        let members = value.as_object().into_iter().flatten();
        let texts = members.filter_map(|(name, value)| match value {
            serde_json::Value::String(text) => Some((name.clone(), text.clone())),
            serde_json::Value::Number(number) => Some((name.clone(), number.to_string())),
            _ => None,
        });
        Ok(Self(texts.collect()))
    }

    /// From a stored body.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn of_stored(content: InboundContent, body: &[u8]) -> Result<Self, Unreadable> {
        match content {
            InboundContent::Json => Self::of_json(body),
            InboundContent::Form => {
                let fields = crate::verify::twilio::fields(body);
                let fields = fields.map_err(|error| Unreadable::new(error.to_string()))?;
                Ok(Self::of_form(&fields))
            }
        }
    }

    fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str).filter(|text| !text.is_empty())
    }

    fn sid(&self) -> Option<&str> {
        self.get("MessageSid").or(self.get("SmsSid")).filter(|sid| is_name(sid))
    }

    fn status(&self) -> Option<&str> {
        self.get("MessageStatus").or(self.get("SmsStatus")).filter(|status| is_name(status))
    }

    /// Of which account it is.
    pub fn account(&self) -> Option<&str> {
        self.get("AccountSid")
    }

    /// What it is.
    ///
    /// # Errors
    /// When it names no message, or no status.
    pub fn identify(&self) -> Result<Identity, Unreadable> {
        let missing = |what| Unreadable::new(format!("`{what}` is missing or not printable"));
        let sid = self.sid().ok_or_else(|| missing("MessageSid"))?;
        let status = self.status().ok_or_else(|| missing("MessageStatus"))?;
        let state: Option<SentState> = status.parse().ok();
        let ignored = match (state, self.wish()) {
            (None, None) if matches!(status, "receiving" | "received") => {
                Some("a message from a person".to_owned())
            }
            (None, None) => Some("this status means nothing here".to_owned()),
            _ => None,
        };
        let key = format!("{sid}:{status}");
        Ok(Identity { key, kind: format!("message.{status}"), ignored })
    }

    /// Whether the person who wrote asks for no more messages, or for messages again.
    fn wish(&self) -> Option<Mark> {
        if !matches!(self.status(), Some("received" | "receiving")) {
            return None;
        }
        let word = self.get("OptOutType").or(self.get("Body"))?.trim().to_ascii_uppercase();
        match word.as_str() {
            word if STOP.contains(&word) => Some(Mark::OptedOut),
            word if START.contains(&word) => Some(Mark::OptedIn),
            _ => None,
        }
    }

    fn phone(&self, field: &str) -> Option<Address> {
        let number = self.get(field)?;
        let number = number.split_once(':').map_or(number, |(_channel, number)| number);
        Some(Address::Phone(number.to_owned()))
    }

    /// What it does.
    ///
    /// # Errors
    /// When it names no message.
    pub fn effects(&self, at: Timestamp) -> Result<Meaning, Unreadable> {
        let mut effects = Vec::new();
        if let Some(Ok(state)) = self.status().map(str::parse::<SentState>) {
            let id = self.sid().ok_or_else(|| Unreadable::new("`MessageSid` is missing"))?;
            let error = self.get("ErrorCode").map(|code| match self.get("ErrorMessage") {
                Some(message) => format!("{code}: {message}"),
                None => code.to_owned(),
            });
            let id = id.to_owned();
            effects.push(Effect::Sent(SentMessage {
                provider: Provider::Twilio,
                id,
                state,
                error,
                at,
            }));
        }
        let refused = (self.get("ErrorCode") == Some(UNSUBSCRIBED)).then_some(Mark::OptedOut);
        for (mark, field) in [(refused, "To"), (self.wish(), "From")] {
            if let (Some(mark), Some(address)) = (mark, self.phone(field)) {
                effects.push(Effect::Mark { address, mark, at });
            }
        }
        if effects.is_empty() {
            return Ok(Meaning::nothing("this status means nothing here"));
        }
        Ok(Meaning::Effects(effects))
    }
}
