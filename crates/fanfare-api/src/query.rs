//! Reading a request's query and the ids in its path.

use std::str::FromStr;

use axum::extract::{FromRequestParts, Path, Query as Pairs};
use fanfare_app::{AppError, FieldError};
use fanfare_model::{
    DeliveryStatus, ErrorClass, EventSelection, EventTypes, Id, IdKind, Timestamp, strict_json,
};
use http::request::Parts;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::body::invalid;
use crate::error::ApiError;

/// A query of this shape, whose fields are all texts: unknown and repeated ones are refused.
pub(crate) struct Query<T>(pub(crate) T);

impl<T: DeserializeOwned, S: Sync> FromRequestParts<S> for Query<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        let pairs = Pairs::<Vec<(String, String)>>::try_from_uri(&parts.uri);
        let Pairs(pairs) = pairs
            .map_err(|_| AppError::invalid_field("query", "must be of the form name=value&…"))?;
        let mut fields = Map::new();
        for (name, value) in pairs {
            if value.contains('\0') {
                return Err(AppError::invalid_field(name, "must not have a NUL character").into());
            }
            if fields.insert(name.clone(), Value::String(value)).is_some() {
                let message = "is given twice; give it once, several values with commas";
                return Err(AppError::invalid_field(name, message).into());
            }
        }
        Ok(Self(strict_json::from_value(Value::Object(fields)).map_err(invalid)?))
    }
}

/// The id in the path. A text that is no id of the kind is an id that does not exist.
pub(crate) struct PathId<K: IdKind>(pub(crate) Id<K>);

impl<K: IdKind, S: Send + Sync> FromRequestParts<S> for PathId<K> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let text = Path::<String>::from_request_parts(parts, state).await;
        let id = text.ok().and_then(|Path(text)| text.parse().ok());
        Ok(Self(id.ok_or_else(|| AppError::not_found(noun(K::PREFIX)))?))
    }
}

/// The two ids in the path, in their order.
pub(crate) struct PathIds<A: IdKind, B: IdKind>(pub(crate) Id<A>, pub(crate) Id<B>);

impl<A: IdKind, B: IdKind, S: Send + Sync> FromRequestParts<S> for PathIds<A, B> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let texts = Path::<(String, String)>::from_request_parts(parts, state).await;
        let (first, second) = texts.map_or_else(|_| Default::default(), |Path(texts)| texts);
        let first = first.parse().map_err(|_| AppError::not_found(noun(A::PREFIX)))?;
        let second = second.parse().map_err(|_| AppError::not_found(noun(B::PREFIX)))?;
        Ok(Self(first, second))
    }
}

/// What an id with this prefix is the id of.
fn noun(prefix: &str) -> &'static str {
    match prefix {
        "whk" => "webhook",
        "wh_evt" => "event",
        "dlv" => "delivery",
        "job" => "job",
        "key" => "API key",
        "con" => "consumer",
        "prod" => "product",
        "exp" => "experience",
        "dist" => "distribution",
        "ord" => "order",
        "conn" => "connection",
        "inb" => "message",
        _ => "resource",
    }
}

/// Complaints, gathered so that a customer sees all of them at once.
#[derive(Default)]
pub(crate) struct Complaints(Vec<FieldError>);

impl Complaints {
    /// The value, or a complaint about the field.
    pub(crate) fn take<T, E: ToString>(
        &mut self,
        field: impl Into<String>,
        value: Result<T, E>,
    ) -> Option<T> {
        value.map_err(|error| self.0.push(FieldError::new(field, error.to_string()))).ok()
    }

    /// An optional text, parsed.
    pub(crate) fn parse<T: FromStr>(&mut self, field: &str, text: Option<&str>) -> Option<T>
    where
        T::Err: ToString,
    {
        text.and_then(|text| self.take(field, text.parse::<T>()))
    }

