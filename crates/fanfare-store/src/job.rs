//! Long work in bounded steps: replays and bulk resends.

use async_trait::async_trait;
use fanfare_model::{EventTypes, JobId, OrganizationId, Timestamp, WebhookId};

use crate::{Audit, DeliveryFilter, Page, PageRequest, StoreError};

/// Which events a replay sends to a webhook again.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Replay {
    /// To which webhook.
    pub webhook_id: WebhookId,
    /// Events accepted at or after this time.
    pub since: Timestamp,
    /// Events accepted before this time.
    pub until: Timestamp,
    /// Of these types (those the webhook subscribes to, or fewer). Tests are never replayed.
    pub types: EventTypes,
    /// Only events of which the webhook has no delivery that succeeded or is pending.
    pub only_missing: bool,
}

/// What a job does.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum JobSpec {
    /// A new delivery for every one that matches and was created before the job; deliveries to
    /// disabled or deleted webhooks are skipped.
    Resend {
        /// Which.
        filter: DeliveryFilter,
    },
    /// A new delivery for every event that matches.
    Replay(Replay),
}

/// How far a job is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JobStatus {
    /// Has steps left.
    Running,
    /// Did all.
    Completed,
    /// Ended by hand; what it created stays.
    Cancelled,
}

/// A job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Job {
    /// Its id.
    pub id: JobId,
    /// Whose job.
    pub organization_id: OrganizationId,
    /// What it does.
    pub spec: JobSpec,
    /// How far it is.
    pub status: JobStatus,
    /// How many items it will look at, counted when it was created (at most 1,000,000).
    pub total: u64,
    /// How many it looked at.
    pub processed: u64,
    /// How many deliveries it created.
    pub created: u64,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it last made progress.
    pub updated_at: Timestamp,
}

/// A running job's place in line: oldest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct JobTurn {
    /// When the job was created.
    pub created_at: Timestamp,
    /// The job.
    pub id: JobId,
}

/// Jobs.
#[async_trait]
pub trait JobStore: Send + Sync {
    /// Writes a running job. [`StoreError::LimitReached`] beyond
    /// `limits::JOBS_PER_ORGANIZATION` running ones.
    async fn create_job(&self, job: Job, audit: Audit) -> Result<(), StoreError>;
    /// How many events a replay would send, counting at most `limit`.
    async fn count_replay(
        &self,
        organization: OrganizationId,
        replay: Replay,
        limit: u64,
    ) -> Result<u64, StoreError>;
    /// One job.
    async fn job(&self, organization: OrganizationId, id: JobId)
    -> Result<Option<Job>, StoreError>;
    /// The organization's jobs.
    async fn jobs(
        &self,
        organization: OrganizationId,
        page: PageRequest,
    ) -> Result<Page<Job>, StoreError>;
    /// Stops a running job. `None`: no such job; a job that has ended is left as it is.
    async fn cancel_job(
        &self,
        organization: OrganizationId,
        id: JobId,
        now: Timestamp,
        audit: Audit,
    ) -> Result<Option<Job>, StoreError>;
    /// The running job that comes after this place, of any organization; after the last one, and
    /// with `None`, the first. `None`: no job is running.
    async fn next_job(&self, after: Option<JobTurn>) -> Result<Option<JobTurn>, StoreError>;
    /// One step of a job: looks at up to `items`, creates what is due, moves the cursor, all in
    /// one transaction, so that a kill neither skips nor repeats. `None`: it is not running.
    async fn step_job(
        &self,
        id: JobId,
        items: usize,
        now: Timestamp,
    ) -> Result<Option<Job>, StoreError>;
}
