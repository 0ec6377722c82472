//! Deliveries and their attempts.

use fanfare_app::{AttemptView, DeliveryView, SentRequest};
use fanfare_model::{DeliveryId, EventId, EventType, Timestamp, WebhookId};
use fanfare_store::{Attempt, Delivery};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::text_of;

/// One event to one webhook.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Delivery)]
pub(crate) struct DeliveryJson {
    /// Its id, the same in `X-Fanfare-Delivery-Id` of every attempt.
    #[schema(value_type = String, example = "dlv_01h455vb4pex5vsknk084sn02q")]
    id: DeliveryId,
    /// What is delivered.
    #[schema(value_type = String, example = "wh_evt_01h455vb4pex5vsknk084sn02q")]
    event_id: EventId,
    /// The event's type.
    #[schema(value_type = String, example = "distribution.winner_selected")]
    event_type: EventType,
    /// To whom.
    #[schema(value_type = String, example = "whk_01h455vb4pex5vsknk084sn02q")]
    webhook_id: WebhookId,
    /// Why it exists: `fanout` (the event matched when it was accepted), `resend`, `replay` or
    /// `test`.
    #[schema(value_type = DeliveryOriginText)]
    origin: &'static str,
    /// `pending`, then `succeeded`, `failed` (given up) or `cancelled`.
    #[schema(value_type = DeliveryStatusText)]
    status: &'static str,
    /// How many attempts were made, the first one included.
    attempt_count: u8,
    /// How many of them were retries.
    retry_count: u8,
    /// When the latest attempt began; `null` before the first ended.
    #[schema(value_type = Option<String>, format = DateTime, required)]
    last_attempt_at: Option<Timestamp>,
    /// The HTTP status of the latest response; `null` when there was none.
    #[schema(required, example = 200)]
    response_code: Option<u16>,
    /// The first 16 KiB of the latest response's body; `null` before the first attempt ended.
    #[schema(required)]
    response_body: Option<String>,
    /// `utf8`, or `base64` when the body is not text.
    #[schema(value_type = Option<BodyEncodingText>, required)]
    response_body_encoding: Option<&'static str>,
    /// Whether the body was longer than what is kept.
    response_body_truncated: bool,
    /// What went wrong in the latest attempt; `null` when nothing did.
    #[schema(value_type = Option<ErrorClassText>, required)]
    error_class: Option<&'static str>,
    /// When the next attempt is due; `null` unless pending.
    #[schema(value_type = Option<String>, format = DateTime, required)]
    next_attempt_at: Option<Timestamp>,
    /// When it was created.
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
}

/// Where a delivery stands.
#[derive(ToSchema)]
#[schema(as = DeliveryStatus, rename_all = "lowercase")]
#[expect(dead_code, reason = "only describes the values in the OpenAPI document")]
pub(crate) enum DeliveryStatusText {
    Pending,
    Succeeded,
    Failed,
    Cancelled,
}

/// Why a delivery exists.
#[derive(ToSchema)]
#[schema(as = DeliveryOrigin, rename_all = "lowercase")]
#[expect(dead_code, reason = "only describes the values in the OpenAPI document")]
enum DeliveryOriginText {
    Fanout,
    Resend,
    Replay,
    Test,
}

/// How a body is shown.
#[derive(ToSchema)]
#[schema(as = BodyEncoding, rename_all = "lowercase")]
#[expect(dead_code, reason = "only describes the values in the OpenAPI document")]
enum BodyEncodingText {
    Utf8,
    Base64,
}

/// What kind of failure an attempt met. `refused` is our own guard: the URL leads somewhere
/// requests may not go.
#[derive(ToSchema)]
#[schema(as = ErrorClass)]
#[expect(dead_code, reason = "only describes the values in the OpenAPI document")]
pub(crate) enum ErrorClassText {
    #[schema(rename = "dns")]
    Dns,
    #[schema(rename = "connect")]
    Connect,
    #[schema(rename = "tls")]
    Tls,
    #[schema(rename = "timeout")]
    Timeout,
    #[schema(rename = "refused")]
    Refused,
    #[schema(rename = "protocol")]
    Protocol,
    #[schema(rename = "http_1xx")]
    Http1xx,
    #[schema(rename = "http_3xx")]
    Http3xx,
    #[schema(rename = "http_4xx")]
    Http4xx,
    #[schema(rename = "http_5xx")]
    Http5xx,
}

impl From<Delivery> for DeliveryJson {
    fn from(delivery: Delivery) -> Self {
        let last = delivery.last_attempt.as_ref();
        let body = last.map(|attempt| text_of(&attempt.response_body));
        let (response_body, response_body_encoding) = body.unzip();
        Self {
            id: delivery.id,
            event_id: delivery.event_id,
            event_type: delivery.event_type,
            webhook_id: delivery.webhook_id,
            origin: delivery.origin.as_str(),
            status: delivery.status.as_str(),
            attempt_count: delivery.attempts,
            retry_count: delivery.attempts.saturating_sub(1),
            last_attempt_at: last.map(|attempt| attempt.started_at),
            response_code: last.and_then(|attempt| attempt.status_code),
            response_body,
            response_body_encoding,
            response_body_truncated: last.is_some_and(|attempt| attempt.response_truncated),
            error_class: last.and_then(|attempt| attempt.error_class).map(|class| class.as_str()),
            next_attempt_at: delivery.next_attempt_at,
            created_at: delivery.created_at,
        }
    }
}

