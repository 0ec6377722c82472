//! A small world with pages to look at.

use std::collections::HashMap;
use std::io;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use bytes::Bytes;
use fanfare_app::{App, AppOptions, AppParts, Caller, ClientInfo, NewPerson};
use fanfare_dashboard::{DashboardParts, Origin, router};
use fanfare_egress::{Egress, EgressLimits, EgressPolicy, Resolve, Resolving};
use fanfare_model::{
    Clock as _, DeliveryId, ErrorClass, IdSource, OrganizationId, Role, WebhookId,
};
use fanfare_signing::{EncryptionKey, Keyring};
use fanfare_sqlite::{SqliteOptions, SqliteStore};
use fanfare_store::{
    Claim, DeliveryQueue as _, NoHandover, Organization, OrganizationStore as _, Record,
    RecordedAttempt, SentSignatures, Verdict,
};
use fanfare_testkit::{ManualClock, SeededEntropy};
use http::{HeaderMap, Method, Request, StatusCode};
use http_body_util::BodyExt as _;
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt as _;

pub(crate) const HOME: &str = "/settings/integrations/webhooks";
pub(crate) const URL: &str = "https://hooks.example.com/fanfare";
pub(crate) const ORIGIN: &str = "https://dashboard.example.com";
pub(crate) const PASSWORD: &str = "correct horse battery";

pub(crate) struct World {
    pub(crate) app: App,
    pub(crate) clock: ManualClock,
    store: Arc<SqliteStore>,
    router: axum::Router,
    /// The owner's browser.
    pub(crate) owner: Browser,
    _folder: TempDir,
}

/// Knows one name and nothing else.
struct Names(HashMap<&'static str, IpAddr>);

impl Resolve for Names {
    fn resolve<'a>(&'a self, host: &'a str) -> Resolving<'a> {
        let known = self.0.get(host).map(|address| vec![*address]);
        Box::pin(std::future::ready(known.ok_or_else(|| io::Error::other("no such name"))))
    }
}

/// Somebody's browser: the session and the token that the forms of its pages carry.
#[derive(Debug, Clone, Default)]
pub(crate) struct Browser {
    pub(crate) session: String,
    pub(crate) csrf: String,
}

impl World {
    pub(crate) async fn new() -> Self {
        let clock = ManualClock::default();
        let ids = Arc::new(IdSource::new(Arc::new(clock.clone()), Arc::new(SeededEntropy::new(7))));
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("fanfare.db");
        let options = SqliteOptions::default();
        let store = SqliteStore::open(path, options, Arc::new(NoHandover), ids.clone());
        let store = Arc::new(store.unwrap());
        let names = Names(HashMap::from([("hooks.example.com", "93.184.216.34".parse().unwrap())]));
        let app = App::new(AppParts {
            store: store.clone(),
            clock: Arc::new(clock.clone()),
            ids: ids.clone(),
            egress: Egress::new(EgressPolicy::default(), Arc::new(names), EgressLimits::default()),
            keyring: Arc::new(Keyring::new(&EncryptionKey::from_bytes([5; 32]))),
            options: AppOptions::default(),
        });
        let router = router(DashboardParts {
            app: app.clone(),
            clock: Arc::new(clock.clone()),
            ids,
            origin: Origin::of(&ORIGIN.parse().unwrap()).unwrap(),
            peer: |_| None,
            stop: CancellationToken::new(),
        });
        let organization = app.bootstrap(None).await.unwrap().organization.id;
        let owner = Browser::default();
        let mut world = Self { app, clock, store, router, owner, _folder: folder };
        world.owner = world.come_in_as_owner(organization, "owner@example.com").await;
        world
    }

    async fn come_in_as_owner(&self, organization: OrganizationId, email: &str) -> Browser {
        let link = self.app.setup_link(organization).await.unwrap();
        let client = ClientInfo::default();
        let session = self.app.set_up(&link.token.expose(), email, person(), client).await.unwrap();
        self.browser(&session.token.expose()).await
    }

    async fn browser(&self, session: &str) -> Browser {
        let signed_in = self.app.session(session, &ClientInfo::default()).await.unwrap();
        Browser { session: session.to_owned(), csrf: signed_in.csrf.expose().to_owned() }
    }

    /// The owner, for use cases.
    pub(crate) async fn caller(&self) -> Caller {
        let owner = self.app.session(&self.owner.session, &ClientInfo::default()).await.unwrap();
        owner.caller.unwrap()
    }

    /// The browser of a new member of the first organization.
    pub(crate) async fn member(&self, role: Role) -> Browser {
        let caller = self.caller().await;
        let email = format!("{role}@example.com");
        let link = self.app.invite_member(&caller, &email, role).await.unwrap();
        let client = ClientInfo::default();
        let token = link.token.expose();
        let session = self.app.accept_invitation(&token, person(), client).await.unwrap();
        self.browser(&session.token.expose()).await
    }

    /// The owner's browser of an organization that knows nothing of the first.
    pub(crate) async fn stranger(&self) -> Browser {
        let other = OrganizationId::from_u128(7);
        let now = self.clock.now();
        let new = Organization { id: other, name: "Umbrella".into(), created_at: now };
        self.store.create_organization(new).await.unwrap();
        self.come_in_as_owner(other, "stranger@example.com").await
    }

    /// Adds a webhook by the form and gives its id.
    pub(crate) async fn webhook(&self) -> WebhookId {
        let fields = [("url", URL), ("events", "*"), ("secret", "whsec_your_secret_key")];
        let added = self.post(&self.owner, HOME, &fields).await;
        let place = added.redirects();
        let id = place.strip_prefix(&format!("{HOME}/")).unwrap().split('/').next().unwrap();
        id.parse().unwrap()
    }

    /// A delivery of a test of this webhook.
    pub(crate) async fn delivery(&self, webhook: WebhookId) -> DeliveryId {
        let path = format!("{HOME}/{webhook}/test");
        let sent = self.post(&self.owner, &path, &[("type", "order.paid")]).await;
        sent.redirects().strip_prefix("/deliveries/").unwrap().parse().unwrap()
    }

    /// Records an attempt of everything due, with this answer.
    pub(crate) async fn attempt(&self, status: u16, body: &'static [u8]) {
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
        self.store.record(records.collect(), days, now).await.unwrap();
    }

    /// Posts a form and gives the page that it leads to, with the message on it.
    pub(crate) async fn follow(
        &self,
        browser: &Browser,
        path: &str,
        fields: &[(&str, &str)],
    ) -> Answer {
        let posted = self.post(browser, path, fields).await;
        let flash = posted.cookie("__Host-fanfare_flash").unwrap();
        let mut next = request(Method::GET, posted.redirects(), browser);
        let cookie =
            format!("__Host-fanfare_session={}; __Host-fanfare_flash={flash}", browser.session);
        next.headers_mut().insert("cookie", cookie.parse().unwrap());
        self.send(next).await
    }

    pub(crate) async fn get(&self, browser: &Browser, path: &str) -> Answer {
        self.send(request(Method::GET, path, browser)).await
    }

    /// Sends a form as a page of ours does.
    pub(crate) async fn post(
        &self,
        browser: &Browser,
        path: &str,
        fields: &[(&str, &str)],
    ) -> Answer {
        let csrf = [("csrf", browser.csrf.as_str())];
        let body = form(fields.iter().copied().chain(csrf));
        let mut request = request(Method::POST, path, browser);
        request.headers_mut().insert("sec-fetch-site", "same-origin".parse().unwrap());
        *request.body_mut() = Body::from(body);
        self.send(request).await
    }

    pub(crate) async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        Answer {
            status: parts.status,
            headers: parts.headers,
            body: String::from_utf8(body.to_vec()).unwrap(),
        }
    }

    /// The answer before its body has come, for what is live.
    pub(crate) async fn open(&self, browser: &Browser, path: &str) -> http::Response<Body> {
        self.router.clone().oneshot(request(Method::GET, path, browser)).await.unwrap()
    }
}

