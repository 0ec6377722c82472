//! Work: one transaction, whole or not at all, and as if it ran alone.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use bytes::Bytes;
use fanfare_model::{EventType, OrganizationId, WebhookStatus};

use super::World;
use super::launch::items;
use super::world::{START, at, page};
use crate::{
    ConsumerFilter, EventFilter, EventSource, LaunchTx, NewEvent, Order, SortKey, Stopped,
    StoreError,
};

async fn consumers(world: &World, org: OrganizationId) -> usize {
    let all = page(100, Order::Ascending);
    items(world.store.consumers(org, ConsumerFilter::default(), SortKey::Created, all).await).len()
}

async fn events(world: &World, org: OrganizationId) -> Vec<NewEvent> {
    let all = page(100, Order::Ascending);
    let list = world.store.events(org, EventFilter::default(), all).await.expect("a list");
    let event = |event: crate::Event| NewEvent {
        id: event.summary.id,
        event_type: event.summary.event_type,
        body: event.body,
        person: None,
    };
    list.items.into_iter().map(event).collect()
}

/// What refuses has written nothing, and says so.
pub async fn work_that_refuses_writes_nothing(world: &World) {
    let (org, _) = world.shop().await;
    let known = world.consumer(org, 1).await;
    let refused = world.work(org, move |tx| {
        assert!(tx.has_consumer(known.id)?);
        Err(Stopped::Refused)
    });
    assert!(!refused.await.expect("an answer"));
    assert_eq!(consumers(world, org).await, 1);
    assert!(events(world, org).await.is_empty());
}

/// Refusing after a write is a defect: the work fails, and nothing of it is kept.
pub async fn refusing_after_a_write_fails(world: &World) {
    let (org, _) = world.shop().await;
    let consumer = world.new_consumer(1);
    let event = world.new_event(EventType::OrderPaid, at(1));
    let put = consumer.clone();
    let written = world.work(org, move |tx| {
        tx.put_consumer(&put)?;
        Err(Stopped::Refused)
    });
    assert!(matches!(written.await, Err(StoreError::Failed(_))));
    let emitted = world.work(org, move |tx| {
        tx.emit(event.clone(), at(1))?;
        Err(Stopped::Refused)
    });
    assert!(matches!(emitted.await, Err(StoreError::Failed(_))));
    assert_eq!(consumers(world, org).await, 0);
    assert!(events(world, org).await.is_empty());
    assert!(world.engine.take().is_empty());
    world.change(org, move |tx| tx.put_consumer(&consumer)).await;
    assert_eq!(consumers(world, org).await, 1);
}

/// Work that fails, by an error of its own, by the store's or by a panic, leaves nothing behind.
pub async fn work_that_fails_is_undone(world: &World) {
    let (org, _) = world.shop().await;
    let known = world.consumer(org, 1).await;
    let (new, event) = (world.new_consumer(2), world.new_event(EventType::OrderPaid, at(2)));
    let twin = crate::conformance::consumers::with_email(world.new_consumer(2), &known);
    for how in ["error", "twin", "hidden", "panic"] {
        let (new, twin, event) = (new.clone(), twin.clone(), event.clone());
        let failed = world.work(org, move |tx| {
            tx.put_consumer(&new)?;
            tx.emit(event.clone(), at(2))?;
            match how {
                "error" => Err(Stopped::Store(StoreError::Corrupt("mine".into()))),
                "twin" => Ok(tx.put_consumer(&twin)?),
                "hidden" => {
                    tx.put_consumer(&twin).expect_err("its address is taken");
                    Ok(())
                }
                _ => panic!("a defect"),
            }
        });
        let error = failed.await.expect_err(how);
        let own = matches!(&error, StoreError::Corrupt(what) if what == "mine");
        assert!(own == (how == "error"), "{how}: {error}");
        assert_eq!(consumers(world, org).await, 1, "{how}");
        assert!(events(world, org).await.is_empty() && world.engine.take().is_empty(), "{how}");
    }
}

