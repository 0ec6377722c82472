//! The receiver's side: is this request from somebody who knows the secret?
//!
//! **Takes** header values and the body as bytes, exactly as received, and the secrets that may
//! have signed (two during a rotation). **Promises**: `Ok` only for a message signed with one of
//! them; no input panics; values are compared in constant time, every candidate with every
//! secret; the body is hashed once per secret, however many signatures a header lists; headers
//! over [`MAX_HEADER_BYTES`] and lists over [`MAX_SIGNATURES`] are refused unread.
//!
//! **Leaves out** remembering ids. The seed's header leaves the timestamp unsigned, so a
//! captured request verifies for ever: a receiver that only has that header must drop ids it has
//! seen. [`verify_standard`] refuses what is older than its tolerance.

use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::headers::{WEBHOOK_ID, WEBHOOK_SIGNATURE, WEBHOOK_TIMESTAMP, X_FANFARE_SIGNATURE};
use crate::signer::{FANFARE_SCHEME, STANDARD_SCHEME, fanfare_key, standard_key, standard_tag};
use crate::{Secret, hex};

/// The most signatures that one `webhook-signature` may list.
pub const MAX_SIGNATURES: usize = 16;
/// The longest header value that is read, in bytes.
pub const MAX_HEADER_BYTES: usize = 4096;
/// How far a timestamp may lie from now, either way, in the published Standard Webhooks
/// libraries.
pub const DEFAULT_TOLERANCE_SECONDS: u32 = 300;

/// A request as Standard Webhooks sees it; `None` for a header that is not there.
#[derive(Debug, Clone, Copy)]
pub struct StandardMessage<'a> {
    /// Value of `webhook-id`.
    pub id: Option<&'a [u8]>,
    /// Value of `webhook-timestamp`.
    pub timestamp: Option<&'a [u8]>,
    /// Value of `webhook-signature`.
    pub signature: Option<&'a [u8]>,
    /// The body, before anything has parsed it.
    pub body: &'a [u8],
}

