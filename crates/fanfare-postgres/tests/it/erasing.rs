//! An erasure on one node, and what goes on meanwhile on another: nothing brings the person back.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use bytes::Bytes;
use fanfare_model::{
    ConsumerId, EventSelection, EventType, OrganizationId, Timestamp, WebhookStatus, limits,
};
use fanfare_postgres::PostgresStore;
use fanfare_store::conformance::FakeEngine;
use fanfare_store::{
    Claim, DeliveryQueue, DeliveryStore, IdempotencyKey, IdempotencyStart, IdempotencyStore,
    LaunchStore, LaunchTx, Leased, NewEvent, Organization, OrganizationStore, Record, RecordResult,
    RecordedAttempt, Sealed, SentSignatures, StoredResponse, Verdict, Webhook, WebhookStore,
    erasure,
};
use tokio::task::JoinSet;

use crate::support::Database;

const NOW: Timestamp = Timestamp::from_millis(1_795_428_000_000);
/// Long enough for what is not held up to happen.
const WHILE: Duration = Duration::from_millis(300);

struct Shop {
    nodes: [Arc<PostgresStore>; 2],
    engine: Arc<FakeEngine>,
    organization: OrganizationId,
    consumer: ConsumerId,
    database: Database,
}

impl Shop {
    /// Two nodes, and an organization with a webhook that gets everything.
    async fn open() -> Self {
        let database = Database::new().await;
        let engine = Arc::new(FakeEngine::default());
        let nodes = [
            database.open(engine.clone()).await,
            database.open(Arc::new(FakeEngine::default())).await,
        ];
        let (organization, consumer) = (database.ids.next(), database.ids.next());
        let shop = Organization { id: organization, name: "shop".into(), created_at: NOW };
        nodes[0].create_organization(shop).await.expect("an organization");
        let webhook = Webhook {
            id: database.ids.next(),
            organization_id: organization,
            channel: fanfare_model::WebhookChannel::Api,
            url: "https://shop.example/hooks".into(),
            description: None,
            events: EventSelection::parse(&["*"]).expect("a pattern"),
            headers: Vec::new(),
            max_in_flight: 8,
            rate_limit: None,
            secret: Sealed(vec![1]),
            previous_secret: None,
            status: WebhookStatus::Active,
            disabled_reason: None,
            status_changed_at: NOW,
            failing_since: None,
            created_at: NOW,
            updated_at: NOW,
            version: 1,
        };
        nodes[0].create_webhook(webhook, None).await.expect("a webhook");
        Self { nodes, engine, organization, consumer, database }
    }

    /// An event that names the person, on its way.
    async fn send(&self) -> Leased {
        let body = format!(
            "{{\"data\":{{\"consumer_id\":\"{}\",\"email\":\"ada@shop.example\"}}}}",
            self.consumer
        );
        let event = NewEvent {
            id: self.database.ids.next(),
            event_type: EventType::ConsumerCreated,
            body: Bytes::from(body),
            person: Some(self.consumer.to_string().into()),
        };
        let work = Box::new(move |tx: &mut dyn LaunchTx| Ok(tx.emit(event.clone(), NOW)?));
        assert!(self.nodes[0].launch(self.organization, false, work).await.expect("work"));
        self.engine.take().remove(0)
    }

    /// Begins to erase on the second node; the transaction stays open until it is told to end.
    async fn begin_to_erase(&self) -> (Sender<()>, JoinSet<()>) {
        let (go, wait): (Sender<()>, Receiver<()>) = channel();
        let (erased, has_erased) = tokio::sync::oneshot::channel();
        let mut erased = Some(erased);
        let (node, organization) = (self.nodes[1].clone(), self.organization);
        let consumer = self.consumer;
        let work = Box::new(move |tx: &mut dyn LaunchTx| {
            tx.erase_consumer(consumer)?;
            if let Some(erased) = erased.take() {
                erased.send(()).expect("somebody waits");
            }
            wait.recv_timeout(Duration::from_secs(5)).expect("an end");
            Ok(())
        });
        let mut erasing = JoinSet::new();
        erasing.spawn(async move {
            assert!(node.launch(organization, true, work).await.expect("work"));
        });
        has_erased.await.expect("it is erased");
        (go, erasing)
    }
}

