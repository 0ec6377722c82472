//! `Stripe-Signature`: `t=<seconds>,v1=<hex>,…`.
//!
//! HMAC-SHA256 over `<t>.<body>`, keyed with the whole text of the secret. There is exactly one
//! `t`, and its text as received is what was signed. Every `v1` is tried; other schemes are passed
//! over, and a header without a `v1` is refused: nobody can talk us down to another scheme. The
//! official libraries accept signatures of the future; we do not.

use aws_lc_rs::hmac;

use super::{MAX_SIGNATURES, Refused, any_match, present, unhex};

/// What the header says.
#[derive(Debug, PartialEq, Eq)]
struct Header<'a> {
    /// The text of `t`.
    stamp: &'a [u8],
    /// The same as a number.
    seconds: i64,
    signatures: Vec<[u8; 32]>,
}

/// Verifies a request. `header` is the value of `Stripe-Signature`, `now` in Unix seconds; a time
/// exactly `tolerance` away, either way, is still accepted.
///
/// # Errors
/// Why it is refused.
pub fn verify(
    header: Option<&[u8]>,
    body: &[u8],
    secrets: &[&[u8]],
    now: i64,
    tolerance: u32,
) -> Result<(), Refused> {
    let header = parse(present(header)?)?;
    let tags = secrets.iter().map(|secret| {
        let key = hmac::Key::new(hmac::HMAC_SHA256, secret);
        let mut context = hmac::Context::with_key(&key);
        context.update(header.stamp);
        context.update(b".");
        context.update(body);
        context.sign()
    });
    any_match(tags, &header.signatures)?;
    let tolerance = i64::from(tolerance);
    let age = now.saturating_sub(header.seconds);
    if age > tolerance || header.seconds.saturating_sub(now) > tolerance {
        return Err(Refused::Stale);
    }
    Ok(())
}

fn parse(value: &[u8]) -> Result<Header<'_>, Refused> {
    let (mut stamp, mut signatures, mut listed) = (None, Vec::new(), 0);
    for item in value.split(|byte| *byte == b',') {
        let at = item.iter().position(|byte| *byte == b'=').ok_or(Refused::Header)?;
        let (name, value) = (&item[..at], &item[at + 1..]);
        match name {
            b"t" if stamp.is_some() => return Err(Refused::Header),
            b"t" => stamp = Some(value),
            b"v1" => {
                listed += 1;
                if listed > MAX_SIGNATURES {
                    return Err(Refused::Header);
                }
                signatures.extend(unhex(value));
            }
            _ => {}
        }
    }
    let stamp = stamp.ok_or(Refused::Header)?;
    if listed == 0 || stamp.is_empty() || !stamp.iter().all(u8::is_ascii_digit) {
        return Err(Refused::Header);
    }
    let seconds = std::str::from_utf8(stamp).ok().and_then(|text| text.parse().ok());
    Ok(Header { stamp, seconds: seconds.ok_or(Refused::Header)?, signatures })
}