/// Of many that share a transaction, what fails does so alone; the others may run twice.
pub async fn work_that_fails_fails_alone(world: &World) {
    let (org, _) = world.shop().await;
    let mut calls = tokio::task::JoinSet::new();
    for index in 0..60 {
        let (store, new) = (world.store.clone(), world.new_consumer(index));
        let event = world.new_event(EventType::ConsumerCreated, at(index));
        let run = move |tx: &mut dyn LaunchTx| {
            tx.put_consumer(&new)?;
            tx.emit(event.clone(), at(index))?;
            if index % 10 == 7 { Err(StoreError::Failed("it".into()).into()) } else { Ok(()) }
        };
        calls.spawn(async move { (index, store.launch(org, false, Box::new(run)).await) });
    }
    while let Some(done) = calls.join_next().await {
        let (index, done) = done.expect("no panic");
        assert_eq!(done.is_ok(), index % 10 != 7, "{index}: {done:?}");
    }
    assert_eq!(consumers(world, org).await, 54);
    assert_eq!((events(world, org).await.len(), world.engine.take().len()), (54, 54));
}

/// What work wrote it reads; nobody else does before it is over.
pub async fn work_sees_what_it_wrote(world: &World) {
    let (org, _) = world.shop().await;
    let queue = world.queue(org, 1).await;
    let consumer = world.new_consumer(2);
    let participant = world.new_participant(queue.id, 1, 2);
    let order = world.new_order(consumer.id, 2);
    world
        .change(org, move |tx| {
            assert!(!tx.has_consumer(consumer.id)?);
            tx.put_consumer(&consumer)?;
            assert!(tx.has_consumer(consumer.id)?);
            assert_eq!(tx.consumer(consumer.id)?.as_ref(), Some(&consumer));
            let mut more = tx.distribution(queue.id)?.expect("the queue");
            more.joined += 1;
            tx.put_distribution(&more)?;
            assert_eq!(tx.distribution(queue.id)?.as_ref(), Some(&more));
            assert_eq!(tx.distributions_of(queue.experience_id)?, [more.clone()]);
            more.joined += 1;
            more.wake_at = Some(at(3));
            tx.put_joined(&more)?;
            assert_eq!(tx.distribution(queue.id)?.as_ref(), Some(&more));
            assert_eq!(tx.distributions_of(queue.experience_id)?, [more]);
            tx.put_participant(&participant)?;
            let found = tx.participant(queue.id, participant.consumer_id)?;
            assert_eq!(found.as_ref(), Some(&participant));
            assert_eq!(tx.count_participants(queue.id, participant.status)?, 1);
            tx.put_order(&order)?;
            assert_eq!(tx.order(order.id)?.as_ref(), Some(&order));
            Ok(())
        })
        .await;
}

/// Work that counts up counts every time, however much runs at once and however it is written,
/// and each of it runs once: nothing had to be undone.
pub async fn work_runs_as_if_alone(world: &World) {
    let (org, _) = world.shop().await;
    let queue = world.queue(org, 1).await.id;
    let mut calls = tokio::task::JoinSet::new();
    let runs = Arc::new(AtomicUsize::new(0));
    for index in 0..80 {
        let (store, template) = (world.store.clone(), world.new_participant(queue, 0, index));
        let runs = runs.clone();
        let run = move |tx: &mut dyn LaunchTx| {
            runs.fetch_add(1, Ordering::Relaxed);
            let mut found = tx.distribution(queue)?.expect("the queue");
            found.joined += 1;
            tx.put_participant(&crate::conformance::participants::numbered(
                &template,
                found.joined,
            ))?;
            match index % 4 {
                3 => Ok(tx.put_distribution(&found)?),
                _ => Ok(tx.put_joined(&found)?),
            }
        };
        calls.spawn(async move { store.launch(org, false, Box::new(run)).await });
    }
    while let Some(done) = calls.join_next().await {
        assert!(done.expect("no panic").expect("work"));
    }
    let numbers = world.numbers(org, queue, Default::default(), SortKey::Created).await;
    assert_eq!(numbers, (1..=80).collect::<Vec<_>>());
    let (found, counts) = world.store.distribution(org, queue).await.expect("a read").expect("it");
    assert_eq!((found.joined, counts.iter().map(|(_, count)| count).sum::<u32>()), (80, 80));
    assert_eq!(runs.load(Ordering::Relaxed), 80);
}

