//! Jobs: replays and bulk resends, in steps.

use std::time::Duration;

use fanfare_model::{
    DeliveryOrigin, DeliveryStatus, EventType, EventTypes, OrganizationId, WebhookId,
    WebhookStatus, limits,
};

use super::world::{START, World, at, check_pages};
use crate::{
    Accept, DeliveryFilter, EventSource, Job, JobSpec, JobStatus, Replay, StoreError, Verdict,
};

impl World {
    pub(super) fn new_job(
        &self,
        organization_id: OrganizationId,
        spec: JobSpec,
        total: u64,
    ) -> Job {
        Job {
            id: self.id(START),
            organization_id,
            spec,
            status: JobStatus::Running,
            total,
            processed: 0,
            created: 0,
            created_at: at(100),
            updated_at: at(100),
        }
    }

    /// A step of the first job in line.
    async fn step_job(&self, items: usize, second: u64) -> Option<Job> {
        let first = self.store.next_job(None).await.expect("a look")?;
        self.store.step_job(first.id, items, at(second)).await.expect("a step")
    }

    async fn run_job(&self, job: &Job, items: usize) -> Job {
        self.store.create_job(job.clone(), None).await.expect("a job");
        for _ in 0..1_000 {
            let step = self.step_job(items, 200).await.expect("the job is running");
            assert_eq!(step.id, job.id);
            if step.status != JobStatus::Running {
                let stored = self.store.job(job.organization_id, job.id).await;
                assert_eq!(stored.expect("a read"), Some(step.clone()));
                return step;
            }
        }
        panic!("the job does not end");
    }
}

fn replay(webhook_id: WebhookId, only_missing: bool) -> Replay {
    let (since, until) = (at(10), at(20));
    Replay { webhook_id, since, until, types: EventTypes::ALL, only_missing }
}

/// Every delivery that matches and was there before the job, once; nothing that the job made.
pub async fn a_resend_job_sends_what_matched_before_it(world: &World) {
    let (org, webhook) = world.shop().await;
    let mut failed = Vec::new();
    for index in 0..7 {
        let leased = world.publish_one(org, at(1)).await;
        let lost = index % 2 == 0;
        let verdict = if lost { Verdict::Exhausted } else { Verdict::Succeeded };
        world.record(&leased, verdict, at(2)).await;
        failed.extend(lost.then_some(leased.event_id));
    }
    let filter = DeliveryFilter { status: vec![DeliveryStatus::Failed], ..Default::default() };
    let job = world.new_job(org, JobSpec::Resend { filter }, 4);
    let done = world.run_job(&job, 2).await;
    assert_eq!(done.status, JobStatus::Completed);
    assert_eq!((done.processed, done.created, done.updated_at), (4, 4, at(200)));
    assert_eq!(done.spec, job.spec);
    let work = world.claim(at(200)).await.deliveries;
    let sent: Vec<_> = work.iter().map(|leased| leased.event_id).collect();
    assert_eq!(sent, failed);
    assert!(work.iter().all(|leased| leased.webhook.id == webhook));
    for leased in &work {
        assert_eq!(world.detail(org, leased).await.delivery.origin, DeliveryOrigin::Resend);
    }
    assert!(world.step_job(10, 201).await.is_none());
    let everything = JobSpec::Resend { filter: DeliveryFilter::default() };
    let job = world.new_job(org, everything, 11);
    let done = world.run_job(&job, 3).await;
    assert_eq!((done.processed, done.created), (11, 11), "its own are not sent again");
}

