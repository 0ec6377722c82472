//! Connections to providers, what came in through them, and what it told.
//!
//! **Promises.** A message is stored once for each connection and key ([`InboundStore::take_in`]),
//! however often and however many at a time it comes. A stored message is claimed by one caller at a
//! time: a claim counts as one more attempt and ends by itself, and whoever ends a message names the
//! attempt, so that a claim that was lost writes nothing. The body is kept for as long as the message
//! may have to be handled, and not longer. Message states and plans never go back
//! ([`InboundStore::move_sent`], [`InboundStore::put_plan`]).

use async_trait::async_trait;
use bytes::Bytes;
use fanfare_model::inbound::{
    InboundContent, InboundOutcome, InboundStatus, Plan, Provider, SentMessage,
};
use fanfare_model::{ConnectionId, InboundId, OrganizationId, Timestamp};

use crate::{Audit, EditRefused, Page, PageRequest, Sealed, StoreError};

/// What a provider's webhooks are sent to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Connection {
    /// Its id, part of the URL.
    pub id: ConnectionId,
    /// Whose it is.
    pub organization_id: OrganizationId,
    /// Who sends.
    pub provider: Provider,
    /// A name for people.
    pub name: String,
    /// Twilio: the account that messages must be of.
    pub account: Option<String>,
    /// Twilio: where this server is for Twilio, without the connection's path: Twilio signs the whole
    /// URL.
    pub public_url: Option<String>,
    /// Stripe: whether messages must be of the live mode.
    pub livemode: Option<bool>,
    /// What messages are verified with. Without it every request is refused.
    pub secret: Option<Sealed>,
    /// An older secret that is accepted as well, until a time.
    pub previous: Option<(Sealed, Timestamp)>,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

/// A change to a connection, run inside the transaction on what is stored. It may run more than
/// once.
pub type ConnectionEdit = Box<dyn Fn(&mut Connection) -> Result<(), EditRefused> + Send + Sync>;

/// A verified message that is to be stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewInbound {
    /// Its id.
    pub id: InboundId,
    /// Whose it is.
    pub organization_id: OrganizationId,
    /// To which connection it came.
    pub connection_id: ConnectionId,
    /// Who sent it.
    pub provider: Provider,
    /// What the provider names it by: the same for every copy.
    pub key: String,
    /// Its type, in the provider's words.
    pub kind: String,
    /// How the body is to be read.
    pub content: InboundContent,
    /// The body, as it came.
    pub body: Bytes,
    /// When it came.
    pub received_at: Timestamp,
    /// What there is to say of it if it means nothing to us: then it is not handled.
    pub ignored: Option<String>,
}

/// A stored message, claimed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClaimedInbound {
    /// Its id.
    pub id: InboundId,
    /// Whose it is.
    pub organization_id: OrganizationId,
    /// To which connection it came.
    pub connection_id: ConnectionId,
    /// Who sent it.
    pub provider: Provider,
    /// Its type, in the provider's words.
    pub kind: String,
    /// How the body is to be read.
    pub content: InboundContent,
    /// The body, as it came.
    pub body: Bytes,
    /// When it came.
    pub received_at: Timestamp,
    /// Which attempt this is, from 1; names the claim.
    pub attempt: u32,
}

/// How an attempt to handle a message ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InboundEnd {
    /// Where it stands now.
    pub status: InboundStatus,
    /// What there is to say of it.
    pub note: Option<String>,
    /// When it is tried again; only of one that is pending.
    pub retry_at: Option<Timestamp>,
    /// When the attempt ended.
    pub at: Timestamp,
}

/// A message in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InboundMessage {
    /// Its id.
    pub id: InboundId,
    /// To which connection it came.
    pub connection_id: ConnectionId,
    /// What the provider names it by.
    pub key: String,
    /// Its type, in the provider's words.
    pub kind: String,
    /// Where it stands.
    pub status: InboundStatus,
    /// What there is to say of it.
    pub note: Option<String>,
    /// How often it was tried.
    pub attempts: u32,
    /// When it came.
    pub received_at: Timestamp,
    /// When it is tried next.
    pub due_at: Option<Timestamp>,
    /// When it ended.
    pub handled_at: Option<Timestamp>,
}

/// A message with what is kept of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptInbound {
    /// As in a list.
    pub message: InboundMessage,
    /// Who sent it.
    pub provider: Provider,
    /// How the body is to be read.
    pub content: InboundContent,
    /// The body, as it came; empty once the message need not be handled any more.
    pub body: Bytes,
}

/// A request that was refused: all that is kept of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefusedInbound {
    /// Its id.
    pub id: InboundId,
    /// Why.
    pub outcome: InboundOutcome,
    /// When.
    pub at: Timestamp,
    /// The address it came from.
    pub address: String,
}

/// How many requests to a connection came to something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InboundCount {
    /// To what.
    pub outcome: InboundOutcome,
    /// How many.
    pub count: u64,
    /// When the last one came.
    pub last_at: Timestamp,
}

