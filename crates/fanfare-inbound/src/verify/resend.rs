//! Resend signs as Svix does: Standard Webhooks, with headers that begin with `svix-`.
//!
//! The same headers under their standard names, `webhook-…`, are accepted as well; of the two
//! families only one counts, never a mixture.

use fanfare_signing::{Secret, StandardMessage, verify_standard};

use super::Refused;

/// The values of a request's three headers.
#[derive(Debug, Clone, Copy)]
pub struct Headers<'a> {
    /// `svix-id`.
    pub id: Option<&'a [u8]>,
    /// `svix-timestamp`.
    pub timestamp: Option<&'a [u8]>,
    /// `svix-signature`.
    pub signature: Option<&'a [u8]>,
}

/// Verifies a request. `now` in Unix seconds; a time exactly `tolerance` away, either way, is still
/// accepted.
///
/// # Errors
/// Why it is refused.
pub fn verify(
    headers: Headers<'_>,
    body: &[u8],
    secrets: &[&Secret],
    now: i64,
    tolerance: u32,
) -> Result<(), Refused> {
    let Headers { id, timestamp, signature } = headers;
    let message = StandardMessage { id, timestamp, signature, body };
    Ok(verify_standard(&message, secrets, now, tolerance)?)
}