/// A replay covers its time and types, never tests; `only_missing` leaves out what the webhook
/// has or is about to get.
pub async fn a_replay_sends_everything_or_what_is_missing(world: &World) {
    let (org, _) = world.shop().await;
    for second in [9, 10, 11] {
        world.publish(org, EventType::OrderPaid, at(second)).await;
    }
    let webhook = world.webhook(org, &["*"]).await;
    let mut events = Vec::new();
    for second in 12..=21 {
        events.push(world.publish(org, EventType::OrderCreated, at(second)).await.0);
    }
    let test = Accept {
        source: EventSource::Test,
        only: Some(webhook),
        except: None,
        ..world.accept_of(org, &[EventType::OrderPaid], at(15))
    };
    world.store.accept(test).await.expect("accepted");
    let handed = world.engine.take();
    for leased in &handed {
        // 12: succeeded, 13: failed, 14: cancelled, 15 and later: pending.
        let verdict = match leased.accepted_at.since(at(12)).as_secs() {
            _ if leased.webhook.id != webhook => Verdict::Succeeded,
            0 => Verdict::Succeeded,
            1 => Verdict::Exhausted,
            2 => Verdict::Cancelled,
            _ => Verdict::RetryAt(at(90_000)),
        };
        world.record(leased, verdict, at(50)).await;
    }
    let count = async |replay: Replay, limit| {
        world.store.count_replay(org, replay, limit).await.expect("a count")
    };
    let missing = replay(webhook, true);
    assert_eq!(count(missing.clone(), 100).await, 4, "10, 11, 13 and 14");
    assert_eq!(count(replay(webhook, false), 100).await, 10);
    assert_eq!(count(replay(webhook, false), 3).await, 3);
    let paid = Replay { types: EventTypes::only(EventType::OrderPaid), ..replay(webhook, false) };
    assert_eq!(count(paid, 100).await, 2);
    let done = world.run_job(&world.new_job(org, JobSpec::Replay(missing.clone()), 4), 3).await;
    assert_eq!((done.processed, done.created), (4, 4));
    let made = world.claim(at(200)).await.deliveries;
    let mut times: Vec<_> =
        made.iter().map(|leased| leased.accepted_at.since(START).as_secs()).collect();
    times.sort_unstable();
    assert_eq!(times, [10, 11, 13, 14]);
    assert!(made.iter().all(|leased| leased.webhook.id == webhook));
    let origin = world.detail(org, &made[0]).await.delivery.origin;
    assert_eq!(origin, DeliveryOrigin::Replay);
    assert_eq!(count(missing, 100).await, 0, "they are pending now");
    let everything = JobSpec::Replay(replay(webhook, false));
    let done = world.run_job(&world.new_job(org, everything, 10), 100).await;
    assert_eq!((done.processed, done.created), (10, 10));
}

/// A step looks at no more than it was told, and the next one goes on where it ended.
pub async fn a_step_is_bounded_and_continues(world: &World) {
    let (org, webhook) = world.shop().await;
    for second in 10..19 {
        world.publish(org, EventType::OrderPaid, at(second)).await;
    }
    let specs = [
        JobSpec::Replay(replay(webhook, false)),
        JobSpec::Resend { filter: DeliveryFilter { until: Some(at(20)), ..Default::default() } },
    ];
    for spec in specs {
        let job = world.new_job(org, spec, 9);
        world.store.create_job(job.clone(), None).await.expect("a job");
        let mut processed = 0;
        loop {
            let step = world.step_job(4, 101).await.expect("running");
            assert!(step.processed - processed <= 4);
            assert_eq!(step.created, step.processed);
            processed = step.processed;
            if step.status == JobStatus::Completed {
                break;
            }
        }
        assert_eq!(processed, 9);
    }
}

/// What it made stays; it makes no more; cancelling again changes nothing.
pub async fn a_cancelled_job_stops(world: &World) {
    let (org, webhook) = world.shop().await;
    for second in 10..19 {
        world.publish(org, EventType::OrderPaid, at(second)).await;
    }
    let job = world.new_job(org, JobSpec::Replay(replay(webhook, false)), 9);
    world.store.create_job(job.clone(), None).await.expect("a job");
    world.step_job(2, 101).await;
    let cancelled = world.store.cancel_job(org, job.id, at(102), None).await.expect("cancelled");
    let cancelled = cancelled.expect("known");
    assert_eq!((cancelled.status, cancelled.created), (JobStatus::Cancelled, 2));
    assert!(world.step_job(2, 103).await.is_none());
    let again = world.store.cancel_job(org, job.id, at(104), None).await.expect("an answer");
    assert_eq!(again, Some(cancelled));
    assert!(
        world.store.cancel_job(org, world.id(START), at(104), None).await.expect("none").is_none()
    );
}

