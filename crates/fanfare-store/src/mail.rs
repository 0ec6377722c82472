//! The outbox: mails to people, written in the transaction of what they tell, sent afterwards.
//!
//! **Promises.** One mail for each notice and address. A mail is claimed for a time by whoever sends
//! it, and ended under that claim once; what is ended is never claimed again, and its content is
//! wiped. A claim that nobody ended is over by itself, so that no mail is lost with its sender.
//!
//! The content is sealed: it may hold a link that lets somebody in, and means nothing to a store.

use async_trait::async_trait;
use fanfare_model::{MailId, NoticeId, OrganizationId, Timestamp, Topics, UserId};

use crate::{Sealed, StoreError};

/// Somebody who may be told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Addressee {
    /// Who.
    pub user_id: UserId,
    /// The e-mail address.
    pub email: String,
    /// What this person does not want to be told.
    pub muted: Topics,
}

/// A mail for the outbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewMail {
    /// Its id; the message says it too.
    pub id: MailId,
    /// In whose name it is sent, if in an organization's.
    pub organization_id: Option<OrganizationId>,
    /// The member it is for; `None` for whoever has the address.
    pub user_id: Option<UserId>,
    /// The notice it is about, if it is about one.
    pub about: Option<NoticeId>,
    /// Where it goes.
    pub address: String,
    /// What it says.
    pub content: Sealed,
    /// When it was written.
    pub created_at: Timestamp,
    /// From when on nobody needs it any more.
    pub ends_at: Timestamp,
}

/// A mail that this caller alone may send, until the claim is over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClaimedMail {
    /// The mail.
    pub mail: NewMail,
    /// How often it was claimed before.
    pub attempts: u32,
    /// Until when, and the claim's proof.
    pub until: Timestamp,
}

/// How an attempt to send a mail ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MailEnd {
    /// A server took it.
    Sent,
    /// To be tried again at this time.
    Later(Timestamp),
    /// Not to be tried again.
    GivenUp,
}

/// The outbox.
#[async_trait]
pub trait MailStore: Send + Sync {
    /// Claims mails that are due, those that waited longest first, at most so many. The claim lasts
    /// until `until`, which must be later than that of every claim before.
    async fn claim_mails(
        &self,
        now: Timestamp,
        until: Timestamp,
        limit: usize,
    ) -> Result<Vec<ClaimedMail>, StoreError>;
    /// Ends a claim. `said`: the server's answer or what went wrong, for the operator. `false`: the
    /// claim was over, and nothing is written.
    async fn end_mail(
        &self,
        claim: (MailId, Timestamp),
        end: MailEnd,
        said: String,
        now: Timestamp,
    ) -> Result<bool, StoreError>;
    /// Forgets mails that were ended before this time, at most so many; gives how many.
    async fn expire_mails(&self, before: Timestamp, limit: usize) -> Result<usize, StoreError>;
}
