//! What pulls the feed.

use fanfare_model::{EventType, EventTypes, OrganizationId, Timestamp};
use fanfare_store::{FeedCommit, FeedPosition, FeedResult, FeedStore as _};

use super::Checks;
use super::fill::World;
use super::webhooks::BIG;

const INDEX: &str = "events_feed";

pub(super) async fn all(world: &World, checks: &mut Checks) {
    let (store, org) = (&world.store, BIG);
    reading(world, checks, org).await;
    let groups = &["feed_groups_pkey"];
    let found = checks.of("feed_group", groups, store.feed_group(org, "group 1")).await;
    assert!(found.expect("a read").is_some());
    checks.of("feed_groups", groups, store.feed_groups(org)).await.expect("a list");
    let events = store.read_feed(org, START, EventTypes::ALL, 100).await.expect("a read").items;
    let result = |item: &fanfare_store::FeedItem| FeedResult {
        event_id: item.event.summary.id,
        at: Timestamp::from_millis(1),
        status_code: Some(200),
        duration: std::time::Duration::ZERO,
        error: None,
        tries: 1,
    };
    let commit = FeedCommit {
        position: events.last().map(|item| item.position),
        results: events.iter().map(result).collect(),
        at: Timestamp::from_millis(1),
    };
    let wanted = &["feed_groups_pkey", "feed_results_pkey"];
    let done = checks.of("commit_feed", wanted, store.commit_feed(org, "group 1", commit)).await;
    assert!(done.expect("committed").is_some());
    let results = &["feed_results_pkey"];
    let listed = store.feed_results(org, "group 1", 100);
    let listed = checks.of("feed_results", results, listed).await.expect("a list");
    assert_eq!(listed.len(), 100);
}

const START: FeedPosition = FeedPosition { commit: 0, event: 0 };

/// From the beginning, from the middle, and of a type that the organization has nothing of.
async fn reading(world: &World, checks: &mut Checks, org: OrganizationId) {
    let store = &world.store;
    let read = store.read_feed(org, START, EventTypes::ALL, 100);
    let page = checks.of("read_feed", &[INDEX], read).await.expect("a read");
    assert_eq!(page.items.len(), 100, "the rows were written by a transaction that ended");
    let middle = store.read_feed(org, page.read_to, EventTypes::ALL, 100);
    checks.of("read_feed, on", &[INDEX], middle).await.expect("a read");
    let rare: EventTypes = [EventType::ALL[15]].into_iter().collect();
    let none = store.read_feed(org, START, rare, 100);
    let page = checks.of("read_feed, of a type", &[INDEX], none).await.expect("a read");
    assert!(page.items.is_empty() && page.has_more);
}
