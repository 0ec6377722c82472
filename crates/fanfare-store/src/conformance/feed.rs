//! The pull feed.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use fanfare_model::{EventId, EventType, EventTypes, OrganizationId, limits};

use tokio::task::JoinSet;

use super::world::{START, World, at};
use crate::{
    Accept, EventSource, FeedCommit, FeedGroup, FeedGroupCreation, FeedLag, FeedPosition,
    FeedResult, NewFeedGroup, Sealed, Store, StoreError,
};

fn new_group(organization_id: OrganizationId, name: &str) -> NewFeedGroup {
    NewFeedGroup {
        organization_id,
        name: name.to_owned(),
        secret: Sealed(vec![4, 5]),
        created_at: START,
    }
}

async fn group(world: &World, organization: OrganizationId, name: &str) -> FeedGroup {
    match world.store.create_feed_group(new_group(organization, name)).await.expect("created") {
        FeedGroupCreation::Created(group) => group,
        FeedGroupCreation::Exists => panic!("{name} exists"),
    }
}

/// Reads on from a position until there is nothing more; gives the events and the last position.
async fn follow(
    store: &dyn Store,
    organization: OrganizationId,
    from: FeedPosition,
    types: EventTypes,
    limit: usize,
) -> (Vec<EventId>, FeedPosition) {
    let (mut ids, mut after) = (Vec::new(), from);
    loop {
        let page = store.read_feed(organization, after, types, limit).await.expect("a read");
        assert!(page.items.len() <= limit);
        let mut last = after;
        for item in &page.items {
            assert!(item.position > last && item.position <= page.read_to, "{item:?}");
            last = item.position;
        }
        assert!(page.read_to >= after);
        ids.extend(page.items.iter().map(|item| item.event.summary.id));
        after = page.read_to;
        if !page.has_more {
            return (ids, after);
        }
    }
}

