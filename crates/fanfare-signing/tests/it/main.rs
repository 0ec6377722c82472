//! What the crate promises to customers and operators, seen from outside.

mod api_key;
mod draw;
mod golden;
mod properties;
mod seal;
mod secret;
mod vectors;
mod verify;

use fanfare_signing::{Secret, StandardMessage};

/// A published secret with a standard key.
const STANDARD: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
/// Another one.
const OTHER: &str = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";
/// The sample of the documentation, which has no standard key.
const SAMPLE: &str = "whsec_your_secret_key";

fn secret(text: &str) -> Secret {
    Secret::parse(text).expect("a valid secret")
}

fn message<'a>(
    id: &'a str,
    timestamp: &'a str,
    signature: &'a str,
    body: &'a [u8],
) -> StandardMessage<'a> {
    StandardMessage {
        id: Some(id.as_bytes()),
        timestamp: Some(timestamp.as_bytes()),
        signature: Some(signature.as_bytes()),
        body,
    }
}