/// An organization that does not exist is refused before the work begins.
pub async fn work_of_an_unknown_organization_is_refused(world: &World) {
    let ran = Arc::new(AtomicBool::new(false));
    let runs = ran.clone();
    let refused = world.work(world.id(START), move |_| {
        runs.store(true, Ordering::Relaxed);
        Ok(())
    });
    let refused = refused.await.expect_err("refused");
    assert!(matches!(&refused, StoreError::Refused(edit) if edit.code == "unknown_organization"));
    assert!(!ran.load(Ordering::Relaxed));
}

/// What work emits is accepted like any other event: in its order, fanned out, handed over.
pub async fn what_work_emits_is_accepted(world: &World) {
    let (org, webhook) = world.shop().await;
    let orders = world.webhook(org, &["order.*"]).await;
    let paused = world.webhook(org, &["*"]).await;
    world.set_status(org, paused, WebhookStatus::Paused, at(1)).await;
    let joined = NewEvent {
        body: Bytes::from_static(b"{\"n\":1}"),
        ..world.new_event(EventType::DistributionJoined, at(2))
    };
    let paid = world.new_event(EventType::OrderPaid, at(2));
    let (first, second) = (joined.clone(), paid.clone());
    world
        .change(org, move |tx| {
            tx.emit(first.clone(), at(2))?;
            tx.emit(second.clone(), at(2))
        })
        .await;
    let stored = events(world, org).await;
    assert_eq!([stored[0].id, stored[1].id], [joined.id, paid.id]);
    assert_eq!((stored[0].event_type, &stored[0].body), (joined.event_type, &joined.body));
    let found = world.store.event(org, paid.id).await.expect("a read").expect("the event");
    assert_eq!((found.summary.source, found.summary.fanout), (EventSource::Api, 3));
    assert_eq!(found.summary.accepted_at, at(2));
    let handed = world.engine.take();
    let handed: Vec<_> = handed.iter().map(|leased| (leased.event_id, leased.webhook.id)).collect();
    assert_eq!(handed, [(joined.id, webhook), (paid.id, webhook), (paid.id, orders)]);

    world.engine.take_wakes();
    world.engine.set_room(0);
    let third = world.new_event(EventType::OrderPaid, at(3));
    world.change(org, move |tx| tx.emit(third.clone(), at(3))).await;
    assert!(world.engine.take().is_empty() && world.engine.take_wakes() > 0);
    assert_eq!(world.claim(at(3)).await.deliveries.len(), 2, "they wait in the store");
}

/// Change numbers grow over the lists of an organization; a second change gets a new one.
pub async fn change_numbers_grow_in_the_order_of_commits(world: &World) {
    let (org, _) = world.shop().await;
    let queue = world.queue(org, 1).await.id;
    let all = page(100, Order::Ascending);
    let mut expected = Vec::new();
    // The clock may stand still, or go back.
    for second in [50, 50, 10, 90] {
        expected.push(world.consumer(org, second).await);
    }
    let first = expected.remove(0);
    let again = first.clone();
    world.change(org, move |tx| tx.put_consumer(&again)).await;
    expected.push(first);
    let by_change = world.store.consumers(org, ConsumerFilter::default(), SortKey::Updated, all);
    let by_change = by_change.await.expect("a list").items;
    let listed: Vec<_> = by_change.iter().map(|listed| listed.item.clone()).collect();
    assert_eq!(listed, expected);
    assert!(by_change.is_sorted_by(|one, next| one.change < next.change));
    let last = by_change.last().expect("five").change;

    let mut joined = world.join(org, queue, 1..=3).await;
    joined.rotate_left(1);
    joined[0].status = fanfare_model::launch::ParticipantStatus::Admitted;
    world.put_participants(org, &joined).await;
    let list = world.store.participants(org, queue, Default::default(), SortKey::Updated, all);
    let list = list.await.expect("a list").expect("the queue").items;
    assert_eq!(list.iter().map(|listed| listed.item.number).collect::<Vec<_>>(), [2, 3, 1]);
    assert!(list.is_sorted_by(|one, next| one.change < next.change));
    assert!(list[0].change > last, "one counter for all lists");
}
