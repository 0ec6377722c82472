//! The audit log: who did what to which resource, from where, before and after.
//!
//! Promises:
//!
//! - An entry is written in the transaction of the change that it tells of: there is no change
//!   without its entry and no entry without its change. Operations that change something take an
//!   [`Audit`]: the draft of the entry, or nothing when the act is not audited. The backend fills in
//!   the number, the actor's name as it is then, what was there before and after ([`Audited`]), and
//!   the hashes. A change that changed nothing has no entry.
//! - Entries of an organization are numbered from 1 without gaps, and each holds the hash of the one
//!   before it: [`AuditEntry::computed_hash`]. What number the last one has, and its hash, is kept
//!   apart as the [`AuditHead`], so that entries missing at the end are noticed as well.
//! - Entries are never changed or removed: the database itself refuses it.
//!
//! **The hash** is SHA-256 over the UTF-8 text of one JSON array without spaces:
//!
//! ```text
//! ["fanfare.audit.1", previous hash (64 hex digits, zeros for the first), number, id,
//!  organization id, time in milliseconds since the epoch, kind of the actor, its id, its name,
//!  action, kind of the resource, its id, ip, request id, before, after]
//! ```
//!
//! What is not there is `null`; `before` and `after` are strings that hold JSON as it is stored.
//!
//! Left out: secrets (no [`Audited`] shows one), and personal data of consumers, because what is
//! here cannot be erased.

mod shown;

use std::net::IpAddr;

use async_trait::async_trait;
use aws_lc_rs::digest;
use fanfare_model::{Actor, AuditEntryId, OrganizationId, RequestId, Timestamp};
use serde_json::{Value, json};

use crate::{Page, PageRequest, StoreError};

/// Where a request came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Origin {
    /// The address it came from.
    pub ip: Option<IpAddr>,
    /// The request.
    pub request_id: Option<RequestId>,
}

/// What something was done to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resource {
    /// Its noun: `webhook`, `member`.
    pub kind: &'static str,
    /// Its public id.
    pub id: String,
}

/// An entry before it is written.
#[derive(Debug, Clone, PartialEq)]
pub struct AuditDraft {
    /// Its id.
    pub id: AuditEntryId,
    /// When.
    pub at: Timestamp,
    /// Who.
    pub actor: Actor,
    /// From where.
    pub origin: Origin,
    /// What was done, as `noun.verb` in the past: `webhook.created`.
    pub action: &'static str,
    /// To what.
    pub resource: Resource,
    /// What was there before, without secrets.
    pub before: Option<Value>,
    /// What is there now, without secrets.
    pub after: Option<Value>,
}

/// What an operation is to write into the audit log; `None`: nothing.
pub type Audit = Option<AuditDraft>;

/// What the audit log shows of a thing.
pub trait Audited: Sync {
    /// The thing without secrets and without personal data of consumers.
    fn shown(&self) -> Value;
}

impl AuditDraft {
    /// The same of the resource with this id.
    #[must_use]
    pub fn of(mut self, id: impl ToString) -> Self {
        self.resource.id = id.to_string();
        self
    }

    /// The same with what was there before and after.
    #[must_use]
    pub fn with(mut self, before: Option<&dyn Audited>, after: Option<&dyn Audited>) -> Self {
        self.before = before.map(Audited::shown).or(self.before);
        self.after = after.map(Audited::shown).or(self.after);
        self
    }

    /// The entry that follows `head`, with the actor's name as it is now.
    pub fn entry(
        &self,
        organization_id: OrganizationId,
        head: &AuditHead,
        actor_name: Option<String>,
    ) -> AuditEntry {
        let mut entry = AuditEntry {
            id: self.id,
            number: head.number + 1,
            organization_id,
            at: self.at,
            actor: self.actor,
            actor_name,
            action: self.action.to_owned(),
            resource_kind: self.resource.kind.to_owned(),
            resource_id: self.resource.id.clone(),
            ip: self.origin.ip.map(|ip| ip.to_canonical().to_string()),
            request_id: self.origin.request_id.map(|id| id.to_string()),
            before: self.before.as_ref().map(Value::to_string),
            after: self.after.as_ref().map(Value::to_string),
            previous_hash: head.hash,
            hash: [0; 32],
        };
        entry.hash = entry.computed_hash();
        entry
    }
}

/// An entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditEntry {
    /// Its id.
    pub id: AuditEntryId,
    /// Its place in the organization's log, from 1.
    pub number: u64,
    /// Whose log it is in.
    pub organization_id: OrganizationId,
    /// When it happened.
    pub at: Timestamp,
    /// Who did it.
    pub actor: Actor,
    /// The actor's name as it was then.
    pub actor_name: Option<String>,
    /// What was done.
    pub action: String,
    /// The noun of what it was done to.
    pub resource_kind: String,
    /// The id of what it was done to.
    pub resource_id: String,
    /// The address it came from.
    pub ip: Option<String>,
    /// The request in which it happened.
    pub request_id: Option<String>,
    /// What was there before, as JSON.
    pub before: Option<String>,
    /// What was there after, as JSON.
    pub after: Option<String>,
    /// The hash of the entry before it; zeros for the first.
    pub previous_hash: [u8; 32],
    /// The hash of this entry.
    pub hash: [u8; 32],
}