pub(crate) fn person() -> NewPerson {
    NewPerson { name: "Ada".into(), password: PASSWORD.into() }
}

pub(crate) fn request(method: Method, path: &str, browser: &Browser) -> Request<Body> {
    let cookie = format!("__Host-fanfare_session={}", browser.session);
    let request = Request::builder().method(method).uri(path).header("cookie", cookie);
    request.body(Body::empty()).unwrap()
}

pub(crate) fn form<'a>(fields: impl Iterator<Item = (&'a str, &'a str)>) -> String {
    url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish()
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Answer {
    /// The page, when it was found.
    #[track_caller]
    pub(crate) fn page(&self) -> &str {
        assert_eq!(self.status, StatusCode::OK, "{}", self.body);
        &self.body
    }

    /// Where it leads to.
    #[track_caller]
    pub(crate) fn redirects(&self) -> &str {
        assert_eq!(self.status, StatusCode::SEE_OTHER, "{}", self.body);
        self.headers["location"].to_str().unwrap()
    }

    /// The value of a cookie that it sets.
    pub(crate) fn cookie(&self, name: &str) -> Option<String> {
        let cookies = self.headers.get_all("set-cookie").into_iter();
        let mut pairs =
            cookies.filter_map(|it| it.to_str().ok()?.split(';').next()?.split_once('='));
        pairs.find(|(known, _)| *known == name).map(|(_, value)| value.to_owned())
    }

    #[track_caller]
    pub(crate) fn has(&self, text: &str) {
        assert!(self.body.contains(text), "`{text}` is not in {}", self.body);
    }

    #[track_caller]
    pub(crate) fn has_not(&self, text: &str) {
        assert!(!self.body.contains(text), "`{text}` is in {}", self.body);
    }
}
