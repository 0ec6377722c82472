//! A small world to test in.

use std::collections::HashMap;
use std::io;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use fanfare_app::{
    App, AppError, AppOptions, AppParts, BatchItem, Caller, CreateWebhook, CreatedWebhook,
    ErrorCode, EventInput, PublishReceipt, Published,
};
use fanfare_egress::{Egress, EgressLimits, EgressPolicy, Resolve, Resolving};
use fanfare_model::{
    Actor, Clock as _, EventType, IdSource, Scopes, Timestamp, WebhookId, catalogue,
};
use fanfare_signing::{EncryptionKey, Keyring, Macs, Secret, SigningKeys};
use fanfare_sqlite::{SqliteOptions, SqliteStore};
use fanfare_store::{
    Claim, DeliveryQueue as _, KeyStore as _, Leased, NewApiKey, NoHandover, Organization,
    OrganizationStore as _, Origin, Record, RecordedAttempt, SentSignatures, Verdict,
};
use fanfare_testkit::{ManualClock, SeededEntropy};
use tempfile::TempDir;

/// The secret of the seed's example.
pub(crate) const SECRET: &str = "whsec_your_secret_key";
pub(crate) const URL: &str = "https://hooks.example.com/fanfare?shop=1";

pub(crate) struct World {
    pub(crate) app: App,
    pub(crate) clock: ManualClock,
    pub(crate) store: Arc<SqliteStore>,
    pub(crate) ids: Arc<IdSource>,
    /// Lets plain requests to this machine through, and else nothing that is not public.
    pub(crate) egress: Egress,
    /// Has every scope.
    pub(crate) caller: Caller,
    folder: TempDir,
}

