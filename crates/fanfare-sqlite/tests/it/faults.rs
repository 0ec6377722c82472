//! Full disks, locked files, too much at once, operations that cannot work.

use std::sync::Arc;
use std::time::Duration;

use fanfare_model::DeliveryStatus;
use fanfare_sqlite::SqliteOptions;
use fanfare_store::{
    AcceptResult, DeliveryFilter, DeliveryStore, EventStore, Job, JobSpec, JobStatus, JobStore,
    MaintenanceStore, RecordResult, StoreError, Webhook, WebhookStore,
};
use rusqlite::Connection;
use tokio::task::JoinSet;

use crate::support::{Shop, options, succeed};

fn is_unavailable<T>(result: &Result<T, StoreError>) -> bool {
    matches!(result, Err(StoreError::Unavailable(_)))
}

/// Nothing is acknowledged or handed over while somebody else holds the write lock; afterwards
/// the store goes on by itself.
#[tokio::test]
async fn a_locked_database_refuses_and_resumes() {
    let shop = Shop::open(options()).await;
    let in_memory = shop.publish().await;
    let locker = Connection::open(shop.folder.path()).unwrap();
    locker.execute_batch("BEGIN IMMEDIATE").unwrap();
    let lost = shop.event();
    let lost_id = lost.events[0].id;
    assert!(is_unavailable(&shop.store.accept(lost).await));
    assert!(is_unavailable(&shop.store.check().await));
    assert!(shop.engine.take().is_empty());
    shop.engine.assert_balanced();
    locker.execute_batch("ROLLBACK").unwrap();
    shop.store.check().await.unwrap();
    assert!(shop.store.event(shop.organization, lost_id).await.unwrap().is_none());
    let next = shop.publish().await;
    for leased in [in_memory, next] {
        let recorded = RecordResult::Recorded(DeliveryStatus::Succeeded);
        assert_eq!(succeed(&shop.store, &leased, shop.folder.now()).await, recorded);
    }
}

/// A full database refuses events, still records results, and takes events again once
/// something was deleted.
#[tokio::test]
async fn a_full_database_refuses_and_resumes() {
    let shop = Shop::open(SqliteOptions { max_pages: Some(150), ..options() }).await;
    let now = shop.folder.now();
    let mut handed = Vec::new();
    let refused = loop {
        match shop.store.accept(shop.event()).await {
            Ok(_) => handed.extend(shop.engine.take()),
            Err(error) => break error,
        }
        assert!(handed.len() < 10_000, "it does not fill up");
    };
    assert!(matches!(&refused, StoreError::Unavailable(why) if why.contains("full")), "{refused}");
    assert!(is_unavailable(&shop.store.accept(shop.event()).await));
    shop.engine.assert_balanced();
    assert!(shop.engine.take().is_empty());
    let filter = DeliveryFilter::default();
    let stored = shop.store.count_deliveries(shop.organization, filter, 10_000).await.unwrap();
    assert_eq!(stored, handed.len() as u64, "each acknowledged one, and no other");
    for leased in &handed {
        let recorded = RecordResult::Recorded(DeliveryStatus::Succeeded);
        assert_eq!(succeed(&shop.store, leased, now).await, recorded);
    }
    let deleted = shop.store.expire(now + Duration::from_secs(1), 100).await.unwrap();
    assert!(deleted > 10);
    for _ in 0..10 {
        shop.publish().await;
    }
}

/// Of many calls in one transaction, one that cannot work fails alone.
#[tokio::test]
async fn a_poisoned_operation_fails_alone() {
    let patience = Duration::from_secs(5);
    let shop = Shop::open(SqliteOptions { busy_timeout: patience, ..options() }).await;
    let twice = shop.event();
    shop.store.accept(twice.clone()).await.unwrap();
    let locker = Connection::open(shop.folder.path()).unwrap();
    locker.execute_batch("BEGIN IMMEDIATE").unwrap();
    let mut calls = JoinSet::new();
    for index in 0..100 {
        let accept = if index % 10 == 7 { twice.clone() } else { shop.event() };
        let store = shop.store.clone();
        calls.spawn(async move { (index, store.accept(accept).await) });
    }
    // On this runtime of one thread each call has been made when this task goes on; all but the
    // first wait together for the lock to go.
    tokio::task::yield_now().await;
    locker.execute_batch("ROLLBACK").unwrap();
    while let Some(done) = calls.join_next().await {
        let (index, result) = done.unwrap();
        if index % 10 == 7 {
            assert!(matches!(result, Err(StoreError::Failed(_))), "{result:?}");
        } else {
            assert_eq!(result.unwrap(), AcceptResult::Accepted(vec![1]));
        }
    }
    shop.engine.assert_balanced();
    assert_eq!(shop.engine.take().len(), 91);
    let filter = DeliveryFilter::default();
    let stored = shop.store.count_deliveries(shop.organization, filter, 1_000).await.unwrap();
    assert_eq!(stored, 91);
}

