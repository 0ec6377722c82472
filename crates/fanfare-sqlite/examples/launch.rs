//! What a launch costs: consumers join one queue, one per call by 64 callers, each with its event
//! and its deliveries, durably; then pages of a long list are read. Prints µs of CPU per join in
//! the writer, and what a page takes.
//!
//! `cargo run --release -p fanfare-sqlite --example launch [JOINS] [WEBHOOKS] [CONSUMERS] [FOLDER]`

#![expect(clippy::print_stdout, reason = "printing is what it is for")]

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use fanfare_model::catalogue::EventClass;
use fanfare_model::launch::{
    Consumer, ConsumerSource, Distribution, DistributionRules, DistributionStatus, Participant,
    ParticipantStatus, QueueRules, Reach,
};
use fanfare_model::{
    Clock, ConsumerId, DeliveryId, DistributionId, EventSelection, EventType, IdSource,
    OrganizationId, SystemClock, Timestamp, WebhookId, WebhookStatus,
};
use fanfare_sqlite::{SqliteOptions, SqliteStore};
use fanfare_store::{
    ConsumerFilter, Handover, LaunchStore, LaunchTx, Leased, NewEvent, Order, Organization,
    OrganizationStore, PageRequest, ParticipantFilter, Sealed, SortKey, Webhook, WebhookStore,
};
use fanfare_testkit::SeededEntropy;
use tokio::time::Instant;

const CALLERS: usize = 64;
/// Consumers made per call.
const BATCH: usize = 1_000;
/// Pages read.
const PAGES: usize = 2_000;

/// Takes everything and forgets it.
struct Nowhere;

impl Handover for Nowhere {
    fn reserve(&self, _: WebhookId, _: EventClass, _: usize) -> bool {
        true
    }
    fn give_up(&self, _: WebhookId, _: usize) {}
    fn deliver(&self, _: Vec<Leased>) {}
    fn wake(&self) {}
    fn webhook_changed(&self, _: &Arc<Webhook>, _: bool) {}
    fn delivery_cancelled(&self, _: WebhookId, _: DeliveryId) {}
}

fn webhook(organization_id: OrganizationId, id: WebhookId, at: Timestamp) -> Webhook {
    Webhook {
        id,
        organization_id,
        channel: fanfare_model::WebhookChannel::Api,
        url: "https://shop.example/hooks".into(),
        description: None,
        events: EventSelection::everything(),
        headers: Vec::new(),
        max_in_flight: 64,
        rate_limit: None,
        secret: Sealed(vec![7; 60]),
        previous_secret: None,
        status: WebhookStatus::Active,
        disabled_reason: None,
        status_changed_at: at,
        failing_since: None,
        created_at: at,
        updated_at: at,
        version: 1,
    }
}

/// What the bench works on.
#[derive(Clone)]
struct Shop {
    store: Arc<SqliteStore>,
    ids: Arc<IdSource>,
    organization: OrganizationId,
}

impl Shop {
    async fn consumers(&self, count: usize) -> Vec<ConsumerId> {
        let mut made = Vec::with_capacity(count);
        while made.len() < count {
            let at = self.ids.now();
            let some: Vec<_> = (0..BATCH.min(count - made.len()))
                .map(|_| {
                    let id: ConsumerId = self.ids.next();
                    Consumer {
                        id,
                        email: Some(format!("{id}@shop.example")),
                        phone: None,
                        full_name: Some("Ada Lovelace".into()),
                        external_id: None,
                        metadata: None,
                        source: ConsumerSource::Api,
                        reach: Reach::default(),
                        created_at: at,
                        updated_at: at,
                    }
                })
                .collect();
            made.extend(some.iter().map(|consumer| consumer.id));
            let put = move |tx: &mut dyn LaunchTx| {
                Ok(some.iter().try_for_each(|consumer| tx.put_consumer(consumer))?)
            };
            self.store.launch(self.organization, false, Box::new(put)).await.expect("consumers");
        }
        made
    }

    async fn queue(&self) -> DistributionId {
        let at = self.ids.now();
        let queue = Distribution {
            id: self.ids.next(),
            experience_id: self.ids.next(),
            product_id: None,
            name: Some("Main queue".into()),
            rules: DistributionRules::Queue(QueueRules {
                admission_rate: Some(600),
                admission_expires_after: Some(900),
                ..QueueRules::default()
            }),
            status: DistributionStatus::Open,
            open_at: None,
            close_at: None,
            capacity: None,
            metadata: None,
            joined: 0,
            wake_at: None,
            created_at: at,
            updated_at: at,
        };
        let id = queue.id;
        let put = move |tx: &mut dyn LaunchTx| Ok(tx.put_distribution(&queue)?);
        self.store.launch(self.organization, false, Box::new(put)).await.expect("a queue");
        id
    }

    /// Joins as the use case does it: looks at the queue, the consumer and whether it joined,
    /// then writes participant, queue and event.
    async fn join(&self, queue: DistributionId, consumer: ConsumerId) {
        let ids = self.ids.clone();
        let work = move |tx: &mut dyn LaunchTx| {
            let at = ids.now();
            let mut distribution = tx.distribution(queue)?.expect("the queue");
            assert!(tx.has_consumer(consumer)?);
            assert!(tx.participant(queue, consumer)?.is_none());
            distribution.joined += 1;
            distribution.wake_at.get_or_insert(at + Duration::from_millis(100));
            distribution.updated_at = at;
            tx.put_participant(&Participant {
                distribution_id: queue,
                consumer_id: consumer,
                status: ParticipantStatus::Queued,
                number: distribution.joined,
                rank: None,
                joined_at: at,
                granted_at: None,
                expires_at: None,
                ended_at: None,
                is_backfill: false,
                order_id: None,
                amount: None,
                updated_at: at,
            })?;
            tx.put_distribution(&distribution)?;
            let body = Bytes::from(vec![b'x'; 420]);
            let event_type = EventType::DistributionJoined;
            Ok(tx.emit(NewEvent { id: ids.next(), event_type, body, person: None }, at)?)
        };
        assert!(self.store.launch(self.organization, false, Box::new(work)).await.expect("joined"));
    }
}

