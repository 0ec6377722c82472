//! API keys, the caller, notices.

use std::borrow::Cow;

use fanfare_app::{CreatedKey, Me};
use fanfare_model::{
    ApiKeyId, DeliveryId, EventId, NoticeId, OrganizationId, Scope, Scopes, Timestamp, WebhookId,
};
use fanfare_store::{ApiKey, Notice, NoticeKind, Warning};
use serde::{Deserialize, Serialize};
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{ObjectBuilder, Schema, SchemaType, Type};
use utoipa::{PartialSchema, ToSchema};

/// An API key, without its secret part.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = ApiKey)]
pub(crate) struct KeyJson {
    /// Its id.
    #[schema(value_type = String, example = "key_01h455vb4pex5vsknk084sn02q")]
    id: ApiKeyId,
    /// A name for people.
    #[schema(example = "shop backend")]
    name: String,
    /// Its first characters, to recognise it by.
    #[schema(example = "sk_live_9fQz")]
    prefix: String,
    /// What it may do.
    #[schema(value_type = Vec<ScopeText>)]
    scopes: Vec<&'static str>,
    /// When it was created.
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    /// When it was last used, to the minute.
    #[schema(value_type = Option<String>, format = DateTime, required)]
    last_used_at: Option<Timestamp>,
    /// When it was revoked; `null` while it works.
    #[schema(value_type = Option<String>, format = DateTime, required)]
    revoked_at: Option<Timestamp>,
}

/// One right of an API key. Only describes the values in the OpenAPI document.
struct ScopeText;

impl PartialSchema for ScopeText {
    fn schema() -> RefOr<Schema> {
        let values = Scopes::KEYS.iter().map(Scope::as_str);
        let schema = ObjectBuilder::new()
            .schema_type(SchemaType::new(Type::String))
            .description(Some("One right of an API key."))
            .enum_values(Some(values));
        RefOr::T(schema.into())
    }
}

impl ToSchema for ScopeText {
    fn name() -> Cow<'static, str> {
        Cow::Borrowed("Scope")
    }
}

fn words(scopes: Scopes) -> Vec<&'static str> {
    scopes.iter().map(Scope::as_str).collect()
}

impl From<ApiKey> for KeyJson {
    fn from(key: ApiKey) -> Self {
        Self {
            id: key.id,
            name: key.name,
            prefix: key.prefix,
            scopes: words(key.scopes),
            created_at: key.created_at,
            last_used_at: key.last_used_at,
            revoked_at: key.revoked_at,
        }
    }
}

/// A key that was created.
#[derive(Serialize, ToSchema)]
#[schema(as = CreatedApiKey)]
pub(crate) struct CreatedKeyJson {
    #[serde(flatten)]
    summary: KeyJson,
    /// The whole key. Shown this once: store it. `null` in an answer that is replayed for an
    /// `Idempotency-Key`.
    #[schema(required, example = "sk_live_4eC39HqLyjWDarjtT1zdp7dc")]
    pub(crate) key: Option<String>,
}

impl From<CreatedKey> for CreatedKeyJson {
    fn from(created: CreatedKey) -> Self {
        let key = Some(created.secret.expose().to_owned());
        Self { summary: created.key.into(), key }
    }
}

/// A key to create.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = CreateApiKey, example = json!({
    "name": "shop backend", "scopes": ["events:write", "webhooks:read"]
}))]
pub(crate) struct CreateKeyBody {
    /// A name for people.
    #[schema(min_length = 1, max_length = 100)]
    pub(crate) name: String,
    /// What it may do; nothing that the key in use may not.
    #[schema(value_type = Vec<ScopeText>, min_items = 1)]
    pub(crate) scopes: Vec<String>,
    /// Whether it begins with `sk_live_` or `sk_test_`; `live` when left out.
    #[serde(default)]
    pub(crate) mode: KeyModeText,
}

/// Which kind of key.
#[derive(Debug, Clone, Copy, Default, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
#[schema(as = ApiKeyMode)]
pub(crate) enum KeyModeText {
    #[default]
    Live,
    Test,
}

