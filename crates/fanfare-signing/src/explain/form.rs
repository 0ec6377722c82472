//! The form of a pasted signature: what is around it, how it is written, whether all of it is there.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD};

use super::{Family, Finding, Question};
use crate::hex;
use crate::signer::{FANFARE_SCHEME, STANDARD_SCHEME};
use crate::verify::MAX_SIGNATURES;

/// How a code is written.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Writing {
    LowerHex,
    UpperHex,
    Base64,
    OtherBase64,
}

/// The codes in a signature, whatever is wrong with its form; `None`: there is none to compare.
pub(super) fn read(
    question: &Question<'_>,
    expected: Option<&str>,
    findings: &mut Vec<Finding>,
) -> Option<Vec<[u8; 32]>> {
    let around = |character: char| character.is_whitespace() || matches!(character, '"' | '\'');
    let text = question.signature.trim_matches(around);
    if text.len() != question.signature.len() {
        findings.push(Finding::Surrounded);
    }
    let mut codes = Vec::new();
    for item in text.split_ascii_whitespace().take(MAX_SIGNATURES) {
        let own = item.strip_prefix(question.family.scheme());
        let other = item.strip_prefix(question.family.other().scheme());
        let Some((code, writing)) = decode(own.or(other).unwrap_or(item)) else { continue };
        if codes.is_empty() {
            // A code with the other header's scheme is found among what was sent.
            if own.is_none() && other.is_none() {
                findings.push(Finding::MissingScheme(question.family.scheme()));
            }
            if other.is_none() {
                findings.extend(wrong_writing(question.family, writing));
            }
        }
        codes.push(code);
    }
    if codes.is_empty() {
        findings.push(cut_off(text, expected).unwrap_or(Finding::Unreadable));
        return None;
    }
    Some(codes)
}

fn decode(text: &str) -> Option<([u8; 32], Writing)> {
    if let Some(code) = hex::decode(text.as_bytes()) {
        return Some((code, Writing::LowerHex));
    }
    if let Some(code) = hex::decode(text.to_ascii_lowercase().as_bytes()) {
        return Some((code, Writing::UpperHex));
    }
    let with = |engine: &base64::engine::GeneralPurpose| {
        <[u8; 32]>::try_from(engine.decode(text).ok()?).ok()
    };
    if let Some(code) = with(&STANDARD) {
        return Some((code, Writing::Base64));
    }
    let other = [STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD].iter().find_map(with);
    other.map(|code| (code, Writing::OtherBase64))
}

const fn wrong_writing(family: Family, writing: Writing) -> Option<Finding> {
    match (family, writing) {
        (Family::Fanfare, Writing::LowerHex) | (Family::Standard, Writing::Base64) => None,
        (Family::Fanfare, Writing::UpperHex) => Some(Finding::UpperCase),
        (Family::Fanfare, Writing::Base64 | Writing::OtherBase64) => Some(Finding::NotHex),
        (Family::Standard, Writing::LowerHex | Writing::UpperHex) => Some(Finding::NotBase64),
        (Family::Standard, Writing::OtherBase64) => Some(Finding::OtherBase64),
    }
}

/// Whether it is the beginning of what was sent, with or without the scheme.
fn cut_off(text: &str, expected: Option<&str>) -> Option<Finding> {
    let expected = expected?;
    let bare = |text: &str| {
        let bare = text.strip_prefix(FANFARE_SCHEME).or(text.strip_prefix(STANDARD_SCHEME));
        bare.unwrap_or(text).to_owned()
    };
    let (given, whole) = (bare(text), bare(expected));
    let is_part = given.len() >= 4 && given.len() < whole.len() && whole.starts_with(&given);
    is_part.then_some(Finding::Truncated { given: given.len(), expected: whole.len() })
}
