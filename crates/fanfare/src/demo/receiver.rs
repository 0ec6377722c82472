//! A receiver as a shop would have it: reads the whole body, verifies, answers.

use std::convert::Infallible;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::Context as _;
use bytes::Bytes;
use fanfare_api::{ServerLimits, TimedBody};
use fanfare_model::{Clock, EventType, Timestamp};
use fanfare_signing::{
    DEFAULT_TOLERANCE_SECONDS, Secret, StandardMessage, verify_fanfare, verify_standard,
};
use http::{HeaderMap, Request, Response};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::sync::mpsc::UnboundedSender;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// How a receiver answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Manner {
    /// `200`; only the first attempt of one event type gets a `500`.
    StumblesAt(EventType),
    /// `503`, until somebody repairs it.
    Down,
}

/// A request that arrived, and what was thought of it.
#[derive(Debug, Clone)]
pub(super) struct Arrival {
    /// Which receiver.
    pub(super) receiver: &'static str,
    /// Id of the event.
    pub(super) event: String,
    /// Its type.
    pub(super) event_type: EventType,
    /// When it was accepted, as the body says.
    pub(super) accepted: Timestamp,
    /// Number of the attempt, from 1.
    pub(super) attempt: u8,
    /// When it arrived.
    pub(super) at: Instant,
    /// The same on the clock.
    pub(super) at_clock: Timestamp,
    /// The bytes that were signed.
    pub(super) body: Bytes,
    /// The answer.
    pub(super) status: u16,
    /// Whether `X-Fanfare-Signature` verifies.
    pub(super) seed_verified: bool,
    /// Whether `webhook-signature` verifies; `None`: there is none.
    pub(super) standard_verified: Option<bool>,
}

/// A running receiver.
#[derive(Clone)]
pub(super) struct Receiver(Arc<Shared>);

struct Shared {
    name: &'static str,
    manner: Manner,
    addr: SocketAddr,
    secret: OnceLock<Secret>,
    repaired: AtomicBool,
    clock: Arc<dyn Clock>,
    arrivals: UnboundedSender<Arrival>,
}

impl Receiver {
    /// Starts one on a free port; it ends with `stop`.
    pub(super) async fn start(
        name: &'static str,
        manner: Manner,
        clock: Arc<dyn Clock>,
        arrivals: UnboundedSender<Arrival>,
        (tasks, stop): (&TaskTracker, CancellationToken),
    ) -> anyhow::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await;
        let listener = listener.context("a receiver cannot listen")?;
        let addr = listener.local_addr()?;
        let (secret, repaired) = (OnceLock::new(), AtomicBool::new(false));
        let shared = Shared { name, manner, addr, secret, repaired, clock, arrivals };
        let receiver = Self(Arc::new(shared));
        let serving = receiver.clone();
        let service = tower::service_fn(move |request: Request<TimedBody<Incoming>>| {
            let receiver = serving.clone();
            async move { Ok::<_, Infallible>(receiver.receive(request).await) }
        });
        tasks.spawn(fanfare_api::serve(listener, service, ServerLimits::default(), stop));
        Ok(receiver)
    }

    /// The URL to register.
    pub(super) fn url(&self) -> String {
        format!("http://{}/webhooks/fanfare", self.0.addr)
    }

    /// Its name on the screen.
    pub(super) fn name(&self) -> &'static str {
        self.0.name
    }

    /// Tells it the secret of its webhook.
    pub(super) fn learn(&self, secret: &str) -> anyhow::Result<()> {
        let secret = Secret::parse(secret).context("the webhook's secret")?;
        self.0.secret.set(secret).map_err(|_| anyhow::anyhow!("the secret is known already"))
    }

    /// From now on it answers 200.
    pub(super) fn repair(&self) {
        self.0.repaired.store(true, Ordering::Relaxed);
    }

    async fn receive(&self, request: Request<TimedBody<Incoming>>) -> Response<Full<Bytes>> {
        let (parts, body) = request.into_parts();
        let Ok(body) = body.collect().await else {
            return answer(400, "the body did not arrive");
        };
        let Some(arrival) = self.judge(&parts.headers, body.to_bytes()) else {
            return answer(400, "this is no event");
        };
        let status = arrival.status;
        // Nobody listens any more when the demo ends.
        let _unheard = self.0.arrivals.send(arrival);
        match status {
            200 => answer(200, "thanks"),
            401 => answer(401, "the signature is wrong"),
            500 => answer(500, "a bug in the shop, fixed a second later"),
            _ => answer(503, "the shop's database is down"),
        }
    }

    /// Looks at the signatures first, then at the event, as a receiver should.
    fn judge(&self, headers: &HeaderMap, body: Bytes) -> Option<Arrival> {
        let header = |name: &str| headers.get(name).map(http::HeaderValue::as_bytes);
        let secret = self.0.secret.get()?;
        let at_clock = self.0.clock.now();
        let seed_verified = verify_fanfare(&body, header("x-fanfare-signature"), &[secret]).is_ok();
        let standard_verified = header("webhook-signature").map(|signature| {
            let message = StandardMessage {
                id: header("webhook-id"),
                timestamp: header("webhook-timestamp"),
                signature: Some(signature),
                body: &body,
            };
            let now = at_clock.as_unix_seconds();
            verify_standard(&message, &[secret], now, DEFAULT_TOLERANCE_SECONDS).is_ok()
        });
        let retries = std::str::from_utf8(header("x-fanfare-retry-count")?).ok()?;
        let attempt = retries.parse::<u8>().ok()?.checked_add(1)?;
        let event: Value = serde_json::from_slice(&body).ok()?;
        let event_type = event["type"].as_str()?.parse().ok()?;
        let verified = seed_verified && standard_verified != Some(false);
        let status = if verified { self.answer_to(event_type, attempt) } else { 401 };
        Some(Arrival {
            receiver: self.0.name,
            event: event["id"].as_str()?.to_owned(),
            event_type,
            accepted: event["timestamp"].as_str()?.parse().ok()?,
            attempt,
            at: Instant::now(),
            at_clock,
            body,
            status,
            seed_verified,
            standard_verified,
        })
    }

    fn answer_to(&self, event_type: EventType, attempt: u8) -> u16 {
        match self.0.manner {
            Manner::StumblesAt(stone) if event_type == stone && attempt == 1 => 500,
            Manner::StumblesAt(_) => 200,
            Manner::Down if self.0.repaired.load(Ordering::Relaxed) => 200,
            Manner::Down => 503,
        }
    }
}

fn answer(status: u16, text: &'static str) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::from_static(text.as_bytes())));
    *response.status_mut() = http::StatusCode::from_u16(status).unwrap_or_default();
    response
}
