//! One attempt: sign, send, and say what it came to. Nothing is written here.

use std::net::SocketAddr;
use std::time::Duration;

use bytes::Bytes;
use fanfare_egress::{Channel, EgressError, Response, Target};
use fanfare_model::wire_headers::{AttemptHeaders, attempt_headers};
use fanfare_model::{AttemptFacts, ErrorClass, Outcome, Timestamp, classify};
use fanfare_signing::{Macs, Signatures};
use fanfare_store::{Leased, RecordedAttempt, SentSignatures, Verdict};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request};
use tokio::time::Instant;

use crate::engine::Shared;
use crate::pace::Signal;
use crate::prepared::Prepared;
use crate::recorder::Return;

/// How long a delivery waits when its webhook's secret cannot be opened: an operator has to
/// bring the key back, and no attempt is spent on it.
const WITHOUT_KEY: Duration = Duration::from_secs(60);

/// A connection and where it leads.
pub(crate) struct Connection {
    pub(crate) channel: Channel,
    target: Target,
}

/// What came of trying.
#[expect(clippy::large_enum_variant, reason = "moved once, from the attempt to the recorder")]
pub(crate) enum Attempted {
    /// A request was made, or refused by the guard: it counts.
    Made { attempt: RecordedAttempt, verdict: Verdict, signal: Signal },
    /// No request was made: it does not count.
    NotMade(Return),
}

/// What is known of a request when it is over.
struct Answer {
    facts: AttemptFacts,
    body: Bytes,
    truncated: bool,
    peer: Option<SocketAddr>,
}

/// Makes one attempt over this connection, or over a new one left in its place.
pub(crate) async fn make(
    shared: &Shared,
    connection: &mut Option<Connection>,
    leased: &Leased,
) -> Attempted {
    let prepared = shared.prepared.get(&leased.webhook);
    let started_at = shared.clock.now();
    let keys = match prepared.keys(started_at) {
        Ok(keys) => keys,
        Err(error) => {
            tracing::error!(webhook = %leased.webhook.id, %error, "a secret cannot be opened");
            return Attempted::NotMade(Return::DueAt(started_at + WITHOUT_KEY));
        }
    };
    let event_id = leased.event_id.to_string();
    let macs = keys.macs(&event_id, started_at.as_unix_seconds(), &leased.body);
    let began = Instant::now();
    let answer = match &prepared.target {
        Ok(target) => {
            let signatures = macs.headers();
            let request = || {
                let headers = headers(&prepared, leased, &event_id, started_at, &signatures);
                request(target, headers, leased.body.clone())
            };
            send(shared, connection, target, request).await
        }
        Err(error) => {
            tracing::debug!(webhook = %leased.webhook.id, %error, "the URL is refused now");
            Answer::failed(ErrorClass::Refused)
        }
    };
    let duration = began.elapsed();
    conclude(shared, &prepared, leased, (started_at, duration), answer, macs)
}

fn conclude(
    shared: &Shared,
    prepared: &Prepared,
    leased: &Leased,
    (started_at, duration): (Timestamp, Duration),
    answer: Answer,
    macs: Macs,
) -> Attempted {
    let outcome = classify(answer.facts);
    let verdict = verdict(shared, prepared, leased, outcome);
    shared.counters.attempt(outcome, verdict == Verdict::Exhausted);
    let status_code = match answer.facts {
        AttemptFacts::Answered { status, .. } => Some(status),
        AttemptFacts::Unanswered(_) => None,
    };
    let attempt = RecordedAttempt {
        started_at,
        duration,
        status_code,
        error_class: outcome.error_class(),
        response_body: answer.body,
        response_truncated: answer.truncated,
        remote_addr: answer.peer,
        webhook_version: prepared.webhook.version,
        signatures: SentSignatures { fanfare: macs.fanfare, standard: macs.standard },
    };
    Attempted::Made { attempt, verdict, signal: signal(answer.facts) }
}

fn verdict(shared: &Shared, prepared: &Prepared, leased: &Leased, outcome: Outcome) -> Verdict {
    let retry_after = match outcome {
        Outcome::Delivered => return Verdict::Succeeded,
        Outcome::Gone => return Verdict::Gone,
        Outcome::Retry { retry_after, .. } => retry_after,
        Outcome::Refused => None,
    };
    let latest = shared.prepared.get(&prepared.webhook);
    if shared.return_of(&latest) == Some(Return::Cancelled) {
        return Verdict::Cancelled;
    }
    let mut jitter = [0u8; 1];
    shared.entropy.fill(&mut jitter);
    let made = leased.attempts + 1;
    let ended = shared.clock.now();
    match shared.options.schedule.next_due(made, ended, jitter[0], retry_after) {
        Some(due) => Verdict::RetryAt(due),
        None => Verdict::Exhausted,
    }
}

