//! Webhooks.

use std::collections::BTreeMap;
use std::time::Duration;

use fanfare_app::{
    Change, CreateWebhook, CreatedWebhook, HeaderInput, RotateSecret, TestSent, UpdateWebhook,
    WebhookView,
};
use fanfare_model::{Timestamp, WebhookChannel, WebhookId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{DeliveryJson, ReceiptJson, given};

/// A webhook: where events go, which ones, and how it stands.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Webhook)]
pub(crate) struct WebhookJson {
    /// Its id.
    #[schema(value_type = String, example = "whk_01h455vb4pex5vsknk084sn02q")]
    id: WebhookId,
    /// Through what it was made.
    #[schema(value_type = WebhookChannelText)]
    channel: &'static str,
    /// Where requests go.
    #[schema(example = "https://example.com/webhooks/fanfare")]
    url: String,
    /// A text for people.
    #[schema(required)]
    description: Option<String>,
    /// Event types, and patterns such as `order.*` and `*`, as given.
    #[schema(value_type = Vec<String>, example = json!(["consumer.created", "distribution.winner_selected"]))]
    events: Vec<&'static str>,
    /// Extra headers on every request. A value is `null` for keys without `webhooks:write`,
    /// because it may be a secret.
    #[schema(value_type = BTreeMap<String, Option<String>>)]
    headers: BTreeMap<String, Option<String>>,
    /// Most requests in flight at a time.
    #[schema(example = 64)]
    max_in_flight: u16,
    /// Most requests per second; `null`: no limit.
    #[schema(required)]
    rate_limit: Option<u32>,
    /// `active`: served. `paused`: deliveries are created and wait. `failed`: a delivery was
    /// given up and none has succeeded since; still served. `disabled`: not served, no
    /// deliveries are created.
    #[schema(value_type = WebhookStatusText)]
    status: &'static str,
    /// Why it is disabled: `manual`, `gone` (the receiver answered 410) or `failing` (five days
    /// of nothing but failures). `null` unless it is.
    #[schema(value_type = Option<DisabledReasonText>, required)]
    disabled_reason: Option<&'static str>,
    /// When `status` last changed.
    #[schema(value_type = String, format = DateTime)]
    status_changed_at: Timestamp,
    /// The first failure since the last success; `null` while it succeeds.
    #[schema(value_type = Option<String>, format = DateTime, required)]
    failing_since: Option<Timestamp>,
    /// Whether requests carry the `webhook-*` headers of Standard Webhooks: `available`,
    /// `unavailable` (the secret is not `whsec_` and base64 of 24 to 64 bytes) or `unreadable`
    /// (the server lacks the key that opens the secret; nothing is sent).
    #[schema(value_type = StandardWebhooksText)]
    standard_webhooks: &'static str,
    /// Until when the secret before this one is alive too; `null` outside a rotation's overlap.
    #[schema(value_type = Option<String>, format = DateTime, required)]
    previous_secret_until: Option<Timestamp>,
    /// Whether `X-Fanfare-Signature` is made with the secret before this one now.
    signs_with_previous: bool,
    /// Grows by one with every change.
    #[schema(example = 1)]
    version: u32,
    /// When it was created.
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    /// When it last changed.
    #[schema(value_type = String, format = DateTime)]
    updated_at: Timestamp,
}

/// Through what a webhook is made: a program of yours, the dashboard, or an automation platform.
#[derive(Clone, Copy, Default, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
#[schema(as = WebhookChannel, rename_all = "lowercase")]
pub(crate) enum WebhookChannelText {
    #[default]
    Api,
    Dashboard,
    Zapier,
    Make,
    N8n,
    Pipedream,
}

impl From<WebhookChannelText> for WebhookChannel {
    fn from(text: WebhookChannelText) -> Self {
        match text {
            WebhookChannelText::Api => Self::Api,
            WebhookChannelText::Dashboard => Self::Dashboard,
            WebhookChannelText::Zapier => Self::Zapier,
            WebhookChannelText::Make => Self::Make,
            WebhookChannelText::N8n => Self::N8n,
            WebhookChannelText::Pipedream => Self::Pipedream,
        }
    }
}

/// Where a webhook stands.
#[derive(ToSchema)]
#[schema(as = WebhookStatus, rename_all = "lowercase")]
#[expect(dead_code, reason = "only describes the values in the OpenAPI document")]
pub(crate) enum WebhookStatusText {
    Active,
    Paused,
    Failed,
    Disabled,
}

/// Why a webhook is disabled.
#[derive(ToSchema)]
#[schema(as = DisabledReason, rename_all = "lowercase")]
#[expect(dead_code, reason = "only describes the values in the OpenAPI document")]
enum DisabledReasonText {
    Manual,
    Gone,
    Failing,
}

/// Whether the headers of Standard Webhooks are sent.
#[derive(ToSchema)]
#[schema(as = StandardWebhooks, rename_all = "lowercase")]
#[expect(dead_code, reason = "only describes the values in the OpenAPI document")]
enum StandardWebhooksText {
    Available,
    Unavailable,
    Unreadable,
}

impl From<WebhookView> for WebhookJson {
    fn from(view: WebhookView) -> Self {
        let webhook = view.webhook;
        Self {
            id: webhook.id,
            channel: webhook.channel.as_str(),
            url: webhook.url.clone(),
            description: webhook.description.clone(),
            events: webhook.events.patterns().to_vec(),
            headers: view.headers.into_iter().map(|header| (header.name, header.value)).collect(),
            max_in_flight: webhook.max_in_flight,
            rate_limit: webhook.rate_limit,
            status: webhook.status.as_str(),
            disabled_reason: webhook.disabled_reason.map(|reason| reason.as_str()),
            status_changed_at: webhook.status_changed_at,
            failing_since: webhook.failing_since,
            standard_webhooks: view.standard_webhooks.as_str(),
            previous_secret_until: view.previous_secret_until,
            signs_with_previous: view.signs_with_previous,
            version: webhook.version,
            created_at: webhook.created_at,
            updated_at: webhook.updated_at,
        }
    }
}

/// A webhook with its new secret.
#[derive(Serialize, ToSchema)]
#[schema(as = WebhookWithSecret)]
pub(crate) struct WebhookWithSecretJson {
    #[serde(flatten)]
    webhook: WebhookJson,
    #[serde(skip)]
    pub(crate) is_new: bool,
    /// The secret, when it was generated now. Shown this once: store it. `null` when it was
    /// given with the request, when the webhook was there already, and in an answer that is
    /// replayed for an `Idempotency-Key`.
    #[schema(required, example = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD")]
    pub(crate) secret: Option<String>,
}

impl From<CreatedWebhook> for WebhookWithSecretJson {
    fn from(created: CreatedWebhook) -> Self {
        let secret = created.generated_secret.map(|secret| secret.expose().to_owned());
        Self { is_new: created.is_new, webhook: created.view.into(), secret }
    }
}

impl WebhookWithSecretJson {
    /// The webhook's id.
    pub(crate) const fn id(&self) -> WebhookId {
        self.webhook.id
    }
}

/// A webhook to create.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = CreateWebhook, example = json!({
    "url": "https://example.com/webhooks/fanfare",
    "events": ["consumer.created", "distribution.winner_selected"],
    "secret": "whsec_your_secret_key"
}))]
pub(crate) struct CreateWebhookBody {
    /// Through what it is made; `api` when left out. With `zapier`, `make`, `n8n` or `pipedream`
    /// a URL has one webhook.
    #[serde(default)]
    #[schema(value_type = WebhookChannelText, default = "api")]
    channel: WebhookChannelText,
    /// Where requests go: an `https` URL with a public host.
    #[schema(example = "https://example.com/webhooks/fanfare", max_length = 2048)]
    url: String,
    /// Event types, and patterns such as `order.*` and `*`.
    #[schema(min_items = 1, max_items = 100)]
    events: Vec<String>,
    /// 16 to 256 visible ASCII characters. Left out: one is generated and shown once.
    #[serde(default)]
    #[schema(min_length = 16, max_length = 256)]
    secret: Option<String>,
    /// A text for people.
    #[serde(default)]
    #[schema(max_length = 500)]
    description: Option<String>,
    /// Extra headers on every request, by name; at most 16. Names that the protocol or our own
    /// headers need are refused.
    #[serde(default)]
    headers: BTreeMap<String, String>,
    /// Most requests in flight at a time; 64 when left out.
    #[serde(default)]
    #[schema(minimum = 1, maximum = 256)]
    max_in_flight: Option<i64>,
    /// Most requests per second; no limit when left out.
    #[serde(default)]
    #[schema(minimum = 1, maximum = 10000)]
    rate_limit: Option<i64>,
}

