//! A whole engine in a temporary folder.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use fanfare_delivery::{Engine, EngineOptions};
use fanfare_egress::{Egress, EgressLimits, EgressPolicy, SystemResolver};
use fanfare_model::{
    Clock, DeliveryId, Entropy, Envelope, EventId, EventSelection, EventType, IdSource,
    OrganizationId, WebhookId, WebhookStatus,
};
use fanfare_signing::{EncryptionKey, Keyring, SealContext, Secret};
use fanfare_sqlite::{SqliteOptions, SqliteStore};
use fanfare_store::{
    Accept, AcceptResult, Delivery, DeliveryDetail, DeliveryFilter, DeliveryStore, EventSource,
    EventStore, NewEvent, Organization, OrganizationStore, PageRequest, Sealed, Store, Webhook,
    WebhookStore,
};
use fanfare_testkit::{ManualClock, SeededEntropy};

pub(crate) const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

pub(crate) struct Rig {
    pub(crate) clock: ManualClock,
    pub(crate) engine: Arc<Engine>,
    pub(crate) store: Arc<SqliteStore>,
    pub(crate) organization: OrganizationId,
    keyring: Arc<Keyring>,
    ids: Arc<IdSource>,
    _folder: tempfile::TempDir,
}

impl Rig {
    pub(crate) async fn start() -> Self {
        Self::with(EngineOptions::default()).await
    }

    pub(crate) async fn with(options: EngineOptions) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let clock = ManualClock::default();
        let entropy: Arc<dyn Entropy> = Arc::new(SeededEntropy::new(7));
        let shared_clock: Arc<dyn Clock> = Arc::new(clock.clone());
        let keyring = Arc::new(Keyring::new(&EncryptionKey::from_bytes([9; 32])));
        let policy = EgressPolicy {
            allow_private: vec!["127.0.0.0/8".parse().unwrap()],
            allow_http: true,
            ..EgressPolicy::default()
        };
        let egress = Egress::new(policy, Arc::new(SystemResolver), EgressLimits::default());
        let engine =
            Engine::new(options, egress, keyring.clone(), shared_clock.clone(), entropy.clone());
        let ids = Arc::new(IdSource::new(shared_clock, entropy));
        let path = folder.path().join("test.db");
        let store = SqliteStore::open(&path, SqliteOptions::default(), engine.clone(), ids.clone());
        let store = Arc::new(store.unwrap());
        let organization = ids.next();
        let brand =
            Organization { id: organization, name: "Test".to_owned(), created_at: clock.now() };
        store.create_organization(brand).await.unwrap();
        engine.start(store.clone() as Arc<dyn Store>);
        Self { clock, engine, store, organization, keyring, ids, _folder: folder }
    }

    /// A webhook for everything, changed by `edit` before it is stored.
    pub(crate) async fn webhook(&self, url: &str, edit: impl FnOnce(&mut Webhook)) -> WebhookId {
        let (id, now) = (self.ids.next(), self.clock.now());
        let mut webhook = Webhook {
            id,
            organization_id: self.organization,
            channel: fanfare_model::WebhookChannel::Api,
            url: url.to_owned(),
            description: None,
            events: EventSelection::everything(),
            headers: Vec::new(),
            max_in_flight: 64,
            rate_limit: None,
            secret: self.seal(id, SECRET),
            previous_secret: None,
            status: WebhookStatus::Active,
            disabled_reason: None,
            status_changed_at: now,
            failing_since: None,
            created_at: now,
            updated_at: now,
            version: 1,
        };
        edit(&mut webhook);
        self.store.create_webhook(webhook, None).await.unwrap();
        id
    }

    pub(crate) fn seal(&self, webhook: WebhookId, secret: &str) -> Sealed {
        let secret = Secret::parse(secret).unwrap();
        let (organization, webhook) = (self.organization.to_string(), webhook.to_string());
        let context = SealContext::webhook_secret(&organization, &webhook);
        let nonce = self.ids.random();
        Sealed(self.keyring.seal(context, nonce, secret.expose().as_bytes()).unwrap())
    }

    pub(crate) async fn publish(&self, count: usize) -> Vec<EventId> {
        self.publish_of(EventType::OrderPaid, count).await
    }

    pub(crate) async fn publish_of(&self, event_type: EventType, count: usize) -> Vec<EventId> {
        let at = self.clock.now();
        let events = (0..count).map(|_| {
            let id = self.ids.next();
            let envelope = Envelope {
                id,
                event_type,
                timestamp: at,
                organization_id: self.organization,
                data: br#"{"order_id":"ord_1"}"#,
            };
            NewEvent { id, event_type, body: Bytes::from(envelope.to_bytes()), person: None }
        });
        let events: Vec<_> = events.collect();
        let ids = events.iter().map(|event| event.id).collect();
        let accept = Accept {
            organization_id: self.organization,
            at,
            events,
            source: EventSource::Api,
            only: None,
            except: None,
            idempotency: None,
        };
        assert!(matches!(self.store.accept(accept).await.unwrap(), AcceptResult::Accepted(_)));
        ids
    }

    pub(crate) async fn current(&self, webhook: WebhookId) -> Arc<Webhook> {
        self.store.webhook(self.organization, webhook).await.unwrap().unwrap()
    }

    /// Every delivery of a webhook, oldest first (at most a page).
    pub(crate) async fn deliveries(&self, webhook: WebhookId) -> Vec<Delivery> {
        let filter = DeliveryFilter { webhook_id: Some(webhook), ..DeliveryFilter::default() };
        let page = PageRequest {
            limit: 100,
            order: fanfare_store::Order::Ascending,
            ..PageRequest::default()
        };
        self.store.deliveries(self.organization, filter, page).await.unwrap().items
    }

    pub(crate) async fn count(&self, filter: DeliveryFilter) -> u64 {
        self.store.count_deliveries(self.organization, filter, 1_000_000).await.unwrap()
    }

    pub(crate) async fn detail(&self, id: DeliveryId) -> DeliveryDetail {
        self.store.delivery(self.organization, id).await.unwrap().unwrap()
    }

    /// The only delivery of a webhook, once it looks as wanted.
    pub(crate) async fn only(
        &self,
        webhook: WebhookId,
        wanted: impl Fn(&Delivery) -> bool,
    ) -> Delivery {
        until("the delivery looks as wanted", async || {
            let deliveries = self.deliveries(webhook).await;
            assert!(deliveries.len() <= 1, "{deliveries:?}");
            deliveries.into_iter().find(|delivery| wanted(delivery))
        })
        .await
    }
}

/// Asks again and again until there is an answer; the test fails after 20 s.
pub(crate) async fn until<T>(what: &str, mut ask: impl AsyncFnMut() -> Option<T>) -> T {
    let deadline = tokio::time::Instant::now() + Duration::from_secs(20);
    loop {
        if let Some(answer) = ask().await {
            return answer;
        }
        assert!(tokio::time::Instant::now() < deadline, "in 20 s it did not happen that {what}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}
