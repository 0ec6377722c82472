//! Why a signature does not verify, in words for whoever wrote the receiver.
//!
//! **Takes** what was sent (body, event id, every attempt with its codes), the webhook's secrets, and
//! what somebody pasted: a signature, perhaps the body and the secret that were used. **Gives**
//! everything that is wrong with what was pasted; nothing means that it verifies.
//!
//! A pasted signature is either one that was received, or one that the receiver computed. The first
//! is looked for among what was sent; for the second the usual mistakes are made on purpose, one
//! after the other, until one of them gives the same code.
//!
//! **Leaves out** how old a message is: [`crate::verify_standard`] refuses that by itself.

mod form;

use aws_lc_rs::hmac;

use crate::signer::{FANFARE_SCHEME, STANDARD_SCHEME, standard_tag};
use crate::{Macs, Secret};

/// Which header a signature is from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Family {
    /// `X-Fanfare-Signature`.
    Fanfare,
    /// `webhook-signature`.
    Standard,
}

/// An attempt as it was sent.
#[derive(Debug, Clone, Copy)]
pub struct SentAttempt {
    /// Counted from 1.
    pub number: u8,
    /// Of both timestamp headers, in Unix seconds.
    pub timestamp: i64,
    /// What it was signed with.
    pub macs: Macs,
}

/// What was sent and what was pasted.
#[derive(Debug, Clone, Copy)]
pub struct Question<'a> {
    /// From which header the signature is said to be.
    pub family: Family,
    /// The event's id: `webhook-id`.
    pub event_id: &'a str,
    /// The body as it was sent.
    pub body: &'a [u8],
    /// Every attempt.
    pub attempts: &'a [SentAttempt],
    /// The number of the attempt that it is about.
    pub attempt: u8,
    /// The webhook's secrets that are alive now; none when they are not known.
    pub secrets: &'a [&'a Secret],
    /// The signature that does not verify.
    pub signature: &'a str,
    /// The body that it was verified over; `None`: not told.
    pub given_body: Option<&'a [u8]>,
    /// The secret that it was verified with; `None`: not told.
    pub given_secret: Option<&'a str>,
}

/// One thing that is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Finding {
    /// Spaces, line ends or quotation marks around the signature.
    #[error("there are spaces, line ends or quotation marks around the signature: remove them")]
    Surrounded,
    /// The scheme in front is missing.
    #[error("the value must begin with `{0}`: compare the whole value of the header")]
    MissingScheme(&'static str),
    /// Digits in upper case.
    #[error("the digits are in upper case: the header has them in lower case")]
    UpperCase,
    /// Base64 where hexadecimal digits belong.
    #[error("this is base64: X-Fanfare-Signature is written in hexadecimal digits")]
    NotHex,
    /// Hexadecimal digits where base64 belongs.
    #[error("these are hexadecimal digits: webhook-signature is written in base64")]
    NotBase64,
    /// Base64 for URLs, or without its padding.
    #[error("this is another kind of base64: webhook-signature uses `+`, `/` and `=` at the end")]
    OtherBase64,
    /// A part of the signature is missing.
    #[error("the signature was cut off: {given} of {expected} characters are here")]
    Truncated {
        /// How long it is.
        given: usize,
        /// How long it should be.
        expected: usize,
    },
    /// No signature of either kind.
    #[error(
        "this is no signature: it is neither 64 hexadecimal digits nor 44 characters of base64"
    )]
    Unreadable,
    /// It is the other header's.
    #[error("this is the signature of the other header: the two are computed differently")]
    OtherFamily,
    /// It belongs to another attempt.
    #[error("this is the signature of attempt {0}: each attempt has its own timestamp")]
    OtherAttempt(u8),
    /// Standard Webhooks was not sent with this attempt.
    #[error("this attempt had no webhook-signature: the secret is not of the form that needs")]
    NotSent,
    /// Computed over the body alone.
    #[error("computed over the body alone: webhook-signature is over `id.timestamp.body`")]
    BodyAlone,
    /// Computed over more than the body.
    #[error("computed over `id.timestamp.body`: X-Fanfare-Signature is over the body alone")]
    MoreThanBody,
    /// The key was the decoded secret.
    #[error("the key was decoded: for X-Fanfare-Signature it is the whole text, `whsec_` included")]
    KeyDecoded,
    /// The key was the text of the secret.
    #[error(
        "the key was not decoded: for webhook-signature it is the base64 after `whsec_`, decoded"
    )]
    KeyNotDecoded,
    /// The key was the secret without its beginning.
    #[error("the key was the secret without `whsec_`, as text")]
    KeyWithoutPrefix,
    /// The same body but for a line end.
    #[error("the body has a line end too many or too few at its end")]
    BodyLineEnd,
    /// The same body but for white space.
    #[error("the body was written anew with other white space: verify the bytes as received")]
    BodyWhitespace,
    /// The same characters in another order.
    #[error("the body was parsed and written anew in another order: verify the bytes as received")]
    BodyReordered,
    /// The body ends too early.
    #[error("the body was cut off after {0} bytes")]
    BodyTruncated(usize),
    /// Another body.
    #[error("the body is another one: it differs from byte {0} on (counted from 0)")]
    BodyChanged(usize),
    /// The secret has something around it.
    #[error("there are spaces or line ends around the secret: remove them")]
    SecretSurrounded,
    /// The secret lacks its beginning.
    #[error("the secret lacks `whsec_` at its beginning: use the whole text")]
    SecretWithoutPrefix,
    /// A secret that is alive, but did not sign this attempt's header.
    #[error("the secret is one of this webhook's two, but not the one that signed this")]
    OtherLiveSecret,
    /// Not a secret of this webhook.
    #[error("the secret is not this webhook's")]
    WrongSecret,
    /// The secret was changed after this attempt.
    #[error("the webhook's secret was changed since: this attempt was signed with an earlier one")]
    SecretChanged,
    /// It fits nothing that was tried.
    #[error("it was not computed from this delivery with this webhook's secret")]
    Unexplained,
}

