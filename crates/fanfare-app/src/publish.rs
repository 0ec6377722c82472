//! Publishing: the way in for events, and the hot path.
//!
//! What is answered `Ok` is on disk, with a delivery for every webhook that matched. The body is
//! serialised here, once; its bytes are what will be signed and sent on every attempt.

use bytes::Bytes;
use fanfare_model::{
    Envelope, EventId, EventType, OrganizationId, Scope, Timestamp, catalogue, limits,
};
use fanfare_store::{
    Accept, AcceptResult, EventSource, IdempotencyKey, NewEvent, StoredResponse, names_a_person,
};
use serde_json::Value;

use crate::idempotency::{key_in_use, key_reused};

use crate::{App, AppError, Caller, ErrorCode, FieldError, Idempotent, OperatorContext};

/// An event to publish, parsed but not judged.
#[derive(Debug, Clone, Copy)]
pub struct EventInput<'a> {
    /// The name of a catalogued type.
    pub event_type: &'a str,
    /// An object that fits the type's schema, at most [`limits::EVENT_DATA`]
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
    /// What the item alone would have been refused with.
    pub code: ErrorCode,
    /// The message for the customer.
    pub message: String,
    /// What is wrong with which field of the item.
    pub details: Vec<FieldError>,
}

impl From<AppError> for RejectedItem {
    fn from(error: AppError) -> Self {
        Self {
            code: error.code(),
            message: error.message().to_owned(),
            details: error.details().to_vec(),
        }
    }
}

/// What became of one item of a batch of changes: what it made, or why it was left out. The
/// others are not touched by it.
pub type ItemResult<T> = Result<T, RejectedItem>;

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
        caller.require(Scope::EventsWrite)?;
        let at = self.now();
        let (event, receipt) = self.prepare(caller, input, at)?;
        let idempotency = idempotent.map(|with| (with.request.of(caller), (with.render)(&receipt)));
        self.accept(caller, at, vec![event], idempotency, receipt).await
    }

    /// Publishes up to [`limits::BATCH_EVENTS`] events in one transaction, in their order. Items
    /// that are not valid are left out and say why; the request as a whole fails only when the
    /// batch is empty or too long, or nothing can be written. Needs `events:write`.
    pub async fn publish_batch(
        &self,
        caller: &Caller,
        inputs: &[EventInput<'_>],
        idempotent: Option<Idempotent<'_, [BatchItem]>>,
    ) -> Result<Published<Vec<BatchItem>>, AppError> {
        caller.require(Scope::EventsWrite)?;
        if inputs.is_empty() || inputs.len() > limits::BATCH_EVENTS {
            let message =
                format!("must have 1 to {} items, not {}", limits::BATCH_EVENTS, inputs.len());
            return Err(AppError::invalid_field("events", message));
        }
        let at = self.now();
        let mut events = Vec::with_capacity(inputs.len());
        let mut items = Vec::with_capacity(inputs.len());
        for input in inputs {
            match self.prepare(caller, *input, at) {
                Ok((event, receipt)) => {
                    events.push(event);
                    items.push(BatchItem::Accepted(receipt));
                }
                Err(error) => items.push(BatchItem::Rejected(error.into())),
            }
        }
        let idempotency = idempotent.map(|with| (with.request.of(caller), (with.render)(&items)));
        if events.is_empty() && idempotency.is_none() {
            return Ok(Published::Now { receipt: items, response: None });
        }
        self.accept(caller, at, events, idempotency, items).await
    }

    async fn accept<T>(
        &self,
        caller: &Caller,
        at: Timestamp,
        events: Vec<NewEvent>,
        idempotency: Option<(IdempotencyKey, StoredResponse)>,
        receipt: T,
    ) -> Result<Published<T>, AppError> {
        let response = idempotency.as_ref().map(|(_, response)| response.clone());
        let accept = Accept {
            organization_id: caller.organization_id,
            at,
            events,
            source: EventSource::Api,
            only: None,
            except: None,
            idempotency,
        };
        match self.store().accept(accept).await? {
            AcceptResult::Accepted(_) => {
                self.shared.feed.hint(caller.organization_id);
                Ok(Published::Now { receipt, response })
            }
            AcceptResult::Replayed(response) => Ok(Published::Before(response)),
            AcceptResult::KeyReused => Err(key_reused()),
            AcceptResult::KeyInUse => Err(key_in_use()),
        }
    }

    /// Judges an event and serialises its body.
    fn prepare(
        &self,
        caller: &Caller,
        input: EventInput<'_>,
        at: Timestamp,
    ) -> Result<(NewEvent, PublishReceipt), AppError> {
        let event_type = parse_type(input.event_type)?;
        if event_type.is_report() {
            let message = format!("`{event_type}` is a report: Fanfare alone makes it");
            return Err(AppError::invalid_field("type", message));
        }
        judge_data(event_type, input.data)?;
        self.envelope(caller.organization_id, event_type, input.data, at)
    }

    /// An event with the catalogue's example as its data.
    pub(crate) fn example(
        &self,
        caller: &Caller,
        event_type: EventType,
        at: Timestamp,
    ) -> Result<(NewEvent, PublishReceipt), AppError> {
        self.envelope(caller.organization_id, event_type, &catalogue::example_data(event_type), at)
    }

    pub(crate) fn envelope(
        &self,
        organization_id: OrganizationId,
        event_type: EventType,
        data: &Value,
        timestamp: Timestamp,
    ) -> Result<(NewEvent, PublishReceipt), AppError> {
        let person = person(event_type, data);
        let data = serde_json::to_vec(data)
            .map_err(|error| AppError::internal(OperatorContext::new(error)))?;
        if data.len() > limits::EVENT_DATA {
            let (most, given) = (limits::EVENT_DATA, data.len());
            let message = format!("an event's data may have {most} bytes of JSON, not {given}");
            return Err(AppError::new(ErrorCode::PayloadTooLarge, message));
        }
        let id = self.ids().next();
        let envelope = Envelope { id, event_type, timestamp, organization_id, data: &data };
        let event = NewEvent { id, event_type, body: Bytes::from(envelope.to_bytes()), person };
        Ok((event, PublishReceipt { id, event_type, timestamp, organization_id }))
    }
}

/// Whom erasing a consumer has to look for.
pub(crate) fn person(event_type: EventType, data: &Value) -> Option<Box<str>> {
    let id = names_a_person(event_type).then(|| data.get("consumer_id")?.as_str());
    id.flatten().map(Box::from)
}

pub(crate) fn parse_type(name: &str) -> Result<EventType, AppError> {
    name.parse().map_err(|error: catalogue::ParseEventTypeError| {
        AppError::invalid_field("type", error.to_string())
    })
}

fn judge_data(event_type: EventType, data: &Value) -> Result<(), AppError> {
    catalogue::validate(event_type, data).map_err(|violations| {
        let complaint = |violation: catalogue::Violation| FieldError {
            field: violation.path,
            message: violation.message,
        };
        AppError::invalid(violations.into_iter().map(complaint).collect())
    })
}
