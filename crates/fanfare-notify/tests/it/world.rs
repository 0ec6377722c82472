//! An organization with an owner and a webhook that fails, and what mails are sent with.

use std::sync::Arc;
use std::time::Duration;

use fanfare_app::{
    App, AppOptions, AppParts, ClientInfo, CreateWebhook, EventInput, NewPerson, SignedIn,
};
use fanfare_egress::{Egress, EgressLimits, EgressPolicy, SystemResolver};
use fanfare_model::{Clock, ErrorClass, EventType, IdSource, Timestamp, catalogue, limits};
use fanfare_notify::{MailSettings, Notifier, WaySettings, parse_sender};
use fanfare_signing::{EncryptionKey, Keyring};
use fanfare_sqlite::{SqliteOptions, SqliteStore};
use fanfare_store::{
    Claim, DeliveryQueue as _, NoHandover, Organization, OrganizationStore as _, Record,
    RecordedAttempt, SentSignatures, Verdict,
};
use fanfare_testkit::{ManualClock, SeededEntropy};
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

pub(crate) struct World {
    pub(crate) app: App,
    pub(crate) clock: ManualClock,
    pub(crate) owner: SignedIn,
    store: Arc<SqliteStore>,
    _folder: TempDir,
}

impl World {
    pub(crate) async fn new() -> Self {
        let clock = ManualClock::default();
        let ids = Arc::new(IdSource::new(Arc::new(clock.clone()), Arc::new(SeededEntropy::new(7))));
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("fanfare.db");
        let store =
            SqliteStore::open(path, SqliteOptions::default(), Arc::new(NoHandover), ids.clone());
        let store = Arc::new(store.unwrap());
        let policy = EgressPolicy {
            allow_private: vec!["127.0.0.0/8".parse().unwrap()],
            allow_http: true,
            ..EgressPolicy::default()
        };
        let app = App::new(AppParts {
            store: store.clone(),
            clock: Arc::new(clock.clone()),
            ids: ids.clone(),
            egress: Egress::new(policy, Arc::new(SystemResolver), EgressLimits::default()),
            keyring: Arc::new(Keyring::new(&EncryptionKey::from_bytes([5; 32]))),
            options: AppOptions { mails: true, ..AppOptions::default() },
        });
        let organization =
            Organization {
                id: ids.next(), name: "Müller & Söhne".into(), created_at: clock.now()
            };
        store.create_organization(organization.clone()).await.unwrap();
        let link = app.setup_link(organization.id).await.unwrap();
        let person = NewPerson { name: "Ada".into(), password: "correct horse battery".into() };
        let client = ClientInfo::default();
        let token = link.token.expose();
        let come = app.set_up(&token, "ada@shop.example", person, client.clone());
        let session = come.await.unwrap();
        let owner = app.session(&session.token.expose(), &client).await.unwrap();
        Self { app, clock, owner, store, _folder: folder }
    }

    pub(crate) async fn webhook(&self, description: &str) {
        let create = CreateWebhook {
            channel: fanfare_model::WebhookChannel::Api,
            url: "http://127.0.0.1:9/hooks?token=secret".into(),
            events: vec!["order.*".into()],
            secret: None,
            description: Some(description.into()),
            headers: Vec::new(),
            max_in_flight: None,
            rate_limit: None,
        };
        self.app.create_webhook(&self.owner.caller.unwrap(), create).await.unwrap();
    }

    /// So many deliveries are given up.
    pub(crate) async fn fail(&self, count: usize) {
        let data = catalogue::example_data(EventType::OrderPaid);
        for _ in 0..count {
            let input = EventInput { event_type: "order.paid", data: &data };
            self.app.publish(&self.owner.caller.unwrap(), input, None).await.unwrap();
        }
        self.end(Verdict::Exhausted).await;
    }

    /// Everything that is due ends like this.
    pub(crate) async fn end(&self, verdict: Verdict) {
        let now: Timestamp = self.clock.now();
        let claim = Claim {
            now,
            lease_until: now + Duration::from_secs(60),
            limit: 1_000,
            per_webhook: 1_000,
            skip: Vec::new(),
        };
        let claimed = self.store.claim(claim).await.unwrap().deliveries;
        if claimed.is_empty() {
            return;
        }
        let record = |leased: fanfare_store::Leased| Record {
            id: leased.id,
            lease: leased.lease,
            event_type: leased.event_type,
            attempt: RecordedAttempt {
                started_at: now,
                duration: Duration::from_millis(40),
                status_code: Some(503),
                error_class: Some(ErrorClass::Http5xx),
                response_body: bytes::Bytes::new(),
                response_truncated: false,
                remote_addr: None,
                webhook_version: leased.webhook.version,
                signatures: SentSignatures { fanfare: [1; 32], standard: [None, None] },
            },
            verdict,
        };
        let records = claimed.into_iter().map(record).collect();
        self.store.record(records, limits::DISABLE_AFTER, now).await.unwrap();
        Box::pin(self.end(verdict)).await;
    }

    /// Decides whom to mail about everything.
    pub(crate) async fn tell(&self) {
        while self.app.tell_people().await.unwrap() {}
        self.clock.advance(Duration::from_secs(6));
        while self.app.tell_people().await.unwrap() {}
    }

    pub(crate) fn notifier(&self, way: WaySettings) -> Notifier {
        let settings = MailSettings {
            from: parse_sender("Fanfare <notices@fanfare.example>").unwrap(),
            public_url: "https://hooks.fanfare.example".into(),
            disable_after: limits::DISABLE_AFTER,
            way,
        };
        Notifier::new(&settings, Arc::new(self.clock.clone())).unwrap()
    }

    /// Runs the loop until something holds; fails after twenty seconds.
    pub(crate) async fn sends(&self, way: WaySettings, mut holds: impl FnMut() -> bool) {
        let notifier = self.notifier(way);
        let stop = CancellationToken::new();
        let watch = async {
            let waiting = async {
                while !holds() {
                    tokio::time::sleep(Duration::from_millis(10)).await;
                }
            };
            assert!(tokio::time::timeout(Duration::from_secs(20), waiting).await.is_ok());
            stop.cancel();
        };
        tokio::join!(notifier.run(&self.app, stop.clone()), watch);
    }
}
