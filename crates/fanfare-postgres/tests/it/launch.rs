//! Work of the launch domain on several nodes at once.

use std::sync::Arc;

use bytes::Bytes;
use fanfare_model::launch::{
    Consumer, ConsumerSource, Distribution, DistributionRules, DistributionStatus, Participant,
    ParticipantStatus, QueueRules, Reach,
};
use fanfare_model::{ConsumerId, DistributionId, EventId, EventType, ExperienceId, OrganizationId};
use fanfare_model::{Id, IdKind, Timestamp};
use fanfare_postgres::PostgresStore;
use fanfare_store::conformance::FakeEngine;
use fanfare_store::{
    EventFilter, EventStore, LaunchStore, LaunchTx, NewEvent, Order, Organization,
    OrganizationStore, PageRequest, ParticipantFilter, SortKey, Stopped, StoreError,
};
use fanfare_testdb::administer;

use crate::support::Database;

const BEGIN: Timestamp = Timestamp::from_millis(1_795_428_000_000);

fn id<K: IdKind>(number: u128) -> Id<K> {
    let head = (u128::from(BEGIN.as_millis().unsigned_abs()) << 16) | 0x7000;
    Id::from_u128((head << 64) | (1 << 63) | number)
}

fn queue() -> Distribution {
    Distribution {
        id: id::<_>(1),
        experience_id: ExperienceId::from_u128(1),
        product_id: None,
        name: None,
        rules: DistributionRules::Queue(QueueRules::default()),
        status: DistributionStatus::Open,
        open_at: None,
        close_at: None,
        capacity: None,
        metadata: None,
        joined: 0,
        wake_at: None,
        created_at: BEGIN,
        updated_at: BEGIN,
    }
}

fn consumer(number: u128) -> Consumer {
    Consumer {
        id: id(number),
        email: Some(format!("{number}@shop.example")),
        phone: None,
        full_name: None,
        external_id: None,
        metadata: None,
        source: ConsumerSource::Api,
        reach: Reach::default(),
        created_at: BEGIN,
        updated_at: BEGIN,
    }
}

fn joined(event: u128) -> NewEvent {
    let body = Bytes::from(format!("{{\"id\":{event},\"data\":{{}}}}"));
    NewEvent { id: id::<_>(event), event_type: EventType::DistributionJoined, body, person: None }
}

/// A consumer comes in and joins the queue.
fn join(number: u128, queue: DistributionId) -> fanfare_store::Work {
    Box::new(move |tx: &mut dyn LaunchTx| {
        let newcomer = consumer(number);
        tx.put_consumer(&newcomer)?;
        let mut found = tx.distribution(queue)?.expect("the queue");
        assert!(tx.has_consumer(newcomer.id)?);
        assert!(tx.participant(queue, newcomer.id)?.is_none());
        found.joined += 1;
        tx.put_participant(&Participant {
            distribution_id: queue,
            consumer_id: newcomer.id,
            status: ParticipantStatus::Queued,
            number: found.joined,
            rank: None,
            joined_at: BEGIN,
            granted_at: None,
            expires_at: None,
            ended_at: None,
            is_backfill: false,
            order_id: None,
            amount: None,
            updated_at: BEGIN,
        })?;
        tx.emit(joined(number), BEGIN)?;
        Ok(tx.put_joined(&found)?)
    })
}

struct Shop {
    database: Database,
    nodes: [Arc<PostgresStore>; 2],
    organization: OrganizationId,
}

impl Shop {
    /// An organization with a queue, on two nodes.
    async fn open() -> Self {
        let database = Database::new().await;
        let nodes = [
            database.open(Arc::new(FakeEngine::default())).await,
            database.open(Arc::new(FakeEngine::default())).await,
        ];
        let organization = OrganizationId::from_u128(9);
        let shop = Organization { id: organization, name: "shop".into(), created_at: BEGIN };
        nodes[0].create_organization(shop).await.expect("an organization");
        let put = Box::new(|tx: &mut dyn LaunchTx| Ok(tx.put_distribution(&queue())?));
        assert!(nodes[0].launch(organization, false, put).await.expect("work"));
        Self { database, nodes, organization }
    }

    /// The numbers and consumers in the order of changes.
    async fn line(&self) -> Vec<(u32, ConsumerId)> {
        let mut seen = Vec::new();
        let mut page =
            PageRequest { limit: 100, order: Order::Ascending, after: None, before: None };
        loop {
            let filter = ParticipantFilter::default();
            let list = self.nodes[1]
                .participants(self.organization, queue().id, filter, SortKey::Updated, page)
                .await;
            let list = list.expect("a list").expect("the queue");
            seen.extend(list.items.iter().map(|one| (one.item.number, one.item.consumer_id)));
            page.after = list.items.last().map(|one| one.change.into());
            if !list.has_more {
                return seen;
            }
        }
    }

