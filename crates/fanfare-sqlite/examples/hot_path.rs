//! What the hot path costs: events accepted one per call by 64 callers, each handed over,
//! recorded as a success in batches, durably. Prints µs of wall time and of CPU per thread.
//!
//! `cargo run --release -p fanfare-sqlite --example hot_path [EVENTS] [WEBHOOKS] [FOLDER] [LOG_MIB] [memory|store]`
//!
//! `store`: nothing fits into memory, everything is claimed before it is recorded.

#![expect(clippy::print_stdout, reason = "printing is what it is for")]

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use fanfare_model::catalogue::EventClass;
use fanfare_model::{
    Clock, DeliveryId, EventId, EventSelection, EventType, IdSource, OrganizationId, SystemClock,
    Timestamp, WebhookId, WebhookStatus,
};
use fanfare_sqlite::{SqliteOptions, SqliteStore};
use fanfare_store::{
    Accept, Claim, DeliveryQueue, EventSource, EventStore, Handover, Leased, NewEvent,
    Organization, OrganizationStore, Record, RecordedAttempt, Sealed, SentSignatures, Verdict,
    Webhook, WebhookStore,
};
use fanfare_testkit::SeededEntropy;
use tokio::sync::mpsc;

const CALLERS: usize = 64;

struct ToRecorder {
    handed: mpsc::UnboundedSender<Vec<Leased>>,
    in_memory: bool,
}

