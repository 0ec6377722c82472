//! Stores in temporary folders.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use fanfare_model::{
    EventId, EventSelection, EventType, IdSource, OrganizationId, Timestamp, WebhookId,
    WebhookStatus,
};
use fanfare_sqlite::{SqliteOptions, SqliteStore};
use fanfare_store::conformance::FakeEngine;
use fanfare_store::{
    Accept, Claim, DeliveryQueue, EventSource, EventStore, Handover, Leased, NewEvent,
    Organization, OrganizationStore, Record, RecordResult, RecordedAttempt, Sealed, SentSignatures,
    StoreError, Verdict, Webhook, WebhookStore,
};
use fanfare_testkit::{ManualClock, SeededEntropy};

/// A folder with a database.
pub(crate) struct Folder {
    folder: tempfile::TempDir,
    pub(crate) ids: Arc<IdSource>,
}

impl Folder {
    pub(crate) fn new() -> Self {
        let entropy = Arc::new(SeededEntropy::new(7));
        let ids = Arc::new(IdSource::new(Arc::new(ManualClock::default()), entropy));
        Self { folder: tempfile::tempdir().expect("a folder"), ids }
    }

    pub(crate) fn path(&self) -> PathBuf {
        self.folder.path().join("fanfare.db")
    }

    pub(crate) fn open(&self, handover: Arc<dyn Handover>) -> Arc<SqliteStore> {
        Arc::new(self.try_open(options(), handover).expect("it opens"))
    }

    pub(crate) fn try_open(
        &self,
        options: SqliteOptions,
        handover: Arc<dyn Handover>,
    ) -> Result<SqliteStore, StoreError> {
        SqliteStore::open(self.path(), options, handover, self.ids.clone())
    }

    /// The files as a crash at this moment would leave them.
    pub(crate) fn crash(&self) -> Self {
        let copy = Self { folder: tempfile::tempdir().expect("a folder"), ids: self.ids.clone() };
        for name in ["fanfare.db", "fanfare.db-wal"] {
            let from = self.folder.path().join(name);
            std::fs::copy(from, copy.folder.path().join(name)).expect("a copy");
        }
        copy
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.ids.now()
    }
}

/// Quick to give up on a locked database.
pub(crate) fn options() -> SqliteOptions {
    SqliteOptions { busy_timeout: Duration::from_millis(50), ..SqliteOptions::default() }
}

/// A store with one organization and one webhook that gets everything.
pub(crate) struct Shop {
    pub(crate) folder: Folder,
    pub(crate) engine: Arc<FakeEngine>,
    pub(crate) store: Arc<SqliteStore>,
    pub(crate) organization: OrganizationId,
    pub(crate) webhook: WebhookId,
}

impl Shop {
    pub(crate) async fn open(options: SqliteOptions) -> Self {
        let folder = Folder::new();
        let engine = Arc::new(FakeEngine::default());
        let store = Arc::new(folder.try_open(options, engine.clone()).expect("it opens"));
        let (organization, webhook) = (folder.ids.next(), folder.ids.next());
        let (created_at, name) = (folder.now(), "shop".to_owned());
        let new = Organization { id: organization, name, created_at };
        store.create_organization(new).await.expect("an organization");
        let new = new_webhook(organization, webhook, created_at);
        store.create_webhook(new, None).await.expect("a webhook");
        Self { folder, engine, store, organization, webhook }
    }

    pub(crate) fn event(&self) -> Accept {
        let id: EventId = self.folder.ids.next();
        let body = Bytes::from(vec![b'x'; 400]);
        Accept {
            organization_id: self.organization,
            at: self.folder.now(),
            events: vec![NewEvent { id, event_type: EventType::OrderPaid, body, person: None }],
            source: EventSource::Api,
            only: None,
            except: None,
            idempotency: None,
        }
    }

    /// Accepts an event that waits in the store.
    pub(crate) async fn publish_waiting(&self) {
        self.engine.set_room(0);
        self.store.accept(self.event()).await.expect("accepted");
        self.engine.set_room(usize::MAX);
    }

    /// Accepts an event and takes its delivery from the engine.
    pub(crate) async fn publish(&self) -> Leased {
        self.store.accept(self.event()).await.expect("accepted");
        self.engine.take().remove(0)
    }
}

pub(crate) fn new_webhook(
    organization_id: OrganizationId,
    id: WebhookId,
    at: Timestamp,
) -> Webhook {
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

pub(crate) async fn succeed(store: &SqliteStore, leased: &Leased, now: Timestamp) -> RecordResult {
    let attempt = RecordedAttempt {
        started_at: now,
        duration: Duration::from_millis(3),
        status_code: Some(200),
        error_class: None,
        response_body: Bytes::new(),
        response_truncated: false,
        remote_addr: None,
        webhook_version: 1,
        signatures: SentSignatures::default(),
    };
    let verdict = Verdict::Succeeded;
    let record = Record {
        id: leased.id,
        lease: leased.lease,
        event_type: leased.event_type,
        attempt,
        verdict,
    };
    let results = store.record(vec![record], Duration::from_secs(432_000), now).await;
    results.expect("recorded")[0]
}

pub(crate) async fn claim(store: &SqliteStore, now: Timestamp) -> Vec<Leased> {
    let lease_until = now + Duration::from_secs(60);
    let claim = Claim { now, lease_until, limit: 1_000, per_webhook: 1_000, skip: Vec::new() };
    store.claim(claim).await.expect("a claim").deliveries
}
