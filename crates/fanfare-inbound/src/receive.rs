//! The route: from a request to a stored message, or a refusal that is counted and kept nowhere.

use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use axum::body::Body;
use axum::extract::{Path, State};
use axum::response::Response;
use axum::routing;
use bytes::Bytes;
use fanfare_app::{AppError, ErrorCode, Listening, Received, Taken};
use fanfare_model::inbound::{InboundContent, InboundOutcome, Provider};
use fanfare_model::{ConnectionId, limits};
use http::header::{CACHE_CONTROL, CONTENT_LENGTH, CONTENT_TYPE, RETRY_AFTER};
use http::{Extensions, HeaderMap, HeaderValue, StatusCode, Uri};
use http_body_util::{BodyExt, LengthLimitError, Limited};

use crate::Inbound;
use crate::fetched::fetched;
use crate::read::{Identity, resend as read_resend, stripe as read_stripe, twilio as read_twilio};
use crate::verify::{Refused, TOLERANCE_SECONDS, resend, stripe, twilio};

/// How long a body may take.
const BODY_TIMEOUT: Duration = Duration::from_secs(15);

/// What the routes need.
#[derive(Clone)]
pub(crate) struct Routed {
    pub(crate) inbound: Inbound,
    address: fn(&Extensions) -> Option<IpAddr>,
}

/// A request, whole.
struct Request<'a> {
    headers: &'a HeaderMap,
    /// As it came.
    query: Option<&'a str>,
    content: InboundContent,
    body: Bytes,
}

impl Inbound {
    /// The routes that providers, and `fanfare stripe reconcile`, send to, to be served beside the
    /// API. `address` finds where a request came from, as whoever serves it noted it; where it finds
    /// nothing, requests share one meter.
    pub fn router(&self, address: fn(&Extensions) -> Option<IpAddr>) -> axum::Router {
        let state = Routed { inbound: self.clone(), address };
        axum::Router::new()
            .route("/api/integrations/{provider}/webhooks/{connection}", routing::post(receive))
            .route("/api/integrations/connections/{id}/events", routing::post(fetched))
            .with_state(state)
    }

    async fn receive(
        &self,
        address: IpAddr,
        (provider, connection): (&str, &str),
        uri: &Uri,
        headers: &HeaderMap,
        body: Body,
    ) -> Result<Taken, Refusal> {
        let figures = &self.shared.figures;
        if let Err(wait) = self.shared.limiter.check(address) {
            figures.count(None, "rate_limited");
            return Err(Refusal::TooMany(wait));
        }
        let (Ok(provider), Ok(id)) =
            (provider.parse::<Provider>(), connection.parse::<ConnectionId>())
        else {
            figures.count(None, "unknown_connection");
            return Err(Refusal::Unknown);
        };
        let listening = self.shared.app.listening(provider, id).await.map_err(|error| {
            let outcome = match error.code() {
                ErrorCode::NotFound => "unknown_connection",
                _ => "unavailable",
            };
            figures.count(Some(provider), outcome);
            Refusal::of(&error)
        })?;
        let done = self.take(&listening, uri, headers, body).await;
        let outcome = match &done {
            Ok(Taken::New | Taken::Ignored) => Some(InboundOutcome::Accepted),
            Ok(Taken::Duplicate) => Some(InboundOutcome::Duplicate),
            Err(Refusal::Counted(outcome)) => Some(*outcome),
            Err(_) => None,
        };
        figures.count(Some(provider), outcome.map_or("unavailable", InboundOutcome::as_str));
        if let Some(outcome) = outcome {
            let address = address.to_canonical().to_string();
            self.shared.app.count_inbound(&listening.connection, outcome, &address);
        }
        done
    }

    async fn take(
        &self,
        listening: &Listening,
        uri: &Uri,
        headers: &HeaderMap,
        body: Body,
    ) -> Result<Taken, Refusal> {
        if listening.secrets.is_empty() {
            return Err(InboundOutcome::NoSecret.into());
        }
        let content = content(listening.connection.provider, headers)?;
        let body = read(headers, body).await?;
        let request = Request { headers, query: uri.query(), content, body };
        let now = self.shared.clock.now().as_unix_seconds();
        let Identity { key, kind, ignored } = match listening.connection.provider {
            Provider::Stripe => stripe_message(listening, &request, now)?,
            Provider::Twilio => twilio_message(listening, &request)?,
            Provider::Resend => resend_message(listening, &request, now)?,
        };
        let received = Received { key, kind, content, body: request.body, ignored };
        let taken = self.shared.app.take_in(&listening.connection, received).await;
        taken.map_err(|error| Refusal::of(&error))
    }
}

