//! A small world: an organization with a connection to each provider, on a store that can be closed
//! and opened again.

use std::io;
use std::net::IpAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use aws_lc_rs::hmac;
use axum::body::Body;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use fanfare_app::{App, AppOptions, AppParts, Caller, NewConnection, NewConsumer, NewOrder};
use fanfare_egress::{Egress, EgressLimits, EgressPolicy, Resolve, Resolving};
use fanfare_inbound::{Inbound, InboundRate};
use fanfare_model::inbound::{InboundStatus, Provider};
use fanfare_model::launch::{Consumer, Order};
use fanfare_model::{
    Actor, Clock as _, ConnectionId, EventType, EventTypes, IdSource, OrderId, Scopes,
};
use fanfare_signing::{EncryptionKey, Keyring, Secret, SigningKeys};
use fanfare_sqlite::{SqliteOptions, SqliteStore};
use fanfare_store::{
    EventFilter, EventStore as _, InboundMessage, LaunchStore as _, NoHandover, Order as Sort,
    Organization, OrganizationStore as _, Origin, PageRequest,
};
use fanfare_testkit::{ManualClock, SeededEntropy};
use http::{Request, StatusCode};
use serde_json::{Value, json};
use tempfile::TempDir;
use tower::ServiceExt as _;

pub(crate) const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
pub(crate) const ACCOUNT: &str = "AC0123456789";
pub(crate) const BASE: &str = "https://hooks.shop.example";

pub(crate) struct World {
    pub(crate) app: App,
    pub(crate) inbound: Inbound,
    pub(crate) clock: ManualClock,
    pub(crate) store: Arc<SqliteStore>,
    pub(crate) caller: Caller,
    ids: Arc<IdSource>,
    folder: TempDir,
}

struct NoNames;

impl Resolve for NoNames {
    fn resolve<'a>(&'a self, _: &'a str) -> Resolving<'a> {
        Box::pin(std::future::ready(Err(io::Error::other("no such name"))))
    }
}

fn open(path: &Path, ids: &Arc<IdSource>) -> Arc<SqliteStore> {
    let options = SqliteOptions::default();
    Arc::new(SqliteStore::open(path, options, Arc::new(NoHandover), ids.clone()).unwrap())
}

fn parts(store: &Arc<SqliteStore>, clock: &ManualClock, ids: &Arc<IdSource>) -> App {
    App::new(AppParts {
        store: store.clone(),
        clock: Arc::new(clock.clone()),
        ids: ids.clone(),
        egress: Egress::new(EgressPolicy::default(), Arc::new(NoNames), EgressLimits::default()),
        keyring: Arc::new(Keyring::new(&EncryptionKey::from_bytes([5; 32]))),
        options: AppOptions::default(),
    })
}

impl World {
    pub(crate) async fn new() -> Self {
        Self::with(InboundRate::default()).await
    }

    pub(crate) async fn with(rate: InboundRate) -> Self {
        let clock = ManualClock::default();
        let ids = Arc::new(IdSource::new(Arc::new(clock.clone()), Arc::new(SeededEntropy::new(7))));
        let folder = tempfile::tempdir().unwrap();
        let store = open(&folder.path().join("fanfare.db"), &ids);
        let app = parts(&store, &clock, &ids);
        let inbound = Inbound::new(app.clone(), Arc::new(clock.clone()), rate);
        let (organization_id, actor) = (ids.next(), Actor::Key(ids.next()));
        let origin = Origin::default();
        let caller = Caller { organization_id, actor, scopes: Scopes::ALL, origin };
        let world = Self { app, inbound, clock, store, caller, ids, folder };
        world.organization(organization_id).await;
        world
    }

    async fn organization(&self, id: fanfare_model::OrganizationId) {
        let created_at = self.clock.now();
        let organization = Organization { id, name: "Acme".into(), created_at };
        self.store.create_organization(organization).await.unwrap();
    }

    /// A caller of another organization.
    pub(crate) async fn stranger(&self) -> Caller {
        let caller = Caller { organization_id: self.ids.next(), ..self.caller };
        self.organization(caller.organization_id).await;
        caller
    }

    /// The process is killed and another one starts on the same database.
    pub(crate) async fn restart(&mut self) {
        self.store.close();
        self.store = open(&self.folder.path().join("fanfare.db"), &self.ids);
        self.app = parts(&self.store, &self.clock, &self.ids);
        let clock = Arc::new(self.clock.clone());
        self.inbound = Inbound::new(self.app.clone(), clock, InboundRate::default());
    }

    pub(crate) async fn connection(&self, provider: Provider) -> ConnectionId {
        self.connection_with(provider, Some(SECRET)).await
    }

    pub(crate) async fn connection_with(
        &self,
        provider: Provider,
        secret: Option<&str>,
    ) -> ConnectionId {
        let is_twilio = provider == Provider::Twilio;
        let new = NewConnection {
            provider,
            name: provider.to_string(),
            secret: secret.map(str::to_owned),
            account: is_twilio.then(|| ACCOUNT.to_owned()),
            public_url: is_twilio.then(|| BASE.to_owned()),
            livemode: None,
        };
        self.app.create_connection(&self.caller, new).await.unwrap().connection.id
    }

    pub(crate) async fn consumer(&self, email: &str, phone: &str) -> Consumer {
        let new = NewConsumer {
            email: Some(email.into()),
            phone: Some(phone.into()),
            ..NewConsumer::default()
        };
        self.app.create_consumer(&self.caller, new).await.unwrap()
    }

