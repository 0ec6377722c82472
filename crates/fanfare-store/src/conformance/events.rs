//! Events, read.

use fanfare_model::{DeliveryOrigin, EventType, EventTypes};

use super::world::{START, World, at, check_pages, page};
use crate::{Accept, EventFilter, EventSource, Order, Verdict};

/// An event comes back as it was accepted; filters choose by type and time.
pub async fn events_are_found_and_filtered(world: &World) {
    let org = world.organization("shop").await;
    let accept = Accept {
        source: EventSource::Test,
        ..world.accept_of(org, &[EventType::OrderPaid, EventType::OrderCreated], at(10_000))
    };
    let events = accept.events.clone();
    world.store.accept(accept).await.expect("accepted");
    let (other, _) = world.publish(org, EventType::OrderPaid, at(20_000)).await;
    let found = world.store.event(org, events[0].id).await.expect("a read").expect("the event");
    assert_eq!(found.body, events[0].body);
    assert_eq!(found.summary.event_type, EventType::OrderPaid);
    assert_eq!(found.summary.accepted_at, at(10_000));
    assert_eq!((found.summary.source, found.summary.fanout), (EventSource::Test, 0));
    assert!(world.store.event(org, world.id(START)).await.expect("a read").is_none());
    let all = [events[0].id, events[1].id, other];
    let none = EventFilter::default();
    let paid = EventTypes::only(EventType::OrderPaid);
    for (filter, expected) in [
        (none, vec![0, 1, 2]),
        (EventFilter { types: paid, ..none }, vec![0, 2]),
        (EventFilter { since: Some(at(10_001)), ..none }, vec![2]),
        (EventFilter { since: Some(at(10_000)), until: Some(at(20_000)), ..none }, vec![0, 1]),
        (EventFilter { types: paid, until: Some(at(20_000)), ..none }, vec![0]),
        (EventFilter { since: Some(at(90_000)), ..none }, vec![]),
    ] {
        let list = world.store.events(org, filter, page(10, Order::Ascending)).await;
        let list: Vec<_> = list.expect("a list").items;
        let ids: Vec<_> = list.iter().map(|event| event.summary.id).collect();
        assert_eq!(ids, expected.iter().map(|i| all[*i]).collect::<Vec<_>>(), "{filter:?}");
    }
}

/// Cursors work in both directions.
pub async fn pages_of_events_are_stable(world: &World) {
    let org = world.organization("shop").await;
    let mut ids = Vec::new();
    for second in 0..9 {
        ids.push(world.publish(org, EventType::OrderPaid, at(second)).await.0.as_u128());
    }
    let store = world.store.clone();
    let list = |page| {
        let store = store.clone();
        async move { store.events(org, EventFilter::default(), page).await }
    };
    check_pages(&ids, |event| event.summary.id.as_u128(), list).await;
}

/// The fan-out, resends and replays of one event, oldest first, and of no other.
pub async fn an_event_shows_every_delivery(world: &World) {
    let (org, _) = world.shop().await;
    world.webhook(org, &["order.*"]).await;
    world.publish(org, EventType::OrderPaid, at(1)).await;
    let (event, _) = world.publish(org, EventType::OrderPaid, at(2)).await;
    world.publish(org, EventType::OrderPaid, at(3)).await;
    let handed = world.engine.take();
    let mine: Vec<_> = handed.iter().filter(|leased| leased.event_id == event).collect();
    assert_eq!(mine.len(), 2);
    world.record(mine[0], Verdict::Exhausted, at(4)).await;
    let first =
        world.store.resend(org, mine[0].id, at(5), None).await.expect("made").expect("known");
    let second =
        world.store.resend(org, first.id, at(6), None).await.expect("made").expect("known");
    let listed = world.store.event_deliveries(org, event).await.expect("a list");
    let ids: Vec<_> = listed.iter().map(|delivery| delivery.id).collect();
    assert_eq!(ids, [mine[0].id, mine[1].id, first.id, second.id]);
    assert!(listed.iter().all(|delivery| delivery.event_id == event));
    assert_eq!(listed[3].origin, DeliveryOrigin::Resend);
    let none = world.store.event_deliveries(org, world.id(START)).await.expect("a list");
    assert!(none.is_empty());
}
