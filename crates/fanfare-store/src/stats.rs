//! Figures per webhook and per organization, by minute and by hour, written while attempts are
//! recorded and events accepted, not by scanning.
//!
//! An hour's figures are the sum of its minutes' at any time: both are written together. Minutes
//! are kept for [`limits::MINUTES_KEPT`](fanfare_model::limits::MINUTES_KEPT), hours for
//! [`limits::HOURS_KEPT`](fanfare_model::limits::HOURS_KEPT), so that no window needs more than
//! some hundred rows.

use std::collections::BTreeMap;

use async_trait::async_trait;
use fanfare_model::{ErrorClass, EventType, OrganizationId, Timestamp, WebhookId};

use crate::{EventSource, StoreError};

/// Upper bounds of the latency buckets, in milliseconds; one more bucket holds the rest.
pub const LATENCY_BUCKETS_MS: [u32; 15] =
    [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 20_000, 30_000];

/// Pending deliveries that are counted of one webhook at most.
pub const BACKLOG_COUNTED: u64 = 10_000;

/// How long the stretch of time is that one bucket is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum StatsWidth {
    /// A minute.
    Minute,
    /// An hour.
    Hour,
}

impl StatsWidth {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Minute, Self::Hour];

    /// In milliseconds.
    pub const fn millis(self) -> i64 {
        match self {
            Self::Minute => 60_000,
            Self::Hour => 3_600_000,
        }
    }

    /// The beginning of the stretch in which this time lies.
    pub const fn begin(self, at: Timestamp) -> Timestamp {
        Timestamp::from_millis(at.as_millis().div_euclid(self.millis()) * self.millis())
    }
}

/// What attempts led to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Outcomes {
    /// Deliveries that succeeded.
    pub succeeded: u64,
    /// Attempts that failed and will be repeated.
    pub retried: u64,
    /// Deliveries given up.
    pub failed: u64,
}

/// What happened within one minute or hour, of one webhook or of all webhooks of an organization.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct StatsBucket {
    /// Its beginning.
    pub at: Timestamp,
    /// Deliveries that succeeded.
    pub succeeded: u64,
    /// Attempts that failed and will be repeated.
    pub retried: u64,
    /// Deliveries given up.
    pub failed: u64,
    /// Deliveries that were made: by fan-out, tests, resends and replays.
    pub made: u64,
    /// Attempts by status code of the response.
    pub codes: BTreeMap<u16, u64>,
    /// Attempts by class of failure.
    pub errors: BTreeMap<ErrorClass, u64>,
    /// Attempts by duration: see [`LATENCY_BUCKETS_MS`].
    pub latency: [u64; LATENCY_BUCKETS_MS.len() + 1],
    /// Outcomes by type of event. What was recorded before types were counted is in none.
    pub types: BTreeMap<EventType, Outcomes>,
    /// Events accepted, by source and type; empty in a webhook's bucket.
    pub accepted: BTreeMap<(EventSource, EventType), u64>,
}

/// What waits for one webhook.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WebhookBacklog {
    /// The webhook.
    pub webhook_id: WebhookId,
    /// Deliveries that wait in the store, due or not (those on their way left out), counted up to
    /// [`BACKLOG_COUNTED`].
    pub waiting: u64,
    /// Whether there are more than were counted.
    pub more: bool,
    /// When the oldest due one of them was due; `None` when none is due.
    pub oldest_due: Option<Timestamp>,
    /// When the next one becomes due that is not due yet.
    pub next_due: Option<Timestamp>,
}

/// Figures. They may lag by a second; after a crash at most the last second's are missing (never
/// the deliveries). Buckets in which nothing happened are left out; lists are in order of time.
#[async_trait]
pub trait StatsStore: Send + Sync {
    /// A webhook's buckets that begin in `since ≤ at < until`.
    async fn webhook_stats(
        &self,
        organization: OrganizationId,
        webhook: WebhookId,
        width: StatsWidth,
        (since, until): (Timestamp, Timestamp),
    ) -> Result<Vec<StatsBucket>, StoreError>;
    /// An organization's: the sum over its webhooks, deleted ones included, and what it accepted.
    async fn organization_stats(
        &self,
        organization: OrganizationId,
        width: StatsWidth,
        (since, until): (Timestamp, Timestamp),
    ) -> Result<Vec<StatsBucket>, StoreError>;
    /// The buckets of every webhook of an organization in one call: for small pictures in a list,
    /// and for what its backlogs did lately.
    async fn stats_of_webhooks(
        &self,
        organization: OrganizationId,
        width: StatsWidth,
        (since, until): (Timestamp, Timestamp),
    ) -> Result<Vec<(WebhookId, StatsBucket)>, StoreError>;
    /// What waits for each webhook of an organization that is not deleted, oldest webhook first.
    /// Costs no more than [`BACKLOG_COUNTED`] entries of an index for each.
    async fn webhook_backlogs(
        &self,
        organization: OrganizationId,
        now: Timestamp,
    ) -> Result<Vec<WebhookBacklog>, StoreError>;
    /// Deletes at most `limit` buckets: minutes and hours that began before these times. Fewer
    /// means done.
    async fn expire_stats(
        &self,
        (minutes, hours): (Timestamp, Timestamp),
        limit: usize,
    ) -> Result<usize, StoreError>;
}
