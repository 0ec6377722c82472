//! Several nodes on one database: each delivery goes to one of them at a time.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use fanfare_model::{DeliveryStatus, Timestamp, WebhookId, limits};
use fanfare_postgres::PostgresStore;
use fanfare_store::conformance::FakeEngine;
use fanfare_store::{
    Claim, DeliveryQueue, EventStore, Leased, MaintenanceStore, NoHandover, RecordResult, Verdict,
};
use fanfare_testdb::administer;
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::support::{Database, accept_of, at, organization, record_of, webhook};

/// How much waits, and for how many webhooks.
const WAITING: usize = 100_000;
const WEBHOOKS: u64 = 50;
const CLAIMERS: usize = 64;
const NODES: usize = 8;
const PER_WEBHOOK: usize = 20;

fn claim(now: Timestamp, limit: usize, per_webhook: usize) -> Claim {
    Claim { now, lease_until: now + limits::DISABLE_AFTER, limit, per_webhook, skip: Vec::new() }
}

/// A webhook each of 50 organizations, with 2,000 deliveries that wait; made by the database from
/// one that was accepted.
async fn backlog(database: &Database, store: &PostgresStore) {
    for number in 1..=WEBHOOKS {
        let shop = organization(store, u128::from(number)).await;
        webhook(database, store, shop).await;
        store.accept(accept_of(database, shop, at(0), 1)).await.expect("accepted");
    }
    let copies = WAITING as u64 / WEBHOOKS - 1;
    administer(
        &database.url,
        &format!(
            "SET search_path = fanfare; SET fanfare.organization = '*';
             CREATE TEMPORARY TABLE copies AS
                 SELECT w.*, gen_random_uuid() AS new_id
                 FROM waiting w, generate_series(1, {copies});
             INSERT INTO deliveries (organization_id, day, id, event_day, event_id, webhook_id, type,
                                     origin, status, created_at, due_at, attempts)
                 SELECT organization_id, day, new_id, event_day, event_id, webhook_id, 0, 0, 0,
                        due_at, due_at, 0 FROM copies;
             INSERT INTO waiting (organization_id, delivery_id, day, webhook_id, event_day, event_id,
                                  due_at, claim_at, lease, attempts)
                 SELECT organization_id, new_id, day, webhook_id, event_day, event_id, due_at, due_at,
                        0, 0 FROM copies;
             ANALYZE waiting;"
        ),
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn sixty_four_claimers_share_nothing_and_get_everything() {
    let database = Database::new().await;
    let first = database.open(Arc::new(NoHandover)).await;
    backlog(&database, &first).await;
    let mut nodes = vec![first];
    for _ in 1..NODES {
        nodes.push(database.open(Arc::new(NoHandover)).await);
    }
    let begin = Instant::now();
    let mut claimers = JoinSet::new();
    for number in 0..CLAIMERS {
        let store = nodes[number % NODES].clone();
        claimers.spawn(async move {
            let mut got = Vec::new();
            loop {
                let claimed = store.claim(claim(at(1), 500, PER_WEBHOOK)).await.expect("a claim");
                let mut of_each: HashMap<WebhookId, usize> = HashMap::new();
                for leased in &claimed.deliveries {
                    *of_each.entry(leased.webhook.id).or_default() += 1;
                }
                assert!(of_each.values().all(|count| *count <= PER_WEBHOOK), "{of_each:?}");
                got.extend(claimed.deliveries.iter().map(|leased| leased.id));
                if claimed.deliveries.is_empty() && claimed.next_due.is_none_or(|due| due > at(1)) {
                    return got;
                }
            }
        });
    }
    let got: Vec<_> = claimers.join_all().await.into_iter().flatten().collect();
    let took = begin.elapsed().as_secs_f64();
    let different: HashSet<_> = got.iter().collect();
    assert_eq!(different.len(), got.len(), "some were claimed twice");
    assert_eq!(got.len(), WAITING);
    eprintln!("{:.0} claims a second", WAITING as f64 / took);
    for node in nodes {
        node.close().await;
    }
}

/// Two nodes, a webhook, and what is to be delivered to it, left in the store.
async fn two_nodes(events: usize) -> (Database, [Arc<PostgresStore>; 2]) {
    let database = Database::new().await;
    let one = database.open(Arc::new(NoHandover)).await;
    let other = database.open(Arc::new(NoHandover)).await;
    let shop = organization(&one, 1).await;
    webhook(&database, &one, shop).await;
    one.accept(accept_of(&database, shop, at(0), events)).await.expect("accepted");
    (database, [one, other])
}

async fn record(store: &PostgresStore, leased: &[Leased], now: Timestamp) -> Vec<RecordResult> {
    let records = leased.iter().map(|one| record_of(one, Verdict::Succeeded, now)).collect();
    store.record(records, limits::DISABLE_AFTER, now).await.expect("recorded")
}

#[tokio::test(flavor = "multi_thread")]
async fn two_nodes_claim_and_record_side_by_side() {
    const EVENTS: usize = 1_000;
    let (_database, nodes) = two_nodes(EVENTS).await;
    let mut working = JoinSet::new();
    for store in nodes.iter().cycle().take(8) {
        let store = store.clone();
        working.spawn(async move {
            let mut recorded = 0;
            loop {
                let claimed = store.claim(claim(at(1), 40, 40)).await.expect("a claim").deliveries;
                if claimed.is_empty() {
                    return recorded;
                }
                let results = record(&store, &claimed, at(2)).await;
                let succeeded = RecordResult::Recorded(DeliveryStatus::Succeeded);
                assert!(results.iter().all(|result| *result == succeeded), "{results:?}");
                recorded += results.len();
            }
        });
    }
    let mut recorded: usize = working.join_all().await.into_iter().sum();
    // A claimer may end while others hold the locks of what is left.
    while let left = nodes[0].claim(claim(at(1), 40, 40)).await.expect("a claim").deliveries
        && !left.is_empty()
    {
        recorded += record(&nodes[0], &left, at(2)).await.len();
    }
    assert_eq!(recorded, EVENTS);
    assert_eq!(nodes[1].backlog(at(9)).await.expect("a count").waiting, 0);
}

#[tokio::test]
async fn an_ended_lease_is_claimed_by_the_other_node() {
    let database = Database::new().await;
    let engine = Arc::new(FakeEngine::default());
    let one = database.open(engine.clone()).await;
    let other = database.open(Arc::new(NoHandover)).await;
    let shop = organization(&one, 1).await;
    webhook(&database, &one, shop).await;
    one.accept(accept_of(&database, shop, at(0), 1)).await.expect("accepted");
    let old = engine.take();
    let ends = old[0].lease_until.expect("leases of nodes end");
    let before = ends.minus(std::time::Duration::from_millis(1));
    assert!(other.claim(claim(before, 9, 9)).await.expect("a claim").deliveries.is_empty());
    let new = other.claim(claim(ends, 9, 9)).await.expect("a claim").deliveries;
    assert_eq!(new[0].id, old[0].id);
    assert_eq!(record(&one, &old, ends).await, [RecordResult::LeaseLost]);
    let succeeded = RecordResult::Recorded(DeliveryStatus::Succeeded);
    assert_eq!(record(&other, &new, ends).await, [succeeded]);
    assert_eq!(record(&one, &old, ends).await, [RecordResult::LeaseLost]);
}
