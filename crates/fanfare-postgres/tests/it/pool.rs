//! The pool of sessions mends itself, and nothing that goes wrong stays in it.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use fanfare_postgres::PostgresStore;
use fanfare_store::{
    Accept, AcceptResult, Claim, DeliveryQueue as _, EventStore as _, IdempotencyKey,
    IdempotencyStore, KeyStore as _, MaintenanceStore, NoHandover, OrganizationStore, StoreError,
    StoredResponse, Verdict,
};
use fanfare_testdb::administer;
use tokio::time::Instant;
use tokio_postgres::{Client, NoTls};

use crate::support::{Database, accept_of, at, organization, record_of, webhook};

async fn opened(
    database: &Database,
    change: impl FnOnce(&mut fanfare_postgres::PostgresOptions),
) -> Arc<PostgresStore> {
    let mut options = database.options();
    change(&mut options);
    let store = PostgresStore::open(options, Arc::new(NoHandover), database.ids.clone()).await;
    store.expect("it opens")
}

/// A session of somebody else's that holds the lock on an organization's key.
async fn holding_the_key(database: &Database, key: &IdempotencyKey) -> Client {
    let (client, connection) = tokio_postgres::connect(&database.url, NoTls).await.expect("there");
    drop(tokio::spawn(connection));
    let hold = format!(
        "SET fanfare.organization = '*'; BEGIN; \
         SELECT 1 FROM fanfare.idempotency WHERE key = '{}' FOR UPDATE",
        key.key
    );
    client.batch_execute(&hold).await.expect("locked");
    client
}

/// How many of our sessions are inside a transaction.
fn inside_transactions(database: &Database) -> String {
    let sql = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() \
         AND application_name = 'fanfare' AND (state LIKE 'idle in transaction%' OR wait_event_type = 'Lock')";
    administer(&database.url, sql).trim().to_owned()
}

async fn a_held_key(store: &PostgresStore) -> IdempotencyKey {
    let organization_id = organization(store, 1).await;
    let key = IdempotencyKey { organization_id, key: "k".to_owned(), fingerprint: [0; 32] };
    store.begin_idempotent(key.clone(), at(0)).await.expect("fresh");
    key
}

#[tokio::test]
async fn sessions_that_were_ended_are_replaced() {
    let database = Database::new().await;
    let store = opened(&database, |_| ()).await;
    let calls = (0..8).map(|_| store.organizations());
    futures_util::future::try_join_all(calls).await.expect("answers");
    let ended = administer(
        &database.url,
        "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity \
         WHERE datname = current_database() AND application_name = 'fanfare'",
    );
    assert!(ended.trim().parse::<u32>().expect("a count") >= 2, "{ended}");
    // At most the calls that get a session before its end was noticed may fail; those after do not.
    let begin = Instant::now();
    while let Err(error) = store.organizations().await {
        assert!(matches!(error, StoreError::Unavailable(_)), "{error:?}");
        assert!(begin.elapsed() < Duration::from_secs(2), "{error}");
    }
    for _ in 0..20 {
        store.organizations().await.expect("an answer");
    }
}

#[tokio::test]
async fn a_statement_that_takes_too_long_is_ended() {
    let database = Database::new().await;
    let timeout = Duration::from_millis(300);
    let store = opened(&database, |options| options.statement_timeout = timeout).await;
    let key = a_held_key(&store).await;
    let holder = holding_the_key(&database, &key).await;
    let begin = Instant::now();
    let refused = store.begin_idempotent(key.clone(), at(1)).await.expect_err("it waits in vain");
    assert!(matches!(refused, StoreError::Unavailable(_)), "{refused:?}");
    assert!(begin.elapsed() >= timeout && begin.elapsed() < timeout * 6, "{:?}", begin.elapsed());
    assert_eq!(inside_transactions(&database), "0");
    holder.batch_execute("ROLLBACK").await.expect("undone");
    store.begin_idempotent(key, at(1)).await.expect("an answer");
}

