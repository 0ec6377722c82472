//! Events that an organization fetched from Stripe itself: what `fanfare stripe reconcile` sends.
//!
//! `{"events": [event, …]}`, with an API key in place of a signature. What is not known yet is stored
//! and handled as if it had come; the rest changes nothing.

use axum::body::Body;
use axum::extract::{Path, State};
use axum::response::Response;
use bytes::Bytes;
use fanfare_app::{AppError, ErrorCode, Received, TakenIn};
use fanfare_model::inbound::InboundContent;
use fanfare_model::{limits, strict_json};
use http::header::{AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderMap, HeaderValue, StatusCode};
use http_body_util::{BodyExt, Limited};
use serde_json::{Value, json};

use crate::Inbound;
use crate::read::{Identity, stripe};
use crate::receive::{Routed, one};

pub(crate) async fn fetched(
    State(Routed { inbound, .. }): State<Routed>,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    match inbound.take_fetched(&id, &headers, body).await {
        Ok(TakenIn { new, ignored, duplicate }) => {
            let counts = json!({"new": new, "ignored": ignored, "duplicate": duplicate});
            answer(StatusCode::OK, &counts)
        }
        Err(error) => {
            let (code, message) = (error.code().as_str(), error.message());
            let details = error.details().iter();
            let details: Vec<_> =
                details.map(|one| json!({"field": one.field, "message": one.message})).collect();
            let error = json!({"code": code, "message": message, "details": details});
            answer(status(code), &json!({"error": error}))
        }
    }
}

fn status(code: &str) -> StatusCode {
    match code {
        "unauthorized" => StatusCode::UNAUTHORIZED,
        "forbidden" => StatusCode::FORBIDDEN,
        "not_found" => StatusCode::NOT_FOUND,
        "conflict" => StatusCode::CONFLICT,
        "payload_too_large" => StatusCode::PAYLOAD_TOO_LARGE,
        "unavailable" => StatusCode::SERVICE_UNAVAILABLE,
        "internal" => StatusCode::INTERNAL_SERVER_ERROR,
        _ => StatusCode::BAD_REQUEST,
    }
}

fn answer(status: StatusCode, value: &Value) -> Response {
    let mut response = Response::new(Body::from(value.to_string()));
    *response.status_mut() = status;
    let json = HeaderValue::from_static("application/json");
    response.headers_mut().insert(CONTENT_TYPE, json);
    response
}

impl Inbound {
    async fn take_fetched(
        &self,
        id: &str,
        headers: &HeaderMap,
        body: Body,
    ) -> Result<TakenIn, AppError> {
        let bearer = one(headers, AUTHORIZATION.as_str())
            .and_then(|value| std::str::from_utf8(value).ok()?.strip_prefix("Bearer "));
        let caller = self.shared.app.authenticate(bearer.unwrap_or_default()).await?;
        let id = id.parse().map_err(|_| AppError::not_found("connection"))?;
        let whole = Limited::new(body, limits::REQUEST_BODY).collect().await;
        let body = whole.map_err(|_| {
            AppError::new(ErrorCode::PayloadTooLarge, "the body is too large, or broke off")
        })?;
        let received = read(&body.to_bytes())?;
        self.shared.app.take_in_fetched(&caller, id, received).await
    }
}

/// The events, each with whether it is of the live mode.
fn read(body: &[u8]) -> Result<Vec<(Received, bool)>, AppError> {
    let body = strict_json::parse(body)
        .map_err(|error| AppError::new(ErrorCode::MalformedJson, error.to_string()))?;
    let Some(events) = body["events"].as_array() else {
        return Err(AppError::invalid_field("events", "must be a list of events"));
    };
    let mut received = Vec::with_capacity(events.len());
    for (place, event) in events.iter().enumerate() {
        let (Identity { key, kind, ignored }, livemode) =
            stripe::identify_event(event).map_err(|error| {
                AppError::invalid_field(format!("events[{place}]"), error.to_string())
            })?;
        let (content, body) = (InboundContent::Json, Bytes::from(event.to_string()));
        received.push((Received { key, kind, content, body, ignored }, livemode));
    }
    Ok(received)
}
