//! Housekeeping.

use fanfare_model::{DeliveryStatus, EventType, WebhookStatus};

use super::world::{World, at, day};
use crate::{Backlog, DeliveryFilter, EventFilter, PageRequest, RecordResult, Verdict};

/// An event with a pending delivery stays, however old; the others go with their deliveries.
pub async fn retention_keeps_what_is_pending(world: &World) {
    let (org, _) = world.shop().await;
    world.webhook(org, &["*"]).await;
    let (half, _) = world.publish(org, EventType::OrderPaid, at(1)).await;
    let handed = world.engine.take();
    world.record(&handed[0], Verdict::Succeeded, at(2)).await;
    world.record(&handed[1], Verdict::RetryAt(day(40)), at(2)).await;
    let (done, _) = world.publish(org, EventType::OrderPaid, at(3)).await;
    for leased in world.engine.take() {
        world.record(&leased, Verdict::Succeeded, at(4)).await;
    }
    let (young, _) = world.publish(org, EventType::OrderPaid, day(20)).await;
    for leased in world.engine.take() {
        world.record(&leased, Verdict::Succeeded, day(20)).await;
    }
    assert_eq!(world.store.expire(day(10), 100).await.expect("a step"), 1);
    let exists = async |id| world.store.event(org, id).await.expect("a read").is_some();
    assert!(exists(half).await && exists(young).await && !exists(done).await);
    assert!(world.store.event_deliveries(org, done).await.expect("a list").is_empty());
    assert_eq!(world.deliveries(org, DeliveryFilter::default()).await.len(), 4);
    let again = world.claim(day(40)).await.deliveries.remove(0);
    assert_eq!(again.event_id, half);
    world.record(&again, Verdict::Succeeded, day(40)).await;
    assert_eq!(world.store.expire(day(10), 100).await.expect("a step"), 1, "looked at again");
    assert!(!exists(half).await);
}

/// A step deletes no more than it was told; fewer means that it is done.
pub async fn retention_works_in_steps(world: &World) {
    let (org, webhook) = world.shop().await;
    for second in 1..=7 {
        let leased = world.publish_one(org, at(second)).await;
        world.record(&leased, Verdict::Succeeded, at(second)).await;
        if second == 3 {
            world.publish_waiting(org, at(second)).await;
        }
    }
    let mut steps = Vec::new();
    while steps.last().is_none_or(|deleted| *deleted == 3) {
        steps.push(world.store.expire(day(10), 3).await.expect("a step"));
    }
    assert_eq!(steps, [3, 3, 1]);
    assert_eq!(world.store.expire(day(10), 3).await.expect("a step"), 0);
    let left = world.deliveries(org, DeliveryFilter::default()).await;
    assert_eq!((left.len(), left[0].webhook_id), (1, webhook));
    let leased = world.publish_one(org, day(11)).await;
    assert!(leased.id > left[0].id, "ids go on growing");
}

/// Attempts, resends and notices of an event go with it, and figures of that time.
pub async fn retention_removes_what_belongs_to_an_event(world: &World) {
    let (org, webhook) = world.shop().await;
    let leased = world.publish_one(org, at(1)).await;
    world.record(&leased, Verdict::RetryAt(at(60)), at(1)).await;
    let second = world.claim(at(60)).await.deliveries.remove(0);
    let result = world.record(&second, Verdict::Exhausted, at(60)).await;
    assert_eq!(result, RecordResult::Recorded(DeliveryStatus::Failed));
    let resent =
        world.store.resend(org, leased.id, at(70), None).await.expect("made").expect("known");
    let third = world.claim(at(70)).await.deliveries.remove(0);
    assert_eq!(third.id, resent.id);
    world.record(&third, Verdict::Exhausted, at(70)).await;
    let page = PageRequest::default();
    assert_eq!(world.store.notices(org, page).await.expect("a list").items.len(), 2);
    assert_eq!(world.store.expire(day(10), 10).await.expect("a step"), 1);
    for id in [leased.id, resent.id] {
        assert!(world.store.delivery(org, id).await.expect("a read").is_none());
    }
    assert!(world.store.notices(org, page).await.expect("a list").items.is_empty());
    let events = world.store.events(org, EventFilter::default(), page).await.expect("a list");
    assert!(events.items.is_empty());
    let stats = world.store.webhook_stats(org, webhook, at(0), day(10)).await;
    assert!(stats.expect("figures").is_empty());
    let next = world.publish_one(org, day(11)).await;
    world.record(&next, Verdict::RetryAt(day(11)), day(11)).await;
    assert_eq!(world.detail(org, &next).await.attempts.len(), 1, "nothing old belongs to it");
}

/// In steps, and only of webhooks that take nothing.
pub async fn unserved_deliveries_are_cancelled_in_steps(world: &World) {
    let (org, webhook) = world.shop().await;
    let served = world.webhook(org, &["*"]).await;
    for _ in 0..3 {
        world.publish_waiting(org, at(1)).await;
    }
    let claimed = world.claim_with(at(2), 100, 2, vec![served]).await.deliveries;
    assert_eq!(claimed.len(), 2);
    world.set_status(org, webhook, WebhookStatus::Disabled, at(3)).await;
    let mut cancelled = 0;
    while world.store.cancel_unserved(1, at(4)).await.expect("a step") == 1 {
        cancelled += 1;
        assert!(cancelled < 10);
    }
    let status = |wanted| DeliveryFilter { status: vec![wanted], ..DeliveryFilter::default() };
    let ended = status(DeliveryStatus::Cancelled);
    assert_eq!(world.deliveries(org, ended.clone()).await.len(), 1, "two are in flight");
    assert_eq!(world.deliveries(org, status(DeliveryStatus::Pending)).await.len(), 5);
    while world.store.cancel_unserved(1, at(500)).await.expect("a step") == 1 {}
    assert_eq!(world.deliveries(org, ended).await.len(), 3, "their leases ended");
    assert_eq!(world.claim(at(500)).await.deliveries.len(), 3);
}

/// What waits counts, due or not; what is leased does not.
pub async fn the_backlog_counts_what_waits(world: &World) {
    let (org, _) = world.shop().await;
    let backlog = async |now| world.store.backlog(now).await.expect("a count");
    assert_eq!(backlog(at(1)).await, Backlog::default());
    let in_memory = world.publish_one(org, at(1)).await;
    assert_eq!(backlog(at(2)).await.waiting, 0);
    world.record(&in_memory, Verdict::RetryAt(at(60)), at(2)).await;
    assert_eq!(backlog(at(3)).await, Backlog { waiting: 1, oldest_due: None });
    world.publish_waiting(org, at(5)).await;
    assert_eq!(backlog(at(7)).await, Backlog { waiting: 2, oldest_due: Some(at(5)) });
    assert_eq!(world.claim(at(7)).await.deliveries.len(), 1);
    assert_eq!(backlog(at(8)).await, Backlog { waiting: 1, oldest_due: None });
}

/// A store that works says so, and changes nothing by it.
pub async fn a_healthy_store_says_so(world: &World) {
    let (org, _) = world.shop().await;
    world.store.check().await.expect("healthy");
    let filter = DeliveryFilter::default();
    assert_eq!(world.store.count_deliveries(org, filter, 10).await.expect("a count"), 0);
}
