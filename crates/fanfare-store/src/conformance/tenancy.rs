//! Another organization's id behaves exactly like one that does not exist.

use fanfare_model::{DeliveryStatus, EventType, EventTypes, WebhookStatus};

use super::accept::{answer, key};
use super::world::{START, World, at, day};
use crate::{
    ApiKey, DeliveryFilter, EventFilter, Job, JobSpec, JobStatus, NewApiKey, PageRequest, Replay,
    Verdict, Webhook, WebhookFilter,
};

/// Every lookup and every command, with the right id and the wrong organization.
pub async fn a_foreign_id_does_not_exist(world: &World) {
    let (org, webhook) = world.shop().await;
    let foreign = world.organization("foreign").await;
    let nobody = world.id(START);
    let leased = world.publish_one(org, at(1)).await;
    world.record(&leased, Verdict::RetryAt(at(9_000)), at(2)).await;
    let new_key = ApiKey {
        id: world.id(START),
        organization_id: org,
        name: "till".into(),
        prefix: "sk_test_a".into(),
        scopes: fanfare_model::Scopes::ALL,
        created_at: START,
        last_used_at: None,
        revoked_at: None,
    };
    let api_key = new_key.id;
    world.store.create_key(NewApiKey { key: new_key, hash: [1; 32] }, None).await.expect("a key");
    let replay = Replay {
        webhook_id: webhook,
        since: START,
        until: day(1),
        types: EventTypes::ALL,
        only_missing: false,
    };
    let job = Job {
        id: world.id(START),
        organization_id: org,
        spec: JobSpec::Replay(replay.clone()),
        status: JobStatus::Running,
        total: 1,
        processed: 0,
        created: 0,
        created_at: at(3),
        updated_at: at(3),
    };
    world.store.create_job(job.clone(), None).await.expect("a job");
    for other in [foreign, nobody] {
        let store = &world.store;
        assert!(store.webhook(other, webhook).await.expect("a read").is_none());
        assert!(store.webhook_version(other, webhook, 1).await.expect("a read").is_none());
        let edit = Box::new(|webhook: &mut Webhook| {
            webhook.status = WebhookStatus::Paused;
            Ok(())
        });
        assert!(
            store.modify_webhook(other, webhook, at(4), edit, None).await.expect("none").is_none()
        );
        assert!(!store.delete_webhook(other, webhook, at(4), None).await.expect("none"));
        assert!(store.event(other, leased.event_id).await.expect("a read").is_none());
        let of_event = store.event_deliveries(other, leased.event_id).await;
        assert!(of_event.expect("a list").is_empty());
        assert!(store.delivery(other, leased.id).await.expect("a read").is_none());
        assert!(store.resend(other, leased.id, at(4), None).await.expect("none").is_none());
        assert!(store.cancel(other, leased.id, at(4), None).await.expect("none").is_none());
        assert!(store.revoke_key(other, api_key, at(4), None).await.expect("none").is_none());
        assert!(store.job(other, job.id).await.expect("a read").is_none());
        assert!(store.cancel_job(other, job.id, at(4), None).await.expect("none").is_none());
        assert_eq!(store.count_replay(other, replay.clone(), 10).await.expect("a count"), 0);
        let stats = store.webhook_stats(other, webhook, START, day(1)).await;
        assert!(stats.expect("figures").is_empty());
    }
    assert_eq!(world.reload(org, webhook).await.version, 1);
    assert_eq!(world.detail(org, &leased).await.delivery.status, DeliveryStatus::Pending);
    let untouched = world.store.key_by_hash([1; 32]).await.expect("a read").expect("the key");
    assert_eq!(untouched.revoked_at, None);
    let running = world.store.job(org, job.id).await.expect("a read").expect("the job");
    assert_eq!(running.status, JobStatus::Running);
}

/// Lists, counts, fan-out, jobs and keys of one organization leave the other's alone.
pub async fn lists_show_only_their_own(world: &World) {
    let (org, webhook) = world.shop().await;
    let (other, others_webhook) = world.shop().await;
    let mine = world.publish_one(org, at(1)).await;
    assert_eq!(mine.webhook.id, webhook);
    let theirs = world.publish_one(other, at(1)).await;
    assert_eq!(theirs.webhook.id, others_webhook);
    for leased in [&mine, &theirs] {
        world.record(leased, Verdict::Exhausted, at(2)).await;
    }
    let page = PageRequest::default();
    let events = world.store.events(org, EventFilter::default(), page).await.expect("a list");
    assert_eq!(events.items.len(), 1);
    assert_eq!(events.items[0].summary.id, mine.event_id);
    let deliveries = world.deliveries(org, DeliveryFilter::default()).await;
    assert_eq!((deliveries.len(), deliveries[0].id), (1, mine.id));
    let of_theirs = DeliveryFilter { webhook_id: Some(others_webhook), ..Default::default() };
    assert!(world.deliveries(org, of_theirs.clone()).await.is_empty());
    assert_eq!(world.store.count_deliveries(org, of_theirs.clone(), 9).await.expect("a count"), 0);
    let webhooks = world.store.webhooks(org, WebhookFilter::default(), page).await;
    let webhooks = webhooks.expect("a list").items;
    assert_eq!((webhooks.len(), webhooks[0].id), (1, webhook));
    let notices = world.store.notices(org, page).await.expect("a list").items;
    assert_eq!((notices.len(), notices[0].webhook_id), (1, webhook));
    assert!(world.store.keys(org, page).await.expect("a list").items.is_empty());
    assert!(world.store.jobs(org, page).await.expect("a list").items.is_empty());

    for spec in [
        JobSpec::Resend { filter: of_theirs },
        JobSpec::Replay(Replay {
            webhook_id: others_webhook,
            since: START,
            until: day(1),
            types: EventTypes::ALL,
            only_missing: false,
        }),
    ] {
        let job = Job {
            id: world.id(START),
            organization_id: org,
            spec,
            status: JobStatus::Running,
            total: 0,
            processed: 0,
            created: 0,
            created_at: at(3),
            updated_at: at(3),
        };
        let id = job.id;
        world.store.create_job(job, None).await.expect("a job");
        let done = world.store.step_job(id, 10, at(4)).await.expect("a step").expect("the job");
        assert_eq!((done.status, done.created), (JobStatus::Completed, 0));
    }
    assert!(world.claim(at(5)).await.deliveries.is_empty());
    let held = key(org, "same", 1);
    world.store.begin_idempotent(held.clone(), at(6)).await.expect("held");
    world.store.finish_idempotent(held, Some(answer("mine")), at(6)).await.expect("kept");
    let theirs = world.store.begin_idempotent(key(other, "same", 1), at(7)).await;
    assert_eq!(theirs.expect("an answer"), crate::IdempotencyStart::Fresh);
    assert_eq!(world.publish(other, EventType::OrderPaid, at(8)).await.1, 1);
}