/// The caller.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Me)]
pub(crate) struct MeJson {
    /// The organization the key belongs to.
    #[schema(inline)]
    organization: OrganizationJson,
    /// The key in use.
    #[schema(inline)]
    key: CallerJson,
}

/// An organization.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct OrganizationJson {
    #[schema(value_type = String, example = "org_01h455vb4pex5vsknk084sn02q")]
    id: OrganizationId,
    name: String,
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
}

/// The key in use.
#[derive(Debug, Serialize, ToSchema)]
struct CallerJson {
    #[schema(value_type = String, example = "key_01h455vb4pex5vsknk084sn02q")]
    id: String,
    #[schema(value_type = Vec<ScopeText>)]
    scopes: Vec<&'static str>,
}

impl From<Me> for MeJson {
    fn from(me: Me) -> Self {
        let organization = me.organization;
        Self {
            organization: OrganizationJson {
                id: organization.id,
                name: organization.name,
                created_at: organization.created_at,
            },
            key: CallerJson { id: me.caller.actor.to_string(), scopes: words(me.caller.scopes) },
        }
    }
}

/// Something the organization is told.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Notice)]
pub(crate) struct NoticeJson {
    /// Its id.
    #[schema(value_type = String, example = "ntc_01h455vb4pex5vsknk084sn02q")]
    id: NoticeId,
    /// `delivery_failed`, `webhook_gone`, `webhook_disabled`, `webhook_recovered`,
    /// `webhook_warned` or `backlog_stays`.
    #[schema(value_type = NoticeKindText)]
    kind: &'static str,
    /// The same for people.
    #[schema(value_type = String)]
    message: &'static str,
    /// About which webhook.
    #[schema(value_type = String, example = "whk_01h455vb4pex5vsknk084sn02q")]
    webhook_id: WebhookId,
    /// Which delivery was given up; `null` for other kinds.
    #[schema(value_type = Option<String>, required)]
    delivery_id: Option<DeliveryId>,
    /// Of which event; `null` for other kinds.
    #[schema(value_type = Option<String>, required)]
    event_id: Option<EventId>,
    /// When it was written.
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
}

/// What a notice says.
#[derive(ToSchema)]
#[schema(as = NoticeKind)]
#[expect(dead_code, reason = "only describes the values in the OpenAPI document")]
enum NoticeKindText {
    #[schema(rename = "delivery_failed")]
    DeliveryFailed,
    #[schema(rename = "webhook_gone")]
    WebhookGone,
    #[schema(rename = "webhook_disabled")]
    WebhookDisabled,
    #[schema(rename = "webhook_recovered")]
    WebhookRecovered,
    #[schema(rename = "webhook_warned")]
    WebhookWarned,
    #[schema(rename = "backlog_stays")]
    BacklogStays,
}

impl From<Notice> for NoticeJson {
    fn from(notice: Notice) -> Self {
        let (message, delivery_id, event_id) = match notice.kind {
            NoticeKind::DeliveryFailed { delivery_id, event_id } => (
                "A delivery was given up after its last attempt. It can be resent.",
                Some(delivery_id),
                Some(event_id),
            ),
            NoticeKind::WebhookGone => {
                ("The receiver answered 410 Gone, so the webhook was disabled.", None, None)
            }
            NoticeKind::WebhookDisabled => {
                ("Nothing but failures for days, so the webhook was disabled.", None, None)
            }
            NoticeKind::WebhookRecovered => {
                ("A delivery succeeded, so the webhook is active again.", None, None)
            }
            NoticeKind::WebhookWarned(Warning::Half) => {
                ("Half of the time before the webhook is disabled is over.", None, None)
            }
            NoticeKind::WebhookWarned(Warning::FourFifths) => {
                ("Four fifths of the time before the webhook is disabled are over.", None, None)
            }
            NoticeKind::BacklogStays => {
                ("What waits for the webhook will not be delivered in time.", None, None)
            }
        };
        Self {
            id: notice.id,
            kind: notice.kind.as_str(),
            message,
            webhook_id: notice.webhook_id,
            delivery_id,
            event_id,
            created_at: notice.created_at,
        }
    }
}