/// CPU seconds of the writer's thread.
fn writer_cpu() -> f64 {
    let mut used = 0.0;
    for task in std::fs::read_dir("/proc/self/task").expect("Linux").flatten() {
        let name = std::fs::read_to_string(task.path().join("comm")).unwrap_or_default();
        if name.trim() == "sqlite-writer" {
            let stat = std::fs::read_to_string(task.path().join("schedstat")).unwrap_or_default();
            let nanos: f64 = stat.split(' ').next().and_then(|n| n.parse().ok()).unwrap_or(0.0);
            used += nanos / 1e9;
        }
    }
    used
}

fn show(what: &str, mut waits: Vec<Duration>) {
    waits.sort_unstable();
    let part = |of: f64| waits[((waits.len() - 1) as f64 * of) as usize].as_secs_f64() * 1e3;
    println!("{what}: p50 {:.2} ms, p99 {:.2}, most {:.2}", part(0.5), part(0.99), part(1.0));
}

/// Pages of 100 consumers from all over the list, in both orders.
async fn read_pages(shop: &Shop, all: &[ConsumerId], queue: DistributionId) {
    let mut waits = Vec::new();
    for index in 0..PAGES {
        let after = all[index * 7_919 % all.len()].as_u128();
        let order = if index % 2 == 0 { Order::Ascending } else { Order::Descending };
        let page = PageRequest { limit: 100, order, after: Some(after), before: None };
        let begun = Instant::now();
        let filter = ConsumerFilter::default();
        let read = shop.store.consumers(shop.organization, filter, SortKey::Created, page).await;
        read.expect("a page");
        waits.push(begun.elapsed());
    }
    show(&format!("a page of 100 consumers of {}", all.len()), waits);
    let mut waits = Vec::new();
    for index in 0..PAGES {
        let status = vec![ParticipantStatus::Queued];
        let sort = if index % 2 == 0 { SortKey::Created } else { SortKey::Updated };
        let filter = ParticipantFilter { status, ..ParticipantFilter::default() };
        let page = PageRequest { limit: 100, order: Order::Descending, after: None, before: None };
        let begun = Instant::now();
        let read = shop.store.participants(shop.organization, queue, filter, sort, page).await;
        read.expect("a page");
        waits.push(begun.elapsed());
    }
    show("a page of 100 participants who wait", waits);
}

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() {
    let mut args = std::env::args().skip(1);
    let joins: usize = args.next().map_or(100_000, |n| n.parse().expect("JOINS"));
    let webhooks: usize = args.next().map_or(3, |n| n.parse().expect("WEBHOOKS"));
    let count: usize = args.next().map_or(100_000, |n| n.parse().expect("CONSUMERS")).max(joins);
    let folder: PathBuf = args.next().map_or_else(std::env::temp_dir, PathBuf::from);
    let folder = tempfile::tempdir_in(folder).expect("a folder");
    let clock: Arc<dyn Clock> = Arc::new(SystemClock::new(|d| {
        let sleep: std::pin::Pin<Box<dyn Future<Output = ()> + Send>> =
            Box::pin(tokio::time::sleep(d));
        sleep
    }));
    let ids = Arc::new(IdSource::new(clock, Arc::new(SeededEntropy::new(1))));
    let (path, options) = (folder.path().join("launch.db"), SqliteOptions::default());
    let store = SqliteStore::open(&path, options, Arc::new(Nowhere), ids.clone()).expect("opens");
    let organization: OrganizationId = ids.next();
    let shop = Shop { store: Arc::new(store), ids, organization };
    let at = shop.ids.now();
    let new = Organization { id: organization, name: "bench".into(), created_at: at };
    shop.store.create_organization(new).await.expect("created");
    let (begun, before) = (Instant::now(), writer_cpu());
    let all = shop.consumers(count).await;
    let (wall, used) = (begun.elapsed().as_secs_f64(), writer_cpu() - before);
    println!("{count} consumers: {wall:.2} s, {:.2} µs of writer each", used * 1e6 / count as f64);
    for _ in 0..webhooks {
        let webhook = webhook(organization, shop.ids.next(), at);
        shop.store.create_webhook(webhook, None).await.expect("created");
    }
    let queue = shop.queue().await;
    let (begun, before) = (Instant::now(), writer_cpu());
    let mut callers = tokio::task::JoinSet::new();
    for caller in 0..CALLERS {
        let shop = shop.clone();
        // Who joins next to each other was not made next to each other.
        let mine: Vec<_> =
            (caller..joins).step_by(CALLERS).map(|i| all[i * 7_919 % count]).collect();
        callers.spawn(async move {
            let mut waits = Vec::with_capacity(mine.len());
            for consumer in mine {
                let begun = Instant::now();
                shop.join(queue, consumer).await;
                waits.push(begun.elapsed());
            }
            waits
        });
    }
    let waits: Vec<_> = callers.join_all().await.into_iter().flatten().collect();
    let (wall, used) = (begun.elapsed().as_secs_f64(), writer_cpu() - before);
    println!("{joins} joins to {webhooks} webhooks: {wall:.2} s, {:.0}/s", joins as f64 / wall);
    println!("{:.2} µs of writer per join", used * 1e6 / joins as f64);
    show("a join", waits);
    read_pages(&shop, &all, queue).await;
    shop.store.close();
}
