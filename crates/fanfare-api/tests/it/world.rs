//! A small world to send requests to.

use std::collections::HashMap;
use std::io;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use bytes::Bytes;
use fanfare_api::{ApiOptions, ApiParts, ApiState, Front, Metrics, router};
use fanfare_app::{App, AppError, AppOptions, AppParts, Done, ErrorCode, Received};
use fanfare_egress::{Egress, EgressLimits, EgressPolicy, Resolve, Resolving};
use fanfare_model::inbound::{InboundContent, Provider};
use fanfare_model::{
    ApiKeyId, Clock as _, ErrorClass, EventType, IdSource, OrganizationId, Scopes, catalogue,
};
use fanfare_signing::{ApiKey, ApiKeyMode, EncryptionKey, Keyring};
use fanfare_sqlite::{SqliteOptions, SqliteStore};
use fanfare_store::{
    Claim, DeliveryQueue as _, KeyStore as _, NewApiKey, NoHandover, Organization,
    OrganizationStore as _, Record, RecordedAttempt, SentSignatures, Verdict,
};
use fanfare_testkit::{ManualClock, SeededEntropy};
use http::{HeaderMap, Method, Request, StatusCode};
use http_body_util::BodyExt as _;
use serde_json::{Value, json};
use tempfile::TempDir;
use tower::{Service as _, ServiceExt as _};

pub(crate) const URL: &str = "https://hooks.example.com/fanfare?shop=1";

pub(crate) struct World {
    pub(crate) app: App,
    pub(crate) clock: ManualClock,
    pub(crate) store: Arc<SqliteStore>,
    pub(crate) state: ApiState,
    pub(crate) router: axum::Router,
    pub(crate) organization: OrganizationId,
    /// Has every scope.
    pub(crate) key: String,
    ids: Arc<IdSource>,
    _folder: TempDir,
}