/// A delivery with every attempt as it was sent.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = DeliveryDetail)]
pub(crate) struct DeliveryDetailJson {
    #[serde(flatten)]
    delivery: DeliveryJson,
    /// When the event was accepted.
    #[schema(value_type = String, format = DateTime)]
    event_accepted_at: Timestamp,
    /// Whether the event is a test.
    test: bool,
    /// The body of every attempt, byte for byte: what the signatures are made over.
    request_body: String,
    /// Every attempt, first to last.
    attempts: Vec<AttemptJson>,
}

/// One HTTP request of a delivery.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Attempt)]
struct AttemptJson {
    /// Counted from 1.
    #[schema(example = 1)]
    number: u8,
    /// When it began.
    #[schema(value_type = String, format = DateTime)]
    started_at: Timestamp,
    /// How long it took, in milliseconds.
    duration_ms: u64,
    /// The HTTP status of the response; `null` when there was none.
    #[schema(required)]
    response_code: Option<u16>,
    /// The first 16 KiB of the response's body.
    response_body: String,
    /// `utf8`, or `base64` when the body is not text.
    #[schema(value_type = BodyEncodingText)]
    response_body_encoding: &'static str,
    /// Whether the body was longer than what is kept.
    response_body_truncated: bool,
    /// What went wrong; `null` when nothing did.
    #[schema(value_type = Option<ErrorClassText>, required)]
    error_class: Option<&'static str>,
    /// The address that was dialled; `null` when none was.
    #[schema(required)]
    remote_address: Option<String>,
    /// The request as sent; `null` when the webhook's version of that time is no longer stored.
    #[schema(required)]
    request: Option<SentRequestJson>,
}

/// A request as it was sent; its body is the delivery's `requestBody`.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SentRequest)]
struct SentRequestJson {
    /// Always `POST`.
    #[schema(value_type = String, example = "POST")]
    method: &'static str,
    /// Where it went.
    url: String,
    /// Every header, in the order of sending.
    headers: Vec<SentHeaderJson>,
}

/// A header of a request.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SentHeader)]
struct SentHeaderJson {
    /// Its name.
    name: String,
    /// Its value; `null` for a custom header when the key lacks `webhooks:write`.
    #[schema(required)]
    value: Option<String>,
}

impl From<DeliveryView> for DeliveryDetailJson {
    fn from(view: DeliveryView) -> Self {
        let detail = view.detail;
        Self {
            delivery: detail.delivery.into(),
            event_accepted_at: detail.event_accepted_at,
            test: view.test,
            request_body: String::from_utf8_lossy(&detail.body).into_owned(),
            attempts: view.attempts.into_iter().map(Into::into).collect(),
        }
    }
}

impl From<AttemptView> for AttemptJson {
    fn from(view: AttemptView) -> Self {
        let Attempt { number, started_at, duration, status_code, error_class, .. } = view.attempt;
        let (response_body, response_body_encoding) = text_of(&view.attempt.response_body);
        Self {
            number,
            started_at,
            duration_ms: u64::try_from(duration.as_millis()).unwrap_or(u64::MAX),
            response_code: status_code,
            response_body,
            response_body_encoding,
            response_body_truncated: view.attempt.response_truncated,
            error_class: error_class.map(|class| class.as_str()),
            remote_address: view.attempt.remote_addr,
            request: view.request.map(Into::into),
        }
    }
}

impl From<SentRequest> for SentRequestJson {
    fn from(sent: SentRequest) -> Self {
        let headers = sent.headers.into_iter();
        Self {
            method: "POST",
            url: sent.url,
            headers: headers
                .map(|header| SentHeaderJson { name: header.name, value: header.value })
                .collect(),
        }
    }
}

/// Which deliveries to send again.
#[derive(Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = ResendMatching, example = json!({
    "filter": {"status": ["failed"], "createdAfter": "2026-11-23T10:00:00Z"},
    "dryRun": true
}))]
pub(crate) struct ResendMatchingBody {
    /// Which; at least one field.
    pub(crate) filter: ResendFilterBody,
    /// Only count.
    #[serde(default)]
    pub(crate) dry_run: bool,
}

/// Deliveries for which everything that is named holds.
#[derive(Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = DeliveryFilter)]
pub(crate) struct ResendFilterBody {
    /// With one of these statuses.
    #[serde(default)]
    #[schema(value_type = Vec<DeliveryStatusText>)]
    pub(crate) status: Vec<String>,
    /// To this webhook.
    #[serde(default)]
    #[schema(example = "whk_01h455vb4pex5vsknk084sn02q")]
    pub(crate) webhook_id: Option<String>,
    /// Of these event types; patterns such as `order.*` are fine.
    #[serde(default)]
    pub(crate) event_type: Vec<String>,
    /// Whose latest attempt failed in one of these ways.
    #[serde(default)]
    #[schema(value_type = Vec<ErrorClassText>)]
    pub(crate) error_class: Vec<String>,
    /// Whose latest response had this status, `503`, or this class of status, `5xx`.
    #[serde(default)]
    #[schema(example = "5xx")]
    pub(crate) status_code: Option<String>,
    /// Created at or after this time.
    #[serde(default)]
    #[schema(format = DateTime)]
    pub(crate) created_after: Option<String>,
    /// Created before this time.
    #[serde(default)]
    #[schema(format = DateTime)]
    pub(crate) created_before: Option<String>,
}
