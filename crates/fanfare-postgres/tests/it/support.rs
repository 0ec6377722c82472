//! Stores on fresh databases, and what is put into them.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use fanfare_model::{
    EventSelection, EventType, IdSource, OrganizationId, Timestamp, WebhookId, WebhookStatus,
};
use fanfare_postgres::{PostgresOptions, PostgresStore, apply_schema};
use fanfare_store::{
    Accept, EventSource, Handover, Leased, NewEvent, Organization, OrganizationStore, Record,
    RecordedAttempt, Sealed, SentSignatures, Store, Verdict, Webhook, WebhookStore,
};
use fanfare_testkit::{ManualClock, SeededEntropy};

/// When everything begins: 2026-11-23T10:00:00Z.
const START: Timestamp = Timestamp::from_millis(1_795_428_000_000);

/// So many seconds after the beginning.
pub(crate) fn at(seconds: u64) -> Timestamp {
    START + Duration::from_secs(seconds)
}

/// A fresh, empty database on the server of the test run, or on one of its own.
pub(crate) struct Database {
    pub(crate) url: String,
    pub(crate) ids: Arc<IdSource>,
    _database: fanfare_testdb::Database,
}

impl Database {
    /// Without our schema.
    pub(crate) fn empty() -> Self {
        let database = fanfare_testdb::Database::new();
        let entropy = Arc::new(SeededEntropy::new(7));
        let ids = Arc::new(IdSource::new(Arc::new(ManualClock::at(START)), entropy));
        Self { url: database.url.clone(), ids, _database: database }
    }

    /// With our schema.
    pub(crate) async fn new() -> Self {
        let database = Self::empty();
        apply_schema(&database.options()).await.expect("the schema");
        database
    }

    pub(crate) fn options(&self) -> PostgresOptions {
        PostgresOptions::new(&self.url)
    }

    pub(crate) async fn open(&self, handover: Arc<dyn Handover>) -> Arc<PostgresStore> {
        let store = PostgresStore::open(self.options(), handover, self.ids.clone()).await;
        store.expect("it opens")
    }
}

/// A new organization; its id has this number.
pub(crate) async fn organization(store: &PostgresStore, number: u128) -> OrganizationId {
    let id = OrganizationId::from_u128(number);
    let new = Organization { id, name: "shop".into(), created_at: START };
    store.create_organization(new).await.expect("an organization");
    id
}

/// A webhook that gets everything.
pub(crate) fn new_webhook(database: &Database, organization_id: OrganizationId) -> Webhook {
    Webhook {
        id: database.ids.next(),
        organization_id,
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
        status_changed_at: START,
        failing_since: None,
        created_at: START,
        updated_at: START,
        version: 1,
    }
}

/// Creates one.
pub(crate) async fn webhook(
    database: &Database,
    store: &PostgresStore,
    organization: OrganizationId,
) -> WebhookId {
    store.create_webhook(new_webhook(database, organization), None).await.expect("a webhook").id
}

/// An accept of so many events.
pub(crate) fn accept_of(
    database: &Database,
    organization_id: OrganizationId,
    at: Timestamp,
    events: usize,
) -> Accept {
    let event = || NewEvent {
        id: database.ids.next(),
        event_type: EventType::OrderPaid,
        body: Bytes::from_static(b"{}"),
        person: None,
    };
    Accept {
        organization_id,
        at,
        events: (0..events).map(|_| event()).collect(),
        source: EventSource::Api,
        only: None,
        except: None,
        idempotency: None,
    }
}

/// The result of an attempt.
pub(crate) fn record_of(leased: &Leased, verdict: Verdict, now: Timestamp) -> Record {
    let attempt = RecordedAttempt {
        started_at: now,
        duration: Duration::from_millis(12),
        status_code: Some(200),
        error_class: None,
        response_body: Bytes::from_static(b"ok"),
        response_truncated: false,
        remote_addr: Some(([192, 0, 2, 1], 443).into()),
        webhook_version: 1,
        signatures: SentSignatures { fanfare: [1; 32], standard: [Some([2; 32]), None] },
    };
    Record { id: leased.id, lease: leased.lease, event_type: leased.event_type, attempt, verdict }
}

/// For the conformance suite.
pub(crate) async fn fresh(handover: Arc<dyn Handover>) -> (Arc<dyn Store>, Database) {
    let database = Database::new().await;
    let store = database.open(handover).await;
    (store, database)
}
