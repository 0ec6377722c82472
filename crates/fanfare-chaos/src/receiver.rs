//! The customers' side: verifies, writes into the ledger, and answers as the event's id decides, so
//! that the same attempt is answered the same way each time it arrives.
//!
//! Most attempts are answered 200 at once, some slowly, some events fail once or twice first, and a
//! few fail always.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use fanfare_signing::{Secret, StandardMessage, verify_fanfare, verify_standard};
use fanfare_testkit::{Answer, Received};

use crate::ledger::{Arrival, Ledger};

/// The secret of all webhooks.
pub(crate) const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
/// How old a signature may be. Longer than anything here is held up, shorter than clocks are wrong.
const OLDEST: u32 = 120;

/// How an event fares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Fate {
    /// So many attempts fail first.
    pub(crate) failures: usize,
    /// How long an answer takes.
    pub(crate) wait: Duration,
}

/// What the receiver does to whom.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Manners {
    /// Whether some attempts fail.
    pub(crate) failing: bool,
    /// How long slow answers take.
    pub(crate) slow: Duration,
    /// One of so many is answered slowly.
    pub(crate) slow_every: u64,
}

impl Default for Manners {
    fn default() -> Self {
        Self { failing: true, slow: Duration::from_millis(120), slow_every: 7 }
    }
}

impl Manners {
    /// How this event fares.
    pub(crate) fn fate(&self, event: &str) -> Fate {
        let lot = digest(event.as_bytes());
        let failures = match lot % 211 {
            0 if self.failing => usize::MAX,
            1..=12 if self.failing => 1,
            13..=18 if self.failing => 2,
            _ => 0,
        };
        let slow = (lot / 211).is_multiple_of(self.slow_every);
        Fate { failures, wait: if slow { self.slow } else { Duration::ZERO } }
    }
}

/// A digest of bytes.
pub(crate) fn digest(bytes: &[u8]) -> u64 {
    let mut hasher = DefaultHasher::new();
    bytes.hash(&mut hasher);
    hasher.finish()
}

/// A receiver that can go away and come back where it was.
pub(crate) struct Receiver {
    running: Option<fanfare_testkit::Receiver>,
    addr: SocketAddr,
    ledger: Arc<Ledger>,
    manners: Manners,
}

impl Receiver {
    /// Starts it.
    pub(crate) fn start(ledger: Arc<Ledger>, manners: Manners) -> Self {
        let running = fanfare_testkit::Receiver::start();
        let addr = running.addr();
        let receiver = Self { running: Some(running), addr, ledger, manners };
        receiver.listen();
        receiver
    }

    /// The URL of a path.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.addr)
    }

    /// Closes the port and every connection.
    pub(crate) fn go_away(&mut self) {
        self.running = None;
    }

    /// Listens again.
    pub(crate) fn come_back(&mut self) {
        self.running = Some(fanfare_testkit::Receiver::start_at(self.addr));
        self.listen();
    }

    /// Frees what the testkit remembers: the ledger has it.
    pub(crate) fn forget(&self) {
        if let Some(running) = &self.running {
            running.forget();
        }
    }

    fn listen(&self) {
        let (ledger, manners) = (Arc::clone(&self.ledger), self.manners);
        let secret = Secret::parse(SECRET).expect("the secret is one");
        if let Some(running) = &self.running {
            running.by(move |request| {
                let (arrival, answer) = receive(request, &secret, manners);
                ledger.arrived(arrival);
                answer
            });
        }
    }
}

fn receive(request: &Received, secret: &Secret, manners: Manners) -> (Arrival, Answer) {
    let text = |name: &str| request.header(name).unwrap_or_default().to_owned();
    let event = text("webhook-id");
    let attempt = text("x-fanfare-retry-count").parse::<usize>().map_or(0, |count| count + 1);
    let fate = manners.fate(&event);
    let status = if attempt <= fate.failures { 500 } else { 200 };
    let body: serde_json::Value = serde_json::from_slice(&request.body).unwrap_or_default();
    let key = body["data"]["consumer_id"].as_str().unwrap_or_default().to_owned();
    let arrival = Arrival {
        verified: body["id"] == *event && is_signed(request, secret),
        delivery: text("x-fanfare-delivery-id"),
        path: request.path.clone(),
        attempt,
        at: request.at,
        body: digest(&request.body),
        key,
        status,
        event,
    };
    let answer = Answer::status(status);
    (arrival, if fate.wait.is_zero() { answer } else { answer.after(fate.wait) })
}

/// Both families of signatures, as customers verify them.
fn is_signed(request: &Received, secret: &Secret) -> bool {
    let header = |name: &str| request.header(name).map(str::as_bytes);
    let message = StandardMessage {
        id: header("webhook-id"),
        timestamp: header("webhook-timestamp"),
        signature: header("webhook-signature"),
        body: &request.body,
    };
    verify_fanfare(&request.body, header("x-fanfare-signature"), &[secret]).is_ok()
        && verify_standard(&message, &[secret], unix_seconds(), OLDEST).is_ok()
}

/// The right time.
#[expect(clippy::disallowed_methods, reason = "a receiver has the machine's clock")]
pub(crate) fn unix_seconds() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
}
