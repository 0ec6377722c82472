//! What the delivery engine asks of a store.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use fanfare_model::{
    DeliveryId, DeliveryStatus, ErrorClass, EventId, EventType, Timestamp, WebhookId,
};

use crate::{SentSignatures, StoreError, Webhook};

/// Proof of the right to attempt one delivery, until the lease ends or is recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct LeaseToken(pub u64);

/// A delivery this node may attempt, with all it needs: nothing is read back.
#[derive(Debug, Clone)]
pub struct Leased {
    /// The delivery.
    pub id: DeliveryId,
    /// The right to attempt it.
    pub lease: LeaseToken,
    /// When the lease ends by itself; `None`: not while this process lives. An attempt is only
    /// begun when it will be over before that.
    pub lease_until: Option<Timestamp>,
    /// The event: `webhook-id`.
    pub event_id: EventId,
    /// `X-Fanfare-Event`.
    pub event_type: EventType,
    /// When the event was accepted: `X-Fanfare-Original-Time`.
    pub accepted_at: Timestamp,
    /// The body, shared by all deliveries of the event.
    pub body: Bytes,
    /// The webhook as it was when the lease was given; the hand-over tells of later changes.
    pub webhook: Arc<Webhook>,
    /// Attempts made before.
    pub attempts: u8,
    /// Whether the event is a test.
    pub test: bool,
}

/// A request for due deliveries.
#[derive(Debug, Clone)]
pub struct Claim {
    /// Deliveries due at or before this time.
    pub now: Timestamp,
    /// When the leases end if nothing is recorded: another claim may then take them.
    pub lease_until: Timestamp,
    /// At most this many in all.
    pub limit: usize,
    /// At most this many of one webhook, so that one backlog cannot fill every batch.
    pub per_webhook: usize,
    /// Webhooks that have no room now.
    pub skip: Vec<WebhookId>,
}

/// What a claim gave.
#[derive(Debug, Clone, Default)]
pub struct Claimed {
    /// The deliveries, oldest due first within a webhook.
    pub deliveries: Vec<Leased>,
    /// When the next delivery that was not claimed becomes due, skipped webhooks left out; it
    /// may be now or earlier, when limits held it back.
    pub next_due: Option<Timestamp>,
}

/// What the engine decided after an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Done.
    Succeeded,
    /// Again at this time.
    RetryAt(Timestamp),
    /// That was the last attempt: the delivery fails, the webhook is marked failed, one notice
    /// is written.
    Exhausted,
    /// The receiver said 410: the delivery fails, the webhook is disabled with a notice.
    Gone,
    /// The webhook was disabled meanwhile: the delivery ends as cancelled.
    Cancelled,
}

/// What an attempt left behind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordedAttempt {
    /// When it began.
    pub started_at: Timestamp,
    /// How long it took.
    pub duration: Duration,
    /// The response's status.
    pub status_code: Option<u16>,
    /// What went wrong.
    pub error_class: Option<ErrorClass>,
    /// The response's first bytes.
    pub response_body: Bytes,
    /// Whether there was more.
    pub response_truncated: bool,
    /// The address dialled.
    pub remote_addr: Option<std::net::SocketAddr>,
    /// The version of the webhook it was made from.
    pub webhook_version: u32,
    /// The request's signatures.
    pub signatures: SentSignatures,
}

/// The result of one attempt, to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// The delivery.
    pub id: DeliveryId,
    /// The lease under which the attempt was made.
    pub lease: LeaseToken,
    /// The type of its event, for the figures.
    pub event_type: EventType,
    /// What happened.
    pub attempt: RecordedAttempt,
    /// What follows.
    pub verdict: Verdict,
}

/// What became of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RecordResult {
    /// Written; the delivery now has this status.
    Recorded(DeliveryStatus),
    /// The lease was lost (it ended and another claim took the delivery, or the delivery was
    /// cancelled): nothing was changed.
    LeaseLost,
}

/// The queue of due deliveries.
#[async_trait]
pub trait DeliveryQueue: Send + Sync {
    /// Leases due deliveries of webhooks that are served. Several claimers never get the same
    /// delivery while its lease lives. An ended lease makes its delivery claimable again.
    async fn claim(&self, claim: Claim) -> Result<Claimed, StoreError>;
    /// Writes attempts and what follows from them, in one transaction: the delivery, the
    /// attempts before the latest, the webhook's `failed` or `active` status, `failing_since`,
    /// disabling after 410 or after `disable_after` of failures only, notices, figures. Results
    /// are in the order of the records.
    async fn record(
        &self,
        records: Vec<Record>,
        disable_after: Duration,
        now: Timestamp,
    ) -> Result<Vec<RecordResult>, StoreError>;
    /// Gives deliveries back without costing an attempt: due at `now`. Lost leases are ignored.
    async fn release(
        &self,
        leases: Vec<(DeliveryId, LeaseToken)>,
        now: Timestamp,
    ) -> Result<(), StoreError>;
    /// Ends leased deliveries as cancelled (their webhook was disabled or deleted while they
    /// waited in memory). Lost leases are ignored.
    async fn drop_leased(
        &self,
        leases: Vec<(DeliveryId, LeaseToken)>,
        now: Timestamp,
    ) -> Result<(), StoreError>;
}
