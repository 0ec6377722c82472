//! API keys.

use fanfare_model::{ApiKeyId, Scope, Scopes};
use fanfare_signing::ApiKeyMode;
use fanfare_store::{ApiKey, NewApiKey, Order, Page, PageRequest};

use crate::{App, AppError, Caller, ErrorCode};

/// Longest name of a key, in characters.
const NAME: usize = 100;

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
    /// Creates a key. Needs `keys:write`. [`ErrorCode::ValidationFailed`] for the name or no
    /// scope, [`ErrorCode::Forbidden`] for scopes the caller lacks, [`ErrorCode::LimitReached`]
    /// beyond [`fanfare_model::limits::KEYS_PER_ORGANIZATION`].
    pub async fn create_key(&self, caller: &Caller, new: NewKey) -> Result<CreatedKey, AppError> {
        caller.require(Scope::KeysWrite)?;
        let name = new.name.trim();
        let chars = name.chars().count();
        if !(1..=NAME).contains(&chars) || name.chars().any(char::is_control) {
            let message = format!("must be 1 to {NAME} characters without control characters");
            return Err(AppError::invalid_field("name", message));
        }
        if new.scopes == Scopes::default() {
            return Err(AppError::invalid_field("scopes", "must name at least one scope"));
        }
        let may_give = caller.scopes.and(Scopes::KEYS);
        if !may_give.covers(new.scopes) {
            let lacking = new.scopes.iter().filter(|scope| !may_give.contains(*scope));
            let lacking = lacking.collect::<Scopes>();
            let message = format!("nobody can give a key what they do not have: {lacking}");
            return Err(AppError::new(ErrorCode::Forbidden, message));
        }
        let secret = fanfare_signing::ApiKey::generate(new.mode, self.ids().random());
        let key = self.write_key(caller, name, new.scopes, &secret).await?;
        Ok(CreatedKey { key, secret })
    }

    pub(crate) async fn write_key(
        &self,
        caller: &Caller,
        name: &str,
        scopes: Scopes,
        secret: &fanfare_signing::ApiKey,
    ) -> Result<ApiKey, AppError> {
        let key = ApiKey {
            id: self.ids().next(),
            organization_id: caller.organization_id,
            name: name.to_owned(),
            prefix: secret.prefix().to_owned(),
            scopes,
            created_at: self.now(),
            last_used_at: None,
            revoked_at: None,
        };
        let new = NewApiKey { key: key.clone(), hash: secret.hash() };
        let told = self.audit(caller, "api_key.created", "api_key", key.id);
        self.store().create_key(new, Some(told)).await?;
        Ok(key)
    }

    /// The organization's keys, revoked ones included. Needs `keys:write`.
    pub async fn keys(&self, caller: &Caller, page: PageRequest) -> Result<Page<ApiKey>, AppError> {
        caller.require(Scope::KeysWrite)?;
        Ok(self.store().keys(caller.organization_id, page).await?)
    }

    /// One key, revoked or not. Needs `keys:write`.
    pub async fn key(&self, caller: &Caller, id: ApiKeyId) -> Result<ApiKey, AppError> {
        // The first one, newest first, that is not younger.
        let after = id.as_u128().checked_add(1);
        let page = PageRequest { limit: 1, order: Order::Descending, after, before: None };
        let found = self.keys(caller, page).await?.items.into_iter().next();
        found.filter(|key| key.id == id).ok_or_else(|| AppError::not_found("API key"))
    }

    /// Revokes a key, which stops working within a second on every node. Needs `keys:write`. A
    /// second time changes nothing. A key may revoke itself.
    pub async fn revoke_key(&self, caller: &Caller, id: ApiKeyId) -> Result<ApiKey, AppError> {
        caller.require(Scope::KeysWrite)?;
        let told = self.audit(caller, "api_key.revoked", "api_key", id);
        let organization = caller.organization_id;
        let revoked = self.store().revoke_key(organization, id, self.now(), Some(told)).await?;
        let revoked = revoked.ok_or_else(|| AppError::not_found("API key"))?;
        self.shared.keys.forget_key(id);
        Ok(revoked)
    }
}