    /// An order of 49.90 EUR.
    pub(crate) async fn order(&self, number: &str) -> Order {
        let consumer = self.app.create_consumer(&self.caller, NewConsumer::default()).await;
        let new = NewOrder {
            consumer_id: consumer.unwrap().id,
            distribution_id: None,
            product_id: None,
            external_order_id: Some(number.into()),
            total_amount: "49.90".parse().unwrap(),
            currency: "EUR".parse().unwrap(),
            metadata: None,
        };
        self.app.create_order(&self.caller, new).await.unwrap()
    }

    pub(crate) async fn order_now(&self, id: OrderId) -> Order {
        self.store.order(self.caller.organization_id, id).await.unwrap().unwrap()
    }

    /// The data of events of this type, oldest first.
    pub(crate) async fn told(&self, event_type: EventType) -> Vec<Value> {
        let types = [event_type].into_iter().collect::<EventTypes>();
        let filter = EventFilter { types, ..EventFilter::default() };
        let page = PageRequest { limit: 100, order: Sort::Ascending, after: None, before: None };
        let events = self.store.events(self.caller.organization_id, filter, page).await.unwrap();
        let mut data = Vec::new();
        for event in events.items {
            let event =
                self.store.event(self.caller.organization_id, event.summary.id).await.unwrap();
            let body: Value = serde_json::from_slice(&event.unwrap().body).unwrap();
            data.push(body["data"].clone());
        }
        data
    }

    /// Sends a request to the router.
    pub(crate) async fn send(&self, request: Request<Body>) -> StatusCode {
        self.inbound
            .router(|found| found.get::<IpAddr>().copied())
            .oneshot(request)
            .await
            .unwrap()
            .status()
    }

    pub(crate) fn path(provider: Provider, id: ConnectionId) -> String {
        format!("/api/integrations/{provider}/webhooks/{id}")
    }

    /// An event of Stripe's as Stripe would send it now.
    pub(crate) fn stripe(&self, id: ConnectionId, event: &Value) -> Request<Body> {
        self.stripe_body(id, &event.to_string())
    }

    pub(crate) fn stripe_body(&self, id: ConnectionId, body: &str) -> Request<Body> {
        let at = self.clock.now().as_unix_seconds();
        Self::signed_stripe(id, body, at, SECRET)
    }

    pub(crate) fn signed_stripe(
        id: ConnectionId,
        body: &str,
        at: i64,
        secret: &str,
    ) -> Request<Body> {
        let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
        let tag = hmac::sign(&key, format!("{at}.{body}").as_bytes());
        let hex: String = tag.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
        request(&Self::path(Provider::Stripe, id), "application/json")
            .header("stripe-signature", format!("t={at},v1={hex}"))
            .body(Body::from(body.to_owned()))
            .unwrap()
    }

    /// A callback of Twilio's; `fields` in the order of their names.
    pub(crate) fn twilio(&self, id: ConnectionId, fields: &[(&str, &str)]) -> Request<Body> {
        let path = format!("{}?tag=a%20b", Self::path(Provider::Twilio, id));
        let mut signed = format!("{BASE}{path}");
        let mut body = String::new();
        for (name, value) in fields {
            signed += name;
            signed += value;
            body += &format!("{name}={}&", value.replace('+', "%2B"));
        }
        let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, SECRET.as_bytes());
        let tag = STANDARD.encode(hmac::sign(&key, signed.as_bytes()));
        request(&path, "application/x-www-form-urlencoded; charset=UTF-8")
            .header("x-twilio-signature", tag)
            .header("host", "attacker.example")
            .body(Body::from(body))
            .unwrap()
    }

    /// An event of Resend's.
    pub(crate) fn resend(&self, id: ConnectionId, message: &str, event: &Value) -> Request<Body> {
        let at = self.clock.now().as_unix_seconds();
        let keys = SigningKeys::new(&Secret::parse(SECRET).unwrap());
        let body = event.to_string();
        let signature = keys.sign(message, at, body.as_bytes()).standard.unwrap();
        request(&Self::path(Provider::Resend, id), "application/json")
            .header("svix-id", message)
            .header("svix-timestamp", at.to_string())
            .header("svix-signature", signature)
            .body(Body::from(body))
            .unwrap()
    }

    /// Handles everything that is due, as the loop does.
    pub(crate) async fn handle_all(&self) {
        while self.inbound.handle_due().await.unwrap() > 0 {}
    }

    pub(crate) async fn messages(&self, id: ConnectionId) -> Vec<InboundMessage> {
        let page = PageRequest { limit: 100, order: Sort::Ascending, after: None, before: None };
        let all = self.app.inbound_messages(&self.caller, id, Vec::new(), page).await;
        all.unwrap().items
    }

    /// Status and note of the only message.
    pub(crate) async fn only(&self, id: ConnectionId) -> (InboundStatus, String) {
        let mut all = self.messages(id).await;
        assert_eq!(all.len(), 1, "{all:?}");
        let one = all.remove(0);
        (one.status, one.note.unwrap_or_default())
    }

    pub(crate) fn advance(&self, seconds: u64) {
        self.clock.advance(Duration::from_secs(seconds));
    }
}

pub(crate) fn request(path: &str, content_type: &str) -> http::request::Builder {
    let peer: IpAddr = "192.0.2.7".parse().unwrap();
    Request::post(path).header("content-type", content_type).extension(peer)
}

/// An event of Stripe's about this thing.
pub(crate) fn event(id: &str, kind: &str, created: i64, thing: Value) -> Value {
    json!({
        "id": id, "object": "event", "type": kind, "created": created, "livemode": true,
        "data": {"object": thing},
    })
}

/// A finished checkout that names an order.
pub(crate) fn session(order: OrderId) -> Value {
    json!({
        "id": "cs_1", "object": "checkout.session", "payment_status": "paid",
        "payment_intent": "pi_1", "amount_total": 4990, "currency": "eur",
        "client_reference_id": null, "metadata": {"order_id": order},
    })
}