/// Why nothing was stored.
enum Refusal {
    /// For a reason that is counted for the connection.
    Counted(InboundOutcome),
    /// There is no such connection.
    Unknown,
    /// The address asks too often.
    TooMany(Duration),
    /// It cannot be taken now.
    Unavailable,
}

impl Refusal {
    fn of(error: &AppError) -> Self {
        if error.code() == ErrorCode::NotFound {
            return Self::Unknown;
        }
        let context = error.context().map_or("", |context| context.for_log());
        tracing::warn!(%error, context, "a message of a provider was not taken in");
        Self::Unavailable
    }
}

impl From<InboundOutcome> for Refusal {
    fn from(outcome: InboundOutcome) -> Self {
        Self::Counted(outcome)
    }
}

impl From<Refused> for Refusal {
    fn from(refused: Refused) -> Self {
        Self::Counted(refused.outcome())
    }
}

pub(crate) fn one<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h [u8]> {
    let mut values = headers.get_all(name).iter();
    match (values.next(), values.next()) {
        (Some(value), None) => Some(value.as_bytes()),
        _ => None,
    }
}

fn content(provider: Provider, headers: &HeaderMap) -> Result<InboundContent, Refusal> {
    let given = one(headers, CONTENT_TYPE.as_str()).unwrap_or_default();
    let media = given.split(|byte| *byte == b';').next().unwrap_or_default().trim_ascii();
    if media.eq_ignore_ascii_case(b"application/json") {
        return Ok(InboundContent::Json);
    }
    let is_form = media.eq_ignore_ascii_case(b"application/x-www-form-urlencoded");
    if provider == Provider::Twilio && is_form {
        return Ok(InboundContent::Form);
    }
    Err(InboundOutcome::WrongContentType.into())
}

async fn read(headers: &HeaderMap, body: Body) -> Result<Bytes, Refusal> {
    let announced = one(headers, CONTENT_LENGTH.as_str())
        .and_then(|value| std::str::from_utf8(value).ok()?.parse::<u64>().ok());
    if announced.is_some_and(|length| length > limits::INBOUND_BODY as u64) {
        return Err(InboundOutcome::TooLarge.into());
    }
    let whole = Limited::new(body, limits::INBOUND_BODY).collect();
    let body = match tokio::time::timeout(BODY_TIMEOUT, whole).await {
        Ok(Ok(whole)) => whole.to_bytes(),
        Ok(Err(error)) if error.is::<LengthLimitError>() => {
            return Err(InboundOutcome::TooLarge.into());
        }
        Ok(Err(_)) | Err(_) => return Err(InboundOutcome::BadBody.into()),
    };
    if body.is_empty() { Err(InboundOutcome::BadBody.into()) } else { Ok(body) }
}

fn stripe_message(of: &Listening, request: &Request<'_>, now: i64) -> Result<Identity, Refusal> {
    let secrets: Vec<&[u8]> = of.secrets.iter().map(|one| one.expose().as_bytes()).collect();
    let header = one(request.headers, "stripe-signature");
    stripe::verify(header, &request.body, &secrets, now, TOLERANCE_SECONDS)?;
    let identified = read_stripe::identify(&request.body);
    let (identity, livemode) = identified.map_err(|_| InboundOutcome::BadBody)?;
    if of.connection.livemode.is_some_and(|expected| expected != livemode) {
        return Err(InboundOutcome::WrongMode.into());
    }
    Ok(identity)
}

