//! Accepting: who gets a delivery, and that it happens whole or not at all.

use std::collections::HashSet;
use std::time::Duration;

use bytes::Bytes;
use fanfare_model::{DeliveryOrigin, DeliveryStatus, EventType, WebhookStatus, limits};
use tokio::task::JoinSet;

use super::world::{START, World, at};
use crate::{
    Accept, AcceptResult, DeliveryFilter, EventFilter, EventSource, IdempotencyKey, Order,
    PageRequest, StoreError, StoredResponse,
};

/// Exact names, `category.*` and `*` match when they should, and only then.
pub async fn matches_types_wildcards_and_everything(world: &World) {
    let org = world.organization("shop").await;
    let paid = world.webhook(org, &["order.paid"]).await;
    let orders = world.webhook(org, &["order.*"]).await;
    let all = world.webhook(org, &["*"]).await;
    let cases = [
        (EventType::OrderPaid, vec![paid, orders, all]),
        (EventType::OrderCreated, vec![orders, all]),
        (EventType::ConsumerCreated, vec![all]),
    ];
    for (event_type, expected) in cases {
        let (event, fanout) = world.publish(org, event_type, at(1)).await;
        assert_eq!(fanout as usize, expected.len(), "{event_type}");
        let handed: HashSet<_> =
            world.engine.take().iter().map(|leased| leased.webhook.id).collect();
        assert_eq!(handed, expected.iter().copied().collect(), "{event_type}");
        let stored = world.store.event_deliveries(org, event).await.expect("a list");
        let stored: HashSet<_> = stored.iter().map(|delivery| delivery.webhook_id).collect();
        assert_eq!(stored, handed);
        let found = world.store.event(org, event).await.expect("a read").expect("the event");
        assert_eq!(found.summary.fanout, fanout);
    }
}

/// A paused webhook's deliveries are made, wait, and are claimed once it is active again.
pub async fn paused_webhooks_hold_what_comes(world: &World) {
    let (org, webhook) = world.shop().await;
    world.set_status(org, webhook, WebhookStatus::Paused, at(1)).await;
    let (event, fanout) = world.publish(org, EventType::OrderPaid, at(2)).await;
    assert_eq!(fanout, 1);
    assert!(world.engine.take().is_empty());
    assert!(world.claim(at(3)).await.deliveries.is_empty());
    let waiting = world.store.event_deliveries(org, event).await.expect("a list");
    assert_eq!(waiting[0].status, DeliveryStatus::Pending);
    assert_eq!(waiting[0].next_attempt_at, Some(at(2)));
    world.engine.take_wakes();
    world.set_status(org, webhook, WebhookStatus::Active, at(4)).await;
    let claimed = world.claim(at(5)).await.deliveries;
    assert_eq!(claimed.len(), 1);
    assert_eq!((claimed[0].id, claimed[0].event_id), (waiting[0].id, event));
}

/// Neither a disabled nor a deleted webhook gets a delivery; an event may have none at all.
pub async fn disabled_and_deleted_webhooks_get_nothing(world: &World) {
    let org = world.organization("shop").await;
    let disabled = world.webhook(org, &["*"]).await;
    let deleted = world.webhook(org, &["*"]).await;
    world.set_status(org, disabled, WebhookStatus::Disabled, at(1)).await;
    assert!(world.store.delete_webhook(org, deleted, at(1), None).await.expect("deleted"));
    let (event, fanout) = world.publish(org, EventType::OrderPaid, at(2)).await;
    assert_eq!(fanout, 0);
    assert!(world.engine.take().is_empty());
    assert!(world.store.event_deliveries(org, event).await.expect("a list").is_empty());
    assert!(world.store.event(org, event).await.expect("a read").is_some(), "stored all the same");
}

/// `failed` is a mark: such a webhook goes on getting events.
pub async fn failed_webhooks_are_served(world: &World) {
    let (org, webhook) = world.shop().await;
    world.set_status(org, webhook, WebhookStatus::Failed, at(1)).await;
    world.publish_one(org, at(2)).await;
    world.publish_waiting(org, at(3)).await;
    assert_eq!(world.claim(at(4)).await.deliveries.len(), 1);
}

/// What finds no room in memory waits, due at once, and the engine is told.
pub async fn without_room_deliveries_wait_in_the_store(world: &World) {
    let org = world.organization("shop").await;
    for _ in 0..3 {
        world.webhook(org, &["*"]).await;
    }
    world.engine.take_wakes();
    world.engine.set_room(1);
    let (_, fanout) = world.publish(org, EventType::OrderPaid, at(1)).await;
    assert_eq!(fanout, 3);
    let handed = world.engine.take();
    assert_eq!(handed.len(), 1);
    assert!(world.engine.take_wakes() > 0);
    let claimed = world.claim(at(1)).await.deliveries;
    assert_eq!(claimed.len(), 2);
    assert!(claimed.iter().all(|leased| leased.id != handed[0].id));
}

