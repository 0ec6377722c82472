//! The secrets that a receiver knows, the two keys that each stands for, and what they sign.

use base64::engine::general_purpose::STANDARD;
use base64::Engine as _;
use hmac::{Hmac, Mac as _};
use sha2::Sha256;
use subtle::ConstantTimeEq as _;

use crate::{Error, Reason};

const PREFIX: &str = "whsec_";

/// Checks every secret; nothing is trimmed or mended, because the characters are the key.
pub(crate) fn check_secrets<S: AsRef<str>>(secrets: &[S]) -> Result<Vec<&str>, Error> {
    let secrets: Vec<&str> = secrets.iter().map(AsRef::as_ref).collect();
    let any = |wrong: fn(char) -> bool| secrets.iter().any(|secret| secret.contains(wrong));
    if secrets.is_empty() || secrets.contains(&"") {
        return Err(Reason::SecretMissing.into());
    }
    if any(|character| matches!(character, ' ' | '\t' | '\r' | '\n' | '\x0c' | '\x0b')) {
        return Err(Reason::SecretHasWhitespace.into());
    }
    if any(|character| !character.is_ascii_graphic()) {
        return Err(Reason::SecretMalformed.into());
    }
    Ok(secrets)
}

/// The key of `webhook-signature`: what the base64 after `whsec_` stands for, if it is 24 to 64
/// bytes. For any other secret there is none.
pub(crate) fn standard_key(secret: &str) -> Option<Vec<u8>> {
    let key = STANDARD.decode(secret.strip_prefix(PREFIX)?).ok()?;
    (24..=64).contains(&key.len()).then_some(key)
}

/// What `X-Fanfare-Signature` signs: the body alone. The key is the whole text.
pub(crate) fn fanfare_mac(secret: &str, body: &[u8]) -> Hmac<Sha256> {
    mac(secret.as_bytes(), &[body])
}

/// What `webhook-signature` signs: `id.timestamp.body`.
pub(crate) fn standard_mac(key: &[u8], id: &[u8], timestamp: &[u8], body: &[u8]) -> Hmac<Sha256> {
    mac(key, &[id, b".", timestamp, b".", body])
}

fn mac(key: &[u8], parts: &[&[u8]]) -> Hmac<Sha256> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes keys of any length");
    parts.iter().for_each(|part| mac.update(part));
    mac
}

/// The form of `X-Fanfare-Signature`.
pub(crate) fn fanfare_text(mac: Hmac<Sha256>) -> String {
    let bytes = mac.finalize().into_bytes();
    let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    let hex = digits.map(|digit| char::from(b"0123456789abcdef"[usize::from(digit)]));
    "sha256=".chars().chain(hex).collect()
}

/// The form of one signature in `webhook-signature`.
pub(crate) fn standard_text(mac: Hmac<Sha256>) -> String {
    format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()))
}

/// Whether two texts are equal, in a time that only depends on their lengths.
pub(crate) fn equal(one: &[u8], other: &[u8]) -> bool {
    one.ct_eq(other).into()
}
