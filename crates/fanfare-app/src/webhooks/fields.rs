//! What the fields of a webhook may hold. Every rule is here; complaints are gathered, so that a
//! customer reads all of them at once.

use fanfare_model::{EventSelection, limits};
use fanfare_signing::Secret;
use fanfare_store::CustomHeader;

use super::HeaderInput;
use crate::complaints::Complaints;

/// Names that are ours or the connection's. A customer's header must not be able to change where
/// a request goes, how it is framed, or what a signature seems to say.
const FORBIDDEN: [&str; 16] = [
    "accept-encoding",
    "authorization",
    "connection",
    "cookie",
    "cookie2",
    "date",
    "expect",
    "host",
    "http2-settings",
    "keep-alive",
    "set-cookie",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "user-agent",
];
const FORBIDDEN_PREFIXES: [&str; 4] = ["content-", "proxy-", "webhook-", "x-fanfare-"];

impl Complaints {
    pub(crate) fn events(&mut self, patterns: &[String]) -> Option<EventSelection> {
        match EventSelection::parse(patterns) {
            Ok(selection) => Some(selection),
            Err(error) => {
                let place = error.index().map_or_else(String::new, |index| format!("[{index}]"));
                self.add(format!("events{place}"), error.to_string());
                None
            }
        }
    }

    pub(crate) fn secret(&mut self, text: &str) -> Option<Secret> {
        match Secret::parse(text) {
            Ok(secret) => Some(secret),
            Err(error) => {
                self.add("secret", error.to_string());
                None
            }
        }
    }

    /// An empty text is none.
    pub(crate) fn description(&mut self, text: &str) -> Option<String> {
        let control = |letter: char| letter.is_control() && letter != '\n' && letter != '\t';
        if text.chars().count() > limits::DESCRIPTION {
            self.add(
                "description",
                format!("must have at most {} characters", limits::DESCRIPTION),
            );
        } else if text.chars().any(control) {
            self.add("description", "must not have control characters");
        }
        (!text.is_empty()).then(|| text.to_owned())
    }

    pub(crate) fn max_in_flight(&mut self, given: i64) -> u16 {
        let max = limits::IN_FLIGHT_MAX;
        match u16::try_from(given) {
            Ok(number) if (1..=max).contains(&number) => number,
            _ => {
                self.add("maxInFlight", format!("must be a whole number from 1 to {max}"));
                limits::IN_FLIGHT_DEFAULT
            }
        }
    }

    pub(crate) fn rate_limit(&mut self, given: i64) -> Option<u32> {
        let max = limits::RATE_MAX;
        let number = u32::try_from(given).ok().filter(|number| (1..=max).contains(number));
        if number.is_none() {
            self.add("rateLimit", format!("must be a whole number from 1 to {max}, or null"));
        }
        number
    }

    pub(crate) fn headers(&mut self, given: &[HeaderInput]) -> Vec<CustomHeader> {
        if given.len() > limits::CUSTOM_HEADERS {
            self.add("headers", format!("must have at most {} headers", limits::CUSTOM_HEADERS));
            return Vec::new();
        }
        let mut headers: Vec<CustomHeader> = Vec::with_capacity(given.len());
        for input in given {
            let name = input.name.to_ascii_lowercase();
            let twice = headers.iter().any(|header| header.name == name);
            let refused = if twice { Some("is given twice".to_owned()) } else { None };
            let refused =
                refused.or_else(|| refuse_name(&name)).or_else(|| refuse_value(&input.value));
            match refused {
                None => headers.push(CustomHeader { name, value: input.value.clone() }),
                // The name may be anything, so only a short part of it is repeated.
                Some(why) => {
                    let shown: String =
                        input.name.chars().take(limits::CUSTOM_HEADER_NAME).collect();
                    self.add(format!("headers.{}", shown.escape_debug()), why);
                }
            }
        }
        headers
    }
}

fn refuse_name(name: &str) -> Option<String> {
    let max = limits::CUSTOM_HEADER_NAME;
    if name.is_empty() || name.len() > max || !name.bytes().all(is_token) {
        return Some(format!("must be a header name: 1 to {max} letters, digits, `-` or `_`"));
    }
    let ours = FORBIDDEN.contains(&name)
        || FORBIDDEN_PREFIXES.iter().any(|prefix| name.starts_with(prefix));
    ours.then(|| "cannot be set: the name is reserved".to_owned())
}

/// Less than RFC 9110 allows: what every server between here and there takes.
const fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_'
}

/// No message repeats the value: it is often a token.
fn refuse_value(value: &str) -> Option<String> {
    let max = limits::CUSTOM_HEADER_VALUE;
    if value.len() > max {
        return Some(format!("must have a value of at most {max} bytes"));
    }
    let visible = |byte: u8| byte.is_ascii_graphic() || byte == b' ' || byte == b'\t';
    if !value.bytes().all(visible) || value.trim().len() != value.len() {
        return Some("must have a value of visible ASCII, without spaces around it".to_owned());
    }
    None
}

#[cfg(test)]
mod tests;