    /// Texts, each parsed; complaints carry their place when `indexed`.
    pub(crate) fn parse_all<T: FromStr>(&mut self, field: &str, texts: &Texts<'_>) -> Vec<T>
    where
        T::Err: ToString,
    {
        let place = |index| match texts {
            Texts::Commas(_) => field.to_owned(),
            Texts::List(_) => format!("{field}[{index}]"),
        };
        let parsed =
            texts.iter().enumerate().map(|(index, text)| self.take(place(index), text.parse()));
        parsed.collect::<Vec<_>>().into_iter().flatten().collect()
    }

    /// Event types and patterns; `None` when no text is given.
    pub(crate) fn types(&mut self, field: &str, texts: &Texts<'_>) -> Option<EventTypes> {
        let patterns: Vec<_> = texts.iter().collect();
        if patterns.is_empty() {
            return None;
        }
        match EventSelection::parse(&patterns) {
            Ok(selection) => Some(selection.types()),
            Err(error) => {
                let place = match (texts, error.index()) {
                    (Texts::List(_), Some(index)) => format!("{field}[{index}]"),
                    _ => field.to_owned(),
                };
                self.0.push(FieldError::new(place, error.to_string()));
                None
            }
        }
    }

    /// An error with everything that was complained about, if anything was.
    pub(crate) fn end(self) -> Result<(), AppError> {
        if self.0.is_empty() { Ok(()) } else { Err(AppError::invalid(self.0)) }
    }
}

/// Several values: in a query with commas between them, in a body as an array.
pub(crate) enum Texts<'a> {
    /// `failed,pending`; `None`: not given.
    Commas(Option<&'a str>),
    /// `["failed", "pending"]`.
    List(&'a [String]),
}

impl Texts<'_> {
    fn iter(&self) -> impl Iterator<Item = &str> {
        let (commas, list) = match self {
            Texts::Commas(text) => (text.map(|text| text.split(',')), None),
            Texts::List(list) => (None, Some(list.iter().map(String::as_str))),
        };
        commas.into_iter().flatten().chain(list.into_iter().flatten())
    }
}

/// The texts that make a filter of deliveries, from a query or a body.
pub(crate) struct DeliveryFilterTexts<'a> {
    pub(crate) status: Texts<'a>,
    pub(crate) webhook_id: Option<&'a str>,
    pub(crate) event_type: Texts<'a>,
    pub(crate) error_class: Texts<'a>,
    pub(crate) status_code: Option<&'a str>,
    pub(crate) created_after: Option<&'a str>,
    pub(crate) created_before: Option<&'a str>,
}

impl DeliveryFilterTexts<'_> {
    /// The filter; complaints name fields as `prefix` and the field's name.
    pub(crate) fn read(&self, prefix: &str) -> Result<fanfare_store::DeliveryFilter, AppError> {
        let mut complaints = Complaints::default();
        let name = |field: &str| format!("{prefix}{field}");
        let filter = fanfare_store::DeliveryFilter {
            status: complaints.parse_all::<DeliveryStatus>(&name("status"), &self.status),
            webhook_id: complaints.parse(&name("webhookId"), self.webhook_id),
            types: complaints
                .types(&name("eventType"), &self.event_type)
                .unwrap_or(EventTypes::KNOWN),
            error_class: complaints.parse_all::<ErrorClass>(&name("errorClass"), &self.error_class),
            status_code: self
                .status_code
                .and_then(|text| complaints.take(name("statusCode"), status_codes(text))),
            since: complaints.parse::<Timestamp>(&name("createdAfter"), self.created_after),
            until: complaints.parse::<Timestamp>(&name("createdBefore"), self.created_before),
        };
        complaints.end()?;
        Ok(filter)
    }
}

/// `503`, or `5xx` for all that begin with a 5.
fn status_codes(text: &str) -> Result<(u16, u16), &'static str> {
    const WANTED: &str = "must be an HTTP status such as 503, or a class such as 5xx";
    match text.as_bytes() {
        [class @ b'1'..=b'9', b'x' | b'X', b'x' | b'X'] => {
            let first = u16::from(class - b'0') * 100;
            Ok((first, first + 99))
        }
        [b'1'..=b'9', b'0'..=b'9', b'0'..=b'9'] => {
            text.parse().map(|code| (code, code)).map_err(|_| WANTED)
        }
        _ => Err(WANTED),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn status_codes_are_one_or_a_class() {
        assert_eq!(status_codes("503"), Ok((503, 503)));
        assert_eq!(status_codes("4xx"), Ok((400, 499)));
        for text in ["", "5", "50", "5x", "5x0", "x00", "0xx", "0200", "5xxx", "-12", "２００"] {
            assert!(status_codes(text).is_err(), "{text}");
        }
    }
}
