//! Tenants.

use async_trait::async_trait;
use fanfare_model::{OrganizationId, Timestamp};

use crate::StoreError;

/// A tenant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Organization {
    /// Its id.
    pub id: OrganizationId,
    /// Its name, for people.
    pub name: String,
    /// When it was created.
    pub created_at: Timestamp,
}

/// Organizations.
#[async_trait]
pub trait OrganizationStore: Send + Sync {
    /// Writes a new organization.
    async fn create_organization(&self, organization: Organization) -> Result<(), StoreError>;
    /// All of them, oldest first.
    async fn organizations(&self) -> Result<Vec<Organization>, StoreError>;
    /// One of them.
    async fn organization(&self, id: OrganizationId) -> Result<Option<Organization>, StoreError>;
}