/// A delivery handed over in memory carries what the store has.
pub async fn what_is_handed_over_is_complete(world: &World) {
    let (org, webhook) = world.shop().await;
    let accept = world.accept_of(org, &[EventType::OrderPaid], at(7));
    let event = accept.events[0].clone();
    world.store.accept(accept).await.expect("accepted");
    let leased = world.engine.take().remove(0);
    assert_eq!(leased.event_id, event.id);
    assert_eq!(leased.event_type, EventType::OrderPaid);
    assert_eq!(leased.accepted_at, at(7));
    assert_eq!(leased.body, event.body);
    assert_eq!(*leased.webhook, *world.reload(org, webhook).await);
    assert_eq!((leased.attempts, leased.test), (0, false));
    assert!(leased.lease_until.is_none_or(|until| until > at(7)));
    let detail = world.detail(org, &leased).await;
    assert_eq!(detail.body, event.body);
    assert_eq!(detail.event_accepted_at, at(7));
    assert_eq!(detail.delivery.id, leased.id);
    assert_eq!(detail.delivery.created_at, at(7));
    assert_eq!(detail.delivery.status, DeliveryStatus::Pending);
    assert_eq!(detail.delivery.origin, DeliveryOrigin::Fanout);
    assert_eq!(detail.delivery.next_attempt_at, Some(at(7)));
    assert!(detail.attempts.is_empty());
}

/// A test goes to the one webhook, subscribed or not, paused or disabled or not.
pub async fn a_test_goes_to_one_webhook_whatever_its_status(world: &World) {
    let org = world.organization("shop").await;
    let other = world.organization("other").await;
    world.webhook(org, &["*"]).await;
    let foreign = world.webhook(other, &["*"]).await;
    let webhook = world.webhook(org, &["consumer.created"]).await;
    let test = |only| Accept {
        source: EventSource::Test,
        only: Some(only),
        except: None,
        ..world.accept_of(org, &[EventType::OrderPaid], at(1))
    };
    for status in [
        WebhookStatus::Active,
        WebhookStatus::Failed,
        WebhookStatus::Paused,
        WebhookStatus::Disabled,
    ] {
        world.set_status(org, webhook, status, at(1)).await;
        let accept = test(webhook);
        let event = accept.events[0].id;
        let result = world.store.accept(accept).await.expect("accepted");
        assert_eq!(result, AcceptResult::Accepted(vec![1]), "{status}");
        let handed = world.engine.take();
        assert_eq!(handed.len(), 1, "{status}");
        assert!(handed[0].test);
        assert_eq!(handed[0].webhook.id, webhook);
        let stored = world.store.event_deliveries(org, event).await.expect("a list");
        assert_eq!(stored.len(), 1);
        assert_eq!(stored[0].origin, DeliveryOrigin::Test);
    }
    for unknown in [foreign, world.id(START)] {
        let result = world.store.accept(test(unknown)).await.expect("accepted");
        assert_eq!(result, AcceptResult::Accepted(vec![0]));
        assert!(world.engine.take().is_empty());
    }
}

/// Several events of one call stand or fall together, with their deliveries and the answer.
pub async fn a_call_is_written_whole_or_not_at_all(world: &World) {
    let (org, _) = world.shop().await;
    let first = world.accept_of(org, &[EventType::OrderCreated, EventType::OrderPaid], at(1));
    let ids: Vec<_> = first.events.iter().map(|event| event.id).collect();
    let result = world.store.accept(first.clone()).await.expect("accepted");
    assert_eq!(result, AcceptResult::Accepted(vec![1, 1]));
    let handed: Vec<_> = world.engine.take().iter().map(|leased| leased.event_id).collect();
    assert_eq!(handed, ids, "in the order in which they happened");

    let mut second = world.accept_of(org, &[EventType::OrderPaid; 3], at(2));
    second.events[2].id = ids[0];
    second.idempotency = Some((key(org, "half", 1), answer("half")));
    let new = [second.events[0].id, second.events[1].id];
    world.store.accept(second).await.expect_err("an id is used twice");
    assert!(world.engine.take().is_empty());
    for id in new {
        assert!(world.store.event(org, id).await.expect("a read").is_none());
    }
    assert_eq!(world.deliveries(org, DeliveryFilter::default()).await.len(), 2);
    let mut third = world.accept_of(org, &[EventType::OrderPaid], at(3));
    third.idempotency = Some((key(org, "half", 2), answer("whole")));
    let result = world.store.accept(third).await.expect("accepted");
    assert_eq!(result, AcceptResult::Accepted(vec![1]), "the key of the failed call is free");
}

pub(super) fn key(org: fanfare_model::OrganizationId, key: &str, print: u8) -> IdempotencyKey {
    IdempotencyKey { organization_id: org, key: key.to_owned(), fingerprint: [print; 32] }
}