/// Knows two names and nothing else.
struct Names(HashMap<&'static str, IpAddr>);

impl Resolve for Names {
    fn resolve<'a>(&'a self, host: &'a str) -> Resolving<'a> {
        let known = self.0.get(host).map(|address| vec![*address]);
        Box::pin(std::future::ready(known.ok_or_else(|| io::Error::other("no such name"))))
    }
}

impl World {
    pub(crate) async fn new() -> Self {
        Self::with(ApiOptions::default()).await
    }

    pub(crate) async fn with(options: ApiOptions) -> Self {
        Self::build(options, SqliteOptions::default()).await
    }

    /// A world whose disk is full after so many pages.
    pub(crate) async fn small(pages: u32) -> Self {
        let store = SqliteOptions { max_pages: Some(pages), ..SqliteOptions::default() };
        Self::build(ApiOptions::default(), store).await
    }

    async fn build(options: ApiOptions, sqlite: SqliteOptions) -> Self {
        let clock = ManualClock::default();
        let ids = Arc::new(IdSource::new(Arc::new(clock.clone()), Arc::new(SeededEntropy::new(7))));
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("fanfare.db");
        let store = SqliteStore::open(path, sqlite, Arc::new(NoHandover), ids.clone());
        let store = Arc::new(store.unwrap());
        let names = Names(HashMap::from([
            ("hooks.example.com", "93.184.216.34".parse().unwrap()),
            ("inside.example.com", "10.0.0.1".parse().unwrap()),
        ]));
        let app = App::new(AppParts {
            store: store.clone(),
            clock: Arc::new(clock.clone()),
            ids: ids.clone(),
            egress: Egress::new(EgressPolicy::default(), Arc::new(names), EgressLimits::default()),
            keyring: Arc::new(Keyring::new(&EncryptionKey::from_bytes([5; 32]))),
            options: AppOptions::default(),
        });
        let state = ApiState::new(ApiParts {
            app: app.clone(),
            store: store.clone(),
            clock: Arc::new(clock.clone()),
            ids: ids.clone(),
            metrics: Metrics::new(Arc::default(), Arc::new(())),
            options,
        });
        let router = router(state.clone());
        let organization = ids.next();
        let mut world = Self {
            app,
            clock,
            store,
            state,
            router,
            organization,
            key: String::new(),
            ids,
            _folder: folder,
        };
        world.found(organization, "Acme").await;
        world.key = world.key_of(organization, Scopes::KEYS).await;
        world
    }

    /// A message that came in through a connection and failed.
    pub(crate) async fn inbound(&self, connection: &str) -> String {
        let id = connection.parse().unwrap();
        let connection = self.app.listening(Provider::Stripe, id).await.unwrap().connection;
        let received = Received {
            key: "evt_1".into(),
            kind: "checkout.session.completed".into(),
            content: InboundContent::Json,
            body: Bytes::from_static(b"{}"),
            ignored: None,
        };
        self.app.take_in(&connection, received).await.unwrap();
        let claimed = self.app.claim_inbound(1).await.unwrap().remove(0);
        let failed = AppError::new(ErrorCode::ValidationFailed, "it cannot be read");
        assert!(self.app.end_inbound(&claimed, Done::Failed(failed)).await.unwrap());
        claimed.id.to_string()
    }

    async fn found(&self, id: OrganizationId, name: &str) {
        let organization = Organization { id, name: name.into(), created_at: self.clock.now() };
        self.store.create_organization(organization).await.unwrap();
    }

    /// A key with every scope of a new organization.
    pub(crate) async fn stranger(&self) -> String {
        let organization = self.ids.next();
        self.found(organization, "Umbrella").await;
        self.key_of(organization, Scopes::KEYS).await
    }

    /// A key of the first organization with these scopes.
    pub(crate) async fn key_with(&self, scopes: Scopes) -> String {
        self.key_of(self.organization, scopes).await
    }

    async fn key_of(&self, organization_id: OrganizationId, scopes: Scopes) -> String {
        let secret = ApiKey::generate(ApiKeyMode::Test, self.ids.random());
        let id: ApiKeyId = self.ids.next();
        let key = fanfare_store::ApiKey {
            id,
            organization_id,
            name: "test".into(),
            prefix: secret.prefix().to_owned(),
            scopes,
            created_at: self.clock.now(),
            last_used_at: None,
            revoked_at: None,
        };
        self.store.create_key(NewApiKey { key, hash: secret.hash() }, None).await.unwrap();
        secret.expose().to_owned()
    }

    /// A request with the first organization's key.
    pub(crate) fn request(&self, method: Method, path: &str) -> Call<'_> {
        Call {
            world: self,
            method,
            path: path.to_owned(),
            headers: Vec::new(),
            key: Some(self.key.clone()),
            body: Bytes::new(),
            endless: false,
            front: false,
        }
    }

    pub(crate) fn get(&self, path: &str) -> Call<'_> {
        self.request(Method::GET, path)
    }

    pub(crate) fn post(&self, path: &str, body: Value) -> Call<'_> {
        self.request(Method::POST, path).json(body)
    }

    /// Creates a webhook for every event and gives its id.
    pub(crate) async fn webhook(&self) -> String {
        let body = json!({"url": URL, "events": ["*"], "secret": "whsec_your_secret_key"});
        let created = self.post("/api/webhooks", body).send().await;
        created.expect(StatusCode::CREATED)["id"].as_str().unwrap().to_owned()
    }

    /// Creates a thing and gives its id.
    pub(crate) async fn create(&self, path: &str, body: Value) -> String {
        let created = self.post(path, body).send().await;
        let id = created.expect(StatusCode::CREATED)["id"].as_str().unwrap().to_owned();
        assert_eq!(created.headers["location"], format!("{path}/{id}"));
        id
    }

    /// The data of the events of a type, oldest first.
    pub(crate) async fn told(&self, event_type: &str) -> Vec<Value> {
        let path = format!("/api/events?sort=createdAt&limit=100&type={event_type}");
        let page = self.get(&path).send().await.expect(StatusCode::OK);
        let events = page["data"].as_array().unwrap().iter();
        events.map(|event| event["data"].clone()).collect()
    }

    /// Publishes the catalogue's example and gives the event's id.
    pub(crate) async fn publish(&self, event_type: EventType) -> String {
        let answer = self.post("/api/events", event(event_type)).send().await;
        answer.expect(StatusCode::ACCEPTED)["id"].as_str().unwrap().to_owned()
    }

    /// Records an attempt of everything due, with this answer; gives how many.
    pub(crate) async fn attempt(&self, status: u16, body: &'static [u8]) -> usize {
        let now = self.clock.now();
        let claim = Claim {
            now,
            lease_until: now + Duration::from_secs(60),
            limit: 1_000,
            per_webhook: 1_000,
            skip: Vec::new(),
        };
        let ok = (200..300).contains(&status);
        let claimed = self.store.claim(claim).await.unwrap().deliveries;
        let records = claimed.iter().map(|leased| Record {
            id: leased.id,
            lease: leased.lease,
            event_type: leased.event_type,
            attempt: RecordedAttempt {
                started_at: now,
                duration: Duration::from_millis(40),
                status_code: Some(status),
                error_class: (!ok).then_some(ErrorClass::Http5xx),
                response_body: Bytes::from_static(body),
                response_truncated: false,
                remote_addr: Some("93.184.216.34:443".parse().unwrap()),
                webhook_version: leased.webhook.version,
                signatures: SentSignatures::default(),
            },
            verdict: if ok { Verdict::Succeeded } else { Verdict::Exhausted },
        });
        let days = Duration::from_secs(5 * 86_400);
        self.store.record(records.collect(), days, now).await.unwrap().len()
    }

    pub(crate) fn advance(&self, seconds: u64) {
        self.clock.advance(Duration::from_secs(seconds));
    }
}