impl From<CreateWebhookBody> for CreateWebhook {
    fn from(body: CreateWebhookBody) -> Self {
        Self {
            channel: body.channel.into(),
            url: body.url,
            events: body.events,
            secret: body.secret,
            description: body.description,
            headers: headers(body.headers),
            max_in_flight: body.max_in_flight,
            rate_limit: body.rate_limit,
        }
    }
}

fn headers(given: BTreeMap<String, String>) -> Vec<HeaderInput> {
    given.into_iter().map(|(name, value)| HeaderInput { name, value }).collect()
}

/// Changes to a webhook. What is left out stays as it is; `null` empties a field that may be
/// empty. The secret is changed by rotating it.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = UpdateWebhook, example = json!({"events": ["order.*"], "description": null}))]
pub(crate) struct UpdateWebhookBody {
    /// Where requests go.
    #[serde(default, deserialize_with = "given")]
    #[schema(max_length = 2048)]
    url: Option<String>,
    /// Event types and patterns, all of them.
    #[serde(default, deserialize_with = "given")]
    #[schema(min_items = 1, max_items = 100)]
    events: Option<Vec<String>>,
    /// A text for people.
    #[serde(default)]
    #[schema(value_type = Option<String>, max_length = 500)]
    description: Change<String>,
    /// Extra headers, all of them.
    #[serde(default, deserialize_with = "given")]
    headers: Option<BTreeMap<String, String>>,
    /// Most requests in flight at a time.
    #[serde(default, deserialize_with = "given")]
    #[schema(minimum = 1, maximum = 256)]
    max_in_flight: Option<i64>,
    /// Most requests per second; `null`: no limit.
    #[serde(default)]
    #[schema(value_type = Option<i64>, minimum = 1, maximum = 10000)]
    rate_limit: Change<i64>,
}

