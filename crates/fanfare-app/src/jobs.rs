//! Long work: replays and bulk resends, in steps that can be killed at any moment.
//!
//! A job is a row with a cursor. The loop asks the store for one bounded step at a time and rests
//! as long as the step took, so that jobs never have more than half of the store to themselves.
//! Jobs take [turns].

mod turns;

use std::time::Duration;

use fanfare_model::{EventTypes, JobId, Scope, Timestamp, WebhookId, WebhookStatus};
use fanfare_store::{Job, JobSpec, JobStatus, Page, PageRequest, Replay, StoreError};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use self::turns::Turns;
use crate::turn::{TURN_EVERY, Turn};
use crate::{App, AppError, Caller, ErrorCode};

/// Items looked at in one step.
const STEP: usize = 200;
/// Counting stops here.
pub(crate) const COUNT_LIMIT: u64 = 1_000_000;
/// How often the loop looks for jobs that another node created, and how long a job rests whose
/// step failed.
const LOOK_EVERY: Duration = Duration::from_secs(5);

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
    /// `deliveries:write`. [`ErrorCode::Conflict`] while the webhook is disabled.
    pub async fn replay(
        &self,
        caller: &Caller,
        webhook: WebhookId,
        input: ReplayInput,
    ) -> Result<JobOrCount, AppError> {
        caller.require(Scope::DeliveriesWrite)?;
        let organization = caller.organization_id;
        let found = self.store().webhook(organization, webhook).await?;
        let found = found.ok_or_else(|| AppError::not_found("webhook"))?;
        if found.status == WebhookStatus::Disabled {
            let message = "the webhook is disabled: enable it before replaying to it";
            return Err(AppError::new(ErrorCode::Conflict, message));
        }
        let replay = judge_replay(&input, webhook, found.events.types(), self.now())?;
        let count = self.store().count_replay(organization, replay.clone(), COUNT_LIMIT).await?;
        if input.dry_run {
            return Ok(JobOrCount::Count(count));
        }
        self.start_job(caller, JobSpec::Replay(replay), count).await
    }

    pub(crate) async fn start_job(
        &self,
        caller: &Caller,
        spec: JobSpec,
        total: u64,
    ) -> Result<JobOrCount, AppError> {
        let now = self.now();
        let job = Job {
            id: self.ids().next(),
            organization_id: caller.organization_id,
            spec,
            status: JobStatus::Running,
            total,
            processed: 0,
            created: 0,
            created_at: now,
            updated_at: now,
        };
        let told = self.audit(caller, "job.started", "job", job.id);
        self.store().create_job(job.clone(), Some(told)).await?;
        self.shared.jobs_wake.notify_one();
        Ok(JobOrCount::Job(job))
    }

    /// The organization's jobs. Needs `deliveries:read`.
    pub async fn jobs(&self, caller: &Caller, page: PageRequest) -> Result<Page<Job>, AppError> {
        caller.require(Scope::DeliveriesRead)?;
        Ok(self.store().jobs(caller.organization_id, page).await?)
    }

    /// One job. Needs `deliveries:read`.
    pub async fn job(&self, caller: &Caller, id: JobId) -> Result<Job, AppError> {
        caller.require(Scope::DeliveriesRead)?;
        let job = self.store().job(caller.organization_id, id).await?;
        job.ok_or_else(|| AppError::not_found("job"))
    }

    /// Stops a job; what it created stays. A job that has ended is left as it is. Needs
    /// `deliveries:write`.
    pub async fn cancel_job(&self, caller: &Caller, id: JobId) -> Result<Job, AppError> {
        caller.require(Scope::DeliveriesWrite)?;
        let told = self.audit(caller, "job.cancelled", "job", id);
        let organization = caller.organization_id;
        let job = self.store().cancel_job(organization, id, self.now(), Some(told)).await?;
        job.ok_or_else(|| AppError::not_found("job"))
    }

    /// Works on jobs in turn until `shutdown`. One per process is enough; several do no harm.
    pub async fn run_jobs(&self, shutdown: CancellationToken) {
        let turn = Turn::new("jobs");
        let mut turns = Turns::default();
        while !shutdown.is_cancelled() {
            let began = Instant::now();
            let ours = turn.is_ours(self.store()).await;
            if ours && self.step_a_job(&mut turns).await {
                tokio::select! {
                    () = tokio::time::sleep(began.elapsed()) => continue,
                    () = shutdown.cancelled() => return,
                }
            }
            let next = self.now() + LOOK_EVERY.min(TURN_EVERY);
            tokio::select! {
                () = self.shared.clock.sleep_until(next) => {}
                () = self.shared.jobs_wake.notified() => {}
                () = shutdown.cancelled() => {}
            }
        }
    }

    async fn next_job(
        &self,
        turns: &mut Turns,
        now: Timestamp,
    ) -> Result<Option<JobId>, StoreError> {
        for _ in 0..turns.begin(now) {
            let Some(turn) = self.store().next_job(turns.last()).await? else { return Ok(None) };
            if let Some(id) = turns.take(turn) {
                return Ok(Some(id));
            }
        }
        Ok(None)
    }

    /// A step of the job whose turn it is; `false`: there is none.
    async fn step_a_job(&self, turns: &mut Turns) -> bool {
        let now = self.now();
        let id = match self.next_job(turns, now).await {
            Ok(Some(id)) => id,
            Ok(None) => return false,
            Err(error) => {
                tracing::warn!(%error, "could not look for jobs, looking again");
                return false;
            }
        };
        if let Err(error) = self.store().step_job(id, STEP, now).await {
            tracing::warn!(%error, job = %id, "a step of a job failed; it rests for a while");
            turns.rest(id, now + LOOK_EVERY);
        }
        true
    }
}

