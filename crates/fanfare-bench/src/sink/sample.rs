//! Verification of some of the requests, as a customer would do it.

use std::sync::atomic::{AtomicU32, Ordering};

use anyhow::{Context as _, Result};
use fanfare_signing::{
    DEFAULT_TOLERANCE_SECONDS, Secret, StandardMessage, headers, verify_fanfare, verify_standard,
};

use crate::http::Request;

/// Looks at one of so many requests.
pub(super) struct Sample {
    secret: Secret,
    every: u32,
    seen: AtomicU32,
}

impl Sample {
    /// # Errors
    /// When the text is no secret.
    pub(super) fn new(secret: &str, every: u32) -> Result<Self> {
        let secret = Secret::parse(secret).context("--secret")?;
        Ok(Self { secret, every, seen: AtomicU32::new(0) })
    }

    /// Whether both signatures of this request are good; `None` when it is not in the sample.
    /// `now` is in nanoseconds.
    pub(super) fn look_at(&self, request: &Request<'_, '_>, now: u64) -> Option<bool> {
        let seen = self.seen.fetch_add(1, Ordering::Relaxed);
        seen.is_multiple_of(self.every).then(|| self.is_good(request, now))
    }

    fn is_good(&self, request: &Request<'_, '_>, now: u64) -> bool {
        let fanfare = request.header(headers::X_FANFARE_SIGNATURE);
        let message = StandardMessage {
            id: request.header(headers::WEBHOOK_ID),
            timestamp: request.header(headers::WEBHOOK_TIMESTAMP),
            signature: request.header(headers::WEBHOOK_SIGNATURE),
            body: request.body,
        };
        let seconds = i64::try_from(now / 1_000_000_000).unwrap_or(i64::MAX);
        let secrets = [&self.secret];
        verify_fanfare(request.body, fanfare, &secrets).is_ok()
            && verify_standard(&message, &secrets, seconds, DEFAULT_TOLERANCE_SECONDS).is_ok()
    }
}
