//! The storage contract, by role, and the conformance suite that every backend passes.
//!
//! Each operation is one transaction: it happened whole or not at all, and when it returned
//! `Ok` it is on disk. No connection, row or transaction type leaves a backend. Operations are
//! named after their use. Wherever time matters it is an argument, so that tests can move it.
//!
//! What a backend promises beyond its signatures:
//!
//! - *Accept* writes the events, a delivery for every webhook that matched when they were
//!   accepted, and the idempotency record together. A delivery is either handed over in memory,
//!   leased to this node, right after the commit ([`Handover`]), or waits in the store, due.
//! - A delivery has at most one live lease. Recording under a lease that was lost changes
//!   nothing and says so.
//! - Another organization's id behaves exactly like an id that does not exist.
//! - Lists are stable: following a cursor, nobody is seen twice.
//!
//! Left out: retry arithmetic, signatures, HTTP. Those belong to `fanfare-model`,
//! `fanfare-signing` and `fanfare-delivery`.

mod audit;
#[cfg(feature = "conformance")]
pub mod conformance;
mod delivery;
pub mod erasure;
mod error;
mod event;
mod feed;
mod figures;
mod handover;
mod health;
mod idempotency;
mod inbound;
mod job;
mod key;
mod launch;
mod mail;
mod maintenance;
mod notice;
mod organization;
mod page;
mod people;
mod queue;
mod stats;
pub mod transfer;
mod travel;
mod webhook;

pub use audit::{
    Audit, AuditDraft, AuditEntry, AuditFilter, AuditHead, AuditStore, Audited, Origin, Resource,
};
pub use delivery::{
    Attempt, CancelResult, Delivery, DeliveryDetail, DeliveryFilter, DeliveryStore, SentSignatures,
};
pub use error::StoreError;
pub use event::{
    Accept, AcceptResult, Event, EventFilter, EventSource, EventStore, EventSummary, NewEvent,
};
pub use feed::{
    FeedCommit, FeedGroup, FeedGroupCreation, FeedItem, FeedLag, FeedPage, FeedPosition,
    FeedResult, FeedStore, NewFeedGroup, ParseFeedPositionError,
};
pub use figures::{Figure, Tally};
pub use handover::{Handover, NoHandover};
pub use health::after_attempt;
pub use idempotency::{
    IdempotencyKey, IdempotencyStart, IdempotencyStore, KnownKey, StoredResponse,
};
pub use inbound::{
    ClaimedInbound, Connection, ConnectionEdit, HandleAgain, InboundCount, InboundEnd,
    InboundMessage, InboundStore, InboundTally, KeptInbound, NewInbound, RefusedInbound,
};
pub use job::{Job, JobSpec, JobStatus, JobStore, JobTurn, Replay};
pub use key::{ApiKey, KeyStore, NewApiKey};
pub use launch::{
    ConsumerFilter, DistributionFilter, Due, DueNow, ExperienceFilter, LaunchStore, LaunchTx,
    Listed, OrderFilter, ParticipantCounts, ParticipantFilter, ParticipantOrder, SortKey, Stopped,
    Work, names_a_person,
};
pub use mail::{Addressee, ClaimedMail, MailEnd, MailStore, NewMail};
pub use maintenance::{Backlog, MaintenanceStore};
pub use notice::{Notice, NoticeKind, NoticeMark, NoticeStore, NoticeTx, Untold, Warning};
pub use organization::{Organization, OrganizationStore};
pub use page::{Order, Page, PageRequest};
pub use people::{
    Attempts, FoundSession, Link, LinkPurpose, Member, Membership, Organizations, PasswordHash,
    PeopleTx, PeopleWork, Session, SessionStore, Swept, User, UserStore,
};
pub use queue::{
    Claim, Claimed, DeliveryQueue, LeaseToken, Leased, Record, RecordResult, RecordedAttempt,
    Verdict,
};
pub use stats::{
    BACKLOG_COUNTED, LATENCY_BUCKETS_MS, Outcomes, StatsBucket, StatsStore, StatsWidth,
    WebhookBacklog,
};
pub use travel::Travel;
pub use webhook::{
    CustomHeader, EditRefused, NewWebhook, PreviousSecret, Sealed, Subscribed, Webhook,
    WebhookEdit, WebhookFilter, WebhookStore, WebhookVersion,
};

/// Everything a backend offers.
pub trait Store:
    OrganizationStore
    + KeyStore
    + WebhookStore
    + EventStore
    + DeliveryStore
    + DeliveryQueue
    + JobStore
    + NoticeStore
    + MailStore
    + IdempotencyStore
    + StatsStore
    + MaintenanceStore
    + LaunchStore
    + InboundStore
    + UserStore
    + SessionStore
    + AuditStore
    + FeedStore
{
}

impl<T> Store for T where
    T: OrganizationStore
        + KeyStore
        + WebhookStore
        + EventStore
        + DeliveryStore
        + DeliveryQueue
        + JobStore
        + NoticeStore
        + MailStore
        + IdempotencyStore
        + StatsStore
        + MaintenanceStore
        + LaunchStore
        + InboundStore
        + UserStore
        + SessionStore
        + AuditStore
        + FeedStore
{
}
