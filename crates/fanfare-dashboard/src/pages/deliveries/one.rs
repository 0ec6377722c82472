//! One delivery: its attempts as a timeline, request and response as they were.

use askama::Template;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::response::Response;
use fanfare_app::{AppError, AttemptView, DeliveryView, ShownHeader};
use fanfare_model::kinds::Delivery;
use fanfare_model::{DeliveryId, DeliveryStatus, ErrorClass, EventId, Scope, Timestamp, limits};
use http::HeaderValue;
use http::header::{CONTENT_DISPOSITION, CONTENT_SECURITY_POLICY, CONTENT_TYPE};

use super::curl;
use super::explain::Explained;
use super::rows::{Names, origin};
use crate::ask::{Answer, Ask, PathId, page_with};
use crate::chrome::Chrome;
use crate::nav::Place;
use crate::security::SANDBOX;
use crate::state::Dashboard;
use crate::text::lossy;
use crate::ui::{Badge, Markup, Tone, duration, json_tree, since};

/// Most characters of a body that are shown; the file has the others.
const SHOWN: usize = 64 * 1024;

#[derive(Template)]
#[template(path = "deliveries/one.html")]
struct OnePage {
    chrome: Chrome,
    id: DeliveryId,
    event_id: EventId,
    event_type: &'static str,
    webhook: String,
    webhook_href: Option<String>,
    origin: &'static str,
    created: Markup,
    accepted: Markup,
    outcome: Outcome,
    body: Markup,
    raw_body: String,
    body_is_cut: bool,
    curl: Option<String>,
    explained: Explained,
    attempts: u8,
    may_resend: bool,
    pending: bool,
}

/// The part of the page that changes with every attempt.
#[derive(Template)]
#[template(path = "deliveries/outcome.html")]
struct Outcome {
    badge: Markup,
    attempts: String,
    next: Option<Markup>,
    rows: Vec<AttemptRow>,
    pending: bool,
}

struct AttemptRow {
    number: u8,
    badge: Markup,
    code: Option<u16>,
    class: Option<ErrorClass>,
    at: Markup,
    took: String,
    address: Option<String>,
    open: bool,
    request: Option<RequestRow>,
    response: String,
    response_size: usize,
    response_truncated: bool,
    response_href: String,
}

struct RequestRow {
    url: String,
    headers: Vec<ShownHeader>,
}

/// `GET /deliveries/{id}`
pub(crate) async fn show(
    State(dashboard): State<Dashboard>,
    PathId(id): PathId<Delivery>,
    ask: Ask,
) -> Answer {
    let view = dashboard.app().delivery(ask.caller(), id).await?;
    render(&dashboard, &ask, &view, Explained::default()).await
}

/// The page, with what the signature helper found.
pub(super) async fn render(
    dashboard: &Dashboard,
    ask: &Ask,
    view: &DeliveryView,
    explained: Explained,
) -> Answer {
    let names = Names::find(dashboard, ask).await?;
    let delivery = &view.detail.delivery;
    let url = names.url(delivery.webhook_id);
    let last = view.attempts.last().and_then(|attempt| attempt.request.as_ref());
    let body = &view.detail.body;
    let (raw_body, body_is_cut) = cut(body);
    let tree = serde_json::from_slice(body).map(|value| json_tree(&value));
    let status = explained.status();
    let title = format!("Delivery of {}", delivery.event_type.as_str());
    page_with(
        status,
        &OnePage {
            chrome: ask.page(&title, Place::Deliveries).below("Deliveries", "/deliveries"),
            id: delivery.id,
            event_id: delivery.event_id,
            event_type: delivery.event_type.as_str(),
            webhook: url.map_or_else(|| delivery.webhook_id.to_string(), str::to_owned),
            webhook_href: url
                .map(|_| format!("{}/{}", crate::pages::webhooks::HOME, delivery.webhook_id)),
            origin: if view.test { "test" } else { origin(delivery.origin) },
            created: since(delivery.created_at, ask.now),
            accepted: since(view.detail.event_accepted_at, ask.now),
            outcome: outcome(view, &names, ask.now),
            body: tree.unwrap_or_else(|_| askama::filters::Safe(String::new())),
            raw_body,
            body_is_cut,
            curl: last.map(|request| curl::command(request, body)),
            explained,
            attempts: delivery.attempts,
            may_resend: ask.viewer.may(Scope::DeliveriesWrite),
            pending: delivery.status == DeliveryStatus::Pending,
        },
    )
}