/// Reads on until so many came: other work on the same database server may keep them from being
/// final for a while.
async fn follow_until(
    store: &dyn Store,
    organization: OrganizationId,
    from: FeedPosition,
    types: EventTypes,
    limit: usize,
    count: usize,
) -> (Vec<EventId>, FeedPosition) {
    let (mut ids, mut after) = (Vec::new(), from);
    loop {
        let (more, to) = follow(store, organization, after, types, limit).await;
        ids.extend(more);
        after = to;
        if ids.len() >= count {
            return (ids, after);
        }
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}

/// What was accepted after the group was there comes once, in order, whatever the page; other
/// organizations' events, tests, and events of other types do not.
pub async fn the_feed_gives_every_event_once(world: &World) {
    let (ours, theirs) = (world.organization("shop").await, world.organization("other").await);
    world.publish(ours, EventType::OrderPaid, at(1)).await;
    let start = group(world, ours, "erp").await.position;
    let (mut all, mut paid) = (Vec::new(), Vec::new());
    for second in 2..12 {
        let event_type =
            if second % 3 == 0 { EventType::OrderPaid } else { EventType::OrderCreated };
        let (id, _) = world.publish(ours, event_type, at(second)).await;
        all.push(id);
        paid.extend((second % 3 == 0).then_some(id));
        world.publish(theirs, EventType::OrderPaid, at(second)).await;
        let test = world.accept_of(ours, &[EventType::OrderPaid], at(second));
        let test = Accept { source: EventSource::Test, ..test };
        world.store.accept(test).await.expect("accepted");
    }
    let paid_only: EventTypes = [EventType::OrderPaid].into_iter().collect();
    for limit in [1, 3, 10, 100] {
        let (seen, _) =
            follow_until(&*world.store, ours, start, EventTypes::ALL, limit, all.len()).await;
        assert_eq!(seen, all, "by {limit}");
        let (seen, _) =
            follow_until(&*world.store, ours, start, paid_only, limit, paid.len()).await;
        assert_eq!(seen, paid, "by {limit}");
    }
    let (_, end) = follow(&*world.store, ours, start, EventTypes::ALL, 100).await;
    let (next, _) = world.publish(ours, EventType::OrderPaid, at(20)).await;
    let (seen, _) = follow_until(&*world.store, ours, end, EventTypes::ALL, 100, 1).await;
    assert_eq!(seen, [next]);
    let page = world.store.read_feed(ours, end, EventTypes::ALL, 1).await.expect("a read");
    let event = world.store.event(ours, next).await.expect("a read");
    assert_eq!(Some(page.items[0].event.clone()), event);
}

/// Many write at the same time while one follows: nothing is passed over, nothing comes twice.
pub async fn a_follower_misses_nothing_while_many_write(world: &World) {
    const WRITERS: usize = 12;
    const CALLS: usize = 30;
    let org = world.organization("shop").await;
    let start = group(world, org, "erp").await.position;
    let running = Arc::new(AtomicUsize::new(WRITERS));
    let mut writers = JoinSet::new();
    let mut written = HashSet::new();
    for writer in 0..WRITERS {
        let calls: Vec<_> = (0..CALLS)
            .map(|call| {
                let types = vec![EventType::OrderPaid; 1 + (writer + call) % 4];
                world.accept_of(org, &types, at(call as u64))
            })
            .collect();
        written.extend(calls.iter().flat_map(|call| call.events.iter().map(|event| event.id)));
        let (store, running) = (world.store.clone(), running.clone());
        writers.spawn(async move {
            for call in calls {
                store.accept(call).await.expect("accepted");
            }
            running.fetch_sub(1, Ordering::SeqCst);
        });
    }
    let (mut seen, mut after) = (HashSet::new(), start);
    loop {
        let is_last = running.load(Ordering::SeqCst) == 0;
        let (ids, to) = follow(&*world.store, org, after, EventTypes::ALL, 7).await;
        for id in ids {
            assert!(seen.insert(id), "{id} came twice");
        }
        after = to;
        // Other work on the database may keep the last events back for a moment.
        if is_last && seen.len() >= written.len() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    assert_eq!(seen, written);
    writers.join_all().await;
}

/// Groups of one organization have names of their own; another's do not exist.
pub async fn groups_come_and_go(world: &World) {
    let (ours, theirs) = (world.organization("shop").await, world.organization("other").await);
    let made = group(world, ours, "erp").await;
    let again = world.store.create_feed_group(new_group(ours, "erp")).await.expect("an answer");
    assert_eq!(again, FeedGroupCreation::Exists);
    let found = world.store.feed_group(ours, "erp").await.expect("a read");
    assert_eq!(found.as_ref(), Some(&made));
    assert_eq!((made.committed_at, made.secret), (None, Sealed(vec![4, 5])));
    for (organization, name) in [(theirs, "erp"), (ours, "crm")] {
        assert_eq!(world.store.feed_group(organization, name).await.expect("a read"), None);
        let secret = Sealed(vec![9]);
        let set = world.store.set_feed_secret(organization, name, secret).await;
        assert_eq!(set.expect("an answer"), None);
        let commit = FeedCommit { position: None, results: Vec::new(), at: at(1) };
        let committed = world.store.commit_feed(organization, name, commit).await;
        assert_eq!(committed.expect("an answer"), None);
        assert!(!world.store.delete_feed_group(organization, name).await.expect("an answer"));
    }
    let set = world.store.set_feed_secret(ours, "erp", Sealed(vec![9])).await.expect("an answer");
    assert_eq!(set.expect("the group").secret, Sealed(vec![9]));
    group(world, theirs, "erp").await;
    group(world, ours, "crm").await;
    let names = |groups: Vec<FeedGroup>| -> Vec<String> {
        groups.into_iter().map(|group| group.name).collect()
    };
    assert_eq!(names(world.store.feed_groups(ours).await.expect("a list")), ["crm", "erp"]);
    assert!(world.store.delete_feed_group(ours, "erp").await.expect("an answer"));
    assert_eq!(names(world.store.feed_groups(ours).await.expect("a list")), ["crm"]);
    assert_eq!(names(world.store.feed_groups(theirs).await.expect("a list")), ["erp"]);
}

/// The organization's next group is refused once it has as many as it may.
pub async fn there_is_a_limit_on_groups(world: &World) {
    let org = world.organization("shop").await;
    for number in 0..limits::FEED_GROUPS_PER_ORGANIZATION {
        group(world, org, &format!("g{number}")).await;
    }
    let more = world.store.create_feed_group(new_group(org, "more")).await;
    assert!(matches!(more, Err(StoreError::LimitReached { .. })), "{more:?}");
}

/// A group goes on where it committed; an older position changes nothing, and one beyond the feed's
/// end passes over nothing.
pub async fn commits_only_move_forward(world: &World) {
    let org = world.organization("shop").await;
    let start = group(world, org, "erp").await.position;
    let mut ids = Vec::new();
    for second in 1..5 {
        ids.push(world.publish(org, EventType::OrderPaid, at(second)).await.0);
    }
    follow_until(&*world.store, org, start, EventTypes::ALL, 100, ids.len()).await;
    let page = world.store.read_feed(org, start, EventTypes::ALL, 100).await.expect("a read");
    let commit = async |position: FeedPosition| {
        let commit = FeedCommit { position: Some(position), results: Vec::new(), at: at(9) };
        let group = world.store.commit_feed(org, "erp", commit).await.expect("an answer");
        group.expect("the group")
    };
    let second = page.items[1].position;
    let moved = commit(second).await;
    assert_eq!((moved.position, moved.committed_at), (second, Some(at(9))));
    for older in [start, page.items[0].position] {
        assert_eq!(commit(older).await.position, second);
    }
    let kept = world.store.feed_group(org, "erp").await.expect("a read").expect("the group");
    let (seen, _) = follow(&*world.store, org, kept.position, EventTypes::ALL, 100).await;
    assert_eq!(seen, ids[2..]);
    let beyond = FeedPosition { commit: (1 << 63) - 1, event: u128::MAX };
    let end = commit(beyond).await.position;
    let (next, _) = world.publish(org, EventType::OrderPaid, at(20)).await;
    let (seen, _) = follow_until(&*world.store, org, end, EventTypes::ALL, 100, 1).await;
    assert_eq!(seen.last(), Some(&next));
}

/// Results are kept by event, counted, and only those of the newest events stay.
pub async fn results_are_kept_by_event(world: &World) {
    let org = world.organization("shop").await;
    group(world, org, "erp").await;
    let result = |event_id, status_code: Option<u16>, tries| FeedResult {
        event_id,
        at: at(3),
        status_code,
        duration: Duration::from_micros(45_000),
        error: status_code.is_none().then(|| "connection refused".to_owned()),
        tries,
    };
    let commit = async |results: Vec<FeedResult>| {
        let commit = FeedCommit { position: None, results, at: at(4) };
        world.store.commit_feed(org, "erp", commit).await.expect("an answer").expect("the group");
    };
    let ids: Vec<EventId> = (0..4).map(|_| world.id(at(1))).collect();
    commit(vec![result(ids[0], None, 0), result(ids[1], Some(200), 0)]).await;
    commit(vec![result(ids[0], Some(500), 7)]).await;
    let listed = world.store.feed_results(org, "erp", 10).await.expect("a list");
    assert_eq!(listed, [result(ids[1], Some(200), 1), result(ids[0], Some(500), 2)]);
    let other = world.organization("other").await;
    assert!(world.store.feed_results(other, "erp", 10).await.expect("a list").is_empty());
    let more: Vec<_> = (1..limits::FEED_RESULTS).map(|_| world.id(at(2))).collect();
    commit(more.iter().map(|id| result(*id, Some(204), 0)).collect()).await;
    let listed = world.store.feed_results(org, "erp", 2_000).await.expect("a list");
    assert_eq!(listed.len(), limits::FEED_RESULTS);
    assert_eq!(listed.last().expect("one").event_id, ids[1]);
}

/// How far a position is behind: the organization's own events after it, and since when.
pub async fn what_is_ahead_is_counted(world: &World) {
    let (ours, theirs) = (world.organization("shop").await, world.organization("other").await);
    let start = group(world, ours, "erp").await.position;
    let lag = async |org, after, most| world.store.feed_lag(org, after, most).await;
    let nothing = FeedLag { events: 0, is_at_least: false, oldest_at: None };
    assert_eq!(lag(ours, start, 10).await.expect("a read"), nothing);
    for second in 1..5 {
        world.publish(ours, EventType::OrderPaid, at(second)).await;
        world.publish(theirs, EventType::OrderPaid, at(second)).await;
    }
    let (_, end) = follow_until(&*world.store, ours, start, EventTypes::ALL, 100, 4).await;
    let page = world.store.read_feed(ours, start, EventTypes::ALL, 100).await.expect("a read");
    let whole = FeedLag { events: 4, is_at_least: false, oldest_at: Some(at(1)) };
    assert_eq!(lag(ours, start, 10).await.expect("a read"), whole);
    let some = lag(ours, start, 3).await.expect("a read");
    assert_eq!(some, FeedLag { events: 3, is_at_least: true, ..whole });
    let later = lag(ours, page.items[2].position, 10).await.expect("a read");
    assert_eq!(later, FeedLag { events: 1, oldest_at: Some(at(4)), ..whole });
    assert_eq!(lag(ours, end, 10).await.expect("a read"), nothing);
}