    async fn count_events(&self) -> usize {
        let mut page =
            PageRequest { limit: 100, order: Order::Ascending, after: None, before: None };
        let mut count = 0;
        loop {
            let list = self.nodes[0].events(self.organization, EventFilter::default(), page).await;
            let list = list.expect("a list");
            count += list.items.len();
            page.after = list.items.last().map(|event| event.summary.id.as_u128());
            if !list.has_more {
                return count;
            }
        }
    }

    async fn close(self) {
        for node in self.nodes {
            node.close().await;
        }
    }
}

/// Numbers are given in the order of commits, without a gap, whichever node somebody joins on.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_nodes_give_numbers_without_a_gap() {
    let shop = Shop::open().await;
    let mut joins = tokio::task::JoinSet::new();
    for number in 0..400 {
        let node = shop.nodes[number as usize % 2].clone();
        let (organization, work) = (shop.organization, join(100 + number, queue().id));
        joins.spawn(async move { node.launch(organization, false, work).await });
    }
    while let Some(done) = joins.join_next().await {
        assert!(done.expect("no panic").expect("work"));
    }
    let numbers: Vec<_> = shop.line().await.iter().map(|(number, _)| *number).collect();
    assert_eq!(numbers, (1..=400).collect::<Vec<_>>());
    assert_eq!(shop.count_events().await, 400);
    shop.close().await;
}

/// Joins share commits, and find what they look for at once, also on a database that has seen
/// nothing yet: statements are planned while the tables are empty.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn joins_share_commits_and_scan_nothing() {
    const JOINS: i64 = 600;
    let shop = Shop::open().await;
    let count = |sql| administer(&shop.database.url, sql).trim().parse::<i64>().expect("a count");
    // Not those of the database's counter: loops of the nodes commit too, the more the slower we are.
    let commits = "SET fanfare.organization = '*'; \
         SELECT count(DISTINCT xmin::text) FROM fanfare.participants";
    let rows = "SELECT sum(seq_tup_read + coalesce(idx_tup_fetch, 0))::bigint \
         FROM pg_stat_user_tables WHERE schemaname = 'fanfare'";
    let mut joins = tokio::task::JoinSet::new();
    for number in 0..JOINS {
        let node = shop.nodes[0].clone();
        let work = join(100 + number.unsigned_abs() as u128, queue().id);
        let organization = shop.organization;
        joins.spawn(async move { node.launch(organization, false, work).await });
    }
    while let Some(done) = joins.join_next().await {
        assert!(done.expect("no panic").expect("work"));
    }
    // A session says what it did when it ends.
    for node in &shop.nodes {
        node.close().await;
    }
    let mut seen = 0;
    for _ in 0..20 {
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        let now = count(rows);
        if now == seen && now > 0 {
            break;
        }
        seen = now;
    }
    let (commits, rows) = (count(commits), seen);
    assert!(commits > 0 && commits < 120, "{commits} commits for {JOINS} joins");
    assert!(rows < 2 * JOINS, "{rows} rows read for {JOINS} joins");
}

/// What breaks on one node breaks alone, while others join on both.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_breaks_breaks_alone() {
    let shop = Shop::open().await;
    let mut joins = tokio::task::JoinSet::new();
    for number in 0..120 {
        let node = shop.nodes[number as usize % 2].clone();
        let organization = shop.organization;
        let mut work = join(100 + number, queue().id);
        let breaks = number % 30 == 7;
        let work = Box::new(move |tx: &mut dyn LaunchTx| {
            work(tx)?;
            match breaks {
                true => Err(Stopped::Store(StoreError::Failed("it".into()))),
                false => Ok(()),
            }
        });
        joins.spawn(async move { (breaks, node.launch(organization, false, work).await) });
    }
    while let Some(done) = joins.join_next().await {
        let (breaks, done) = done.expect("no panic");
        assert_eq!(done.is_err(), breaks, "{done:?}");
    }
    let numbers: Vec<_> = shop.line().await.iter().map(|(number, _)| *number).collect();
    assert_eq!(numbers, (1..=116).collect::<Vec<_>>());
    assert_eq!(shop.count_events().await, 116);
    shop.close().await;
}