pub(super) fn answer(text: &'static str) -> StoredResponse {
    StoredResponse { status: 202, body: Bytes::from_static(text.as_bytes()) }
}

/// The same key and request: the first answer, nothing written. Another request: refused.
pub async fn the_same_key_gets_the_first_answer(world: &World) {
    let (org, _) = world.shop().await;
    let other = world.organization("other").await;
    let send = async |org, print, text, now| {
        let mut accept = world.accept_of(org, &[EventType::OrderPaid], now);
        accept.idempotency = Some((key(org, "once", print), answer(text)));
        world.store.accept(accept).await.expect("an answer")
    };
    assert_eq!(send(org, 1, "first", at(1)).await, AcceptResult::Accepted(vec![1]));
    assert_eq!(send(org, 1, "second", at(2)).await, AcceptResult::Replayed(answer("first")));
    assert_eq!(send(org, 2, "third", at(3)).await, AcceptResult::KeyReused);
    assert_eq!(send(other, 2, "fourth", at(4)).await, AcceptResult::Accepted(vec![0]));
    assert_eq!(world.engine.take().len(), 1);
    let page = PageRequest::default();
    let events = world.store.events(org, EventFilter::default(), page).await.expect("a list");
    assert_eq!(events.items.len(), 1);

    let held = key(org, "held", 1);
    world.store.begin_idempotent(held.clone(), at(5)).await.expect("held");
    let mut accept = world.accept_of(org, &[EventType::OrderPaid], at(6));
    accept.idempotency = Some((held, answer("held")));
    let result = world.store.accept(accept).await.expect("an answer");
    assert_eq!(result, AcceptResult::KeyInUse);

    let later = at(1) + limits::IDEMPOTENCY_RETENTION;
    let just_before = later.minus(Duration::from_millis(1));
    assert_eq!(send(org, 1, "x", just_before).await, AcceptResult::Replayed(answer("first")));
    assert_eq!(send(org, 2, "again", later).await, AcceptResult::Accepted(vec![1]));
    assert_eq!(send(org, 2, "y", later).await, AcceptResult::Replayed(answer("again")));
}

/// Calls at the same time: every event is there once, with one delivery, each with its own id.
pub async fn concurrent_calls_all_count(world: &World) {
    let (org, webhook) = world.shop().await;
    let mut calls = JoinSet::new();
    for _ in 0..200 {
        let accept = world.accept_of(org, &[EventType::OrderPaid], at(1));
        let store = world.store.clone();
        calls.spawn(async move { store.accept(accept).await.expect("accepted") });
    }
    while let Some(done) = calls.join_next().await {
        assert_eq!(done.expect("no panic"), AcceptResult::Accepted(vec![1]));
    }
    let handed = world.engine.take();
    let deliveries: HashSet<_> = handed.iter().map(|leased| leased.id).collect();
    let events: HashSet<_> = handed.iter().map(|leased| leased.event_id).collect();
    assert_eq!((handed.len(), deliveries.len(), events.len()), (200, 200, 200));
    let filter = DeliveryFilter { webhook_id: Some(webhook), ..DeliveryFilter::default() };
    let count = world.store.count_deliveries(org, filter, 1_000).await.expect("a count");
    assert_eq!(count, 200);
    let page = PageRequest { limit: 100, order: Order::Ascending, after: None, before: None };
    let list = world.store.events(org, EventFilter::default(), page).await.expect("a list");
    assert!(list.items.is_sorted_by_key(|event| event.summary.id));
}

/// What matches is decided by the webhook as it was when the accept was committed.
pub async fn matching_follows_changes_at_once(world: &World) {
    let (org, webhook) = world.shop().await;
    let narrow = Box::new(|webhook: &mut crate::Webhook| {
        webhook.events = fanfare_model::EventSelection::parse(&["order.paid"]).expect("patterns");
        webhook.url = "https://shop.example/new".into();
        Ok(())
    });
    world.store.modify_webhook(org, webhook, at(1), narrow, None).await.expect("changed");
    assert_eq!(world.publish(org, EventType::OrderCreated, at(2)).await.1, 0);
    let leased = world.publish_one(org, at(3)).await;
    assert_eq!(leased.webhook.url, "https://shop.example/new");
    assert_eq!(leased.webhook.version, 2);
    let second = world.webhook(org, &["order.created"]).await;
    assert_eq!(world.publish(org, EventType::OrderCreated, at(4)).await.1, 1);
    assert_eq!(world.engine.take()[0].webhook.id, second);
}

/// Nothing is written for an organization that does not exist.
pub async fn an_unknown_organization_is_refused(world: &World) {
    let nobody = world.id(START);
    let accept = world.accept_of(nobody, &[EventType::OrderPaid], at(1));
    let event = accept.events[0].id;
    let refused = world.store.accept(accept).await.expect_err("no such organization");
    assert!(matches!(refused, StoreError::Refused(_)), "{refused}");
    assert!(world.store.event(nobody, event).await.expect("a read").is_none());
}
