//! Deliveries and their attempts, as customers see them.

use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use fanfare_model::{
    DeliveryId, DeliveryOrigin, DeliveryStatus, ErrorClass, EventId, EventType, EventTypes,
    OrganizationId, Timestamp, WebhookId,
};

use crate::{Audit, Page, PageRequest, StoreError};

/// The MACs of one request, so that its signature headers can be shown as they were sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SentSignatures {
    /// The MAC in `X-Fanfare-Signature`.
    pub fanfare: [u8; 32],
    /// The MACs in `webhook-signature`, in order; `None` where there were fewer than two.
    pub standard: [Option<[u8; 32]>; 2],
}

impl SentSignatures {
    /// The MACs one after another: ours, then for each of the others whether it is there and it.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = self.fanfare.to_vec();
        for mac in self.standard {
            bytes.push(u8::from(mac.is_some()));
            bytes.extend_from_slice(&mac.unwrap_or_default());
        }
        bytes
    }

    /// Reads what [`SentSignatures::to_bytes`] wrote.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (fanfare, mut rest) = bytes.split_first_chunk::<32>()?;
        let mut standard = [None; 2];
        for slot in &mut standard {
            let (there, after) = rest.split_first()?;
            let (mac, after) = after.split_first_chunk::<32>()?;
            *slot = (*there == 1).then_some(*mac);
            rest = after;
        }
        Some(Self { fanfare: *fanfare, standard })
    }
}

/// One HTTP request of a delivery.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    /// Counted from 1.
    pub number: u8,
    /// When it began; its seconds are the signature's timestamp.
    pub started_at: Timestamp,
    /// How long it took.
    pub duration: Duration,
    /// The response's status, when there was a response.
    pub status_code: Option<u16>,
    /// What went wrong, if anything did.
    pub error_class: Option<ErrorClass>,
    /// The first bytes of the response's body, at most `limits::RESPONSE_KEPT`.
    pub response_body: Bytes,
    /// Whether the body was longer than what is kept.
    pub response_truncated: bool,
    /// The address that was dialled, when one was.
    pub remote_addr: Option<String>,
    /// Which version of the webhook the request was made from.
    pub webhook_version: u32,
    /// The request's signatures.
    pub signatures: SentSignatures,
}

/// One event to one webhook.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// Its id.
    pub id: DeliveryId,
    /// What is delivered.
    pub event_id: EventId,
    /// The event's type.
    pub event_type: EventType,
    /// To whom.
    pub webhook_id: WebhookId,
    /// Why it exists.
    pub origin: DeliveryOrigin,
    /// Where it stands.
    pub status: DeliveryStatus,
    /// When it was created.
    pub created_at: Timestamp,
    /// How many attempts were made.
    pub attempts: u8,
    /// When the next attempt is due; `None` unless pending.
    pub next_attempt_at: Option<Timestamp>,
    /// The latest attempt; `None` before the first ended.
    pub last_attempt: Option<Attempt>,
}

/// A delivery with all its attempts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeliveryDetail {
    /// The delivery.
    pub delivery: Delivery,
    /// Every attempt, first to last; the last equals `delivery.last_attempt`.
    pub attempts: Vec<Attempt>,
    /// When the event was accepted.
    pub event_accepted_at: Timestamp,
    /// The body of every attempt.
    pub body: Bytes,
}

/// Which deliveries a list, a resend or a count means. Empty lists and `None` mean all.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct DeliveryFilter {
    /// These statuses.
    pub status: Vec<DeliveryStatus>,
    /// This webhook.
    pub webhook_id: Option<WebhookId>,
    /// These event types.
    pub types: EventTypes,
    /// The latest attempt failed with one of these classes.
    pub error_class: Vec<ErrorClass>,
    /// The latest attempt's response had a status in this inclusive range.
    pub status_code: Option<(u16, u16)>,
    /// Created at or after this time.
    pub since: Option<Timestamp>,
    /// Created before this time.
    pub until: Option<Timestamp>,
}

impl Default for DeliveryFilter {
    fn default() -> Self {
        Self {
            status: Vec::new(),
            webhook_id: None,
            types: EventTypes::KNOWN,
            error_class: Vec::new(),
            status_code: None,
            since: None,
            until: None,
        }
    }
}

/// What became of a request to cancel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CancelResult {
    /// It is cancelled now. An attempt already on its way may still reach the receiver; its
    /// result is not recorded.
    Cancelled,
    /// It had ended before.
    AlreadyEnded(DeliveryStatus),
}

/// Deliveries, read and steered by people.
#[async_trait]
pub trait DeliveryStore: Send + Sync {
    /// One delivery with its attempts and body.
    async fn delivery(
        &self,
        organization: OrganizationId,
        id: DeliveryId,
    ) -> Result<Option<DeliveryDetail>, StoreError>;
    /// Deliveries, ordered by id. With a webhook in the filter that was deleted since, its
    /// deliveries are still listed.
    async fn deliveries(
        &self,
        organization: OrganizationId,
        filter: DeliveryFilter,
        page: PageRequest,
    ) -> Result<Page<Delivery>, StoreError>;
    /// How many deliveries match, counting at most `limit`.
    async fn count_deliveries(
        &self,
        organization: OrganizationId,
        filter: DeliveryFilter,
        limit: u64,
    ) -> Result<u64, StoreError>;
    /// Creates a new delivery of the same event to the same webhook, due now. `None`: no such
    /// delivery. [`StoreError::Refused`] when the webhook is disabled or deleted.
    async fn resend(
        &self,
        organization: OrganizationId,
        id: DeliveryId,
        now: Timestamp,
        audit: Audit,
    ) -> Result<Option<Delivery>, StoreError>;
    /// Ends a pending delivery. `None`: no such delivery.
    async fn cancel(
        &self,
        organization: OrganizationId,
        id: DeliveryId,
        now: Timestamp,
        audit: Audit,
    ) -> Result<Option<CancelResult>, StoreError>;
}