impl Handover for ToRecorder {
    fn reserve(&self, _: WebhookId, _: EventClass, _: usize) -> bool {
        self.in_memory
    }
    fn give_up(&self, _: WebhookId, _: usize) {}
    fn deliver(&self, deliveries: Vec<Leased>) {
        let _ended = self.handed.send(deliveries);
    }
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

fn record_of(leased: &Leased, now: Timestamp) -> Record {
    Record {
        id: leased.id,
        lease: leased.lease,
        event_type: leased.event_type,
        attempt: RecordedAttempt {
            started_at: now,
            duration: Duration::from_micros(1_500),
            status_code: Some(200),
            error_class: None,
            response_body: Bytes::from_static(b"ok"),
            response_truncated: false,
            remote_addr: Some(([127, 0, 0, 1], 8443).into()),
            webhook_version: 1,
            signatures: SentSignatures { fanfare: [1; 32], standard: [Some([2; 32]), None] },
        },
        verdict: Verdict::Succeeded,
    }
}

/// CPU seconds per thread name.
fn cpu() -> BTreeMap<String, f64> {
    let mut threads = BTreeMap::new();
    for task in std::fs::read_dir("/proc/self/task").expect("Linux").flatten() {
        let Ok(stat) = std::fs::read_to_string(task.path().join("schedstat")) else { continue };
        let name = std::fs::read_to_string(task.path().join("comm")).unwrap_or_default();
        let nanos: f64 = stat.split(' ').next().and_then(|n| n.parse().ok()).unwrap_or(0.0);
        *threads.entry(name.trim().to_owned()).or_default() += nanos / 1e9;
    }
    threads
}

async fn accept_all(
    store: Arc<SqliteStore>,
    ids: Arc<IdSource>,
    org: OrganizationId,
    count: usize,
) {
    let body = Bytes::from(vec![b'x'; 420]);
    for _ in 0..count {
        let id: EventId = ids.next();
        let event =
            NewEvent { id, event_type: EventType::OrderPaid, body: body.clone(), person: None };
        let accept = Accept {
            organization_id: org,
            at: ids.now(),
            events: vec![event],
            source: EventSource::Api,
            only: None,
            except: None,
            idempotency: None,
        };
        store.accept(accept).await.expect("accepted");
    }
}

/// Claims what waits in the store, a thousand at a time, and records it.
async fn claim_all(store: Arc<SqliteStore>, ids: Arc<IdSource>, mut left: usize) {
    while left > 0 {
        let now = ids.now();
        let lease_until = now + Duration::from_secs(60);
        let claim = Claim { now, lease_until, limit: 1_000, per_webhook: 1_000, skip: Vec::new() };
        let claimed = store.claim(claim).await.expect("a claim").deliveries;
        left -= claimed.len();
        let records: Vec<_> = claimed.iter().map(|leased| record_of(leased, now)).collect();
        store.record(records, Duration::from_secs(432_000), now).await.expect("recorded");
        if claimed.len() < 500 {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    }
}

async fn record_all(
    store: Arc<SqliteStore>,
    ids: Arc<IdSource>,
    mut handed: mpsc::UnboundedReceiver<Vec<Leased>>,
    mut left: usize,
) {
    while left > 0 {
        let mut batch = handed.recv().await.expect("deliveries");
        while batch.len() < 1_000
            && let Ok(more) = handed.try_recv()
        {
            batch.extend(more);
        }
        let now = ids.now();
        let records: Vec<_> = batch.iter().map(|leased| record_of(leased, now)).collect();
        left -= records.len();
        store.record(records, Duration::from_secs(432_000), now).await.expect("recorded");
    }
}

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() {
    let mut args = std::env::args().skip(1);
    let events: usize = args.next().map_or(100_000, |n| n.parse().expect("EVENTS"));
    let webhooks: usize = args.next().map_or(1, |n| n.parse().expect("WEBHOOKS"));
    let folder: PathBuf = args.next().map_or_else(std::env::temp_dir, PathBuf::from);
    let folder = tempfile::tempdir_in(folder).expect("a folder");
    let clock: Arc<dyn Clock> = Arc::new(SystemClock::new(|d| {
        let sleep: std::pin::Pin<Box<dyn Future<Output = ()> + Send>> =
            Box::pin(tokio::time::sleep(d));
        sleep
    }));
    let ids = Arc::new(IdSource::new(clock, Arc::new(SeededEntropy::new(1))));
    let (to_recorder, handed) = mpsc::unbounded_channel();
    let mut options = SqliteOptions::default();
    if let Some(mib) = args.next() {
        options.log_bytes = mib.parse::<u64>().expect("LOG_MIB") << 20;
        options.checkpoint_bytes = options.log_bytes / 2;
    }
    let in_memory = args.next().is_none_or(|mode| mode != "store");
    let path = folder.path().join("hot.db");
    let handover = Arc::new(ToRecorder { handed: to_recorder, in_memory });
    let store = SqliteStore::open(&path, options, handover, ids.clone()).expect("opens");
    let store = Arc::new(store);
    let organization_id = ids.next();
    let at = ids.now();
    let organization = Organization { id: organization_id, name: "bench".into(), created_at: at };
    store.create_organization(organization).await.expect("created");
    for _ in 0..webhooks {
        let webhook = webhook(organization_id, ids.next(), at);
        store.create_webhook(webhook, None).await.expect("created");
    }
    let before = cpu();
    let begun = tokio::time::Instant::now();
    let per_caller = events / CALLERS;
    let mut callers = tokio::task::JoinSet::new();
    for _ in 0..CALLERS {
        callers.spawn(accept_all(store.clone(), ids.clone(), organization_id, per_caller));
    }
    let deliveries = per_caller * CALLERS * webhooks;
    if in_memory {
        callers.spawn(record_all(store.clone(), ids.clone(), handed, deliveries));
    } else {
        callers.spawn(claim_all(store.clone(), ids.clone(), deliveries));
    }
    while let Some(done) = callers.join_next().await {
        done.expect("no panic");
    }
    let wall = begun.elapsed().as_secs_f64();
    let count = (per_caller * CALLERS) as f64;
    println!("{events} events to {webhooks} webhooks: {wall:.2} s");
    println!("{:>9.0} events/s {:>9.0} deliveries/s", count / wall, deliveries as f64 / wall);
    println!(
        "{:>9.2} µs wall per event, {:.2} per delivery",
        wall * 1e6 / count,
        wall * 1e6 / deliveries as f64
    );
    for (thread, seconds) in cpu() {
        let used = seconds - before.get(&thread).copied().unwrap_or_default();
        println!(
            "{:>9.2} µs of CPU per event in {thread}, {:.2} per delivery",
            used * 1e6 / count,
            used * 1e6 / deliveries as f64
        );
    }
    let size =
        |name: &str| std::fs::metadata(folder.path().join(name)).map_or(0, |m| m.len() >> 20);
    println!("database {} MiB, log {} MiB", size("hot.db"), size("hot.db-wal"));
    store.close();
}
