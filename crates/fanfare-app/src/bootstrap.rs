//! The first start.

use fanfare_model::{Actor, OrganizationId, Scopes};
use fanfare_signing::{ApiKey, ApiKeyMode};
use fanfare_store::{Order, Organization, Origin, PageRequest};

use crate::{App, AppError, Caller, ErrorCode, OneTimeLink, OperatorContext};

/// The name of the organization that the first start creates.
const FIRST_ORGANIZATION: &str = "My organization";

/// What the first start has to print.
#[derive(Debug)]
pub struct Bootstrapped {
    /// The organization that the key belongs to.
    pub organization: Organization,
    /// A key that was generated now, to be printed once; `None` when the operator supplied one
    /// or one exists.
    pub generated_key: Option<ApiKey>,
    /// With what its first owner comes in, once, when it was created now.
    pub setup: Option<OneTimeLink>,
    /// Whether the organization was created now.
    pub created: bool,
}

/// Whoever starts the server.
fn console(organization_id: OrganizationId) -> Caller {
    let origin = Origin::default();
    Caller { organization_id, actor: Actor::Console, scopes: Scopes::ALL, origin }
}

impl App {
    /// Makes sure that somebody can get in. On an empty database: creates an organization and
    /// its first key with all scopes, the one given or a generated one. On another: with a given
    /// key, makes sure that it exists (for the oldest organization, if it is new). Repeating it
    /// changes nothing. A given key that was revoked stays revoked: [`ErrorCode::Conflict`]; one
    /// that is not of the form [`ApiKey::parse_bootstrap`] wants:
    /// [`ErrorCode::ValidationFailed`].
    pub async fn bootstrap(&self, given_key: Option<&str>) -> Result<Bootstrapped, AppError> {
        let given = given_key.map(ApiKey::parse_bootstrap).transpose();
        let given =
            given.map_err(|error| AppError::invalid_field("bootstrap key", error.to_string()))?;
        let oldest = self.store().organizations().await?.into_iter().next();
        let created = oldest.is_none();
        let organization = match oldest {
            Some(organization) => organization,
            None => self.first_organization().await?,
        };
        if let Some(key) = given {
            let organization = self.ensure_key(organization, &key).await?;
            let setup = self.setup_of(&organization, created).await?;
            return Ok(Bootstrapped { organization, generated_key: None, setup, created });
        }
        // A start that was killed between the two writes left an organization without a key.
        let generated_key = if created || self.has_no_key(organization.id).await? {
            let key = ApiKey::generate(ApiKeyMode::Live, self.ids().random());
            self.write_key(&console(organization.id), "bootstrap", Scopes::KEYS, &key).await?;
            Some(key)
        } else {
            None
        };
        let setup = self.setup_of(&organization, created || generated_key.is_some()).await?;
        Ok(Bootstrapped { organization, generated_key, setup, created })
    }

    async fn setup_of(
        &self,
        organization: &Organization,
        is_first_start: bool,
    ) -> Result<Option<OneTimeLink>, AppError> {
        match is_first_start {
            true => self.setup_link(organization.id).await.map(Some),
            false => Ok(None),
        }
    }

    async fn first_organization(&self) -> Result<Organization, AppError> {
        let organization = Organization {
            id: self.ids().next(),
            name: FIRST_ORGANIZATION.to_owned(),
            created_at: self.now(),
        };
        self.store().create_organization(organization.clone()).await?;
        Ok(organization)
    }

    /// The organization that the key belongs to in the end.
    async fn ensure_key(
        &self,
        oldest: Organization,
        key: &ApiKey,
    ) -> Result<Organization, AppError> {
        let Some(known) = self.store().key_by_hash(key.hash()).await? else {
            self.write_key(&console(oldest.id), "bootstrap", Scopes::KEYS, key).await?;
            return Ok(oldest);
        };
        if known.revoked_at.is_some() {
            let message =
                format!("the bootstrap key {}… was revoked; supply another", known.prefix);
            return Err(AppError::new(ErrorCode::Conflict, message));
        }
        let organization = self.store().organization(known.organization_id).await?;
        organization.ok_or_else(|| {
            AppError::internal(OperatorContext::new("the bootstrap key's organization is missing"))
        })
    }

    async fn has_no_key(&self, organization: OrganizationId) -> Result<bool, AppError> {
        let page = PageRequest { limit: 1, order: Order::Ascending, after: None, before: None };
        Ok(self.store().keys(organization, page).await?.items.is_empty())
    }
}
