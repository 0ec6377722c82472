//! Long work: replays and bulk resends, in steps that can be killed at any moment.

use fanfare_model::{EventTypes, JobId, Timestamp, WebhookId};
use fanfare_store::{Job, Page, PageRequest};
use tokio_util::sync::CancellationToken;

use crate::{App, AppError, Caller};

/// Which events to send to a webhook again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReplayInput {
    /// Events accepted at or after this time, which must have come.
    pub since: Timestamp,
    /// Events accepted before this time; `None`: until now. Must be after `since`.
    pub until: Option<Timestamp>,
    /// Of these types; `None`: of all the webhook subscribes to. Types it does not subscribe to
    /// are refused.
    pub types: Option<EventTypes>,
    /// Only events of which the webhook has no delivery that succeeded or is pending.
    pub only_missing: bool,
    /// Only count.
    pub dry_run: bool,
}

/// The answer to a request for long work.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum JobOrCount {
    /// It was a dry run: so many items match. Counting stops at 1,000,000.
    Count(u64),
    /// The job, running.
    Job(Job),
}

impl App {
    /// Sends events of the past to a webhook (again), as a job, or only counts them. Needs
    /// `deliveries:write`. [`ErrorCode::Conflict`](crate::ErrorCode::Conflict) while the webhook
    /// is disabled.
    pub async fn replay(
        &self,
        caller: &Caller,
        webhook: WebhookId,
        input: ReplayInput,
    ) -> Result<JobOrCount, AppError> {
        let _ = (caller, webhook, input);
        unimplemented!()
    }

    /// The organization's jobs. Needs `deliveries:read`.
    pub async fn jobs(&self, caller: &Caller, page: PageRequest) -> Result<Page<Job>, AppError> {
        let _ = (caller, page);
        unimplemented!()
    }

    /// One job. Needs `deliveries:read`.
    pub async fn job(&self, caller: &Caller, id: JobId) -> Result<Job, AppError> {
        let _ = (caller, id);
        unimplemented!()
    }

    /// Stops a job; what it created stays. A job that has ended is left as it is. Needs
    /// `deliveries:write`.
    pub async fn cancel_job(&self, caller: &Caller, id: JobId) -> Result<Job, AppError> {
        let _ = (caller, id);
        unimplemented!()
    }

    /// Works on jobs, oldest first, until `shutdown`. One per process is enough; several do no
    /// harm.
    pub async fn run_jobs(&self, shutdown: CancellationToken) {
        let _ = shutdown;
        unimplemented!()
    }
}
