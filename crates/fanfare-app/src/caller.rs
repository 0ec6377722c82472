//! Who is asking.

use fanfare_model::{Actor, ApiKeyId, OrganizationId, Scope, Scopes};
use fanfare_store::Origin;

use crate::{AppError, ErrorCode};

/// Somebody who was authenticated, and what they may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Caller {
    /// In whose name.
    pub organization_id: OrganizationId,
    /// Who.
    pub actor: Actor,
    /// What they may do.
    pub scopes: Scopes,
    /// From where; for the audit log.
    pub origin: Origin,
}

impl Caller {
    /// [`ErrorCode::Forbidden`](crate::ErrorCode) unless the caller has the scope.
    pub fn require(&self, scope: Scope) -> Result<(), AppError> {
        match self.actor {
            _ if self.scopes.contains(scope) => Ok(()),
            Actor::User(_) => {
                let message = format!("your role does not have the right {}", scope.as_str());
                Err(AppError::new(ErrorCode::Forbidden, message))
            }
            Actor::Key(_) | Actor::Console | Actor::System => Err(AppError::forbidden(scope)),
        }
    }

    /// Whether the caller has the scope.
    pub const fn may(&self, scope: Scope) -> bool {
        self.scopes.contains(scope)
    }

    /// The key, if it is one that asks.
    pub const fn key_id(&self) -> Option<ApiKeyId> {
        match self.actor {
            Actor::Key(id) => Some(id),
            Actor::User(_) | Actor::Console | Actor::System => None,
        }
    }

    /// The server itself, for what is due by its time.
    pub(crate) fn clock(organization_id: OrganizationId) -> Self {
        let origin = Origin::default();
        Self { organization_id, actor: Actor::System, scopes: Scopes::ALL, origin }
    }

    /// Refuses who may not remove experiences: people have a right of its own for it, a key may with
    /// `experiences:write`.
    pub(crate) fn require_deleting(&self) -> Result<(), AppError> {
        match self.actor {
            Actor::User(_) => self.require(Scope::ExperiencesDelete),
            Actor::Key(_) | Actor::Console | Actor::System => self.require(Scope::ExperiencesWrite),
        }
    }

    /// The same from there.
    #[must_use]
    pub const fn at(mut self, origin: Origin) -> Self {
        self.origin = origin;
        self
    }
}