fn judge_replay(
    input: &ReplayInput,
    webhook_id: WebhookId,
    subscribed: EventTypes,
    now: Timestamp,
) -> Result<Replay, AppError> {
    let until = input.until.unwrap_or(now).min(now);
    if input.since >= now {
        return Err(AppError::invalid_field("since", "must be a time in the past"));
    }
    if input.since >= until {
        return Err(AppError::invalid_field("until", "must be after `since`"));
    }
    let types = input.types.unwrap_or(subscribed);
    if types.is_empty() {
        return Err(AppError::invalid_field("types", "must name at least one event type"));
    }
    let others: Vec<_> = types.iter().filter(|each| !subscribed.contains(*each)).collect();
    if let Some(first) = others.first() {
        let message = format!("the webhook does not subscribe to `{first}`");
        return Err(AppError::invalid_field("types", message));
    }
    let only_missing = input.only_missing;
    Ok(Replay { webhook_id, since: input.since, until, types, only_missing })
}

#[cfg(test)]
mod tests {
    use fanfare_model::EventType;

    use super::*;

    const NOW: Timestamp = Timestamp::from_millis(1_000_000);

    fn input() -> ReplayInput {
        ReplayInput {
            since: Timestamp::from_millis(0),
            until: None,
            types: None,
            only_missing: true,
            dry_run: false,
        }
    }

    fn judged(input: &ReplayInput) -> Result<Replay, String> {
        let subscribed = EventTypes::only(EventType::OrderPaid);
        judge_replay(input, WebhookId::from_u128(1), subscribed, NOW)
            .map_err(|error| error.details()[0].field.clone())
    }

    #[test]
    fn a_replay_takes_what_the_webhook_subscribes_to_until_now() {
        let replay = judged(&input()).unwrap();
        assert_eq!(replay.types, EventTypes::only(EventType::OrderPaid));
        assert_eq!(replay.until, NOW);
        let far = ReplayInput { until: Some(NOW + Duration::from_secs(9)), ..input() };
        assert_eq!(judged(&far).unwrap().until, NOW, "events to come are not replayed");
    }

    #[test]
    fn what_makes_no_sense_is_refused_by_field() {
        assert_eq!(judged(&ReplayInput { since: NOW, ..input() }), Err("since".to_owned()));
        let until = Some(Timestamp::from_millis(0));
        assert_eq!(judged(&ReplayInput { until, ..input() }), Err("until".to_owned()));
        for types in [EventTypes::EMPTY, EventTypes::ALL] {
            let types = Some(types);
            assert_eq!(judged(&ReplayInput { types, ..input() }), Err("types".to_owned()));
        }
    }
}
