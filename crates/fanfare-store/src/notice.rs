//! What the organization is told.
//!
//! **Promises.** A notice is written in the transaction of what it tells. Until somebody has decided
//! whom to mail, it is *untold*; that decision, the mails that follow from it and the mark of what
//! was told of the webhook are one transaction of people ([`crate::UserStore::people`]), so that
//! every notice is told once, whatever is killed.
//!
//! Three of them are *reported* as events to other webhooks as well: that a webhook failed (the
//! delivery that changed its status, not each that was given up), works again, was disabled. What
//! came of the delivery of a report is never reported.

use async_trait::async_trait;
use fanfare_model::{
    DeliveryId, EventId, EventType, EventTypes, NoticeId, OrganizationId, Timestamp, Topics,
    UserId, WebhookId,
};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

use crate::{Addressee, NewMail, Page, PageRequest, StoreError, Webhook};

/// How much of the time before a webhook is disabled is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Warning {
    /// Half of it.
    Half,
    /// Four fifths of it.
    FourFifths,
}

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
    /// The first success of a webhook that was marked as failed.
    WebhookRecovered,
    /// Nothing but failures for so long that the webhook will be disabled.
    WebhookWarned(Warning),
    /// What waits for the webhook will not be gone in time.
    BacklogStays,
}

impl NoticeKind {
    /// The word in JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::DeliveryFailed { .. } => "delivery_failed",
            Self::WebhookGone => "webhook_gone",
            Self::WebhookDisabled => "webhook_disabled",
            Self::WebhookRecovered => "webhook_recovered",
            Self::WebhookWarned(_) => "webhook_warned",
            Self::BacklogStays => "backlog_stays",
        }
    }

    /// The stable number that stores keep.
    pub const fn code(self) -> u8 {
        match self {
            Self::DeliveryFailed { .. } => 0,
            Self::WebhookGone => 1,
            Self::WebhookDisabled => 2,
            Self::WebhookRecovered => 3,
            Self::WebhookWarned(Warning::Half) => 4,
            Self::WebhookWarned(Warning::FourFifths) => 5,
            Self::BacklogStays => 6,
        }
    }

    /// The kind with this number, about this delivery of this event where there is one.
    pub fn from_parts(code: u8, of: Option<(DeliveryId, EventId)>) -> Option<Self> {
        match (code, of) {
            (0, Some((delivery_id, event_id))) => {
                Some(Self::DeliveryFailed { delivery_id, event_id })
            }
            (1, None) => Some(Self::WebhookGone),
            (2, None) => Some(Self::WebhookDisabled),
            (3, None) => Some(Self::WebhookRecovered),
            (4, None) => Some(Self::WebhookWarned(Warning::Half)),
            (5, None) => Some(Self::WebhookWarned(Warning::FourFifths)),
            (6, None) => Some(Self::BacklogStays),
            _ => None,
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

/// A notice of which nobody was told by mail yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Untold {
    /// Whose notice.
    pub organization_id: OrganizationId,
    /// The notice.
    pub notice: Notice,
    /// The type of the event whose delivery was given up.
    pub event_type: Option<EventType>,
    /// Whether it is to be reported to other webhooks.
    pub report: bool,
}

/// What people were told about a webhook, and what they were not told yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NoticeMark {
    /// Whose webhook.
    pub organization_id: OrganizationId,
    /// Which webhook.
    pub webhook_id: WebhookId,
    /// When failures were last mailed.
    pub mailed_at: Option<Timestamp>,
    /// Whether people were told that it fails, and not yet that it works again.
    pub told_failing: bool,
    /// Deliveries given up of which nobody was mailed yet.
    pub untold: u64,
    /// The types of their events.
    pub types: EventTypes,
    /// The first of them, with its notice.
    pub first: Option<(DeliveryId, NoticeId)>,
    /// The last of them.
    pub last: Option<DeliveryId>,
    /// The last warning, and since when the webhook had failed then.
    pub warned: Option<(Timestamp, Warning)>,
    /// When people were told of a backlog that stays; `None` once it was gone.
    pub backlog_told_at: Option<Timestamp>,
    /// When untold failures may be mailed; `None` when there are none.
    pub due_at: Option<Timestamp>,
}

impl NoticeMark {
    /// Nothing was told.
    pub const fn new(organization_id: OrganizationId, webhook_id: WebhookId) -> Self {
        Self {
            organization_id,
            webhook_id,
            mailed_at: None,
            told_failing: false,
            untold: 0,
            types: EventTypes::EMPTY,
            first: None,
            last: None,
            warned: None,
            backlog_told_at: None,
            due_at: None,
        }
    }
}

/// Notices. Those about failures are written by [`crate::DeliveryQueue::record`].
#[async_trait]
pub trait NoticeStore: Send + Sync {
    /// The organization's notices.
    async fn notices(
        &self,
        organization: OrganizationId,
        page: PageRequest,
    ) -> Result<Page<Notice>, StoreError>;
    /// Notices of all organizations of which nobody was told, oldest first, at most so many.
    async fn untold_notices(&self, limit: usize) -> Result<Vec<Untold>, StoreError>;
    /// What was told about a webhook.
    async fn mark(
        &self,
        organization: OrganizationId,
        webhook: WebhookId,
    ) -> Result<Option<NoticeMark>, StoreError>;
    /// Whether untold failures of some webhook may be mailed by now.
    async fn is_mark_due(&self, now: Timestamp) -> Result<bool, StoreError>;
    /// Webhooks of all organizations that are served and have failed since this time or before,
    /// those that fail for longest first, at most so many after the first `skip`.
    async fn failing_webhooks(
        &self,
        since: Timestamp,
        (skip, limit): (usize, usize),
    ) -> Result<Vec<Arc<Webhook>>, StoreError>;
    /// What a person muted in an organization.
    async fn muted(&self, organization: OrganizationId, user: UserId)
    -> Result<Topics, StoreError>;
}

/// What work of people sees of notices and mails.
pub trait NoticeTx {
    /// See [`NoticeStore::untold_notices`].
    fn untold_notices(&mut self, limit: usize) -> Result<Vec<Untold>, StoreError>;
    /// People were told of this notice, or will be by its mark.
    fn tell_notice(&mut self, organization: OrganizationId, id: NoticeId)
    -> Result<(), StoreError>;
    /// Writes a notice that is told already and not reported.
    fn put_notice(
        &mut self,
        organization: OrganizationId,
        notice: &Notice,
    ) -> Result<(), StoreError>;
    /// What was told about a webhook.
    fn mark(
        &mut self,
        organization: OrganizationId,
        webhook: WebhookId,
    ) -> Result<Option<NoticeMark>, StoreError>;
    /// Makes or replaces a mark.
    fn put_mark(&mut self, mark: &NoticeMark) -> Result<(), StoreError>;
    /// Marks of which untold failures may be mailed by now, earliest first, at most so many.
    fn marks_due(&mut self, now: Timestamp, limit: usize) -> Result<Vec<NoticeMark>, StoreError>;
    /// Owners and admins of an organization who are not suspended.
    fn addressees(&mut self, organization: OrganizationId) -> Result<Vec<Addressee>, StoreError>;
    /// Says what a person muted in an organization; forgotten when the membership ends.
    fn put_muted(
        &mut self,
        organization: OrganizationId,
        user: UserId,
        muted: Topics,
    ) -> Result<(), StoreError>;
    /// Puts a mail into the outbox, unless there is or was one about the same notice to the same
    /// address.
    fn put_mail(&mut self, mail: &NewMail) -> Result<(), StoreError>;
}
