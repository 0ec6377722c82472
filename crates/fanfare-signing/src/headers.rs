//! Names of the headers of a delivery.
//!
//! The constants are lower case, the form in which HTTP libraries keep names and HTTP/2 sends
//! them; each says its canonical spelling, the one used in documentation and on screen. Names
//! compare without regard to case.

/// `X-Fanfare-Signature`: `sha256=` and 64 lower-case hex digits, an HMAC-SHA256 over the body
/// alone, keyed with the UTF-8 bytes of the whole secret.
pub const X_FANFARE_SIGNATURE: &str = "x-fanfare-signature";
/// `X-Fanfare-Timestamp`: Unix seconds of this attempt.
pub const X_FANFARE_TIMESTAMP: &str = "x-fanfare-timestamp";
/// `X-Fanfare-Event`: the event type.
pub const X_FANFARE_EVENT: &str = "x-fanfare-event";
/// `X-Fanfare-Delivery-Id`: the delivery, the same on every attempt.
pub const X_FANFARE_DELIVERY_ID: &str = "x-fanfare-delivery-id";
/// `X-Fanfare-Webhook-Id`: the webhook that the delivery is for.
pub const X_FANFARE_WEBHOOK_ID: &str = "x-fanfare-webhook-id";
/// `X-Fanfare-Retry-Count`: 0 on the first attempt, 5 on the sixth.
pub const X_FANFARE_RETRY_COUNT: &str = "x-fanfare-retry-count";
/// `X-Fanfare-Original-Time`: when the event was accepted.
pub const X_FANFARE_ORIGINAL_TIME: &str = "x-fanfare-original-time";

/// `webhook-id` (Standard Webhooks, written in lower case there): the event's id.
pub const WEBHOOK_ID: &str = "webhook-id";
/// `webhook-timestamp` (Standard Webhooks): Unix seconds of this attempt, and signed.
pub const WEBHOOK_TIMESTAMP: &str = "webhook-timestamp";
/// `webhook-signature` (Standard Webhooks): one or more `v1,` and base64 of an HMAC-SHA256 over
/// `id.timestamp.body`, separated by one space.
pub const WEBHOOK_SIGNATURE: &str = "webhook-signature";
