//! What the organization is told.

use async_trait::async_trait;
use fanfare_model::{DeliveryId, EventId, NoticeId, OrganizationId, Timestamp, WebhookId};

use crate::{Page, PageRequest, StoreError};

/// What a notice says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoticeKind {
    /// A delivery was given up after its last attempt. Exactly one per such delivery.
    DeliveryFailed {
        /// Which delivery.
        delivery_id: DeliveryId,
        /// Of which event.
        event_id: EventId,
    },
    /// The receiver answered 410 and the webhook was disabled.
    WebhookGone,
    /// Nothing but failures for days: the webhook was disabled.
    WebhookDisabled,
}

impl NoticeKind {
    /// The word in JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::DeliveryFailed { .. } => "delivery_failed",
            Self::WebhookGone => "webhook_gone",
            Self::WebhookDisabled => "webhook_disabled",
        }
    }
}

/// A notice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Notice {
    /// Its id.
    pub id: NoticeId,
    /// What it says.
    pub kind: NoticeKind,
    /// About which webhook.
    pub webhook_id: WebhookId,
    /// When it was written.
    pub created_at: Timestamp,
}

/// Notices; written by [`crate::DeliveryQueue::record`].
#[async_trait]
pub trait NoticeStore: Send + Sync {
    /// The organization's notices.
    async fn notices(
        &self,
        organization: OrganizationId,
        page: PageRequest,
    ) -> Result<Page<Notice>, StoreError>;
}
