//! API keys.

use fanfare_model::{ApiKeyId, Scopes};
use fanfare_signing::ApiKeyMode;
use fanfare_store::{ApiKey, Page, PageRequest};

use crate::{App, AppError, Caller};

/// A key to create.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewKey {
    /// A name for people: 1 to 100 characters.
    pub name: String,
    /// What it may do: at least one scope, none the caller lacks.
    pub scopes: Scopes,
    /// `sk_live_` or `sk_test_`.
    pub mode: ApiKeyMode,
}

/// A key that was created, with its text, which nobody can read again.
#[derive(Debug)]
pub struct CreatedKey {
    /// The key as stored.
    pub key: ApiKey,
    /// The whole key; [`fanfare_signing::ApiKey::expose`] gives the text to show once.
    pub secret: fanfare_signing::ApiKey,
}

impl App {
    /// Creates a key. Needs `keys:write`.
    pub async fn create_key(&self, caller: &Caller, new: NewKey) -> Result<CreatedKey, AppError> {
        let _ = (caller, new);
        unimplemented!()
    }

    /// The organization's keys, revoked ones included. Needs `keys:write`.
    pub async fn keys(&self, caller: &Caller, page: PageRequest) -> Result<Page<ApiKey>, AppError> {
        let _ = (caller, page);
        unimplemented!()
    }

    /// Revokes a key, which stops working within a second on every node. Needs `keys:write`. A
    /// second time changes nothing. A key may revoke itself.
    pub async fn revoke_key(&self, caller: &Caller, id: ApiKeyId) -> Result<ApiKey, AppError> {
        let _ = (caller, id);
        unimplemented!()
    }
}