fn twilio_message(of: &Listening, request: &Request<'_>) -> Result<Identity, Refusal> {
    let tokens: Vec<&[u8]> = of.secrets.iter().map(|one| one.expose().as_bytes()).collect();
    let header = one(request.headers, "x-twilio-signature");
    let base = of.connection.public_url.as_deref().unwrap_or_default();
    let mut url = format!("{base}/api/integrations/twilio/webhooks/{}", of.connection.id);
    if let Some(query) = request.query {
        url = format!("{url}?{query}");
    }
    let callback = match request.content {
        InboundContent::Form => {
            let fields = twilio::fields(&request.body)?;
            twilio::verify_form(header, &url, &fields, &tokens)?;
            read_twilio::Callback::of_form(&fields)
        }
        InboundContent::Json => {
            twilio::verify_body(header, &url, &request.body, &tokens)?;
            let callback = read_twilio::Callback::of_json(&request.body);
            callback.map_err(|_| InboundOutcome::BadBody)?
        }
    };
    if callback.account() != of.connection.account.as_deref() {
        return Err(InboundOutcome::WrongAccount.into());
    }
    Ok(callback.identify().map_err(|_| InboundOutcome::BadBody)?)
}

fn resend_message(of: &Listening, request: &Request<'_>, now: i64) -> Result<Identity, Refusal> {
    let secrets: Vec<_> = of.secrets.iter().collect();
    let family = |prefix: &str| {
        let header = |name: &str| one(request.headers, &format!("{prefix}-{name}"));
        (header("id"), header("timestamp"), header("signature"))
    };
    let is_standard = !request.headers.contains_key("svix-id");
    let (id, timestamp, signature) = family(if is_standard { "webhook" } else { "svix" });
    let headers = resend::Headers { id, timestamp, signature };
    resend::verify(headers, &request.body, &secrets, now, TOLERANCE_SECONDS)?;
    let identified = read_resend::identify(id.unwrap_or_default(), &request.body);
    Ok(identified.map_err(|_| InboundOutcome::BadBody)?)
}

async fn receive(
    State(Routed { inbound, address }): State<Routed>,
    Path((provider, connection)): Path<(String, String)>,
    request: axum::extract::Request,
) -> Response {
    let (parts, body) = request.into_parts();
    let address = address(&parts.extensions).unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED));
    let to = (&*provider, &*connection);
    let done = inbound.receive(address, to, &parts.uri, &parts.headers, body).await;
    match done {
        Ok(Taken::New | Taken::Duplicate) => answer(StatusCode::OK, None),
        Ok(Taken::Ignored) => answer(StatusCode::ACCEPTED, None),
        Err(refusal) => refused(&refusal),
    }
}

/// The sender is told as little as it needs: for what reason a signature is refused, and what a body
/// lacks, is for the organization to see.
fn refused(refusal: &Refusal) -> Response {
    use InboundOutcome as Outcome;
    let (status, code) = match refusal {
        Refusal::Counted(Outcome::TooLarge) => {
            (StatusCode::PAYLOAD_TOO_LARGE, ErrorCode::PayloadTooLarge)
        }
        Refusal::Counted(Outcome::WrongContentType) => {
            (StatusCode::UNSUPPORTED_MEDIA_TYPE, ErrorCode::UnsupportedMediaType)
        }
        Refusal::Counted(Outcome::NoSecret | Outcome::BadSignature | Outcome::Stale) => {
            (StatusCode::UNAUTHORIZED, ErrorCode::Unauthorized)
        }
        Refusal::Counted(_) => (StatusCode::BAD_REQUEST, ErrorCode::ValidationFailed),
        Refusal::Unknown => (StatusCode::NOT_FOUND, ErrorCode::NotFound),
        Refusal::TooMany(_) => (StatusCode::TOO_MANY_REQUESTS, ErrorCode::RateLimited),
        Refusal::Unavailable => (StatusCode::SERVICE_UNAVAILABLE, ErrorCode::Unavailable),
    };
    let mut response = answer(status, Some(code));
    let wait = match refusal {
        Refusal::TooMany(wait) => Some(wait.as_secs() + 1),
        Refusal::Unavailable => Some(2),
        _ => None,
    };
    if let Some(seconds) = wait {
        response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}

fn answer(status: StatusCode, code: Option<ErrorCode>) -> Response {
    let body = code.map(|code| {
        serde_json::json!({"error": {"code": code.as_str(), "message": "refused"}}).to_string()
    });
    let is_json = body.is_some();
    let mut response = Response::new(body.map_or_else(Body::empty, Body::from));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if is_json {
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    }
    response
}