/// Everything that is wrong, form first; empty: it verifies.
pub fn explain(question: &Question<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    let attempt = question.attempts.iter().find(|one| one.number == question.attempt);
    if question.family == Family::Standard
        && attempt.is_some_and(|one| one.macs.standard[0].is_none())
    {
        findings.push(Finding::NotSent);
    }
    let expected = attempt.and_then(|one| header(question.family, &one.macs));
    match form::read(question, expected.as_deref(), &mut findings) {
        Some(codes) => of_codes(question, &codes, &mut findings),
        None => return findings,
    }
    if let Some(body) = question.given_body {
        findings.extend(of_body(question.body, body));
    }
    of_secret(question, attempt, &mut findings);
    findings
}

fn header(family: Family, macs: &Macs) -> Option<String> {
    let headers = macs.headers();
    match family {
        Family::Fanfare => Some(headers.fanfare),
        Family::Standard => headers.standard,
    }
}

impl Family {
    const fn scheme(self) -> &'static str {
        match self {
            Self::Fanfare => FANFARE_SCHEME,
            Self::Standard => STANDARD_SCHEME,
        }
    }

    const fn other(self) -> Self {
        match self {
            Self::Fanfare => Self::Standard,
            Self::Standard => Self::Fanfare,
        }
    }

    /// Whether the attempt sent one of these codes in this header.
    fn has(self, macs: &Macs, codes: &[[u8; 32]]) -> bool {
        match self {
            Self::Fanfare => codes.contains(&macs.fanfare),
            Self::Standard => macs.standard.iter().flatten().any(|mac| codes.contains(mac)),
        }
    }
}

/// Looks for the codes among what was sent, then among the usual mistakes.
fn of_codes(question: &Question<'_>, codes: &[[u8; 32]], findings: &mut Vec<Finding>) {
    let family = question.family;
    let (this, others): (Vec<&SentAttempt>, Vec<&SentAttempt>) =
        question.attempts.iter().partition(|one| one.number == question.attempt);
    if this.iter().any(|one| family.has(&one.macs, codes)) {
        return;
    }
    if this.iter().any(|one| family.other().has(&one.macs, codes)) {
        findings.push(Finding::OtherFamily);
    } else if let Some(other) = others.iter().find(|one| family.has(&one.macs, codes)) {
        findings.push(Finding::OtherAttempt(other.number));
    } else {
        let timestamp = this.first().map_or(0, |one| one.timestamp);
        match mistakes(question, timestamp, codes) {
            // With the body or the secret that was pasted, which has its own finding.
            Some(made) if made.is_empty() && is_told(question) => {}
            Some(made) if !made.is_empty() => findings.extend(made),
            _ => findings.push(Finding::Unexplained),
        }
    }
}

fn is_told(question: &Question<'_>) -> bool {
    question.given_body.is_some() || question.given_secret.is_some()
}

