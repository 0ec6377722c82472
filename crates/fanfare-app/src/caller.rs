//! Who is asking.

use fanfare_model::{ApiKeyId, OrganizationId, Scope, Scopes};

use crate::AppError;

/// Somebody who was authenticated, and what they may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Caller {
    /// In whose name.
    pub organization_id: OrganizationId,
    /// With which key.
    pub key_id: ApiKeyId,
    /// What the key may do.
    pub scopes: Scopes,
}

impl Caller {
    /// [`ErrorCode::Forbidden`](crate::ErrorCode::Forbidden) unless the caller has the scope.
    pub fn require(&self, scope: Scope) -> Result<(), AppError> {
        if self.scopes.contains(scope) { Ok(()) } else { Err(AppError::forbidden(scope)) }
    }

    /// Whether the caller has the scope.
    pub const fn may(&self, scope: Scope) -> bool {
        self.scopes.contains(scope)
    }
}
