//! The rules of verification. `sdk/README.md` says them in words; they are the same in every
//! language, and the shared vectors hold all of them to it.

use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::Value;

use crate::sign::{
    check_secrets, equal, fanfare_mac, fanfare_text, standard_key, standard_mac, standard_text,
};
use crate::{Data, Error, Headers, Hint, Reason};

const MAX_HEADER_LENGTH: usize = 4096;
const MAX_SIGNATURES: usize = 16;
const MAX_SECONDS: i64 = 1_000_000_000_000_000;

/// An event of Fanfare.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Event {
    /// The event's id, the same on every attempt: remember it.
    pub id: String,
    /// Its type, also when this version does not know it.
    pub kind: String,
    /// When it happened, RFC 3339 in UTC.
    pub timestamp: String,
    /// Whose event it is.
    pub organization_id: String,
    /// What happened.
    pub data: Data,
}

/// Which signature has to verify.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Require {
    /// `webhook-signature`, unless one of the secrets cannot make it; then `X-Fanfare-Signature`,
    /// if the delivery has nothing better.
    #[default]
    Auto,
    /// Only `webhook-signature`, which protects against replay.
    Standard,
    /// `X-Fanfare-Signature` also when `webhook-signature` is absent but should not be.
    Any,
}

/// How to verify.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// How many seconds the signed time may lie from now, either way. 300 unless told.
    pub tolerance: u64,
    /// Which signature has to verify.
    pub require: Require,
    /// Now, in Unix seconds: for tests.
    pub now: Option<i64>,
}

impl Default for Options {
    fn default() -> Self {
        Self { tolerance: 300, require: Require::Auto, now: None }
    }
}

/// Verifies a delivery and gives its event.
///
/// `body` is the raw body, before anything has parsed it. Several secrets are for a rotation. An
/// event of a type that is newer than this version comes as [`Data::Unknown`].
///
/// # Errors
/// With the [`Reason`]. No input panics.
pub fn verify<S: AsRef<str>>(
    body: impl AsRef<[u8]>,
    headers: &(impl Headers + ?Sized),
    secrets: &[S],
    options: &Options,
) -> Result<Event, Error> {
    let secrets = check_secrets(secrets)?;
    let body = body.as_ref();
    if body.is_empty() {
        return Err(Reason::EmptyBody.into());
    }
    let keys: Vec<Vec<u8>> = secrets.iter().filter_map(|secret| standard_key(secret)).collect();
    let only = match options.require {
        Require::Auto => keys.len() == secrets.len(),
        Require::Standard => true,
        Require::Any => false,
    };
    if only && keys.is_empty() {
        return Err(Reason::SecretMalformed.into());
    }
    if only || (!keys.is_empty() && header(headers, "webhook-signature").is_some()) {
        verify_standard(body, headers, &keys, options)?;
    } else {
        verify_fanfare(body, headers, &secrets)?;
    }
    parse(body)
}

fn verify_standard(
    body: &[u8],
    headers: &(impl Headers + ?Sized),
    keys: &[Vec<u8>],
    options: &Options,
) -> Result<(), Error> {
    let signature = needed(headers, "webhook-signature")?;
    let id = needed(headers, "webhook-id")?;
    let timestamp = needed(headers, "webhook-timestamp")?;
    let sent = seconds(timestamp)?;
    let items = signature.split(|byte| *byte == b' ').filter(|item| !item.is_empty());
    let (mut count, mut candidates) = (0, Vec::new());
    for item in items {
        count += 1;
        candidates.extend(is_standard(item).then_some(item));
    }
    let too_much = signature.len() > MAX_HEADER_LENGTH || count > MAX_SIGNATURES;
    if candidates.is_empty() || too_much {
        return Err(Reason::MalformedSignature.into());
    }
    let mut matches = false;
    for key in keys {
        let expected = standard_text(standard_mac(key, id, timestamp, body));
        for candidate in &candidates {
            matches |= equal(expected.as_bytes(), candidate);
        }
    }
    if !matches {
        return Err(mismatch(body));
    }
    let now = options.now.unwrap_or_else(unix_now);
    match sent.abs_diff(now) <= options.tolerance {
        true => Ok(()),
        false if sent < now => Err(Reason::TimestampTooOld.into()),
        false => Err(Reason::TimestampInFuture.into()),
    }
}

