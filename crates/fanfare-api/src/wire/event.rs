//! Events, the catalogue and publishing.

use bytes::Bytes;
use fanfare_app::{
    BatchItem, EventSamples, EventTypeRow, EventView, PublishReceipt, WebhookOutcome,
};
use fanfare_model::catalogue::EventClass;
use fanfare_model::{EventId, EventType, OrganizationId, Timestamp, WebhookId};
use fanfare_store::{Event, EventSource, EventSummary};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_json::value::RawValue;
use utoipa::ToSchema;

use super::DeliveryJson;
use super::batch::RejectionJson;

/// An event to publish.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = PublishEvent, example = json!({
    "type": "distribution.winner_selected",
    "data": {
        "consumer_id": "con_123",
        "distribution_id": "dist_456",
        "experience_id": "exp_789",
        "product_id": "prod_012"
    }
}))]
#[expect(dead_code, reason = "read for its complaints; values are borrowed from the body")]
pub(crate) struct PublishBody {
    /// A type of the catalogue: `GET /api/event-types`.
    #[serde(rename = "type")]
    event_type: String,
    /// An object that fits the type's schema, at most 256 KiB.
    #[schema(value_type = Object)]
    data: Value,
}

/// Events to publish in one transaction, in their order.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = PublishBatch, example = json!({"events": [
    {"type": "consumer.deleted", "data": {
        "consumer_id": "con_123", "external_id": null, "deleted_at": "2024-06-20T15:30:00Z"
    }}
]}))]
#[expect(dead_code, reason = "read for its complaints; values are borrowed from the body")]
pub(crate) struct PublishBatchBody {
    /// 1 to 1,000 events.
    #[schema(value_type = Vec<PublishBody>, min_items = 1, max_items = 1000)]
    events: Vec<Value>,
}

/// An event that was accepted: it is on disk, with a delivery for every webhook that matched.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = PublishedEvent)]
pub(crate) struct ReceiptJson {
    /// Its id, the same in every request to a webhook.
    #[schema(value_type = String, example = "wh_evt_01h455vb4pex5vsknk084sn02q")]
    id: EventId,
    /// What happened.
    #[serde(rename = "type")]
    #[schema(value_type = String, example = "distribution.winner_selected")]
    event_type: EventType,
    /// When it was accepted.
    #[schema(value_type = String, format = DateTime)]
    timestamp: Timestamp,
    /// Whose event it is.
    #[schema(value_type = String, example = "org_01h455vb4pex5vsknk084sn02q")]
    organization_id: OrganizationId,
}

impl From<PublishReceipt> for ReceiptJson {
    fn from(receipt: PublishReceipt) -> Self {
        Self {
            id: receipt.id,
            event_type: receipt.event_type,
            timestamp: receipt.timestamp,
            organization_id: receipt.organization_id,
        }
    }
}

impl ReceiptJson {
    /// The receipt as JSON, written by hand: this is what the hot path answers.
    pub(crate) fn bytes(receipt: &PublishReceipt) -> Bytes {
        let mut body = Vec::with_capacity(192);
        body.extend_from_slice(b"{\"id\":\"");
        receipt.id.write_to(&mut body);
        body.extend_from_slice(b"\",\"type\":\"");
        body.extend_from_slice(receipt.event_type.as_str().as_bytes());
        body.extend_from_slice(b"\",\"timestamp\":\"");
        body.extend_from_slice(receipt.timestamp.to_string().as_bytes());
        body.extend_from_slice(b"\",\"organizationId\":\"");
        receipt.organization_id.write_to(&mut body);
        body.extend_from_slice(b"\"}");
        Bytes::from(body)
    }
}

/// What became of a batch.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PublishedBatch)]
pub(crate) struct BatchJson {
    /// How many events were accepted.
    accepted: usize,
    /// How many were left out.
    rejected: usize,
    /// One answer per event, in the order of the request.
    data: Vec<BatchItemJson>,
}

/// What became of one event of a batch.
#[derive(Debug, Serialize, ToSchema)]
#[serde(tag = "status", rename_all = "lowercase")]
#[schema(as = PublishedBatchItem)]
pub(crate) enum BatchItemJson {
    /// Durable.
    Accepted(ReceiptJson),
    /// Left out; the others are not touched by it.
    Rejected {
        /// Why.
        #[schema(inline)]
        error: RejectionJson,
    },
}

impl From<&BatchItem> for BatchItemJson {
    fn from(item: &BatchItem) -> Self {
        match item {
            BatchItem::Accepted(receipt) => Self::Accepted((*receipt).into()),
            BatchItem::Rejected(item) => Self::Rejected { error: item.into() },
        }
    }
}

impl From<Vec<BatchItemJson>> for BatchJson {
    fn from(data: Vec<BatchItemJson>) -> Self {
        let accepted =
            data.iter().filter(|item| matches!(item, BatchItemJson::Accepted(_))).count();
        Self { accepted, rejected: data.len() - accepted, data }
    }
}

/// An event as it was accepted.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Event)]
pub(crate) struct EventJson {
    /// Its id.
    #[schema(value_type = String, example = "wh_evt_01h455vb4pex5vsknk084sn02q")]
    id: EventId,
    /// What happened.
    #[serde(rename = "type")]
    #[schema(value_type = String, example = "distribution.winner_selected")]
    event_type: EventType,
    /// When it was accepted.
    #[schema(value_type = String, format = DateTime)]
    timestamp: Timestamp,
    /// Whether it was a test of one webhook.
    test: bool,
    /// How many webhooks it was fanned out to when it was accepted.
    webhook_count: u32,
    /// The event's data as sent to webhooks, in snake_case.
    #[schema(value_type = Object)]
    data: Box<RawValue>,
}