/// What would wait beyond the bound is refused at once; what waits is done.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_queue_refuses_at_once() {
    let patience = Duration::from_secs(5);
    let bounds = SqliteOptions { queued: 4, busy_timeout: patience, ..options() };
    let shop = Shop::open(bounds).await;
    let locker = Connection::open(shop.folder.path()).unwrap();
    locker.execute_batch("BEGIN IMMEDIATE").unwrap();
    let mut calls = JoinSet::new();
    for _ in 0..100 {
        let (store, accept) = (shop.store.clone(), shop.event());
        calls.spawn(async move { store.accept(accept).await });
    }
    let mut refused = 0;
    while refused < 90 {
        let result = calls.join_next().await.unwrap().unwrap();
        assert!(matches!(&result, Err(StoreError::Unavailable(why)) if why.contains("waiting")));
        refused += 1;
    }
    locker.execute_batch("ROLLBACK").unwrap();
    let mut accepted = 0;
    while let Some(result) = calls.join_next().await {
        accepted += usize::from(result.unwrap().is_ok());
    }
    assert!((1..=10).contains(&accepted), "{accepted}");
    assert_eq!(shop.engine.take().len(), accepted);
}

/// An edit that panics fails; the writer lives on.
#[tokio::test]
async fn a_panic_in_an_edit_is_an_error() {
    let shop = Shop::open(options()).await;
    let edit = Box::new(|_: &mut Webhook| panic!("a defect"));
    let now = shop.folder.now();
    let result = shop.store.modify_webhook(shop.organization, shop.webhook, now, edit, None).await;
    assert!(matches!(result, Err(StoreError::Failed(_))), "{result:?}");
    shop.publish().await;
}

/// Reads go on while the database is locked for writing.
#[tokio::test]
async fn reading_does_not_wait_for_writers() {
    let shop = Shop::open(options()).await;
    let leased = shop.publish().await;
    let locker = Connection::open(shop.folder.path()).unwrap();
    locker.execute_batch("BEGIN IMMEDIATE").unwrap();
    let store: Arc<_> = shop.store.clone();
    assert!(store.delivery(shop.organization, leased.id).await.unwrap().is_some());
    locker.execute_batch("ROLLBACK").unwrap();
}

/// A job that cannot go on is no reason for the next one to wait.
#[tokio::test]
async fn a_broken_job_fails_alone() {
    let shop = Shop::open(options()).await;
    let now = shop.folder.now();
    let mut jobs = Vec::new();
    for _ in 0..2 {
        let job = Job {
            id: shop.folder.ids.next(),
            organization_id: shop.organization,
            spec: JobSpec::Resend { filter: DeliveryFilter::default() },
            status: JobStatus::Running,
            total: 0,
            processed: 0,
            created: 0,
            created_at: now,
            updated_at: now,
        };
        jobs.push(job.id);
        shop.store.create_job(job, None).await.unwrap();
    }
    let beside = Connection::open(shop.folder.path()).unwrap();
    let broken = "UPDATE jobs SET spec = 'no spec' WHERE id = ?1";
    assert_eq!(beside.execute(broken, [jobs[0].to_bytes()]).unwrap(), 1);
    let first = shop.store.next_job(None).await.unwrap();
    assert_eq!(first.map(|turn| turn.id), Some(jobs[0]));
    assert!(shop.store.step_job(jobs[0], 10, now).await.is_err());
    let second = shop.store.next_job(first).await.unwrap();
    assert_eq!(second.map(|turn| turn.id), Some(jobs[1]));
    let done = shop.store.step_job(jobs[1], 10, now).await.unwrap().unwrap();
    assert_eq!(done.status, JobStatus::Completed);
    let again = shop.store.next_job(second).await.unwrap();
    assert_eq!(again.map(|turn| turn.id), Some(jobs[0]), "it is tried again in its turn");
}