impl From<UpdateWebhookBody> for UpdateWebhook {
    fn from(body: UpdateWebhookBody) -> Self {
        Self {
            url: body.url,
            events: body.events,
            description: body.description,
            headers: body.headers.map(headers),
            max_in_flight: body.max_in_flight,
            rate_limit: body.rate_limit,
        }
    }
}

/// How to rotate a secret.
#[derive(Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = RotateSecret, example = json!({"overlapSeconds": 86400}))]
pub(crate) struct RotateSecretBody {
    /// The new secret. Left out: one is generated and shown once.
    #[serde(default)]
    #[schema(min_length = 16, max_length = 256)]
    secret: Option<String>,
    /// How long the old secret stays alive beside it, in seconds; a day when left out, at most
    /// seven days. `0` ends every older secret at once.
    #[serde(default)]
    #[schema(minimum = 0, maximum = 604800)]
    overlap_seconds: Option<u64>,
    /// Whether `X-Fanfare-Signature`, which has room for one signature, is made with the new
    /// secret from now on, rather than from the end of the overlap.
    #[serde(default)]
    switch_signature: bool,
}

impl From<RotateSecretBody> for RotateSecret {
    fn from(body: RotateSecretBody) -> Self {
        Self {
            secret: body.secret,
            overlap: body.overlap_seconds.map(Duration::from_secs),
            switch_signature: body.switch_signature,
        }
    }
}

/// A test to send.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = TestWebhook, example = json!({"type": "order.paid"}))]
pub(crate) struct TestWebhookBody {
    /// Of which event type the catalogue's example is sent.
    #[serde(rename = "type")]
    pub(crate) event_type: String,
}

/// A test that was sent.
#[derive(Serialize, ToSchema)]
#[schema(as = TestSent)]
pub(crate) struct TestSentJson {
    /// The event, marked as a test.
    event: ReceiptJson,
    /// Its delivery to this webhook.
    #[schema(required)]
    delivery: Option<DeliveryJson>,
}

impl From<TestSent> for TestSentJson {
    fn from(sent: TestSent) -> Self {
        Self { event: sent.event.into(), delivery: sent.delivery.map(Into::into) }
    }
}
