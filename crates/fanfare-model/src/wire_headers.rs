//! The headers of one attempt: which ones, in which order, with which values.
//!
//! The engine sends what this file lists, and the API shows what this file lists, so that the
//! request "as sent" is the request that was sent. Signatures come ready made; a webhook's custom
//! headers follow after these, and the HTTP client adds `host` and `content-length`.
//!
//! Nothing is allocated: values are written into a buffer on the stack and lent to the caller.

use std::fmt::{self, Write as _};

use crate::{DeliveryId, EventType, Timestamp, WebhookId};

/// `User-Agent`: who is calling, and which version of it.
pub const USER_AGENT: &str = concat!("Fanfare-Webhooks/", env!("CARGO_PKG_VERSION"));

/// Longest value written here: an id is at most 33 bytes, a time at most 24, a number 20.
const LONGEST: usize = 48;

/// What the headers of one attempt are made of.
#[derive(Debug, Clone, Copy)]
pub struct AttemptHeaders<'a> {
    /// The event's id as text: `webhook-id`.
    pub event_id: &'a str,
    /// `X-Fanfare-Event`.
    pub event_type: EventType,
    /// `X-Fanfare-Delivery-Id`: the same on every attempt.
    pub delivery_id: DeliveryId,
    /// `X-Fanfare-Webhook-Id`.
    pub webhook_id: WebhookId,
    /// Which attempt this is, counted from 1; `X-Fanfare-Retry-Count` is one less.
    pub attempt: u8,
    /// When the event was accepted: `X-Fanfare-Original-Time`, RFC 3339 in UTC.
    pub accepted_at: Timestamp,
    /// When this attempt began: both timestamp headers, in whole Unix seconds.
    pub started_at: Timestamp,
    /// The value of `X-Fanfare-Signature`.
    pub fanfare_signature: &'a str,
    /// The value of `webhook-signature`; without one no `webhook-*` header is sent.
    pub standard_signature: Option<&'a str>,
    /// Whether the event is a test: `X-Fanfare-Test: true`, which is left out otherwise.
    pub test: bool,
}

/// Calls `push` with the name (lower case) and value of each header, in the order of sending.
/// Every value is visible ASCII.
pub fn attempt_headers(input: &AttemptHeaders<'_>, mut push: impl FnMut(&'static str, &str)) {
    let seconds = Text::of(input.started_at.as_unix_seconds());
    push("content-type", "application/json");
    push("user-agent", USER_AGENT);
    // A compressed answer would be kept and shown as it is: we decompress nothing.
    push("accept-encoding", "identity");
    push("x-fanfare-event", input.event_type.as_str());
    push("x-fanfare-delivery-id", Text::of(input.delivery_id).as_str());
    push("x-fanfare-webhook-id", Text::of(input.webhook_id).as_str());
    push("x-fanfare-retry-count", Text::of(input.attempt.saturating_sub(1)).as_str());
    push("x-fanfare-original-time", Text::of(input.accepted_at).as_str());
    if input.test {
        push("x-fanfare-test", "true");
    }
    signed(&seconds, input.fanfare_signature, input.standard_signature, input.event_id, push);
}

/// What the headers of an item of the pull feed are made of.
#[derive(Debug, Clone, Copy)]
pub struct FeedHeaders<'a> {
    /// The event's id as text: `webhook-id`.
    pub event_id: &'a str,
    /// `X-Fanfare-Event`.
    pub event_type: EventType,
    /// `X-Fanfare-Feed-Group`: whose secret signs.
    pub group: &'a str,
    /// When the event was accepted: `X-Fanfare-Original-Time`.
    pub accepted_at: Timestamp,
    /// When the item is handed out: both timestamp headers.
    pub read_at: Timestamp,
    /// The value of `X-Fanfare-Signature`.
    pub fanfare_signature: &'a str,
    /// The value of `webhook-signature`.
    pub standard_signature: Option<&'a str>,
}

/// The headers that an item of the pull feed carries, as [`attempt_headers`] for a delivery: what a
/// receiver verifies is the same in both. There is no delivery, so its id and count are left out.
pub fn feed_headers(input: &FeedHeaders<'_>, mut push: impl FnMut(&'static str, &str)) {
    let seconds = Text::of(input.read_at.as_unix_seconds());
    push("content-type", "application/json");
    push("x-fanfare-event", input.event_type.as_str());
    push("x-fanfare-feed-group", input.group);
    push("x-fanfare-original-time", Text::of(input.accepted_at).as_str());
    signed(&seconds, input.fanfare_signature, input.standard_signature, input.event_id, push);
}

/// Both signature families, over one timestamp.
fn signed(
    seconds: &Text,
    fanfare: &str,
    standard: Option<&str>,
    event_id: &str,
    mut push: impl FnMut(&'static str, &str),
) {
    push("x-fanfare-timestamp", seconds.as_str());
    push("x-fanfare-signature", fanfare);
    if let Some(signature) = standard {
        push("webhook-id", event_id);
        push("webhook-timestamp", seconds.as_str());
        push("webhook-signature", signature);
    }
}

/// A short text on the stack.
struct Text {
    bytes: [u8; LONGEST],
    len: usize,
}

impl Text {
    fn of(value: impl fmt::Display) -> Self {
        let mut text = Self { bytes: [0; LONGEST], len: 0 };
        // Only fails when a value is longer than `LONGEST`, which none of the types above is.
        let _fits = write!(text, "{value}");
        text
    }

    fn as_str(&self) -> &str {
        std::str::from_utf8(&self.bytes[..self.len]).unwrap_or_default()
    }
}

impl fmt::Write for Text {
    fn write_str(&mut self, part: &str) -> fmt::Result {
        let end = self.len + part.len();
        let space = self.bytes.get_mut(self.len..end).ok_or(fmt::Error)?;
        space.copy_from_slice(part.as_bytes());
        self.len = end;
        Ok(())
    }
}

#[cfg(test)]
mod tests;