/// A consumer's address that was given up in a transaction can be taken in it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn addresses_change_hands_within_a_transaction() {
    let shop = Shop::open().await;
    let [one, other] = [1, 2].map(consumer);
    let (first, second) = (one.clone(), other.clone());
    let work = Box::new(move |tx: &mut dyn LaunchTx| {
        tx.put_consumer(&first)?;
        tx.put_consumer(&second)?;
        // In a ring, twice.
        for _ in 0..2 {
            let [a, b] = [first.id, second.id].map(|id| tx.consumer(id));
            let (a, b) = (a?.expect("one"), b?.expect("the other"));
            tx.put_consumer(&Consumer { email: None, ..a.clone() })?;
            assert_eq!(tx.consumer_by_email(a.email.as_deref().expect("an address"))?, None);
            tx.put_consumer(&Consumer { email: a.email.clone(), ..b.clone() })?;
            tx.put_consumer(&Consumer { email: b.email.clone(), ..a })?;
            let holder = tx.consumer_by_email(b.email.as_deref().expect("an address"))?;
            assert_eq!(holder, Some(first.id));
        }
        Ok(())
    });
    assert!(shop.nodes[0].launch(shop.organization, false, work).await.expect("work"));
    for consumer in [one, other] {
        let found = shop.nodes[1].consumer(shop.organization, consumer.id).await.expect("a read");
        assert_eq!(found.as_ref(), Some(&consumer));
    }
    shop.close().await;
}

/// A closed store refuses work; what waited before is done.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn closing_does_what_waits() {
    let shop = Shop::open().await;
    let mut joins = tokio::task::JoinSet::new();
    for number in 0..50 {
        let node = shop.nodes[0].clone();
        let (organization, work) = (shop.organization, join(100 + number, queue().id));
        joins.spawn(async move { node.launch(organization, false, work).await });
    }
    tokio::task::yield_now().await;
    shop.nodes[0].close().await;
    let mut made = 0;
    while let Some(done) = joins.join_next().await {
        match done.expect("no panic") {
            Ok(done) => made += usize::from(done),
            Err(error) => assert!(matches!(error, StoreError::Unavailable(_)), "{error}"),
        }
    }
    assert_eq!(shop.line().await.len(), made);
    let refused = shop.nodes[0].launch(shop.organization, false, join(1, queue().id)).await;
    assert!(matches!(refused, Err(StoreError::Unavailable(_))));
    shop.nodes[1].close().await;
}

/// Old versions of what was erased are removed, on the tables in which there are any.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn erased_rows_are_swept() {
    let shop = Shop::open().await;
    let erased = consumer(1);
    let (put, id) = (erased.clone(), erased.id);
    let event: EventId = self::id(7);
    let work = Box::new(move |tx: &mut dyn LaunchTx| {
        tx.put_consumer(&put)?;
        let body = format!(
            "{{\"data\":{{\"consumer_id\":\"{id}\",\"email\":\"{}\"}}}}",
            put.email.as_deref().expect("an address")
        );
        let created = NewEvent {
            id: event,
            event_type: EventType::ConsumerCreated,
            body: Bytes::from(body),
            person: Some(id.to_string().into()),
        };
        Ok(tx.emit(created, BEGIN)?)
    });
    assert!(shop.nodes[0].launch(shop.organization, false, work).await.expect("work"));
    let erase = Box::new(move |tx: &mut dyn LaunchTx| Ok(tx.erase_consumer(id)?));
    assert!(shop.nodes[1].launch(shop.organization, true, erase).await.expect("work"));
    let swept = "SELECT count(*) FROM pg_stat_user_tables WHERE vacuum_count > 0 \
         AND (relname = 'consumers' OR relname LIKE 'events_%')";
    for _ in 0..150 {
        if administer(&shop.database.url, swept).trim() == "2" {
            return shop.close().await;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    panic!("the tables were not swept");
}

/// A connection that breaks under work refuses it, and all that shared its transaction, as
/// unavailable; nothing of it is kept, and the next goes on.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_broken_connection_refuses_for_now() {
    let shop = Shop::open().await;
    let url = shop.database.url.clone();
    let mut work = join(100, queue().id);
    let breaking = Box::new(move |tx: &mut dyn LaunchTx| {
        work(tx)?;
        administer(
            &url,
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
             WHERE datname = current_database() AND pid <> pg_backend_pid()",
        );
        Ok(())
    });
    let refused = shop.nodes[0].launch(shop.organization, false, breaking).await;
    assert!(matches!(refused, Err(StoreError::Unavailable(_))), "{refused:?}");
    for (node, number) in shop.nodes.iter().zip(101..) {
        // A session that has ended may be found out by using it.
        for turn in 0.. {
            match node.launch(shop.organization, false, join(number, queue().id)).await {
                Ok(done) => {
                    assert!(done);
                    break;
                }
                Err(StoreError::Unavailable(_)) if turn < 10 => {}
                Err(error) => panic!("{error}"),
            }
        }
    }
    let numbers: Vec<_> = shop.line().await.iter().map(|(number, _)| *number).collect();
    assert_eq!(numbers, [1, 2]);
    shop.close().await;
}