/// The body that publishes the catalogue's example.
pub(crate) fn event(event_type: EventType) -> Value {
    json!({"type": event_type.as_str(), "data": catalogue::example_data(event_type)})
}

/// A request on its way.
pub(crate) struct Call<'w> {
    world: &'w World,
    method: Method,
    path: String,
    headers: Vec<(String, Vec<u8>)>,
    key: Option<String>,
    body: Bytes,
    /// Whether the body never comes.
    endless: bool,
    front: bool,
}

impl Call<'_> {
    pub(crate) fn json(self, body: Value) -> Self {
        self.header("Content-Type", "application/json").body(body.to_string())
    }

    pub(crate) fn body(mut self, body: impl Into<Bytes>) -> Self {
        self.body = body.into();
        self
    }

    pub(crate) fn header(mut self, name: &str, value: impl AsRef<[u8]>) -> Self {
        self.headers.push((name.to_owned(), value.as_ref().to_vec()));
        self
    }

    pub(crate) fn key(mut self, key: &str) -> Self {
        self.key = Some(key.to_owned());
        self
    }

    pub(crate) fn anonymous(mut self) -> Self {
        self.key = None;
        self
    }

    pub(crate) fn idempotent(self, key: &str) -> Self {
        self.header("Idempotency-Key", key)
    }

    pub(crate) fn endless(mut self) -> Self {
        self.endless = true;
        self
    }

    /// By the short way in front of the router.
    pub(crate) fn through_front(mut self) -> Self {
        self.front = true;
        self
    }

    pub(crate) async fn send(self) -> Answer {
        let mut request = Request::builder().method(self.method).uri(self.path);
        for (name, value) in self.headers {
            request = request.header(name, http::HeaderValue::from_bytes(&value).unwrap());
        }
        if let Some(key) = self.key {
            request = request.header("Authorization", format!("Bearer {key}"));
        }
        let body = match self.endless {
            true => Body::from_stream(futures_util::stream::pending::<io::Result<Bytes>>()),
            false => Body::from(self.body),
        };
        let request = request.body(body).unwrap();
        let router = self.world.router.clone();
        let response = match self.front {
            true => Front::new(self.world.state.clone(), router).call(request).await,
            false => router.oneshot(request).await,
        };
        let (parts, body) = response.unwrap().into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        Answer { status: parts.status, headers: parts.headers, body }
    }
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Answer {
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|error| panic!("{error}: {:?}", self.body))
    }

    /// The body, when the status is this one.
    #[track_caller]
    pub(crate) fn expect(&self, status: StatusCode) -> Value {
        assert_eq!(self.status, status, "{:?}", self.body);
        self.json()
    }

    /// Checks the envelope, and gives it without the request's id, which differs each time.
    #[track_caller]
    pub(crate) fn refused(&self, status: u16, code: &str) -> Value {
        assert_eq!(self.status.as_u16(), status, "{:?}", self.body);
        assert_eq!(self.headers["content-type"], "application/json");
        let mut body = self.json();
        assert_eq!(body["error"]["code"], code, "{body}");
        let id = body["error"]["requestId"].take();
        assert_eq!(id, self.headers["x-request-id"].to_str().unwrap());
        body
    }

    /// The field that the first detail is about.
    #[track_caller]
    pub(crate) fn refused_field(&self) -> String {
        let body = self.refused(400, "validation_failed");
        body["error"]["details"][0]["field"].as_str().unwrap().to_owned()
    }
}
