//! The first start.

use fanfare_store::Organization;

use crate::{App, AppError};

/// What the first start has to print.
#[derive(Debug)]
pub struct Bootstrapped {
    /// The organization that the key belongs to.
    pub organization: Organization,
    /// A key that was generated now, to be printed once; `None` when the operator supplied one
    /// or one exists.
    pub generated_key: Option<fanfare_signing::ApiKey>,
    /// Whether the organization was created now.
    pub created: bool,
}

impl App {
    /// Makes sure that somebody can get in. On an empty database: creates an organization and
    /// its first key with all scopes, the one given or a generated one. On another: with a given
    /// key, makes sure that it exists (for the oldest organization, if it is new). Repeating it
    /// changes nothing. A given key that was revoked stays revoked:
    /// [`ErrorCode::Conflict`](crate::ErrorCode::Conflict); one that is not of the form
    /// [`fanfare_signing::ApiKey::parse_bootstrap`] wants:
    /// [`ErrorCode::ValidationFailed`](crate::ErrorCode::ValidationFailed).
    pub async fn bootstrap(&self, given_key: Option<&str>) -> Result<Bootstrapped, AppError> {
        let _ = given_key;
        unimplemented!()
    }
}
