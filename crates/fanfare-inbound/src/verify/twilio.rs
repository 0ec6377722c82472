//! `X-Twilio-Signature`: base64 of an HMAC-SHA1 over the URL and, for forms, the fields.
//!
//! The URL is the one that was configured at Twilio, with the query of the request as it came: the
//! `Host` header says nothing. Twilio signs it sometimes with and sometimes without the port, so
//! that each spelling is tried ([`spellings`]). Fields are sorted by the bytes of their names; the
//! values of a name that comes several times are sorted and each counts once. Values are signed as
//! they are, whatever they hold, and fields that we do not know are signed as well.
//!
//! A body that is no form is not signed itself: its SHA-256 is in the query, as `bodySHA256`, and
//! the query is signed.

use std::collections::{BTreeMap, BTreeSet};

use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::{digest, hmac};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::{Refused, any_match, present, unhex};

/// The most fields of a form.
pub const MAX_FIELDS: usize = 1_000;

/// The fields of a form: names and their values, both in the order that Twilio signs.
pub type Fields = BTreeMap<Vec<u8>, BTreeSet<Vec<u8>>>;

/// A request whose body is a form.
///
/// # Errors
/// Why it is refused.
pub fn verify_form(
    header: Option<&[u8]>,
    url: &str,
    fields: &Fields,
    tokens: &[&[u8]],
) -> Result<(), Refused> {
    let given = signature(header)?;
    let tags = tokens.iter().flat_map(|token| {
        let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, token);
        spellings(url).into_iter().map(move |url| {
            let mut context = hmac::Context::with_key(&key);
            context.update(url.as_bytes());
            for (name, values) in fields {
                for value in values {
                    context.update(name);
                    context.update(value);
                }
            }
            context.sign()
        })
    });
    any_match(tags, &[given])
}

/// A request whose body is something else.
///
/// # Errors
/// Why it is refused.
pub fn verify_body(
    header: Option<&[u8]>,
    url: &str,
    body: &[u8],
    tokens: &[&[u8]],
) -> Result<(), Refused> {
    let query = url.split_once('?').map_or("", |(_, query)| query);
    let mut hashes = query.split('&').filter_map(|item| item.strip_prefix("bodySHA256="));
    let (Some(hash), None) = (hashes.next(), hashes.next()) else { return Err(Refused::Body) };
    let stated: [u8; 32] = unhex(hash.as_bytes()).ok_or(Refused::Body)?;
    verify_form(header, url, &Fields::new(), tokens)?;
    let computed = digest::digest(&digest::SHA256, body);
    verify_slices_are_equal(computed.as_ref(), &stated).map_err(|_| Refused::Signature)
}

fn signature(header: Option<&[u8]>) -> Result<[u8; 20], Refused> {
    let decoded = STANDARD.decode(present(header)?).map_err(|_| Refused::Header)?;
    decoded.try_into().map_err(|_| Refused::Header)
}

/// The URL as it is, without its port, and with the port that its scheme means.
pub fn spellings(url: &str) -> Vec<String> {
    let mut all = vec![url.to_owned()];
    let Some((scheme, rest)) = url.split_once("://") else { return all };
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at(end);
    let (user, host) = match authority.rfind('@') {
        Some(at) => authority.split_at(at + 1),
        None => ("", authority),
    };
    let name = match host.rfind(':') {
        // A colon within brackets is part of an IPv6 address.
        Some(at) if !host[at..].contains(']') => &host[..at],
        _ => host,
    };
    let port = if scheme.eq_ignore_ascii_case("http") { 80 } else { 443 };
    for spelling in
        [format!("{scheme}://{user}{name}{path}"), format!("{scheme}://{user}{name}:{port}{path}")]
    {
        if !all.contains(&spelling) {
            all.push(spelling);
        }
    }
    all
}

/// The fields of a body of the type `application/x-www-form-urlencoded`.
///
/// # Errors
/// When there are more than [`MAX_FIELDS`], or an escape is none.
pub fn fields(body: &[u8]) -> Result<Fields, Refused> {
    let mut fields = Fields::new();
    let pairs = body.split(|byte| *byte == b'&').filter(|pair| !pair.is_empty());
    for (count, pair) in pairs.enumerate() {
        if count == MAX_FIELDS {
            return Err(Refused::Body);
        }
        let at = pair.iter().position(|byte| *byte == b'=');
        let (name, value) = match at {
            Some(at) => (&pair[..at], &pair[at + 1..]),
            None => (pair, &[][..]),
        };
        fields.entry(unescape(name)?).or_default().insert(unescape(value)?);
    }
    Ok(fields)
}

fn unescape(text: &[u8]) -> Result<Vec<u8>, Refused> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((first, after)) = rest.split_first() {
        rest = after;
        match first {
            b'+' => bytes.push(b' '),
            b'%' => {
                let (digits, after) = rest.split_at_checked(2).ok_or(Refused::Body)?;
                let [byte] = unhex(digits).ok_or(Refused::Body)?;
                bytes.push(byte);
                rest = after;
            }
            other => bytes.push(*other),
        }
    }
    Ok(bytes)
}