fn verify_fanfare(
    body: &[u8],
    headers: &(impl Headers + ?Sized),
    secrets: &[&str],
) -> Result<(), Error> {
    let signature = needed(headers, "x-fanfare-signature")?;
    let hex = signature.strip_prefix(b"sha256=").unwrap_or_default();
    if hex.len() != 64 || !hex.iter().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')) {
        return Err(Reason::MalformedSignature.into());
    }
    let mut matches = false;
    for secret in secrets {
        matches |= equal(fanfare_text(fanfare_mac(secret, body)).as_bytes(), signature);
    }
    if matches {
        Ok(())
    } else {
        Err(mismatch(body))
    }
}

fn header<'a>(headers: &'a (impl Headers + ?Sized), name: &str) -> Option<&'a [u8]> {
    headers.value(name).filter(|value| !value.is_empty())
}

fn needed<'a>(headers: &'a (impl Headers + ?Sized), name: &'static str) -> Result<&'a [u8], Error> {
    let missing = Error { reason: Reason::MissingHeader, hint: None, header: Some(name) };
    header(headers, name).ok_or(missing)
}

/// `v1,` and the base64 of 32 bytes.
fn is_standard(item: &[u8]) -> bool {
    let base64 = item.strip_prefix(b"v1,").and_then(|text| text.strip_suffix(b"="));
    base64.is_some_and(|text| {
        let allowed = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/');
        text.len() == 43 && text.iter().all(allowed)
    })
}

/// The number that a timestamp says; one that is beyond all reason stays beyond it.
fn seconds(timestamp: &[u8]) -> Result<i64, Error> {
    let (sign, digits) = match timestamp.strip_prefix(b"-") {
        Some(digits) => (-1, digits),
        None => (1, timestamp),
    };
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return Err(Reason::TimestampInvalid.into());
    }
    let add = |sum: i64, digit: &u8| sum.saturating_mul(10).saturating_add(i64::from(digit - b'0'));
    Ok(sign * digits.iter().fold(0, add).min(MAX_SECONDS))
}

fn mismatch(body: &[u8]) -> Error {
    let trimmed = trim(body);
    let json = trimmed.starts_with(b"{") && trimmed.ends_with(b"}");
    let escape = |pair: &[u8]| matches!(pair, [b'\\', b'/' | b'u']);
    let as_sent = body.starts_with(b"{\"id\":\"")
        && body.ends_with(b"}")
        && !body.iter().any(|byte| matches!(byte, b'\r' | b'\n'))
        && !body.windows(2).any(escape);
    let hint = if json && !as_sent { Hint::ReserialisedBody } else { Hint::WrongSecret };
    Error { reason: Reason::SignatureMismatch, hint: Some(hint), header: None }
}

/// The body without JSON's white space around it.
fn trim(body: &[u8]) -> &[u8] {
    let solid = |byte: &u8| !matches!(byte, b' ' | b'\t' | b'\r' | b'\n');
    let start = body.iter().position(solid).unwrap_or(body.len());
    let end = body.iter().rposition(solid).map_or(start, |at| at + 1);
    &body[start..end]
}

fn parse(body: &[u8]) -> Result<Event, Error> {
    let parsed: Value = serde_json::from_slice(body).map_err(|_| Reason::BodyNotJson)?;
    event_of(parsed).ok_or_else(|| Reason::BodyNotEvent.into())
}

fn event_of(mut parsed: Value) -> Option<Event> {
    let data = parsed.get_mut("data")?.take();
    let text = |name: &str| parsed.get(name)?.as_str().map(str::to_owned);
    let kind = text("type")?;
    data.is_object().then_some(())?;
    Some(Event {
        id: text("id")?,
        timestamp: text("timestamp")?,
        organization_id: text("organization_id")?,
        data: Data::read(&kind, data),
        kind,
    })
}

pub(crate) fn unix_now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
}
