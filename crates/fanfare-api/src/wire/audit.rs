//! Entries of the audit log as JSON.

use fanfare_model::{AuditEntryId, Timestamp};
use fanfare_store::AuditEntry;
use serde::Serialize;
use serde_json::value::RawValue;
use utoipa::ToSchema;

/// An entry of the audit log.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = AuditEntry)]
pub(crate) struct AuditEntryJson {
    /// Its id.
    #[schema(value_type = String, example = "aud_01h455vb4pex5vsknk084sn02q")]
    id: AuditEntryId,
    /// Its place in the organization's log, from 1, without gaps.
    number: u64,
    /// When it happened.
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    /// Who did it.
    actor: AuditActorJson,
    /// What was done.
    #[schema(example = "webhook.updated")]
    action: String,
    /// To what.
    resource: AuditResourceJson,
    /// The address it came from.
    #[schema(required, example = "192.0.2.7")]
    ip: Option<String>,
    /// The request in which it happened.
    #[schema(required)]
    request_id: Option<String>,
    /// What was there before, without secrets.
    #[schema(value_type = Option<Object>, required)]
    before: Option<Box<RawValue>>,
    /// What was there after, without secrets.
    #[schema(value_type = Option<Object>, required)]
    after: Option<Box<RawValue>>,
    /// SHA-256 of the entry, in hexadecimal; with it the hash of the entry before.
    hash: String,
}

/// Who did something.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AuditActor)]
struct AuditActorJson {
    /// `key`, `user`, `console` or `system`.
    kind: &'static str,
    /// The key's or user's id.
    #[schema(required)]
    id: Option<String>,
    /// The name as it was then.
    #[schema(required)]
    name: Option<String>,
}

/// What something was done to.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AuditResource)]
struct AuditResourceJson {
    /// Its noun.
    #[schema(example = "webhook")]
    kind: String,
    /// Its id.
    id: String,
}

impl From<AuditEntry> for AuditEntryJson {
    fn from(entry: AuditEntry) -> Self {
        // What is stored is JSON; what is not would be shown as nothing rather than as broken JSON.
        let raw = |text: Option<String>| text.and_then(|text| RawValue::from_string(text).ok());
        Self {
            id: entry.id,
            number: entry.number,
            created_at: entry.at,
            actor: AuditActorJson {
                kind: entry.actor.kind(),
                id: entry.actor_id(),
                name: entry.actor_name.clone(),
            },
            hash: entry.hash_text(),
            action: entry.action,
            resource: AuditResourceJson { kind: entry.resource_kind, id: entry.resource_id },
            ip: entry.ip,
            request_id: entry.request_id,
            before: raw(entry.before),
            after: raw(entry.after),
        }
    }
}
