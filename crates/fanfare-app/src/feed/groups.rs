//! Groups: created, listed, given another secret, removed.

use fanfare_model::{OrganizationId, Scope, limits};
use fanfare_signing::{SealContext, SealError, Secret};
use fanfare_store::{FeedGroup, FeedGroupCreation, FeedLag, NewFeedGroup, Sealed};

use crate::{App, AppError, Caller, OperatorContext};

/// A group with the secret that was made for it, which is shown this once.
#[derive(Debug)]
pub struct CreatedFeedGroup {
    /// The group.
    pub group: FeedGroup,
    /// What its items are signed with.
    pub secret: Secret,
}

/// Events that are counted ahead of a group: beyond that it is "at least".
const COUNTED: usize = 1_000;

fn no_such_group() -> AppError {
    AppError::not_found("group of the feed")
}

fn judge_name(name: &str) -> Result<(), AppError> {
    let most = limits::FEED_GROUP_NAME;
    let inner = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let fits = (1..=most).contains(&name.len())
        && name.bytes().all(|byte| inner(byte) || matches!(byte, b'-' | b'_'))
        && name.bytes().next().is_some_and(inner);
    if fits {
        return Ok(());
    }
    let message = format!(
        "must be 1 to {most} characters of a-z, 0-9, - and _, and begin with a letter or digit"
    );
    Err(AppError::invalid_field("name", message))
}

impl App {
    /// Creates a group, which reads what is accepted from now on. Needs `webhooks:write`.
    /// [`ErrorCode::Conflict`](crate::ErrorCode::Conflict) when there is one of the name.
    pub async fn create_feed_group(
        &self,
        caller: &Caller,
        name: &str,
    ) -> Result<CreatedFeedGroup, AppError> {
        caller.require(Scope::WebhooksWrite)?;
        judge_name(name)?;
        let secret = Secret::generate(self.ids().random());
        let new = NewFeedGroup {
            organization_id: caller.organization_id,
            name: name.to_owned(),
            secret: self.seal_feed(caller.organization_id, name, &secret)?,
            created_at: self.now(),
        };
        match self.store().create_feed_group(new).await? {
            FeedGroupCreation::Created(group) => Ok(CreatedFeedGroup { group, secret }),
            FeedGroupCreation::Exists => {
                Err(AppError::conflict("name", "is the name of a group that exists"))
            }
        }
    }

    /// The organization's groups, by name. Needs `events:read`.
    pub async fn feed_groups(&self, caller: &Caller) -> Result<Vec<FeedGroup>, AppError> {
        caller.require(Scope::EventsRead)?;
        Ok(self.store().feed_groups(caller.organization_id).await?)
    }

    /// One group. Needs `events:read`.
    pub async fn feed_group(&self, caller: &Caller, name: &str) -> Result<FeedGroup, AppError> {
        caller.require(Scope::EventsRead)?;
        let found = self.store().feed_group(caller.organization_id, name).await?;
        found.ok_or_else(no_such_group)
    }

    /// How far a group is behind, counted to a thousand events. Needs `events:read`.
    pub async fn feed_lag(&self, caller: &Caller, group: &FeedGroup) -> Result<FeedLag, AppError> {
        caller.require(Scope::EventsRead)?;
        Ok(self.store().feed_lag(caller.organization_id, group.position, COUNTED).await?)
    }

    /// Gives a group another secret, which signs at once and alone: whoever reads pulls the next
    /// item when it knows the new one. Needs `webhooks:write`.
    pub async fn rotate_feed_secret(
        &self,
        caller: &Caller,
        name: &str,
    ) -> Result<CreatedFeedGroup, AppError> {
        caller.require(Scope::WebhooksWrite)?;
        let secret = Secret::generate(self.ids().random());
        let sealed = self.seal_feed(caller.organization_id, name, &secret)?;
        let changed = self.store().set_feed_secret(caller.organization_id, name, sealed).await?;
        Ok(CreatedFeedGroup { group: changed.ok_or_else(no_such_group)?, secret })
    }

    /// Removes a group with its position and results. Needs `webhooks:write`.
    pub async fn delete_feed_group(&self, caller: &Caller, name: &str) -> Result<(), AppError> {
        caller.require(Scope::WebhooksWrite)?;
        let gone = self.store().delete_feed_group(caller.organization_id, name).await?;
        if gone { Ok(()) } else { Err(no_such_group()) }
    }

    fn seal_feed(
        &self,
        organization: OrganizationId,
        name: &str,
        secret: &Secret,
    ) -> Result<Sealed, AppError> {
        let organization = organization.to_string();
        let place = SealContext::feed_secret(&organization, name);
        let nonce = self.ids().random();
        let sealed = self.shared.keyring.seal(place, nonce, secret.expose().as_bytes());
        sealed.map(Sealed).map_err(|error| AppError::internal(OperatorContext::new(error)))
    }

    /// The group's secret.
    pub(super) fn open_feed(&self, group: &FeedGroup) -> Result<Secret, AppError> {
        let organization = group.organization_id.to_string();
        let place = SealContext::feed_secret(&organization, &group.name);
        let open = || {
            let bytes = self.shared.keyring.open(place, &group.secret.0)?;
            let text = std::str::from_utf8(&bytes).map_err(|_| SealError::Open)?;
            Secret::parse(text).map_err(|_| SealError::Open)
        };
        open().map_err(|error| AppError::internal(OperatorContext::new(error)))
    }
}
