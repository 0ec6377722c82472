//! What a process that died leaves behind.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use fanfare_model::DeliveryStatus;
use fanfare_sqlite::SqliteOptions;
use fanfare_store::conformance::FakeEngine;
use fanfare_store::{DeliveryFilter, DeliveryStore, RecordResult, StatsStore, WebhookStore};

use crate::support::{Shop, claim, options, succeed};

/// Everything that was leased, in memory or by a claim, is due at once; what had ended is not;
/// old leases mean nothing; numbers are not given twice.
#[tokio::test]
async fn a_start_takes_over_everything_that_was_leased() {
    let shop = Shop::open(options()).await;
    let now = shop.folder.now();
    let done = shop.publish().await;
    succeed(&shop.store, &done, now).await;
    let in_memory = shop.publish().await;
    let cancelled = shop.publish().await;
    shop.store.cancel(shop.organization, cancelled.id, now, None).await.unwrap();
    shop.publish_waiting().await;
    let claimed = claim(&shop.store, now).await.remove(0);
    shop.publish_waiting().await;

    let after = shop.folder.crash();
    let engine = Arc::new(FakeEngine::default());
    let store = after.open(engine.clone());
    let taken = claim(&store, now).await;
    let ids: BTreeSet<_> = taken.iter().map(|leased| leased.id).collect();
    assert_eq!(taken.len(), 3);
    assert!(ids.contains(&in_memory.id) && ids.contains(&claimed.id));
    assert!(!ids.contains(&done.id) && !ids.contains(&cancelled.id));
    for old in [&in_memory, &claimed] {
        assert_eq!(succeed(&store, old, now).await, RecordResult::LeaseLost);
        let taken = taken.iter().find(|leased| leased.id == old.id).unwrap();
        assert_eq!((&taken.body, taken.event_id), (&old.body, old.event_id));
        assert_eq!(taken.attempts, 0);
        let recorded = RecordResult::Recorded(DeliveryStatus::Succeeded);
        assert_eq!(succeed(&store, taken, now).await, recorded);
    }
    let resent = store.resend(shop.organization, done.id, now, None).await.unwrap().unwrap();
    assert!(ids.iter().all(|id| resent.id > *id), "ids go on growing");
}

/// Deliveries that outlive the window are recorded as usual, and due again after a crash.
#[tokio::test]
async fn stragglers_survive_the_window() {
    let shop = Shop::open(SqliteOptions { window: 8, ..options() }).await;
    let now = shop.folder.now();
    let first = shop.publish().await;
    let second = shop.publish().await;
    for _ in 0..40 {
        let leased = shop.publish().await;
        succeed(&shop.store, &leased, now).await;
    }
    let much_later = now + Duration::from_secs(1_000_000);
    assert!(claim(&shop.store, much_later).await.is_empty(), "they are still in memory");
    let shown = shop.store.delivery(shop.organization, first.id).await.unwrap().unwrap();
    assert_eq!(shown.delivery.next_attempt_at, Some(now));

    let store = shop.folder.crash();
    let reopened = store.open(Arc::new(FakeEngine::default()));
    let taken = claim(&reopened, now).await;
    let ids: Vec<_> = taken.iter().map(|leased| leased.id).collect();
    assert_eq!(ids, [first.id, second.id]);

    let recorded = RecordResult::Recorded(DeliveryStatus::Succeeded);
    assert_eq!(succeed(&shop.store, &first, now).await, recorded);
    assert_eq!(succeed(&shop.store, &first, now).await, RecordResult::LeaseLost);
    shop.store.cancel(shop.organization, second.id, now, None).await.unwrap();
    assert_eq!(succeed(&shop.store, &second, now).await, RecordResult::LeaseLost);
}

/// Closing writes what is only in memory, and refuses what comes later.
#[tokio::test]
async fn closing_writes_everything() {
    let shop = Shop::open(options()).await;
    let now = shop.folder.now();
    for _ in 0..5 {
        let leased = shop.publish().await;
        succeed(&shop.store, &leased, now).await;
    }
    let waits = shop.publish().await;
    shop.store.close();
    shop.store.close();
    let refused = shop.store.delete_webhook(shop.organization, shop.webhook, now, None).await;
    assert!(refused.unwrap_err().to_string().contains("cannot take this now"));
    let read = shop.store.webhook(shop.organization, shop.webhook).await;
    assert!(read.unwrap_err().to_string().contains("cannot take this now"));

    let store = shop.folder.open(Arc::new(FakeEngine::default()));
    let until = now + Duration::from_secs(60);
    let since = now.minus(Duration::from_secs(60));
    let stats = store.webhook_stats(shop.organization, shop.webhook, since, until).await.unwrap();
    assert_eq!(stats.iter().map(|bucket| bucket.succeeded).sum::<u64>(), 5);
    let filter = DeliveryFilter::default();
    assert_eq!(store.count_deliveries(shop.organization, filter, 100).await.unwrap(), 6);
    assert_eq!(claim(&store, now).await[0].id, waits.id);
    shop.engine.assert_balanced();
}
