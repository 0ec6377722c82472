//! Around every request: its id, its time, its line in the access log, and the envelope of what
//! was refused.
//!
//! The access log is at debug and holds method, route, status and time; never a header, a query
//! or a body. Refusals beyond that are logged by [`crate::error`].

use std::time::Duration;

use axum::extract::{MatchedPath, Request, State};
use axum::middleware::Next;
use axum::response::Response;
use fanfare_app::{AppError, Caller, OperatorContext};
use fanfare_model::RequestId;
use http::header::{CACHE_CONTROL, CONTENT_LENGTH, X_CONTENT_TYPE_OPTIONS};
use http::{HeaderName, HeaderValue, Method, StatusCode};
use tokio::time::Instant;

use crate::error::{ApiError, render};
use crate::request_log::Logged;
use crate::state::ApiState;

/// The header with the request's id.
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Marks the answer to a request that is not noted for those who follow requests.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Unlogged;

/// The outermost layer of the router.
pub(crate) async fn observe(
    State(state): State<ApiState>,
    mut request: Request,
    next: Next,
) -> Response {
    let started = Instant::now();
    let id = state.shared.request_ids.next();
    request.extensions_mut().insert(id);
    let (method, uri) = (request.method().clone(), request.uri().clone());
    let route = request.extensions().get::<MatchedPath>().cloned();
    let route = route.as_ref().map(MatchedPath::as_str);
    let answered =
        tokio::time::timeout(state.shared.options.request_timeout, next.run(request)).await;
    let mut caller = None;
    let mut response = match answered {
        Ok(mut response) => {
            let extensions = response.extensions_mut();
            let unlogged = extensions.remove::<Unlogged>().is_some();
            caller = extensions.remove::<Caller>().filter(|_| !unlogged);
            envelope(response, id)
        }
        Err(_) => render(&too_slow(state.shared.options.request_timeout), id),
    };
    let headers = response.headers_mut();
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    if !headers.contains_key(CACHE_CONTROL) {
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    name(&mut response, id);
    let took = started.elapsed();
    tracing::debug!(
        request_id = %id,
        %method,
        route = route.unwrap_or("unmatched"),
        status = response.status().as_u16(),
        duration_us = took.as_micros() as u64,
        "a request was answered"
    );
    if let Some(caller) = caller {
        note(&state, &caller, id, (&method, uri.path()), response.status(), took);
    }
    state.shared.metrics.route(&method, route).count(response.status(), took);
    response
}

/// Notes a request for those who follow the organization's requests.
pub(crate) fn note(
    state: &ApiState,
    caller: &Caller,
    id: RequestId,
    (method, path): (&Method, &str),
    status: StatusCode,
    took: Duration,
) {
    if state.shared.requests.is_watched() {
        let at = state.shared.clock.now();
        let (method, path, status) = (method.clone(), path.to_owned(), status.as_u16());
        let logged = Logged { id, actor: caller.actor, at, method, path, status, took };
        state.shared.requests.note(caller.organization_id, logged);
    }
}

/// A request that was not done in time. What it began may still end.
pub(crate) fn too_slow(allowed: Duration) -> AppError {
    let context = OperatorContext::new(format_args!("not answered within {allowed:?}"));
    AppError::unavailable(Duration::from_secs(1), context)
}

/// Puts the request's id on its response.
pub(crate) fn name(response: &mut Response, id: RequestId) {
    let mut text = Vec::with_capacity(32);
    id.write_to(&mut text);
    if let Ok(value) = HeaderValue::from_maybe_shared(bytes::Bytes::from(text)) {
        response.headers_mut().insert(REQUEST_ID, value);
    }
}

/// Turns a refusal that a handler gave into its envelope; other headers stay.
fn envelope(mut response: Response, id: RequestId) -> Response {
    let Some(ApiError(error)) = response.extensions_mut().remove::<ApiError>() else {
        return response;
    };
    let mut rendered = render(&error, id);
    let headers = rendered.headers_mut();
    for (name, value) in response.headers() {
        if name != CONTENT_LENGTH {
            headers.insert(name.clone(), value.clone());
        }
    }
    rendered
}