const fn signal(facts: AttemptFacts) -> Signal {
    match facts {
        AttemptFacts::Answered { status: 200..=299, .. } => Signal::Healthy,
        AttemptFacts::Answered { status: 429 | 503, .. } => Signal::Overloaded,
        AttemptFacts::Unanswered(ErrorClass::Timeout | ErrorClass::Connect | ErrorClass::Tls) => {
            Signal::Overloaded
        }
        AttemptFacts::Answered { .. } | AttemptFacts::Unanswered(_) => Signal::Unwell,
    }
}

fn headers(
    prepared: &Prepared,
    leased: &Leased,
    event_id: &str,
    started_at: Timestamp,
    signatures: &Signatures,
) -> HeaderMap {
    let mut headers = HeaderMap::with_capacity(24);
    let input = AttemptHeaders {
        event_id,
        event_type: leased.event_type,
        delivery_id: leased.id,
        webhook_id: leased.webhook.id,
        attempt: leased.attempts + 1,
        accepted_at: leased.accepted_at,
        started_at,
        fanfare_signature: &signatures.fanfare,
        standard_signature: signatures.standard.as_deref(),
        test: leased.test,
    };
    attempt_headers(&input, |name, value| {
        if let Ok(value) = HeaderValue::from_str(value) {
            headers.append(HeaderName::from_static(name), value);
        }
    });
    for (name, value) in &prepared.headers {
        headers.append(name, value.clone());
    }
    headers
}

/// Sends over the connection at hand; when the peer had closed it in the meantime, once more
/// over a new one: that is no failure of the receiver's. `request` makes the request; it is made
/// again for the second time, which is cheaper than to keep a copy each time.
async fn send(
    shared: &Shared,
    connection: &mut Option<Connection>,
    target: &Target,
    request: impl Fn() -> Request<Bytes>,
) -> Answer {
    let deadline = Instant::now() + shared.options.request_timeout;
    let reusable = connection
        .take()
        .filter(|held| held.channel.is_reusable() && held.target.as_str() == target.as_str());
    if let Some(mut held) = reusable {
        match held.channel.send(request(), deadline).await {
            Err(error) if error.is_stale_reuse() => {}
            result => return keep(connection, held, result),
        }
    }
    shared.counters.connected();
    match tokio::time::timeout_at(deadline, shared.egress.connect(target)).await {
        Err(_elapsed) => Answer::failed(ErrorClass::Timeout),
        Ok(Err(error)) => {
            tracing::debug!(detail = %error.detail(), "no connection");
            Answer::failed(class_of(&error))
        }
        Ok(Ok(channel)) => {
            let mut held = Connection { channel, target: target.clone() };
            let result = held.channel.send(request(), deadline).await;
            keep(connection, held, result)
        }
    }
}

fn request(target: &Target, headers: HeaderMap, body: Bytes) -> Request<Bytes> {
    let mut request = Request::new(body);
    *request.method_mut() = Method::POST;
    *request.uri_mut() = target.request_uri().clone();
    *request.headers_mut() = headers;
    request
}

fn keep(
    connection: &mut Option<Connection>,
    held: Connection,
    result: Result<Response, EgressError>,
) -> Answer {
    let peer = held.channel.peer();
    if held.channel.is_reusable() {
        *connection = Some(held);
    }
    match result {
        Ok(response) => Answer {
            facts: AttemptFacts::Answered {
                status: response.status,
                retry_after: retry_after(&response.headers),
            },
            body: response.body,
            truncated: response.body_truncated,
            peer: Some(peer),
        },
        Err(error) => {
            tracing::debug!(detail = %error.detail(), "no answer");
            Answer { peer: Some(peer), ..Answer::failed(class_of(&error)) }
        }
    }
}

/// `Retry-After` in seconds (RFC 9110 §10.2.3). The form with a date is ignored: it depends on
/// the receiver's clock.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let value = headers.get(http::header::RETRY_AFTER)?.to_str().ok()?;
    value.trim().parse().ok().map(Duration::from_secs)
}

fn class_of(error: &EgressError) -> ErrorClass {
    use fanfare_egress::ErrorClass as Class;
    match error.class() {
        Class::Dns => ErrorClass::Dns,
        Class::Connect | Class::Closed => ErrorClass::Connect,
        Class::Tls => ErrorClass::Tls,
        Class::Timeout => ErrorClass::Timeout,
        Class::Refused => ErrorClass::Refused,
        Class::Protocol => ErrorClass::Protocol,
    }
}

impl Answer {
    const fn failed(class: ErrorClass) -> Self {
        Self {
            facts: AttemptFacts::Unanswered(class),
            body: Bytes::new(),
            truncated: false,
            peer: None,
        }
    }
}
