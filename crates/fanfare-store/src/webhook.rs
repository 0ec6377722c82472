//! What customers configured.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use fanfare_model::{
    DisabledReason, EventSelection, OrganizationId, Timestamp, WebhookChannel, WebhookId,
    WebhookStatus,
};

use crate::{Audit, Page, PageRequest, StoreError};

/// A secret, encrypted. Its bytes mean nothing to a store.
#[derive(Clone, PartialEq, Eq)]
pub struct Sealed(pub Vec<u8>);

impl fmt::Debug for Sealed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sealed(***)")
    }
}

/// The secret before the last rotation, while it is still alive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PreviousSecret {
    /// The encrypted secret.
    pub secret: Sealed,
    /// When it stops being used.
    pub until: Timestamp,
    /// Whether `X-Fanfare-Signature` still uses it.
    pub signs_fanfare: bool,
}

/// A header the customer wants on every request. The value is left out of `Debug`.
#[derive(Clone, PartialEq, Eq)]
pub struct CustomHeader {
    /// Its name, lower case.
    pub name: String,
    /// Its value.
    pub value: String,
}

impl fmt::Debug for CustomHeader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ***", self.name)
    }
}

/// A webhook.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Webhook {
    /// Its id.
    pub id: WebhookId,
    /// Whose webhook it is.
    pub organization_id: OrganizationId,
    /// Through what it was made; never changes.
    pub channel: WebhookChannel,
    /// Where requests go, in the serialised form that passed the URL policy.
    pub url: String,
    /// A text for people.
    pub description: Option<String>,
    /// What it subscribes to.
    pub events: EventSelection,
    /// Extra headers.
    pub headers: Vec<CustomHeader>,
    /// Most requests in flight.
    pub max_in_flight: u16,
    /// Most requests per second.
    pub rate_limit: Option<u32>,
    /// The current secret, encrypted.
    pub secret: Sealed,
    /// The one before, during a rotation's overlap.
    pub previous_secret: Option<PreviousSecret>,
    /// Where it stands.
    pub status: WebhookStatus,
    /// Why it is disabled; `Some` exactly when it is.
    pub disabled_reason: Option<DisabledReason>,
    /// When `status` last changed.
    pub status_changed_at: Timestamp,
    /// The first failure since the last success.
    pub failing_since: Option<Timestamp>,
    /// When it was created.
    pub created_at: Timestamp,
    /// When the customer or we last changed it (`failing_since` alone does not count).
    pub updated_at: Timestamp,
    /// Grows by one with every change of configuration or status.
    pub version: u32,
}

/// A webhook to create: `version` is 1 and the status is active.
pub type NewWebhook = Webhook;

/// What a request was made from: kept for every version, so that an attempt can be shown as it
/// was sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebhookVersion {
    /// The URL then.
    pub url: String,
    /// The custom headers then.
    pub headers: Vec<CustomHeader>,
}

/// Why an edit was not made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct EditRefused {
    /// A stable code for the caller's error table.
    pub code: &'static str,
    /// For people: from, to and why.
    pub message: String,
}

/// A change to a webhook, run inside the transaction on what is stored. The store then bumps
/// `version`; `id`, `organization_id`, `channel`, `created_at` are left alone. It may run more than once.
pub type WebhookEdit = Box<dyn Fn(&mut Webhook) -> Result<(), EditRefused> + Send + Sync>;

/// Which webhooks a list shows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WebhookFilter {
    /// Only these statuses; empty means all.
    pub status: Vec<WebhookStatus>,
    /// Only those made through these; empty means all.
    pub channel: Vec<WebhookChannel>,
}

impl WebhookFilter {
    /// Whether a list shows this one.
    pub fn takes(&self, webhook: &Webhook) -> bool {
        (self.status.is_empty() || self.status.contains(&webhook.status))
            && (self.channel.is_empty() || self.channel.contains(&webhook.channel))
    }
}

/// What [`WebhookStore::subscribe_webhook`] came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subscribed {
    /// The webhook as it is now.
    pub webhook: Arc<Webhook>,
    /// Whether it was created just now.
    pub is_new: bool,
}

/// Webhooks.
#[async_trait]
pub trait WebhookStore: Send + Sync {
    /// Writes a webhook; it takes part in every accept that commits later.
    /// [`StoreError::LimitReached`] beyond `limits::WEBHOOKS_PER_ORGANIZATION`.
    async fn create_webhook(
        &self,
        webhook: NewWebhook,
        audit: Audit,
    ) -> Result<Arc<Webhook>, StoreError>;
    /// The organization's oldest webhook with this channel and URL, edited as
    /// [`Self::modify_webhook`] would; when there is none, `new` is written as
    /// [`Self::create_webhook`] would. However many do this at the same time, one is created. The
    /// audit log is told by the first draft of what was created, by the second of what was edited,
    /// with the id of the webhook that was found.
    async fn subscribe_webhook(
        &self,
        new: NewWebhook,
        edit: WebhookEdit,
        audit: (Audit, Audit),
    ) -> Result<Subscribed, StoreError>;
    /// One webhook; `None` when it is unknown, deleted or another organization's.
    async fn webhook(
        &self,
        organization: OrganizationId,
        id: WebhookId,
    ) -> Result<Option<Arc<Webhook>>, StoreError>;
    /// The organization's webhooks.
    async fn webhooks(
        &self,
        organization: OrganizationId,
        filter: WebhookFilter,
        page: PageRequest,
    ) -> Result<Page<Arc<Webhook>>, StoreError>;
    /// Changes a webhook. When the edit made it `disabled`, what waits is cancelled: at once, or
    /// for a long queue in steps by [`crate::MaintenanceStore::cancel_unserved`]; nothing is
    /// claimed for it from the commit on. The hand-over hears of the change after the commit.
    async fn modify_webhook(
        &self,
        organization: OrganizationId,
        id: WebhookId,
        now: Timestamp,
        edit: WebhookEdit,
        audit: Audit,
    ) -> Result<Option<Arc<Webhook>>, StoreError>;
    /// Removes a webhook: it is `disabled` and no longer found, its deliveries stay readable,
    /// what waits is cancelled. `false`: no such webhook.
    async fn delete_webhook(
        &self,
        organization: OrganizationId,
        id: WebhookId,
        now: Timestamp,
        audit: Audit,
    ) -> Result<bool, StoreError>;
    /// URL and headers of one version of a webhook, deleted webhooks included.
    async fn webhook_version(
        &self,
        organization: OrganizationId,
        id: WebhookId,
        version: u32,
    ) -> Result<Option<WebhookVersion>, StoreError>;
}