/// Knows a few names and nothing else.
struct Names(HashMap<&'static str, IpAddr>);

impl Resolve for Names {
    /// At once what it knows; of a name that begins with `slow` it hears only after a while that
    /// there is none.
    fn resolve<'a>(&'a self, host: &'a str) -> Resolving<'a> {
        if host.starts_with("slow.") {
            return Box::pin(async {
                tokio::time::sleep(Duration::from_millis(300)).await;
                Err(io::Error::other("no such name"))
            });
        }
        let known = self.0.get(host).map(|address| vec![*address]);
        Box::pin(std::future::ready(known.ok_or_else(|| io::Error::other("no such name"))))
    }
}

impl World {
    pub(crate) async fn new() -> Self {
        Self::with(AppOptions::default()).await
    }

    pub(crate) async fn with(options: AppOptions) -> Self {
        let mut world = Self::bare(options);
        world.caller = world.organization("Acme").await;
        world
    }

    /// Nobody is in it; the caller means nothing.
    pub(crate) fn empty() -> Self {
        Self::bare(AppOptions::default())
    }

    fn bare(options: AppOptions) -> Self {
        let clock = ManualClock::default();
        let ids = Arc::new(IdSource::new(Arc::new(clock.clone()), Arc::new(SeededEntropy::new(7))));
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("fanfare.db");
        let store =
            SqliteStore::open(path, SqliteOptions::default(), Arc::new(NoHandover), ids.clone());
        let store = Arc::new(store.unwrap());
        let names = Names(HashMap::from([
            ("hooks.example.com", "93.184.216.34".parse().unwrap()),
            ("other.example.com", "93.184.216.35".parse().unwrap()),
            ("inside.example.com", "10.0.0.1".parse().unwrap()),
        ]));
        let policy = EgressPolicy {
            allow_private: vec!["127.0.0.0/8".parse().unwrap()],
            allow_http: true,
            ..EgressPolicy::default()
        };
        let egress = Egress::new(policy, Arc::new(names), EgressLimits::default());
        let app = App::new(AppParts {
            store: store.clone(),
            clock: Arc::new(clock.clone()),
            ids: ids.clone(),
            egress: egress.clone(),
            keyring: Arc::new(Keyring::new(&EncryptionKey::from_bytes([5; 32]))),
            options,
        });
        Self {
            app,
            clock,
            store,
            caller: Caller {
                organization_id: ids.next(),
                actor: Actor::Key(ids.next()),
                scopes: Scopes::KEYS,
                origin: Origin::default(),
            },
            ids,
            egress,
            folder,
        }
    }

    /// The database's file.
    pub(crate) fn path(&self) -> std::path::PathBuf {
        self.folder.path().join("fanfare.db")
    }

    /// A caller of a new organization.
    pub(crate) async fn organization(&self, name: &str) -> Caller {
        let organization =
            Organization { id: self.ids.next(), name: name.into(), created_at: self.clock.now() };
        let caller = Caller {
            organization_id: organization.id,
            actor: Actor::Key(self.ids.next()),
            scopes: Scopes::KEYS,
            origin: Origin::default(),
        };
        self.store.create_organization(organization).await.unwrap();
        let key = fanfare_store::ApiKey {
            id: caller.key_id().unwrap(),
            organization_id: caller.organization_id,
            name: "test".into(),
            prefix: "sk_test_0000".into(),
            scopes: Scopes::KEYS,
            created_at: self.clock.now(),
            last_used_at: None,
            revoked_at: None,
        };
        self.store.create_key(NewApiKey { key, hash: self.ids.random() }, None).await.unwrap();
        caller
    }

    pub(crate) async fn webhook(&self, events: &[&str]) -> WebhookId {
        self.create(CreateWebhook { events: strings(events), ..create() })
            .await
            .unwrap()
            .view
            .webhook
            .id
    }

    pub(crate) async fn create(&self, create: CreateWebhook) -> Result<CreatedWebhook, AppError> {
        self.app.create_webhook(&self.caller, create).await
    }

    /// Publishes the catalogue's example.
    pub(crate) async fn publish(&self, event_type: EventType) -> PublishReceipt {
        let data = catalogue::example_data(event_type);
        let input = EventInput { event_type: event_type.as_str(), data: &data };
        match self.app.publish(&self.caller, input, None).await.unwrap() {
            Published::Now { receipt, response: None } => receipt,
            other => panic!("{other:?}"),
        }
    }

    pub(crate) fn advance(&self, by: Duration) {
        self.clock.advance(by);
    }

    /// Leases what is due.
    pub(crate) async fn claim(&self) -> Vec<Leased> {
        let now = self.clock.now();
        let claim = Claim {
            now,
            lease_until: now + Duration::from_secs(60),
            limit: 1_000,
            per_webhook: 1_000,
            skip: Vec::new(),
        };
        self.store.claim(claim).await.unwrap().deliveries
    }

    /// What these are signed with when they are attempted now.
    pub(crate) fn macs(&self, leased: &Leased) -> Macs {
        let secret = Secret::parse(SECRET).unwrap();
        let seconds = self.clock.now().as_unix_seconds();
        SigningKeys::new(&secret).macs(&leased.event_id.to_string(), seconds, &leased.body)
    }

    /// Attempts what is due, with this answer, and gives how many it was.
    pub(crate) async fn attempt_all(&self, status: u16) -> usize {
        let claimed = self.claim().await;
        self.record(&claimed, status).await
    }

    /// Records an attempt of each, with this answer.
    pub(crate) async fn record(&self, claimed: &[Leased], status: u16) -> usize {
        let now = self.clock.now();
        let ok = (200..300).contains(&status);
        let records: Vec<_> = claimed
            .iter()
            .map(|leased| {
                let macs = self.macs(leased);
                Record {
                    id: leased.id,
                    lease: leased.lease,
                    event_type: leased.event_type,
                    attempt: RecordedAttempt {
                        started_at: now,
                        duration: Duration::from_millis(40),
                        status_code: Some(status),
                        error_class: (!ok).then_some(fanfare_model::ErrorClass::Http5xx),
                        response_body: bytes::Bytes::from_static(b"thanks"),
                        response_truncated: false,
                        remote_addr: Some("93.184.216.34:443".parse().unwrap()),
                        webhook_version: leased.webhook.version,
                        signatures: SentSignatures {
                            fanfare: macs.fanfare,
                            standard: macs.standard,
                        },
                    },
                    verdict: if ok { Verdict::Succeeded } else { Verdict::Exhausted },
                }
            })
            .collect();
        let days = Duration::from_secs(5 * 86_400);
        self.store.record(records, days, now).await.unwrap().len()
    }

    /// Waits until a condition that another task brings about holds; fails after ten seconds.
    pub(crate) async fn until<F: Future<Output = bool>>(
        &self,
        what: &str,
        mut holds: impl FnMut() -> F,
    ) {
        let waiting = async {
            while !holds().await {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        assert!(tokio::time::timeout(Duration::from_secs(10), waiting).await.is_ok(), "{what}");
    }
}

/// The seed's body.
pub(crate) fn create() -> CreateWebhook {
    CreateWebhook {
        channel: fanfare_model::WebhookChannel::Api,
        url: URL.into(),
        events: strings(&["consumer.created", "distribution.winner_selected"]),
        secret: Some(SECRET.into()),
        description: None,
        headers: Vec::new(),
        max_in_flight: None,
        rate_limit: None,
    }
}

pub(crate) fn strings(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

/// The code of an error, or a failure that shows what came instead.
#[track_caller]
pub(crate) fn code<T: std::fmt::Debug>(result: Result<T, AppError>) -> ErrorCode {
    result.expect_err("should have been refused").code()
}

/// The first field an error complains about.
#[track_caller]
pub(crate) fn field<T: std::fmt::Debug>(result: Result<T, AppError>) -> String {
    let error = result.expect_err("should have been refused");
    assert_eq!(error.code(), ErrorCode::ValidationFailed, "{error}");
    error.details()[0].field.clone()
}

#[track_caller]
pub(crate) fn receipt<T>(published: Published<T>) -> T {
    match published {
        Published::Now { receipt, .. } => receipt,
        Published::Before(_) => panic!("was published before"),
    }
}

pub(crate) fn accepted(item: &BatchItem) -> Option<PublishReceipt> {
    match item {
        BatchItem::Accepted(receipt) => Some(*receipt),
        BatchItem::Rejected(_) => None,
    }
}

pub(crate) fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}
