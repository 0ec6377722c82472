//! API keys: stored as a hash, never readable again.

use async_trait::async_trait;
use fanfare_model::{ApiKeyId, OrganizationId, Scopes, Timestamp};

use crate::{Audit, Page, PageRequest, StoreError};

/// A key as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiKey {
    /// Its id.
    pub id: ApiKeyId,
    /// Whose key it is.
    pub organization_id: OrganizationId,
    /// A name for people.
    pub name: String,
    /// The first characters, to recognise it by, for example `sk_live_9fQz`.
    pub prefix: String,
    /// What it may do.
    pub scopes: Scopes,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it was last used, to the minute.
    pub last_used_at: Option<Timestamp>,
    /// When it was revoked.
    pub revoked_at: Option<Timestamp>,
}

/// A key to store.
#[derive(Debug, Clone)]
pub struct NewApiKey {
    /// The key without its secret.
    pub key: ApiKey,
    /// SHA-256 of the whole key text; unique.
    pub hash: [u8; 32],
}

/// API keys.
#[async_trait]
pub trait KeyStore: Send + Sync {
    /// Writes a key. [`StoreError::LimitReached`] beyond `limits::KEYS_PER_ORGANIZATION` keys
    /// that are not revoked.
    async fn create_key(&self, key: NewApiKey, audit: Audit) -> Result<(), StoreError>;
    /// The key with this hash, revoked or not.
    async fn key_by_hash(&self, hash: [u8; 32]) -> Result<Option<ApiKey>, StoreError>;
    /// The organization's keys, revoked ones included.
    async fn keys(
        &self,
        organization: OrganizationId,
        page: PageRequest,
    ) -> Result<Page<ApiKey>, StoreError>;
    /// Revokes a key; a second time changes nothing. `None`: no such key.
    async fn revoke_key(
        &self,
        organization: OrganizationId,
        id: ApiKeyId,
        now: Timestamp,
        audit: Audit,
    ) -> Result<Option<ApiKey>, StoreError>;
    /// Notes that keys were used.
    async fn touch_keys(&self, used: Vec<(ApiKeyId, Timestamp)>) -> Result<(), StoreError>;
}
