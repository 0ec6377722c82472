//! The feed of several nodes: transactions end out of order, and nothing is passed over.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use fanfare_model::{EventId, EventTypes, OrganizationId};
use fanfare_postgres::PostgresStore;
use fanfare_store::{
    EventStore as _, FeedGroupCreation, FeedPosition, FeedStore as _, NewFeedGroup, NoHandover,
    Sealed,
};
use tokio::task::JoinSet;
use tokio_postgres::{Client, NoTls};

use crate::support::{Database, accept_of, at, organization};

async fn group(store: &PostgresStore, organization_id: OrganizationId) -> FeedPosition {
    let (name, secret) = ("erp".to_owned(), Sealed(vec![1]));
    let new = NewFeedGroup { organization_id, name, secret, created_at: at(0) };
    match store.create_feed_group(new).await.expect("created") {
        FeedGroupCreation::Created(group) => group.position,
        FeedGroupCreation::Exists => panic!("it is new"),
    }
}

/// A session of its own, which writes events as a node does.
async fn session(database: &Database) -> Client {
    let (client, connection) = tokio_postgres::connect(&database.url, NoTls).await.expect("there");
    drop(tokio::spawn(connection));
    client
        .batch_execute("SET search_path = fanfare; SET fanfare.organization = '*'")
        .await
        .expect("set");
    client
}

async fn read(
    store: &PostgresStore,
    organization: OrganizationId,
    after: &mut FeedPosition,
) -> Vec<EventId> {
    let page = store.read_feed(organization, *after, EventTypes::ALL, 100).await.expect("a read");
    *after = page.read_to;
    page.items.iter().map(|item| item.event.summary.id).collect()
}

/// Reads until as many came; other work on the same server may hold the feed back for a while.
async fn read_all(
    store: &PostgresStore,
    organization: OrganizationId,
    after: &mut FeedPosition,
    count: usize,
) -> Vec<EventId> {
    let mut ids = Vec::new();
    while ids.len() < count {
        ids.extend(read(store, organization, after).await);
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    ids
}

/// A transaction that began earlier and ends later holds the feed back; its event then comes before
/// those that were committed meanwhile.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_transaction_that_still_runs_holds_the_feed_back() {
    let database = Database::new().await;
    let store = database.open(Arc::new(NoHandover)).await;
    let org = organization(&store, 1).await;
    let mut after = group(&store, org).await;
    let slow = session(&database).await;
    slow.batch_execute("BEGIN; SELECT pg_current_xact_id()").await.expect("begun");
    let mut quick = Vec::new();
    for second in 1..4 {
        let accept = accept_of(&database, org, at(second), 1);
        quick.push(accept.events[0].id);
        store.accept(accept).await.expect("accepted");
        assert!(read(&store, org, &mut after).await.is_empty(), "it is not final yet");
    }
    let late: EventId = database.ids.next();
    let insert = format!(
        "INSERT INTO events (organization_id, day, id, type, source, accepted_at, fanout, body, \
         feed_tx) SELECT '{}', day, '{}', type, source, accepted_at, 0, body, \
         pg_current_xact_id() FROM events LIMIT 1",
        uuid::Uuid::from_u128(org.as_u128()),
        uuid::Uuid::from_u128(late.as_u128())
    );
    slow.batch_execute(&insert).await.expect("written");
    assert!(read(&store, org, &mut after).await.is_empty(), "it is not final yet");
    slow.batch_execute("COMMIT").await.expect("committed");
    let mut expected = vec![late];
    expected.extend(quick);
    assert_eq!(read_all(&store, org, &mut after, 4).await, expected);
    assert!(read(&store, org, &mut after).await.is_empty());
    store.close().await;
}

/// Two nodes accept, many at a time, beside transactions that take their time and some that are
/// undone; a third node follows. Every event comes once.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_follower_of_several_nodes_misses_nothing() {
    const WRITERS: usize = 8;
    const CALLS: usize = 40;
    let database = Arc::new(Database::new().await);
    let follower = database.open(Arc::new(NoHandover)).await;
    let nodes =
        [database.open(Arc::new(NoHandover)).await, database.open(Arc::new(NoHandover)).await];
    let org = organization(&follower, 1).await;
    let mut after = group(&follower, org).await;
    let (mut written, mut tasks) = (HashSet::new(), JoinSet::new());
    let running = Arc::new(AtomicUsize::new(WRITERS));
    for writer in 0..WRITERS {
        let calls: Vec<_> = (0..CALLS)
            .map(|call| accept_of(&database, org, at(call as u64), 1 + (writer + call) % 3))
            .collect();
        written.extend(calls.iter().flat_map(|call| call.events.iter().map(|event| event.id)));
        let (node, running) = (nodes[writer % 2].clone(), running.clone());
        tasks.spawn(async move {
            for call in calls {
                node.accept(call).await.expect("accepted");
            }
            running.fetch_sub(1, Ordering::SeqCst);
        });
    }
    for end in ["COMMIT", "ROLLBACK"] {
        let (client, running) = (session(&database).await, running.clone());
        tasks.spawn(async move {
            while running.load(Ordering::SeqCst) > 0 {
                let slow = "BEGIN; SELECT pg_current_xact_id(); SELECT pg_sleep(0.02)";
                client.batch_execute(slow).await.expect("begun");
                client.batch_execute(end).await.expect("ended");
            }
        });
    }
    let mut seen = HashSet::new();
    while seen.len() < written.len() {
        for id in read(&follower, org, &mut after).await {
            assert!(seen.insert(id), "{id} came twice");
        }
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    assert_eq!(seen, written);
    tasks.join_all().await;
    assert!(read(&follower, org, &mut after).await.is_empty());
    for node in nodes.iter().chain([&follower]) {
        node.close().await;
    }
}

/// Organizations without a group pay nothing: their events are in no index of the feed.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_pulls_nothing_pays_nothing() {
    let database = Database::new().await;
    let store = database.open(Arc::new(NoHandover)).await;
    let (plain, pulling) = (organization(&store, 1).await, organization(&store, 2).await);
    store.accept(accept_of(&database, pulling, at(1), 1)).await.expect("accepted");
    group(&store, pulling).await;
    for org in [plain, pulling] {
        store.accept(accept_of(&database, org, at(2), 2)).await.expect("accepted");
    }
    let client = session(&database).await;
    let counted = "SELECT count(*) FROM events WHERE feed_tx IS NOT NULL";
    assert_eq!(client.query_one(counted, &[]).await.expect("a count").get::<_, i64>(0), 2);
    store.close().await;
}