/// The part that changes, for a page that is open.
pub(super) async fn outcome_part(
    dashboard: &Dashboard,
    ask: &Ask,
    view: &DeliveryView,
    now: Timestamp,
) -> Result<String, AppError> {
    let names = Names::find(dashboard, ask).await?;
    Ok(outcome(view, &names, now).render().unwrap_or_default())
}

fn outcome(view: &DeliveryView, names: &Names, now: Timestamp) -> Outcome {
    let delivery = &view.detail.delivery;
    let last = view.attempts.len();
    let rows = view.attempts.iter().enumerate();
    let rows = rows.map(|(index, attempt)| row(delivery.id, attempt, index + 1 == last, now));
    Outcome {
        badge: Badge::of_delivery(delivery.status, delivery.attempts).html(),
        attempts: format!("{} of {} attempts", delivery.attempts, names.most_attempts()),
        next: delivery.next_attempt_at.map(|at| since(at, now)),
        // The latest is what people come for.
        rows: rows.rev().collect(),
        pending: delivery.status == DeliveryStatus::Pending,
    }
}

fn row(id: DeliveryId, view: &AttemptView, open: bool, now: Timestamp) -> AttemptRow {
    let attempt = &view.attempt;
    let badge = match attempt.error_class {
        None => Badge::new(Tone::Good, "Delivered"),
        Some(_) => Badge::new(Tone::Bad, "Failed"),
    };
    AttemptRow {
        number: attempt.number,
        badge: badge.html(),
        code: attempt.status_code,
        class: attempt.error_class,
        at: since(attempt.started_at, now),
        took: duration(attempt.duration),
        address: attempt.remote_addr.clone(),
        open,
        request: view.request.as_ref().map(|request| RequestRow {
            url: request.url.clone(),
            headers: request.headers.clone(),
        }),
        response: lossy(&attempt.response_body).into_owned(),
        response_size: attempt.response_body.len(),
        response_truncated: attempt.response_truncated,
        response_href: format!("/deliveries/{id}/response/{}", attempt.number),
    }
}

impl AttemptRow {
    /// What the kind of failure means.
    fn why(&self) -> &'static str {
        self.class.map_or("", ErrorClass::meaning)
    }

    /// How many bytes of a response are kept, for people.
    fn kept(&self) -> String {
        format!("{} KiB", limits::RESPONSE_KEPT / 1024)
    }
}

/// The beginning of a body as text, and whether there is more.
fn cut(body: &[u8]) -> (String, bool) {
    let text = lossy(body);
    let end = text.floor_char_boundary(SHOWN);
    (text[..end].to_owned(), end < text.len())
}

/// `GET /deliveries/{id}/body`: the body as a file.
pub(crate) async fn body(
    State(dashboard): State<Dashboard>,
    PathId(id): PathId<Delivery>,
    ask: Ask,
) -> Answer {
    let view = dashboard.app().delivery(ask.caller(), id).await?;
    Ok(download(view.detail.body, &format!("{id}.json")))
}

/// `GET /deliveries/{id}/response/{attempt}`: what a receiver answered, as a file.
pub(crate) async fn response(
    State(dashboard): State<Dashboard>,
    Path((id, attempt)): Path<(String, u8)>,
    ask: Ask,
) -> Answer {
    let id: DeliveryId = id.parse().map_err(|_| AppError::not_found("delivery"))?;
    let view = dashboard.app().delivery(ask.caller(), id).await?;
    let found = view.attempts.into_iter().find(|each| each.attempt.number == attempt);
    let found = found.ok_or_else(|| AppError::not_found("attempt"))?;
    Ok(download(found.attempt.response_body, &format!("{id}-{attempt}.txt")))
}

/// Bytes of somebody else: never shown by the browser, never anything but text.
fn download(bytes: bytes::Bytes, name: &str) -> Response {
    let mut response = Response::new(Body::from(bytes));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(SANDBOX));
    if let Ok(value) = HeaderValue::try_from(format!("attachment; filename=\"{name}\"")) {
        headers.insert(CONTENT_DISPOSITION, value);
    }
    response
}
