//! Nodes tell each other of what was left due and of what was cancelled.

use std::sync::Arc;
use std::time::Duration;

use fanfare_store::conformance::FakeEngine;
use fanfare_store::{DeliveryQueue, DeliveryStore, EventStore, NoHandover};
use fanfare_testdb::administer;
use tokio::time::Instant;

use crate::support::{Database, accept_of, at, organization, webhook};

/// How long it takes until something was heard, at most a few seconds.
async fn until(mut heard: impl FnMut() -> bool) -> Duration {
    let begin = Instant::now();
    while !heard() {
        assert!(begin.elapsed() < Duration::from_secs(5), "nothing was heard");
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    begin.elapsed()
}

/// The pids of connections that listen.
fn listening(database: &Database) -> Vec<String> {
    let sql = "SELECT pid FROM pg_stat_activity \
         WHERE datname = current_database() AND query LIKE 'LISTEN%' ORDER BY pid";
    administer(&database.url, sql).lines().map(str::to_owned).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_left_due_wakes_the_other_nodes() {
    let database = Database::new().await;
    let engine = Arc::new(FakeEngine::default());
    let one = database.open(Arc::new(NoHandover)).await;
    let other = database.open(engine.clone()).await;
    let shop = organization(&one, 1).await;
    webhook(&database, &one, shop).await;
    // Whoever begins to listen looks once, and so does whoever hears of a new webhook.
    until(|| listening(&database).len() == 2).await;
    tokio::time::sleep(Duration::from_millis(600)).await;
    engine.take_wakes();
    one.accept(accept_of(&database, shop, at(0), 3)).await.expect("accepted");
    let took = until(|| engine.take_wakes() > 0).await;
    assert!(took < Duration::from_millis(500), "{took:?}");
    // Many in a row are one hint each 50 ms.
    let begin = Instant::now();
    for _ in 0..100 {
        one.accept(accept_of(&database, shop, at(0), 1)).await.expect("accepted");
    }
    tokio::time::sleep(Duration::from_millis(150)).await;
    let (wakes, most) = (engine.take_wakes(), begin.elapsed().as_millis() / 50 + 1);
    assert!((1..=most).contains(&(wakes as u128)), "{wakes} of at most {most}");
    // A node does not wake itself twice, and says nothing of what it holds.
    other.release(Vec::new(), at(1)).await.expect("released");
    assert_eq!(engine.take_wakes(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cancelled_delivery_is_told_to_the_node_that_has_it() {
    let database = Database::new().await;
    let engine = Arc::new(FakeEngine::default());
    let holder = database.open(engine.clone()).await;
    let other = database.open(Arc::new(NoHandover)).await;
    let shop = organization(&holder, 1).await;
    webhook(&database, &holder, shop).await;
    until(|| listening(&database).len() == 2).await;
    holder.accept(accept_of(&database, shop, at(0), 1)).await.expect("accepted");
    let held = engine.take();
    other.cancel(shop, held[0].id, at(1), None).await.expect("cancelled").expect("known");
    let took = until(|| engine.take_cancelled() == [held[0].id]).await;
    assert!(took < Duration::from_millis(500), "{took:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_listener_comes_back_and_closing_ends_it() {
    let database = Database::new().await;
    let engine = Arc::new(FakeEngine::default());
    let store = database.open(engine.clone()).await;
    until(|| engine.take_wakes() == 1).await;
    let before = listening(&database);
    assert_eq!(before.len(), 1);
    administer(&database.url, &format!("SELECT pg_terminate_backend({})", before[0]));
    // It may have missed something, so that it looks again.
    until(|| engine.take_wakes() == 1).await;
    let after = listening(&database);
    assert!(after.len() == 1 && after != before, "{before:?} {after:?}");
    store.close().await;
    until(|| listening(&database).is_empty()).await;
}