impl AuditEntry {
    /// The entry as one line of JSON, with everything that its hash is computed from.
    pub fn line(&self) -> String {
        json!({
            "number": self.number,
            "id": self.id,
            "organizationId": self.organization_id,
            "at": self.at.to_string(),
            "atMillis": self.at.as_millis(),
            "actor": { "kind": self.actor.kind(), "id": self.actor_id(), "name": self.actor_name },
            "action": self.action,
            "resource": { "kind": self.resource_kind, "id": self.resource_id },
            "ip": self.ip,
            "requestId": self.request_id,
            "before": self.before,
            "after": self.after,
            "previousHash": hex(&self.previous_hash),
            "hash": hex(&self.hash),
        })
        .to_string()
    }

    /// The actor's public id, if it has one.
    pub fn actor_id(&self) -> Option<String> {
        self.actor.id_bits().map(|_| self.actor.to_string())
    }

    /// The hash as 64 hexadecimal digits.
    pub fn hash_text(&self) -> String {
        hex(&self.hash)
    }

    /// What its hash must be; see the file's text.
    pub fn computed_hash(&self) -> [u8; 32] {
        let canonical = json!([
            "fanfare.audit.1",
            hex(&self.previous_hash),
            self.number,
            self.id.to_string(),
            self.organization_id.to_string(),
            self.at.as_millis(),
            self.actor.kind(),
            self.actor_id(),
            self.actor_name,
            self.action,
            self.resource_kind,
            self.resource_id,
            self.ip,
            self.request_id,
            self.before,
            self.after,
        ]);
        let mut hash = [0; 32];
        let digest = digest::digest(&digest::SHA256, canonical.to_string().as_bytes());
        hash.copy_from_slice(digest.as_ref());
        hash
    }
}

/// Lower-case hexadecimal digits.
fn hex(bytes: &[u8; 32]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The end of an organization's log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct AuditHead {
    /// The number of the last entry; 0 when there is none.
    pub number: u64,
    /// The hash of the last entry; zeros when there is none.
    pub hash: [u8; 32],
}

/// Which entries a list shows.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AuditFilter {
    /// Done by this actor.
    pub actor: Option<Actor>,
    /// With this action.
    pub action: Option<String>,
    /// Done to what has this public id.
    pub resource_id: Option<String>,
    /// At or after this time.
    pub since: Option<Timestamp>,
    /// Before this time.
    pub until: Option<Timestamp>,
}

/// The audit log.
#[async_trait]
pub trait AuditStore: Send + Sync {
    /// Writes an entry for what changes nothing, or what changed already.
    async fn append_audit(
        &self,
        organization: OrganizationId,
        draft: AuditDraft,
    ) -> Result<(), StoreError>;
    /// Entries in the order of their numbers; a cursor is a number. Entries show in the order of
    /// commits: whoever follows the numbers misses none.
    async fn audit_entries(
        &self,
        organization: OrganizationId,
        filter: AuditFilter,
        page: PageRequest,
    ) -> Result<Page<AuditEntry>, StoreError>;
    /// The end of the log.
    async fn audit_head(&self, organization: OrganizationId) -> Result<AuditHead, StoreError>;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_is_the_documented_one_and_covers_every_field() {
        let draft = AuditDraft {
            id: AuditEntryId::from_u128(1),
            at: Timestamp::from_millis(1_795_428_000_000),
            actor: Actor::Console,
            origin: Origin::default(),
            action: "member.invited",
            resource: Resource { kind: "invitation", id: "lnk_1".into() },
            before: None,
            after: Some(json!({"role": "editor"})),
        };
        let org = OrganizationId::from_u128(2);
        let entry = draft.entry(org, &AuditHead::default(), Some("Ada".into()));
        let text = format!(
            r#"["fanfare.audit.1","{}",1,"{}","{org}",1795428000000,"console",null,"Ada","member.invited","invitation","lnk_1",null,null,null,"{{\"role\":\"editor\"}}"]"#,
            "0".repeat(64),
            entry.id,
        );
        let digest = digest::digest(&digest::SHA256, text.as_bytes());
        assert_eq!(entry.hash, digest.as_ref());
        type Change = fn(&mut AuditEntry);
        let changes: [Change; 14] = [
            |e| e.id = AuditEntryId::from_u128(9),
            |e| e.number = 2,
            |e| e.organization_id = OrganizationId::from_u128(9),
            |e| e.at = Timestamp::from_millis(1),
            |e| e.actor = Actor::System,
            |e| e.actor_name = None,
            |e| e.action.push('x'),
            |e| e.resource_kind.push('x'),
            |e| e.resource_id.push('x'),
            |e| e.ip = Some("::1".into()),
            |e| e.request_id = Some("req".into()),
            |e| e.before = Some("{}".into()),
            |e| e.after = None,
            |e| e.previous_hash[0] = 1,
        ];
        for change in changes {
            let mut other = entry.clone();
            change(&mut other);
            assert_ne!(other.computed_hash(), entry.hash, "{other:?}");
        }
    }
}