/// Why a request was refused. Safe to log; do not tell the sender more than "refused".
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum VerifyError {
    /// A header is not there.
    #[error("the header {0} is missing")]
    MissingHeader(&'static str),
    /// A header is longer than [`MAX_HEADER_BYTES`].
    #[error("the header {0} is longer than 4096 bytes")]
    HeaderTooLong(&'static str),
    /// A header is not of the form it must have.
    #[error("the header {header} is malformed: expected {expected}")]
    Malformed {
        /// Its name, lower case.
        header: &'static str,
        /// The form it must have.
        expected: &'static str,
    },
    /// There are signatures, but none of the one scheme that is accepted.
    #[error("the header {header} has no signature of the scheme {scheme}")]
    WrongScheme {
        /// Its name, lower case.
        header: &'static str,
        /// The scheme that is accepted.
        scheme: &'static str,
    },
    /// More than [`MAX_SIGNATURES`] in one header.
    #[error("the header webhook-signature lists more than 16 signatures")]
    TooManySignatures,
    /// The timestamp is too far in the past: perhaps a replay.
    #[error("the message is {age_seconds} seconds old, older than is accepted")]
    Stale {
        /// Now less the timestamp.
        age_seconds: i64,
    },
    /// The timestamp is too far in the future.
    #[error("the message is stamped {ahead_seconds} seconds ahead of now")]
    Future {
        /// The timestamp less now.
        ahead_seconds: i64,
    },
    /// There is no secret that this family could have been signed with. For Standard Webhooks
    /// it must be `whsec_` and base64 of 24–64 bytes.
    #[error("no secret was given that this kind of signature can be verified with")]
    NoUsableSecret,
    /// No signature fits: another secret, or the message was changed.
    #[error("no signature matches")]
    Mismatch,
}

/// Verifies `X-Fanfare-Signature`, an HMAC over the body alone. `header` is its value.
///
/// Accepts `sha256=` and 64 lower-case hex digits, and nothing around them.
pub fn verify_fanfare(
    body: &[u8],
    header: Option<&[u8]>,
    secrets: &[&Secret],
) -> Result<(), VerifyError> {
    let value = present(X_FANFARE_SIGNATURE, header)?;
    let given = parse_fanfare(value)?;
    let tags = secrets.iter().map(|secret| hmac::sign(&fanfare_key(secret), body));
    any_match(tags, &[given])
}

/// Verifies the three `webhook-*` headers. `now` is in Unix seconds; a timestamp exactly
/// `tolerance_seconds` away, either way, is still accepted.
///
/// Signatures of other versions (`v1a`, …) and unreadable ones are passed over as long as one
/// can be compared. Secrets without a standard key are passed over likewise.
pub fn verify_standard(
    message: &StandardMessage<'_>,
    secrets: &[&Secret],
    now: i64,
    tolerance_seconds: u32,
) -> Result<(), VerifyError> {
    let id = parse_id(present(WEBHOOK_ID, message.id)?)?;
    let timestamp = present(WEBHOOK_TIMESTAMP, message.timestamp)?;
    let signature = present(WEBHOOK_SIGNATURE, message.signature)?;
    check_time(parse_timestamp(timestamp)?, now, tolerance_seconds)?;
    let given = parse_standard(signature)?;
    let keys = secrets.iter().filter_map(|secret| standard_key(secret));
    // The timestamp's text as received is what was signed, not a number written anew.
    let tags = keys.map(|key| standard_tag(&key, id, timestamp, message.body));
    any_match(tags, &given)
}

fn present<'a>(name: &'static str, value: Option<&'a [u8]>) -> Result<&'a [u8], VerifyError> {
    let value = value.ok_or(VerifyError::MissingHeader(name))?;
    if value.len() > MAX_HEADER_BYTES {
        return Err(VerifyError::HeaderTooLong(name));
    }
    Ok(value)
}

fn parse_fanfare(value: &[u8]) -> Result<[u8; 32], VerifyError> {
    let malformed = VerifyError::Malformed {
        header: X_FANFARE_SIGNATURE,
        expected: "sha256= and 64 lower-case hex digits",
    };
    let wrong_scheme =
        VerifyError::WrongScheme { header: X_FANFARE_SIGNATURE, scheme: FANFARE_SCHEME };
    match value.strip_prefix(FANFARE_SCHEME.as_bytes()) {
        Some(digits) => hex::decode(digits).ok_or(malformed),
        None if value.contains(&b'=') => Err(wrong_scheme),
        None => Err(malformed),
    }
}

/// A dot in an id would let one signature stand for two readings of `id.timestamp.body`.
fn parse_id(value: &[u8]) -> Result<&[u8], VerifyError> {
    let plain = |byte: &u8| byte.is_ascii_graphic() && *byte != b'.';
    if value.is_empty() || !value.iter().all(plain) {
        let expected = "visible ASCII without a dot";
        return Err(VerifyError::Malformed { header: WEBHOOK_ID, expected });
    }
    Ok(value)
}

fn parse_timestamp(value: &[u8]) -> Result<i64, VerifyError> {
    let malformed = VerifyError::Malformed {
        header: WEBHOOK_TIMESTAMP,
        expected: "a whole number of seconds since 1970",
    };
    let digits = value.strip_prefix(b"-").unwrap_or(value);
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return Err(malformed);
    }
    let text = std::str::from_utf8(value).map_err(|_| malformed)?;
    text.parse().map_err(|_| malformed)
}

/// Saturating: the difference of two 64-bit times does not always fit into 64 bits.
fn check_time(timestamp: i64, now: i64, tolerance_seconds: u32) -> Result<(), VerifyError> {
    let tolerance = i64::from(tolerance_seconds);
    let age_seconds = now.saturating_sub(timestamp);
    if age_seconds > tolerance {
        return Err(VerifyError::Stale { age_seconds });
    }
    let ahead_seconds = timestamp.saturating_sub(now);
    if ahead_seconds > tolerance {
        return Err(VerifyError::Future { ahead_seconds });
    }
    Ok(())
}

/// The signatures that can be compared; at least one.
fn parse_standard(value: &[u8]) -> Result<Vec<[u8; 32]>, VerifyError> {
    let mut signatures = Vec::new();
    let mut unreadable = false;
    for (index, item) in value.split(|byte| *byte == b' ').enumerate() {
        if index == MAX_SIGNATURES {
            return Err(VerifyError::TooManySignatures);
        }
        match item.strip_prefix(STANDARD_SCHEME.as_bytes()) {
            Some(encoded) => match decode_tag(encoded) {
                Some(tag) => signatures.push(tag),
                None => unreadable = true,
            },
            // Another version is fine; something that names no version is not.
            None => unreadable |= !item.contains(&b','),
        }
    }
    if !signatures.is_empty() {
        return Ok(signatures);
    }
    Err(if unreadable {
        let expected = "v1, and base64 of 32 bytes, items separated by one space";
        VerifyError::Malformed { header: WEBHOOK_SIGNATURE, expected }
    } else {
        VerifyError::WrongScheme { header: WEBHOOK_SIGNATURE, scheme: STANDARD_SCHEME }
    })
}

/// 32 bytes from their one canonical spelling in base64.
fn decode_tag(encoded: &[u8]) -> Option<[u8; 32]> {
    if encoded.len() != 44 {
        return None;
    }
    STANDARD.decode(encoded).ok()?.try_into().ok()
}

/// Compares everything with everything, so that the time says nothing about which one fits.
fn any_match(
    expected: impl Iterator<Item = hmac::Tag>,
    given: &[[u8; 32]],
) -> Result<(), VerifyError> {
    let mut compared = false;
    let mut matched = false;
    for tag in expected {
        for candidate in given {
            compared = true;
            matched |= verify_slices_are_equal(tag.as_ref(), candidate).is_ok();
        }
    }
    match (compared, matched) {
        (_, true) => Ok(()),
        (true, false) => Err(VerifyError::Mismatch),
        (false, false) => Err(VerifyError::NoUsableSecret),
    }
}