/// The receiver answered with what it got.
fn answer(leased: &Leased, verdict: Verdict) -> Record {
    let attempt = RecordedAttempt {
        started_at: NOW,
        duration: Duration::from_millis(12),
        status_code: Some(503),
        error_class: None,
        response_body: leased.body.clone(),
        response_truncated: true,
        remote_addr: None,
        webhook_version: 1,
        signatures: SentSignatures { fanfare: [1; 32], standard: [None, None] },
    };
    Record { id: leased.id, lease: leased.lease, event_type: leased.event_type, attempt, verdict }
}

/// A result that comes while the erasure is under way waits for it, and keeps neither its own answer
/// nor the one before.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_result_that_comes_meanwhile_keeps_no_answer() {
    let shop = Shop::open().await;
    let first = shop.send().await;
    let again = Verdict::RetryAt(NOW + Duration::from_secs(1));
    let record = async |record| {
        let done = shop.nodes[0].record(vec![record], limits::DISABLE_AFTER, NOW).await;
        assert!(matches!(done.expect("recorded")[..], [RecordResult::Recorded(_)]));
    };
    record(answer(&first, again)).await;
    let claim = Claim {
        now: NOW + Duration::from_secs(1),
        lease_until: NOW + Duration::from_secs(60),
        limit: 10,
        per_webhook: 10,
        skip: Vec::new(),
    };
    let second = shop.nodes[0].claim(claim).await.expect("a claim").deliveries.remove(0);
    assert_eq!(second.body, first.body);

    let (go, mut erasing) = shop.begin_to_erase().await;
    let end = async {
        tokio::time::sleep(WHILE).await;
        go.send(()).expect("it waits");
    };
    tokio::join!(record(answer(&second, Verdict::Exhausted)), end);
    erasing.join_next().await.expect("it runs").expect("no panic");
    let detail = shop.nodes[0].delivery(shop.organization, first.id).await.expect("a read");
    let attempts = detail.expect("the delivery").attempts;
    assert_eq!(attempts.len(), 2);
    for attempt in attempts {
        assert!(attempt.response_body.is_empty() && !attempt.response_truncated, "{attempt:?}");
        assert_eq!(attempt.status_code, Some(503));
    }
}

/// An answer that is kept while the erasure is under way waits for it, and says that the consumer
/// was erased.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_that_is_kept_meanwhile_says_so() {
    let shop = Shop::open().await;
    let key = IdempotencyKey {
        organization_id: shop.organization,
        key: "one".into(),
        fingerprint: [1; 32],
    };
    let held = shop.nodes[0].begin_idempotent(key.clone(), NOW).await;
    assert_eq!(held.expect("held"), IdempotencyStart::Fresh);
    let (go, mut erasing) = shop.begin_to_erase().await;
    let body = format!("{{\"id\":\"{}\",\"email\":\"ada@shop.example\"}}", shop.consumer);
    let response = StoredResponse { status: 201, body: Bytes::from(body) };
    let keep = async {
        let kept = shop.nodes[0].finish_idempotent(key.clone(), Some(response), NOW).await;
        kept.expect("kept");
    };
    let end = async {
        tokio::time::sleep(WHILE).await;
        go.send(()).expect("it waits");
    };
    tokio::join!(keep, end);
    erasing.join_next().await.expect("it runs").expect("no panic");
    let body = Bytes::from(erasure::erased_answer(shop.consumer));
    let known = shop.nodes[0].begin_idempotent(key, NOW).await.expect("known");
    assert_eq!(known, IdempotencyStart::Replayed(StoredResponse { status: 201, body }));
}