/// What requests to a connection came to since it was last written down.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InboundTally {
    /// Whose it is.
    pub organization_id: OrganizationId,
    /// To which connection.
    pub connection_id: ConnectionId,
    /// How many came to what.
    pub counts: Vec<InboundCount>,
    /// Some of those that were refused.
    pub refused: Vec<RefusedInbound>,
}

/// How a message is asked to be handled again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HandleAgain {
    /// It is pending again.
    Pending,
    /// It has not failed, or nothing is left of it to handle.
    Refused(InboundStatus),
}

/// Connections and what came in.
#[async_trait]
pub trait InboundStore: Send + Sync {
    /// Writes a new connection. [`StoreError::LimitReached`] beyond
    /// [`fanfare_model::limits::CONNECTIONS_PER_ORGANIZATION`].
    async fn create_connection(
        &self,
        connection: Connection,
        audit: Audit,
    ) -> Result<(), StoreError>;
    /// An organization's connections, oldest first.
    async fn connections(
        &self,
        organization: OrganizationId,
    ) -> Result<Vec<Connection>, StoreError>;
    /// A connection.
    async fn connection(
        &self,
        organization: OrganizationId,
        id: ConnectionId,
    ) -> Result<Option<Connection>, StoreError>;
    /// A connection, whosever it is: for requests that prove themselves by its secret.
    async fn connection_of_any(&self, id: ConnectionId) -> Result<Option<Connection>, StoreError>;
    /// Changes a connection's secrets, and nothing else of it; `None`: there is no such connection.
    async fn modify_connection(
        &self,
        organization: OrganizationId,
        id: ConnectionId,
        now: Timestamp,
        edit: ConnectionEdit,
        audit: Audit,
    ) -> Result<Option<Connection>, StoreError>;
    /// Removes a connection with everything that came in through it.
    async fn delete_connection(
        &self,
        organization: OrganizationId,
        id: ConnectionId,
        audit: Audit,
    ) -> Result<bool, StoreError>;

    /// Adds to the counts, and keeps the latest [`fanfare_model::limits::REFUSALS_KEPT`] refusals of
    /// each connection. What is of a connection that is gone is left out.
    async fn add_tallies(&self, tallies: Vec<InboundTally>) -> Result<(), StoreError>;
    /// What requests to a connection came to, and the latest refusals, newest first.
    async fn tallies(
        &self,
        organization: OrganizationId,
        connection: ConnectionId,
    ) -> Result<(Vec<InboundCount>, Vec<RefusedInbound>), StoreError>;

    /// Stores a message, due at once; `false`: one with this key is there.
    async fn take_in(&self, message: NewInbound) -> Result<bool, StoreError>;
    /// Claims the pending messages that are due, earliest first, until a time.
    async fn claim_inbound(
        &self,
        now: Timestamp,
        until: Timestamp,
        limit: usize,
    ) -> Result<Vec<ClaimedInbound>, StoreError>;
    /// When the next pending message is due.
    async fn inbound_due(&self) -> Result<Option<Timestamp>, StoreError>;
    /// Ends an attempt; `false`: the claim was lost and nothing was written.
    async fn end_inbound(
        &self,
        organization: OrganizationId,
        id: InboundId,
        attempt: u32,
        end: InboundEnd,
    ) -> Result<bool, StoreError>;
    /// Messages of a connection with one of these statuses; empty: any.
    async fn inbound_messages(
        &self,
        organization: OrganizationId,
        connection: ConnectionId,
        status: Vec<InboundStatus>,
        page: PageRequest,
    ) -> Result<Page<InboundMessage>, StoreError>;
    /// A message with what is kept of it.
    async fn inbound_message(
        &self,
        organization: OrganizationId,
        id: InboundId,
    ) -> Result<Option<KeptInbound>, StoreError>;
    /// Makes a failed message pending again, as if it had just come; `None`: there is none.
    async fn handle_again(
        &self,
        organization: OrganizationId,
        id: InboundId,
        now: Timestamp,
        audit: Audit,
    ) -> Result<Option<HandleAgain>, StoreError>;

    /// Writes where a sent message stands, unless it is as far already; whether it was written.
    async fn move_sent(
        &self,
        organization: OrganizationId,
        message: SentMessage,
    ) -> Result<bool, StoreError>;
    /// A sent message.
    async fn sent_message(
        &self,
        organization: OrganizationId,
        provider: Provider,
        id: String,
    ) -> Result<Option<SentMessage>, StoreError>;
    /// Writes an organization's plan, unless a newer event told another one, or one of the same
    /// time that it was cancelled; whether it was written.
    async fn put_plan(&self, organization: OrganizationId, plan: Plan) -> Result<bool, StoreError>;
    /// An organization's plan.
    async fn plan(&self, organization: OrganizationId) -> Result<Option<Plan>, StoreError>;
}
