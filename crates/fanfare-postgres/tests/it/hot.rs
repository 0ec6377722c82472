//! A delivery that succeeds is replaced on its own page: no index learns of it.

use std::sync::Arc;
use std::time::Duration;

use fanfare_model::limits;
use fanfare_store::conformance::FakeEngine;
use fanfare_store::{DeliveryQueue, EventStore, Verdict};
use fanfare_testdb::administer;
use tokio::time::Instant;

use crate::support::{Database, accept_of, at, organization, record_of, webhook};

const DELIVERIES: i64 = 6_000;

/// Updates of deliveries, and how many of them touched no index.
fn updates(database: &Database) -> (i64, i64) {
    let sql = "SELECT coalesce(sum(n_tup_upd), 0), coalesce(sum(n_tup_hot_upd), 0) \
         FROM pg_stat_user_tables WHERE relname LIKE 'deliveries%'";
    let text = administer(&database.url, sql);
    let (all, hot) = text.trim().split_once('|').expect("two numbers");
    (all.parse().expect("a number"), hot.parse().expect("a number"))
}

#[tokio::test]
async fn nearly_all_successes_touch_no_index() {
    let database = Database::new().await;
    let engine = Arc::new(FakeEngine::default());
    let store = database.open(engine.clone()).await;
    let shop = organization(&store, 1).await;
    for _ in 0..3 {
        webhook(&database, &store, shop).await;
    }
    for _ in 0..20 {
        store.accept(accept_of(&database, shop, at(0), 100)).await.expect("accepted");
    }
    let held = engine.take();
    for some in held.chunks(100) {
        let records = some.iter().map(|one| record_of(one, Verdict::Succeeded, at(1))).collect();
        store.record(records, limits::DISABLE_AFTER, at(1)).await.expect("recorded");
    }
    // Sessions report what they did when they are idle, or end.
    store.close().await;
    let begin = Instant::now();
    while updates(&database).0 < DELIVERIES && begin.elapsed() < Duration::from_secs(5) {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let (all, hot) = updates(&database);
    eprintln!("{hot} of {all} updates were HOT");
    assert_eq!(all, DELIVERIES);
    assert!(hot * 100 >= all * 95, "{hot} of {all}");
}
