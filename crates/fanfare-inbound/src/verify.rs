//! Is this request from the provider? One file for each way of signing.
//!
//! **Takes** header values, the body and the secrets as bytes, exactly as received. **Promises**:
//! `Ok` only for a message that was signed with one of the secrets; no input panics; signatures are
//! compared in constant time, every candidate with every secret; headers over
//! [`MAX_HEADER_BYTES`] and lists over [`MAX_SIGNATURES`] are refused unread; differences of times
//! saturate. Nothing here does I/O or knows a clock.
//!
//! **Leaves out** remembering what was seen: Twilio signs no time at all, so that a request of its
//! verifies for ever.

pub mod resend;
pub mod stripe;
pub mod twilio;

use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::hmac;
use fanfare_model::inbound::InboundOutcome;
use fanfare_signing::VerifyError;

/// The most signatures that one header may list.
pub const MAX_SIGNATURES: usize = fanfare_signing::MAX_SIGNATURES;
/// The longest header value that is read, in bytes.
pub const MAX_HEADER_BYTES: usize = fanfare_signing::MAX_HEADER_BYTES;
/// How far the time of a signature may lie from now, either way, in seconds.
pub const TOLERANCE_SECONDS: u32 = fanfare_signing::DEFAULT_TOLERANCE_SECONDS;

/// Why a request was refused. Safe to log; the sender is told no more than "refused".
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// A signature header is missing, too long or malformed.
    #[error("a signature header is missing, too long or malformed")]
    Header,
    /// No signature matches.
    #[error("no signature matches")]
    Signature,
    /// Signed too long ago, or in the future.
    #[error("the signature is too old, or of the future")]
    Stale,
    /// The body is not of the form that the signature covers.
    #[error("the body is not of the form that the signature covers")]
    Body,
}

impl Refused {
    /// What it is counted as.
    pub const fn outcome(self) -> InboundOutcome {
        match self {
            Self::Header => InboundOutcome::BadHeader,
            Self::Signature => InboundOutcome::BadSignature,
            Self::Stale => InboundOutcome::Stale,
            Self::Body => InboundOutcome::BadBody,
        }
    }
}

impl From<VerifyError> for Refused {
    fn from(error: VerifyError) -> Self {
        match error {
            VerifyError::Mismatch | VerifyError::NoUsableSecret => Self::Signature,
            VerifyError::Stale { .. } | VerifyError::Future { .. } => Self::Stale,
            VerifyError::MissingHeader(_)
            | VerifyError::HeaderTooLong(_)
            | VerifyError::Malformed { .. }
            | VerifyError::WrongScheme { .. }
            | VerifyError::TooManySignatures => Self::Header,
        }
    }
}

fn present(header: Option<&[u8]>) -> Result<&[u8], Refused> {
    header.filter(|value| value.len() <= MAX_HEADER_BYTES).ok_or(Refused::Header)
}

/// Compares everything with everything, so that the time says nothing about which one fits.
fn any_match<S: AsRef<[u8]>>(
    expected: impl Iterator<Item = hmac::Tag>,
    given: &[S],
) -> Result<(), Refused> {
    let mut matched = false;
    for tag in expected {
        for candidate in given {
            matched |= verify_slices_are_equal(tag.as_ref(), candidate.as_ref()).is_ok();
        }
    }
    if matched { Ok(()) } else { Err(Refused::Signature) }
}

/// Bytes from hex digits of either case.
fn unhex<const N: usize>(digits: &[u8]) -> Option<[u8; N]> {
    if digits.len() != 2 * N {
        return None;
    }
    let mut bytes = [0; N];
    for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
        let digit = |place: usize| char::from(pair[place]).to_digit(16);
        *byte = u8::try_from(digit(0)? << 4 | digit(1)?).ok()?;
    }
    Some(bytes)
}