impl From<Event> for EventJson {
    fn from(event: Event) -> Self {
        Self::new(&event.summary, &event.body)
    }
}

impl EventJson {
    fn new(summary: &EventSummary, body: &[u8]) -> Self {
        Self {
            id: summary.id,
            event_type: summary.event_type,
            timestamp: summary.accepted_at,
            test: summary.source == EventSource::Test,
            webhook_count: summary.fanout,
            data: data_of(body),
        }
    }
}

/// Bodies of one event type as webhooks receive them.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = EventSamples)]
pub(crate) struct SamplesJson {
    /// The bodies, newest first, in snake_case.
    #[schema(value_type = Vec<Object>)]
    data: Vec<Box<RawValue>>,
    /// Whether it is the catalogue's example, because there are no events of this type.
    is_example: bool,
}

impl From<EventSamples> for SamplesJson {
    fn from(samples: EventSamples) -> Self {
        let raw = |body: &Bytes| serde_json::from_slice(body).ok();
        let data = samples.bodies.iter().filter_map(raw).collect();
        Self { data, is_example: samples.is_example }
    }
}

/// The `data` of an envelope, byte for byte.
fn data_of(body: &[u8]) -> Box<RawValue> {
    #[derive(Deserialize)]
    struct Envelope<'a> {
        #[serde(borrow)]
        data: &'a RawValue,
    }
    serde_json::from_slice::<Envelope<'_>>(body)
        .map_or_else(|_| RawValue::NULL.to_owned(), |envelope| envelope.data.to_owned())
}

/// An event with what it came to for every webhook of the organization.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = EventDetail)]
pub(crate) struct EventDetailJson {
    #[serde(flatten)]
    event: EventJson,
    /// Webhooks with deliveries first.
    outcomes: Vec<OutcomeJson>,
}

/// What an event came to for one webhook.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = EventOutcome)]
struct OutcomeJson {
    /// Which webhook.
    #[schema(value_type = String, example = "whk_01h455vb4pex5vsknk084sn02q")]
    webhook_id: WebhookId,
    /// Its URL now; `null` when it was deleted.
    #[schema(required)]
    url: Option<String>,
    /// Its deliveries of this event, oldest first: the first one, and what was resent or
    /// replayed.
    deliveries: Vec<DeliveryJson>,
    /// Why it got none when the event was accepted; `null` when it did.
    #[schema(required)]
    not_delivered: Option<NotDeliveredJson>,
}

/// Why a webhook got no delivery of an event.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = NotDelivered)]
struct NotDeliveredJson {
    /// `not_subscribed`, `created_later`, `disabled`, `test_event` or `changed_since`.
    #[schema(value_type = String, example = "not_subscribed")]
    reason: &'static str,
    /// The same for people.
    #[schema(value_type = String)]
    message: &'static str,
}

impl From<EventView> for EventDetailJson {
    fn from(view: EventView) -> Self {
        Self {
            event: EventJson::new(&view.event.summary, &view.event.body),
            outcomes: view.outcomes.into_iter().map(Into::into).collect(),
        }
    }
}

impl From<WebhookOutcome> for OutcomeJson {
    fn from(outcome: WebhookOutcome) -> Self {
        Self {
            webhook_id: outcome.webhook_id,
            url: outcome.webhook.map(|webhook| webhook.url.clone()),
            deliveries: outcome.deliveries.into_iter().map(Into::into).collect(),
            not_delivered: outcome
                .not_delivered
                .map(|why| NotDeliveredJson { reason: why.as_str(), message: why.explain() }),
        }
    }
}

/// The catalogue.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = EventTypes)]
pub(crate) struct EventTypesJson {
    /// Every event type.
    pub(crate) data: Vec<EventTypeJson>,
}

/// An event type.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = EventType)]
pub(crate) struct EventTypeJson {
    /// Its name.
    #[serde(rename = "type")]
    #[schema(value_type = String, example = "order.paid")]
    event_type: EventType,
    /// What it is about: `consumer`, `experience`, `distribution`, `order` or `webhook`.
    #[schema(value_type = String, example = "order")]
    category: &'static str,
    /// Whether it is a report about a webhook: asked for by its name or `webhook.*`, never by `*`,
    /// and never published.
    report: bool,
    /// When it is sent.
    #[schema(value_type = String, example = "Order payment confirmed")]
    description: &'static str,
    /// What goes first when a webhook cannot take everything at once: `critical`, then `urgent`,
    /// `normal`, `bulk`.
    #[schema(value_type = String, example = "critical")]
    class: EventClass,
    /// The version of its schema. Fields are only ever added to a version.
    #[schema(example = 1)]
    version: u32,
    /// The JSON Schema of `data`.
    #[schema(value_type = Object)]
    schema: Value,
    /// A whole body as a webhook receives it.
    #[schema(value_type = Object)]
    example: Value,
}

impl From<EventTypeRow> for EventTypeJson {
    fn from(row: EventTypeRow) -> Self {
        Self {
            event_type: row.event_type,
            category: row.category,
            report: row.report,
            description: row.description,
            class: row.class,
            version: row.version,
            schema: row.schema,
            example: row.example,
        }
    }
}