/// The line goes from the oldest running job to the newest and begins again; a step is of the job
/// that it names, and only while it runs.
pub async fn jobs_stand_in_line(world: &World) {
    let (org, webhook) = world.shop().await;
    let (other, theirs) = world.shop().await;
    for second in 10..19 {
        world.publish(org, EventType::OrderPaid, at(second)).await;
        world.publish(other, EventType::OrderPaid, at(second)).await;
    }
    assert!(world.store.next_job(None).await.expect("a look").is_none());
    let mut jobs = Vec::new();
    for (organization, webhook) in [(org, webhook), (other, theirs), (org, webhook)] {
        let job = world.new_job(organization, JobSpec::Replay(replay(webhook, false)), 9);
        world.store.create_job(job.clone(), None).await.expect("a job");
        jobs.push(job.id);
    }
    let mut line = None;
    for expected in jobs.iter().chain(&jobs) {
        line = world.store.next_job(line).await.expect("a look");
        assert_eq!(line.expect("a job runs").id, *expected);
        let step = world.store.step_job(*expected, 2, at(101)).await.expect("a step");
        assert_eq!(step.expect("it runs").id, *expected);
    }
    let cancelled = world.store.cancel_job(other, jobs[1], at(102), None).await.expect("an answer");
    assert_eq!(cancelled.expect("known").processed, 4);
    let none = world.store.step_job(jobs[1], 2, at(103)).await.expect("an answer");
    assert!(none.is_none(), "it does not run");
    let first = world.store.next_job(line).await.expect("a look");
    let second = world.store.next_job(first).await.expect("a look").expect("a job runs");
    assert_eq!(second.id, jobs[2], "what has ended stands in line no more");
}

/// Only so many run at a time; those that ended do not count. Lists page.
pub async fn there_is_a_limit_on_running_jobs(world: &World) {
    let (org, webhook) = world.shop().await;
    let new = || world.new_job(org, JobSpec::Replay(replay(webhook, false)), 0);
    let mut ids = Vec::new();
    for _ in 0..limits::JOBS_PER_ORGANIZATION {
        let job = new();
        ids.push(job.id.as_u128());
        world.store.create_job(job, None).await.expect("a job");
    }
    match world.store.create_job(new(), None).await {
        Err(StoreError::LimitReached { limit, .. }) => {
            assert_eq!(limit, limits::JOBS_PER_ORGANIZATION);
        }
        other => panic!("{other:?}"),
    }
    let step = world.step_job(10, 101).await.expect("the oldest");
    assert_eq!((step.id.as_u128(), step.status), (ids[0], JobStatus::Completed));
    let job = new();
    ids.push(job.id.as_u128());
    world.store.create_job(job, None).await.expect("a job");
    let store = world.store.clone();
    let list = |page| {
        let store = store.clone();
        async move { store.jobs(org, page).await }
    };
    check_pages(&ids, |job| job.id.as_u128(), list).await;
}

/// Deliveries to webhooks that are disabled or deleted are looked at, not made.
pub async fn jobs_skip_webhooks_that_take_nothing(world: &World) {
    let (org, served) = world.shop().await;
    let disabled = world.webhook(org, &["*"]).await;
    let deleted = world.webhook(org, &["*"]).await;
    world.publish(org, EventType::OrderPaid, at(10)).await;
    for leased in world.engine.take() {
        world.record(&leased, Verdict::Succeeded, at(11)).await;
    }
    world.set_status(org, disabled, WebhookStatus::Disabled, at(12)).await;
    world.store.delete_webhook(org, deleted, at(12), None).await.expect("deleted");
    let everything = JobSpec::Resend { filter: DeliveryFilter::default() };
    let done = world.run_job(&world.new_job(org, everything, 3), 10).await;
    assert_eq!((done.processed, done.created), (3, 1));
    let made = world.claim(at(200)).await.deliveries;
    assert_eq!((made.len(), made[0].webhook.id), (1, served));
    for webhook in [disabled, deleted] {
        let spec = JobSpec::Replay(replay(webhook, false));
        assert_eq!(world.run_job(&world.new_job(org, spec, 1), 10).await.created, 0);
    }
    assert!(world.claim(at(200) + Duration::from_secs(1)).await.deliveries.is_empty());
}