#[tokio::test]
async fn an_operation_that_is_given_up_leaves_no_transaction() {
    let database = Database::new().await;
    let store = opened(&database, |options| options.sessions = 2).await;
    let key = a_held_key(&store).await;
    let holder = holding_the_key(&database, &key).await;
    for _ in 0..4 {
        let call = store.begin_idempotent(key.clone(), at(1));
        tokio::time::timeout(Duration::from_millis(200), call).await.expect_err("it waits");
    }
    holder.batch_execute("ROLLBACK").await.expect("undone");
    let begin = Instant::now();
    while inside_transactions(&database) != "0" {
        assert!(begin.elapsed() < Duration::from_secs(3), "a session stays in its transaction");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    store.begin_idempotent(key, at(1)).await.expect("an answer");
}

#[tokio::test]
async fn an_exhausted_pool_refuses_within_the_patience() {
    let database = Database::new().await;
    let patience = Duration::from_millis(300);
    let store =
        opened(&database, |options| (options.sessions, options.patience) = (2, patience)).await;
    let key = a_held_key(&store).await;
    let holder = holding_the_key(&database, &key).await;
    let waiting: Vec<_> = (0..2)
        .map(|_| {
            let (store, key) = (store.clone(), key.clone());
            tokio::spawn(async move { store.begin_idempotent(key, at(1)).await })
        })
        .collect();
    while inside_transactions(&database) != "2" {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let begin = Instant::now();
    let refused = store.check().await.expect_err("nothing is free");
    assert!(
        matches!(&refused, StoreError::Unavailable(why) if why.contains("busy")),
        "{refused:?}"
    );
    assert!(begin.elapsed() >= patience && begin.elapsed() < patience * 3, "{:?}", begin.elapsed());
    holder.batch_execute("ROLLBACK").await.expect("undone");
    for call in waiting {
        call.await.expect("it ends").expect("an answer");
    }
    store.check().await.expect("one is free");
}

#[tokio::test]
async fn callers_that_hold_all_they_can_keep_nobody_from_accepting_and_delivering() {
    let database = Database::new().await;
    let store = opened(&database, |options| options.sessions = 4).await;
    let key = a_held_key(&store).await;
    let webhook = webhook(&database, &store, key.organization_id).await;
    let holder = holding_the_key(&database, &key).await;
    let held =
        futures_util::future::join_all((0..8).map(|_| store.begin_idempotent(key.clone(), at(1))));
    let others = async {
        while inside_transactions(&database) != "1" {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        let accept = accept_of(&database, key.organization_id, at(0), 1);
        store.accept(accept).await.expect("accepted");
        store.key_by_hash([0; 32]).await.expect("an answer");
        store.check().await.expect("it is there");
        let claim =
            Claim { now: at(1), lease_until: at(60), limit: 10, per_webhook: 10, skip: Vec::new() };
        let claimed = store.claim(claim).await.expect("claimed").deliveries;
        assert_eq!(claimed.len(), 1);
        assert_eq!(claimed[0].webhook.id, webhook);
        let record = record_of(&claimed[0], Verdict::Succeeded, at(1));
        store.record(vec![record], Duration::from_secs(1), at(1)).await.expect("recorded");
        holder.batch_execute("ROLLBACK").await.expect("undone");
    };
    tokio::join!(held, others);
}

#[tokio::test]
async fn an_accept_that_waits_too_long_for_its_turn_is_refused_and_never_written() {
    let database = Database::new().await;
    let patience = Duration::from_millis(300);
    let store =
        opened(&database, |options| (options.accepting, options.patience) = (1, patience)).await;
    let key = a_held_key(&store).await;
    let holder = holding_the_key(&database, &key).await;
    // It waits for the key that somebody holds; the next one waits behind it.
    let response = StoredResponse { status: 202, body: Bytes::new() };
    let first = Accept {
        idempotency: Some((key.clone(), response)),
        ..accept_of(&database, key.organization_id, at(0), 1)
    };
    let second = async {
        while inside_transactions(&database) != "1" {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        let begin = Instant::now();
        let accept = accept_of(&database, key.organization_id, at(0), 1);
        let refused = store.accept(accept).await.expect_err("the first one is not done");
        assert!(
            matches!(&refused, StoreError::Unavailable(why) if why.contains("turn")),
            "{refused:?}"
        );
        assert!(begin.elapsed() >= patience && begin.elapsed() < patience * 3);
        holder.batch_execute("ROLLBACK").await.expect("undone");
    };
    let (first, ()) = tokio::join!(store.accept(first), second);
    assert!(matches!(first, Ok(AcceptResult::KeyInUse)), "{first:?}");
    let third = accept_of(&database, key.organization_id, at(0), 1);
    store.accept(third).await.expect("accepted");
    let events = administer(
        &database.url,
        "SET fanfare.organization = '*'; SELECT count(*) FROM fanfare.events",
    );
    assert_eq!(events.trim(), "1", "the third one only");
}