/// Computes with every key and message that people use; gives what was wrong with the first that
/// fits.
fn mistakes(question: &Question<'_>, timestamp: i64, codes: &[[u8; 32]]) -> Option<Vec<Finding>> {
    let given = question.given_secret.and_then(|text| Secret::parse(text.trim()).ok());
    let secrets = question.secrets.iter().copied().chain(given.as_ref());
    let lined: Vec<u8> = [question.body, b"\n"].concat();
    let bodies = [(Some(question.body), None), (question.given_body, None)]
        .into_iter()
        .chain([(Some(&lined[..]), Some(Finding::BodyLineEnd))]);
    let bodies: Vec<_> = bodies.filter_map(|(body, wrong)| Some((body?, wrong))).collect();
    let stamp = timestamp.to_string();
    for (key, wrong_key) in secrets.flat_map(|secret| keys(question.family, secret)) {
        for (body, wrong_body) in &bodies {
            let alone = hmac::sign(&key, body);
            let whole = standard_tag(&key, question.event_id.as_bytes(), stamp.as_bytes(), body);
            let fits = |tag: &hmac::Tag| codes.iter().any(|code| code[..] == *tag.as_ref());
            let wrong_message = match question.family {
                Family::Fanfare if fits(&alone) => None,
                Family::Fanfare if fits(&whole) => Some(Finding::MoreThanBody),
                Family::Standard if fits(&whole) => None,
                Family::Standard if fits(&alone) => Some(Finding::BodyAlone),
                _ => continue,
            };
            return Some([wrong_key, wrong_message, *wrong_body].into_iter().flatten().collect());
        }
    }
    None
}

/// The keys that people make of a secret, the right one first.
fn keys(family: Family, secret: &Secret) -> Vec<(hmac::Key, Option<Finding>)> {
    let key = |bytes: &[u8]| hmac::Key::new(hmac::HMAC_SHA256, bytes);
    let text = secret.expose();
    let (of_text, of_bytes) = match family {
        Family::Fanfare => (None, Some(Finding::KeyDecoded)),
        Family::Standard => (Some(Finding::KeyNotDecoded), None),
    };
    let decoded = secret.standard_key().map(|bytes| (key(&bytes), of_bytes));
    let bare = text.strip_prefix("whsec_");
    let bare = bare.map(|bare| (key(bare.as_bytes()), Some(Finding::KeyWithoutPrefix)));
    let mut keys: Vec<_> = decoded.into_iter().chain([(key(text.as_bytes()), of_text)]).collect();
    keys.extend(bare);
    keys.sort_by_key(|(_, wrong)| wrong.is_some());
    keys
}

/// How the body that was used differs from the one that was sent.
fn of_body(sent: &[u8], given: &[u8]) -> Option<Finding> {
    let dense = |body: &[u8]| {
        body.iter().copied().filter(|byte| !byte.is_ascii_whitespace()).collect::<Vec<_>>()
    };
    if given == sent {
        return None;
    }
    if given.trim_ascii_end() == sent.trim_ascii_end() {
        return Some(Finding::BodyLineEnd);
    }
    let (mut ours, mut theirs) = (dense(sent), dense(given));
    if ours == theirs {
        return Some(Finding::BodyWhitespace);
    }
    if sent.starts_with(given) {
        return Some(Finding::BodyTruncated(given.len()));
    }
    ours.sort_unstable();
    theirs.sort_unstable();
    if ours == theirs {
        return Some(Finding::BodyReordered);
    }
    let same = sent.iter().zip(given).take_while(|(ours, theirs)| ours == theirs).count();
    Some(Finding::BodyChanged(same))
}

fn of_secret(question: &Question<'_>, attempt: Option<&SentAttempt>, findings: &mut Vec<Finding>) {
    let Some(attempt) = attempt.filter(|_| !question.secrets.is_empty()) else { return };
    let signed = |secret: &Secret| signs(question, attempt, secret);
    let Some(given) = question.given_secret else {
        if !question.secrets.iter().any(|secret| signed(secret)) {
            findings.push(Finding::SecretChanged);
        }
        return;
    };
    let ours = |text: &str| question.secrets.iter().copied().find(|one| one.expose() == text);
    let wrong = match (ours(given), ours(given.trim())) {
        (Some(secret), _) if signed(secret) => return,
        // The old one of a secret that was changed is not ours any more, but it fits.
        (Some(_), _) => Finding::OtherLiveSecret,
        (None, Some(_)) => Finding::SecretSurrounded,
        (None, None) if Secret::parse(given).is_ok_and(|secret| signed(&secret)) => return,
        (None, None) if ours(&format!("whsec_{}", given.trim())).is_some() => {
            Finding::SecretWithoutPrefix
        }
        (None, None) => Finding::WrongSecret,
    };
    findings.push(wrong);
}

/// Whether the attempt's header has a code of this secret.
fn signs(question: &Question<'_>, attempt: &SentAttempt, secret: &Secret) -> bool {
    let keys = crate::SigningKeys::new(secret);
    let macs = keys.macs(question.event_id, attempt.timestamp, question.body);
    match question.family {
        Family::Fanfare => macs.fanfare == attempt.macs.fanfare,
        Family::Standard => {
            macs.standard[0].is_some() && attempt.macs.standard.contains(&macs.standard[0])
        }
    }
}

#[cfg(test)]
mod tests;
