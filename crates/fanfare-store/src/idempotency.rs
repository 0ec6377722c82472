//! `Idempotency-Key`: the same request gets the first answer again.

use async_trait::async_trait;
use bytes::Bytes;
use fanfare_model::{OrganizationId, Timestamp, limits};

use crate::StoreError;

/// A key as one organization used it on one request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdempotencyKey {
    /// Whose key.
    pub organization_id: OrganizationId,
    /// The header's value.
    pub key: String,
    /// A hash of method, path and body: the same key with another one is refused.
    pub fingerprint: [u8; 32],
}

/// An answer to give again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredResponse {
    /// The HTTP status.
    pub status: u16,
    /// The body's JSON.
    pub body: Bytes,
}

/// A key as a backend keeps it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownKey {
    /// Of the request that used it.
    pub fingerprint: Vec<u8>,
    /// When it was held or answered.
    pub at: Timestamp,
    /// The answer; `None` while the request runs.
    pub response: Option<StoredResponse>,
}

impl KnownKey {
    /// What a key means to a request that uses it now.
    pub fn meaning(known: Option<Self>, key: &IdempotencyKey, now: Timestamp) -> IdempotencyStart {
        let Some(known) = known else { return IdempotencyStart::Fresh };
        let lasts = match known.response {
            Some(_) => limits::IDEMPOTENCY_RETENTION,
            None => limits::IDEMPOTENCY_HOLD,
        };
        if now >= known.at + lasts {
            IdempotencyStart::Fresh
        } else if known.fingerprint != key.fingerprint {
            IdempotencyStart::KeyReused
        } else {
            known.response.map_or(IdempotencyStart::KeyInUse, IdempotencyStart::Replayed)
        }
    }

    /// Whether it is held for this request, which runs.
    pub fn is_held_for(&self, key: &IdempotencyKey) -> bool {
        self.response.is_none() && self.fingerprint == key.fingerprint
    }
}

/// What is known of a key when a request begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum IdempotencyStart {
    /// Never seen, or its hold or retention has ended: it is held for this request now.
    Fresh,
    /// Seen with the same request: its answer.
    Replayed(StoredResponse),
    /// Seen with another request.
    KeyReused,
    /// A request with this key is running.
    KeyInUse,
}

/// Idempotency for requests other than publishing (which does it inside `accept`).
#[async_trait]
pub trait IdempotencyStore: Send + Sync {
    /// Looks a key up and holds it for `limits::IDEMPOTENCY_HOLD` when it is fresh. Answers
    /// older than `limits::IDEMPOTENCY_RETENTION` count as never seen.
    async fn begin_idempotent(
        &self,
        key: IdempotencyKey,
        now: Timestamp,
    ) -> Result<IdempotencyStart, StoreError>;
    /// Keeps the answer of the request that holds the key; `None` lets the key go, so that the
    /// request can be tried again (it failed on our side).
    async fn finish_idempotent(
        &self,
        key: IdempotencyKey,
        response: Option<StoredResponse>,
        now: Timestamp,
    ) -> Result<(), StoreError>;
}
