//! What lists of the launch domain cost: they read about as many rows as they show, whatever there
//! is beside.

use std::sync::Arc;
use std::time::Duration;

use fanfare_model::launch::{DistributionKind, OrderStatus, ParticipantStatus};
use fanfare_model::{ConsumerId, DistributionId, OrganizationId, ProductId, Timestamp};
use fanfare_postgres::PostgresStore;
use fanfare_store::conformance::FakeEngine;
use fanfare_store::{
    ConsumerFilter, DistributionFilter, LaunchStore, LaunchTx, Order, OrderFilter, PageRequest,
    ParticipantFilter, ParticipantOrder, SortKey,
};
use fanfare_testdb::administer;

use crate::support::Database;

const ORGANIZATION: OrganizationId = OrganizationId::from_u128(1);
const QUEUE: DistributionId = DistributionId::from_u128(1);
/// Rows of each table.
const ROWS: u64 = 30_000;
/// So many of them are over.
const OVER: u64 = 29_000;
/// When the first of them was made; the others follow, one a second.
const BEGIN: i64 = 1_795_428_000_000;

/// Two organizations with as much each. Of the queue and of the orders the old ones are over; one of
/// ten after them was admitted, or paid.
fn fill(database: &Database) {
    let id = |ms: &str, number: &str| {
        format!("(lpad(to_hex({ms}), 12, '0') || '7000' || lpad(to_hex({number}), 16, '0'))::uuid")
    };
    let row = id(&format!("{BEGIN} + n * 1000"), "n");
    let small = |number: &str| id("0", number);
    for organization in ["1", "2"] {
        let organization = small(organization).replace("7000", "0000");
        let queue = &organization;
        let sql = format!(
            "SET search_path = fanfare; SET fanfare.organization = '*';
             INSERT INTO organizations (id, name, created_at) VALUES ({organization}, 'shop', 0);
             INSERT INTO consumers (organization_id, id, email, email_folded, external_id, source,
                                    created_at, updated_at, change)
             SELECT {organization}, {row}, n || '@x', n || '@x', 'crm-' || n, 0,
                    {BEGIN} + n * 1000, {BEGIN} + n * 1000, ({BEGIN} + n * 1000) << 20
             FROM generate_series(1, {ROWS}) n;
             INSERT INTO orders (organization_id, id, consumer_id, distribution_id, status,
                                 total_amount, currency, external_order_id, created_at, updated_at,
                                 change)
             SELECT {organization}, {row}, {consumer}, {queue}, {stands} + CASE WHEN n <= {OVER} THEN 2 ELSE 0 END,
                    '1', 'EUR',
                    n, {BEGIN} + n * 1000, {BEGIN} + n * 1000, ({BEGIN} + n * 1000) << 20
             FROM generate_series(1, {ROWS}) n;
             INSERT INTO distributions (organization_id, id, experience_id, kind, status, joined,
                                        created_at, updated_at, counts)
             VALUES ({organization}, {queue}, {queue}, 0, 1, {ROWS}, 0, 0,
                     ARRAY[900, 100, 0, 0, 0, 0, 0, 0, {OVER}]);
             INSERT INTO participants (organization_id, distribution_id, number, consumer_id,
                                       status, rank, joined_at, expires_at, is_backfill,
                                       updated_at, change)
             SELECT {organization}, {queue}, n, {row}, {stands} + CASE WHEN n <= {OVER} THEN 8 ELSE 0 END,
                    decode(md5(n::text) || md5(n::text), 'hex'), {BEGIN} + n * 1000,
                    CASE WHEN {stands} = 1 THEN {BEGIN} END, false, {BEGIN} + n * 1000,
                    ({BEGIN} + n * 1000) << 20
             FROM generate_series(1, {ROWS}) n;
             INSERT INTO bids (organization_id, distribution_id, number, id, consumer_id, amount,
                               placed_at)
             SELECT {organization}, {queue}, n, {row}, {row}, '1', {BEGIN}
             FROM generate_series(1, {ROWS}) n;",
            consumer = small("n % 100"),
            stands = format!("(n > {OVER} AND n % 10 = 0)::integer")
        );
        administer(&database.url, &sql);
    }
    administer(&database.url, "ANALYZE");
}

