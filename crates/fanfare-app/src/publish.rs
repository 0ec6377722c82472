//! Publishing: the way in for events, and the hot path.
//!
//! What is answered `Ok` is on disk, with a delivery for every webhook that matched. The body is
//! serialised here, once; its bytes are what will be signed and sent on every attempt.

use fanfare_model::{EventId, EventType, OrganizationId, Timestamp};
use fanfare_store::StoredResponse;
use serde_json::Value;

use crate::{App, AppError, Caller, ErrorCode, FieldError, Idempotent};

/// An event to publish, parsed but not judged.
#[derive(Debug, Clone, Copy)]
pub struct EventInput<'a> {
    /// The name of a catalogued type.
    pub event_type: &'a str,
    /// An object that fits the type's schema, at most [`fanfare_model::limits::EVENT_DATA`]
    /// bytes of compact JSON.
    pub data: &'a Value,
}

/// An event that was accepted. Rendered as `{id, type, timestamp, organizationId}`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PublishReceipt {
    /// Its id.
    pub id: EventId,
    /// What happened.
    pub event_type: EventType,
    /// When it was accepted: the envelope's timestamp.
    pub timestamp: Timestamp,
    /// Whose event it is.
    pub organization_id: OrganizationId,
}

/// One item of a batch that was not accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RejectedItem {
    /// [`ErrorCode::ValidationFailed`] or [`ErrorCode::PayloadTooLarge`].
    pub code: ErrorCode,
    /// The message for the customer.
    pub message: String,
    /// What is wrong with which field of the item.
    pub details: Vec<FieldError>,
}

/// What became of one item of a batch. The position in the answer is the position in the batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BatchItem {
    /// Durable.
    Accepted(PublishReceipt),
    /// Left out; the others are not touched by it.
    Rejected(RejectedItem),
}

/// The answer to publishing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Published<T> {
    /// Accepted now. With an `Idempotency-Key`, answer with `response`: it is what was stored.
    Now {
        /// What was accepted.
        receipt: T,
        /// The answer as rendered and stored; `None` without an `Idempotency-Key`.
        response: Option<StoredResponse>,
    },
    /// The same request came before: this was its answer, nothing was written.
    Before(StoredResponse),
}

impl App {
    /// Publishes one event. Needs `events:write`. Errors: [`ErrorCode::ValidationFailed`] with
    /// the fields `type` and `data…`, [`ErrorCode::PayloadTooLarge`], [`ErrorCode::Unavailable`],
    /// and those of `Idempotency-Key`.
    pub async fn publish(
        &self,
        caller: &Caller,
        input: EventInput<'_>,
        idempotent: Option<Idempotent<'_, PublishReceipt>>,
    ) -> Result<Published<PublishReceipt>, AppError> {
        let _ = (caller, input, idempotent);
        unimplemented!()
    }

    /// Publishes up to [`fanfare_model::limits::BATCH_EVENTS`] events in one transaction, in
    /// their order. Items that are not valid are left out and say why; the request as a whole
    /// fails only when the batch is empty or too long, or nothing can be written. Needs
    /// `events:write`.
    pub async fn publish_batch(
        &self,
        caller: &Caller,
        inputs: &[EventInput<'_>],
        idempotent: Option<Idempotent<'_, [BatchItem]>>,
    ) -> Result<Published<Vec<BatchItem>>, AppError> {
        let _ = (caller, inputs, idempotent);
        unimplemented!()
    }
}
