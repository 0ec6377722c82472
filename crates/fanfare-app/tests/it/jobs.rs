//! Replays and bulk resends, as jobs.

use std::time::Duration;

use fanfare_app::{ErrorCode, JobOrCount, ReplayInput};
use fanfare_model::{Clock as _, DeliveryStatus, EventType, JobId, WebhookCommand, WebhookId};
use fanfare_store::{DeliveryFilter, Job, JobStatus, PageRequest};
use tokio_util::sync::CancellationToken;

use crate::world::{World, at, code, field};

fn job(started: JobOrCount) -> Job {
    match started {
        JobOrCount::Job(job) => job,
        JobOrCount::Count(count) => panic!("only counted {count}"),
    }
}

fn replay() -> ReplayInput {
    ReplayInput {
        since: at("2024-06-20T15:00:00Z"),
        until: None,
        types: None,
        only_missing: true,
        dry_run: false,
    }
}

/// Runs the loop until this job has ended.
async fn run(world: &World, id: JobId) -> Job {
    let shutdown = CancellationToken::new();
    let ended = async {
        let done =
            async || world.app.job(&world.caller, id).await.unwrap().status != JobStatus::Running;
        world.until("the job ends", done).await;
        shutdown.cancel();
    };
    tokio::join!(world.app.run_jobs(shutdown.clone()), ended);
    world.app.job(&world.caller, id).await.unwrap()
}

async fn disabled_for_a_while(world: &World) -> WebhookId {
    let id = world.webhook(&["order.*"]).await;
    let tell = |command| world.app.command_webhook(&world.caller, id, command);
    world.publish(EventType::OrderPaid).await;
    world.attempt_all(200).await;
    tell(WebhookCommand::Disable).await.unwrap();
    for _ in 0..3 {
        world.publish(EventType::OrderPaid).await;
        world.publish(EventType::ConsumerCreated).await;
    }
    world.advance(Duration::from_secs(60));
    let refused = world.app.replay(&world.caller, id, replay()).await;
    assert_eq!(code(refused), ErrorCode::Conflict);
    tell(WebhookCommand::Enable).await.unwrap();
    id
}

#[tokio::test]
async fn a_replay_sends_what_was_missed() {
    let world = World::new().await;
    let id = disabled_for_a_while(&world).await;
    let dry = ReplayInput { dry_run: true, ..replay() };
    let counted = world.app.replay(&world.caller, id, dry).await.unwrap();
    assert_eq!(counted, JobOrCount::Count(3));
    assert_eq!(world.attempt_all(200).await, 0, "a dry run creates nothing");
    let started = job(world.app.replay(&world.caller, id, replay()).await.unwrap());
    assert_eq!((started.status, started.total), (JobStatus::Running, 3));
    let ended = run(&world, started.id).await;
    assert_eq!((ended.status, ended.created), (JobStatus::Completed, 3));
    assert_eq!(world.attempt_all(200).await, 3);
    let nothing = world.app.replay(&world.caller, id, ReplayInput { dry_run: true, ..replay() });
    assert_eq!(nothing.await.unwrap(), JobOrCount::Count(0), "nothing is missing any more");
    let all = ReplayInput { only_missing: false, dry_run: true, ..replay() };
    let all = world.app.replay(&world.caller, id, all).await.unwrap();
    assert_eq!(all, JobOrCount::Count(4));
}

#[tokio::test]
async fn a_replay_is_judged() {
    let world = World::new().await;
    let id = world.webhook(&["order.*"]).await;
    let replayed = |input| world.app.replay(&world.caller, id, input);
    let since = world.clock.now();
    assert_eq!(field(replayed(ReplayInput { since, ..replay() }).await), "since");
    let types = Some(EventType::ConsumerCreated.into());
    assert_eq!(field(replayed(ReplayInput { types, ..replay() }).await), "types");
    let unknown = world.app.replay(&world.caller, world.ids.next(), replay()).await;
    assert_eq!(code(unknown), ErrorCode::NotFound);
}

#[tokio::test]
async fn everything_that_failed_is_sent_again_by_a_job() {
    let world = World::new().await;
    world.webhook(&["*"]).await;
    for _ in 0..3 {
        world.publish(EventType::OrderPaid).await;
    }
    assert_eq!(world.attempt_all(500).await, 3);
    world.advance(Duration::from_secs(1));
    let filter =
        DeliveryFilter { status: vec![DeliveryStatus::Failed], ..DeliveryFilter::default() };
    let started = world.app.resend_matching(&world.caller, filter, false).await.unwrap();
    let ended = run(&world, job(started).id).await;
    assert_eq!((ended.total, ended.processed, ended.created), (3, 3, 3));
    assert_eq!(world.attempt_all(200).await, 3);
}

#[tokio::test]
async fn a_job_can_be_stopped_and_an_ended_one_stays_as_it_is() {
    let world = World::new().await;
    let id = disabled_for_a_while(&world).await;
    let started = job(world.app.replay(&world.caller, id, replay()).await.unwrap());
    let stopped = world.app.cancel_job(&world.caller, started.id).await.unwrap();
    assert_eq!(stopped.status, JobStatus::Cancelled);
    assert_eq!(run(&world, started.id).await.created, 0);
    let again = world.app.cancel_job(&world.caller, started.id).await.unwrap();
    assert_eq!(again.status, JobStatus::Cancelled);
    let second = job(world.app.replay(&world.caller, id, replay()).await.unwrap());
    run(&world, second.id).await;
    let ended = world.app.cancel_job(&world.caller, second.id).await.unwrap();
    assert_eq!(ended.status, JobStatus::Completed);
    let listed = world.app.jobs(&world.caller, PageRequest::default()).await.unwrap();
    let ids: Vec<_> = listed.items.iter().map(|job| job.id).collect();
    assert_eq!(ids, [second.id, started.id], "newest first");
}

#[tokio::test]
async fn a_job_that_is_created_later_wakes_the_loop() {
    let world = World::new().await;
    let id = disabled_for_a_while(&world).await;
    let shutdown = CancellationToken::new();
    let work = async {
        // Between two of them the loop finds nothing and sleeps by a clock that stands still.
        for _ in 0..10 {
            let input = ReplayInput { only_missing: false, ..replay() };
            let started = job(world.app.replay(&world.caller, id, input).await.unwrap());
            let done = async || {
                let job = world.app.job(&world.caller, started.id).await.unwrap();
                job.status == JobStatus::Completed
            };
            world.until("the loop wakes", done).await;
        }
        shutdown.cancel();
    };
    tokio::join!(world.app.run_jobs(shutdown.clone()), work);
}