/// Rows read from all tables so far.
fn read_so_far(database: &Database) -> i64 {
    let sql = "SELECT sum(coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0))::bigint \
         FROM pg_stat_user_tables WHERE schemaname = 'fanfare' AND relname IN \
         ('consumers', 'orders', 'distributions', 'participants', 'bids')";
    administer(&database.url, sql).trim().parse().expect("a number")
}

/// How many rows a read costs. A session says what it did when it ends.
async fn cost<T>(database: &Database, read: impl AsyncFnOnce(Arc<PostgresStore>) -> T) -> i64 {
    let store = database.open(Arc::new(FakeEngine::default())).await;
    let before = read_so_far(database);
    read(store.clone()).await;
    store.close().await;
    for _ in 0..50 {
        tokio::time::sleep(Duration::from_millis(20)).await;
        let cost = read_so_far(database) - before;
        if cost > 0 {
            return cost;
        }
    }
    panic!("nothing was read");
}

fn page(order: Order) -> PageRequest {
    PageRequest { limit: 10, order, after: None, before: None }
}

fn at(second: u64) -> Option<Timestamp> {
    Some(Timestamp::from_millis(BEGIN) + Duration::from_secs(second))
}

/// Rows that a page of ten may cost: for each of eleven statuses, with the row after.
const FEW: i64 = 250;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn lists_of_participants_read_what_they_show() {
    let database = Database::new().await;
    fill(&database);
    let none = ParticipantFilter::default();
    let admitted = ParticipantFilter { status: vec![ParticipantStatus::Admitted], ..none.clone() };
    let either = ParticipantFilter {
        status: vec![ParticipantStatus::Admitted, ParticipantStatus::Queued],
        ..none.clone()
    };
    let late = ParticipantFilter { updated_after: at(29_000), ..none.clone() };
    for (filter, sort) in [
        (&none, SortKey::Created),
        (&none, SortKey::Updated),
        (&admitted, SortKey::Created),
        (&admitted, SortKey::Updated),
        (&either, SortKey::Created),
        (&either, SortKey::Updated),
        (&late, SortKey::Updated),
    ] {
        for order in [Order::Ascending, Order::Descending] {
            let read = cost(&database, async |store| {
                let list = store
                    .participants(ORGANIZATION, QUEUE, filter.clone(), sort, page(order))
                    .await;
                assert_eq!(list.expect("a list").expect("the queue").items.len(), 10);
            });
            let read = read.await;
            assert!(read <= FEW, "{filter:?} {sort:?} {order:?}: {read}");
        }
    }
    let since = ParticipantFilter { created_after: at(20_000), ..none };
    let read = cost(&database, async |store| {
        let asked = page(Order::Ascending);
        let list = store.participants(ORGANIZATION, QUEUE, since, SortKey::Created, asked).await;
        let first = list.expect("a list").expect("the queue").items[0].item.number;
        assert_eq!(first, 20_000);
    });
    let read = read.await;
    // Beside the halving those who joined within an hour before.
    assert!(read <= 3_600 + FEW, "{read}");
    let read = cost(&database, async |store| {
        let ranked = store.draw_order(ORGANIZATION, QUEUE, Some([128; 32]), 10).await;
        assert_eq!(ranked.expect("a list").expect("the queue").len(), 10);
        let bids = store.bids(ORGANIZATION, QUEUE, page(Order::Descending)).await;
        assert_eq!(bids.expect("a list").expect("the queue").items[0].number, 30_000);
    });
    let read = read.await;
    assert!(read <= FEW, "{read}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn lists_of_orders_and_consumers_read_what_they_show() {
    let database = Database::new().await;
    fill(&database);
    let none = OrderFilter::default();
    let buyer = ConsumerId::from_u128((0x7000 << 64) | 7);
    let orders = [
        none.clone(),
        OrderFilter { status: vec![OrderStatus::Paid], ..none.clone() },
        OrderFilter { status: vec![OrderStatus::Paid, OrderStatus::Created], ..none.clone() },
        OrderFilter { consumer_id: Some(buyer), ..none.clone() },
        OrderFilter { distribution_id: Some(QUEUE), ..none.clone() },
        OrderFilter { external_order_id: Some("77".into()), ..none.clone() },
        OrderFilter { consumer_id: Some(buyer), distribution_id: Some(QUEUE), ..none },
    ];
    let none = ConsumerFilter::default();
    let consumers = [
        none.clone(),
        ConsumerFilter { email: Some("7@X".into()), ..none.clone() },
        ConsumerFilter { external_id: Some("crm-7".into()), ..none },
    ];
    for sort in [SortKey::Created, SortKey::Updated] {
        for order in [Order::Ascending, Order::Descending] {
            for filter in &orders {
                let read = cost(&database, async |store| {
                    let list = store.orders(ORGANIZATION, filter.clone(), sort, page(order)).await;
                    assert!(!list.expect("a list").items.is_empty());
                });
                let read = read.await;
                assert!(read <= FEW, "{filter:?} {sort:?} {order:?}: {read}");
            }
            for filter in &consumers {
                let read = cost(&database, async |store| {
                    let list =
                        store.consumers(ORGANIZATION, filter.clone(), sort, page(order)).await;
                    assert!(!list.expect("a list").items.is_empty());
                });
                let read = read.await;
                assert!(read <= FEW, "{filter:?} {sort:?} {order:?}: {read}");
            }
        }
    }
    let queues =
        DistributionFilter { kind: Some(DistributionKind::Queue), ..DistributionFilter::default() };
    let read = cost(&database, async |store| {
        let list = store.distributions(ORGANIZATION, queues, page(Order::Ascending)).await;
        assert_eq!(list.expect("a list").items.len(), 1);
    });
    assert!(read.await <= FEW);
}

/// What work looks for is found by an index, however many stand beside it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn work_reads_what_it_asks_for() {
    let database = Database::new().await;
    fill(&database);
    let (admitted, queued) = (ParticipantStatus::Admitted, ParticipantStatus::Queued);
    for (status, by, limit) in [
        (queued, ParticipantOrder::Number, 10),
        (admitted, ParticipantOrder::Number, 10),
        (queued, ParticipantOrder::Rank, 10),
        (admitted, ParticipantOrder::Rank, 10),
        (admitted, ParticipantOrder::Expiry, 10),
    ] {
        let read = cost(&database, async |store| {
            let work = Box::new(move |tx: &mut dyn LaunchTx| {
                let mut found = tx.participants(QUEUE, status, by, limit)?;
                assert_eq!(found.len(), limit);
                for one in &mut found {
                    one.status = ParticipantStatus::Left;
                    tx.put_participant(one)?;
                }
                Ok(())
            });
            assert!(store.launch(ORGANIZATION, false, work).await.expect("work"));
        });
        let read = read.await;
        assert!(read <= 50, "{status:?} {by:?}: {read}");
    }
    let read = cost(&database, async |store| {
        let work = Box::new(|tx: &mut dyn LaunchTx| {
            assert!(tx.distribution(QUEUE)?.is_some());
            for number in 1..=10 {
                let id = ConsumerId::from_u128((0x7000 << 64) | number);
                assert!(!tx.has_consumer(id)? && tx.participant(QUEUE, id)?.is_none());
                let email = format!("{number}@X");
                let holder = tx.consumer_by_email(&email)?.expect("somebody");
                assert!(tx.has_consumer(holder)? && tx.participant(QUEUE, holder)?.is_some());
                assert_eq!(tx.consumer_by_external_id(&format!("crm-{number}"))?, Some(holder));
                assert!(tx.order_by_external_id(&number.to_string())?.is_some());
            }
            assert!(!tx.product_is_used(ProductId::from_u128(1))?);
            Ok(())
        });
        assert!(store.launch(ORGANIZATION, false, work).await.expect("work"));
    });
    let read = read.await;
    assert!(read <= 60, "{read}");
}
