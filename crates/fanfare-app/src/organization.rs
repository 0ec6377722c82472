//! Who am I, and what is the organization told.

use fanfare_model::Scope;
use fanfare_store::{Notice, Organization, Page, PageRequest};

use crate::{App, AppError, Caller};

/// The caller, as `GET /api/me` shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Me {
    /// The caller's organization.
    pub organization: Organization,
    /// The caller.
    pub caller: Caller,
}

impl App {
    /// The caller and its organization. Needs no scope.
    pub async fn me(&self, caller: &Caller) -> Result<Me, AppError> {
        let organization = self.store().organization(caller.organization_id).await?;
        let organization = organization.ok_or_else(|| AppError::not_found("organization"))?;
        Ok(Me { organization, caller: *caller })
    }

    /// The organization's notices. Needs `deliveries:read`.
    pub async fn notices(
        &self,
        caller: &Caller,
        page: PageRequest,
    ) -> Result<Page<Notice>, AppError> {
        caller.require(Scope::DeliveriesRead)?;
        Ok(self.store().notices(caller.organization_id, page).await?)
    }
}
