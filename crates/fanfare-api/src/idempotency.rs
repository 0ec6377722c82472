//! `Idempotency-Key` on every POST but the publishing ones (those write their answer in the
//! transaction that accepts the events): the same request gets the first answer again.
//!
//! Only successes are kept. A refusal did nothing, so the key is let go: the request may be
//! mended and sent again under the same key. Once begun, a request runs to its end even when its
//! client goes away, so that its answer is there for the repetition. What is shown once (a
//! generated secret, a new API key) is left out of what is kept: see [`KeptWithout`].

use axum::body::Body;
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use fanfare_app::{AppError, Caller, IdempotentRequest, OperatorContext, Started};
use fanfare_store::StoredResponse;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use http_body_util::BodyExt;

use crate::body;
use crate::error::ApiError;
use crate::state::ApiState;

/// The request's header.
const KEY: HeaderName = HeaderName::from_static("idempotency-key");
/// Marks an answer that was given before.
const REPLAYED: HeaderName = HeaderName::from_static("idempotent-replayed");

/// The body to keep in place of the one that is sent, because that one holds something that is
/// shown once and stored nowhere in clear. Put into a response's extensions.
#[derive(Clone)]
pub(crate) struct KeptWithout(pub(crate) Bytes);

/// The request under its key, when it has one. `path` is the path without `/api` or `/api/v1`.
pub(crate) fn of(
    headers: &HeaderMap,
    path: &str,
    body: &[u8],
) -> Result<Option<IdempotentRequest>, AppError> {
    let mut keys = headers.get_all(KEY).iter();
    let Some(key) = keys.next() else { return Ok(None) };
    if keys.next().is_some() {
        return Err(AppError::invalid_field("Idempotency-Key", "is given twice"));
    }
    // A value that is not text fails the use case's own check of the characters.
    IdempotentRequest::new(key.to_str().unwrap_or(" "), "POST", path, body).map(Some)
}

/// A stored answer as a response.
pub(crate) fn replay(stored: StoredResponse) -> Response {
    let mut response = respond(&stored);
    response.headers_mut().insert(REPLAYED, HeaderValue::from_static("true"));
    response
}

/// An answer as a response.
pub(crate) fn respond(stored: &StoredResponse) -> Response {
    let mut response = Response::new(Body::from(stored.body.clone()));
    *response.status_mut() =
        StatusCode::from_u16(stored.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    if !stored.body.is_empty() {
        let json = HeaderValue::from_static("application/json");
        response.headers_mut().insert(CONTENT_TYPE, json);
    }
    response
}

/// The layer of routes whose POSTs may carry a key; inside [`crate::access::authenticated`].
pub(crate) async fn once(State(state): State<ApiState>, request: Request, next: Next) -> Response {
    if request.method() != Method::POST || !request.headers().contains_key(KEY) {
        return next.run(request).await;
    }
    let (caller, key, request) = match keyed(request).await {
        Ok(keyed) => keyed,
        Err(error) => return ApiError(error).into_response(),
    };
    let tasks = state.shared.tasks.clone();
    let run = tasks.spawn(run(state, caller, key, request, next));
    run.await.unwrap_or_else(|error| {
        ApiError(AppError::internal(OperatorContext::new(error))).into_response()
    })
}

/// The request with its body read, who sends it, and under which key.
async fn keyed(request: Request) -> Result<(Caller, IdempotentRequest, Request), AppError> {
    let (parts, body) = request.into_parts();
    let outside = || AppError::internal(OperatorContext::new("an idempotency layer is misplaced"));
    let caller = parts.extensions.get::<Caller>().copied().ok_or_else(outside)?;
    let bytes = body::read(&parts.headers, body).await?;
    let path = parts.uri.path_and_query().map_or("", |path| path.as_str());
    let key = of(&parts.headers, path, &bytes)?.ok_or_else(outside)?;
    Ok((caller, key, Request::from_parts(parts, Body::from(bytes))))
}

/// From taking the key to keeping the answer or letting the key go. Runs as a task of its own,
/// so that a client that goes away leaves neither a key held nor an answer unkept.
async fn run(
    state: ApiState,
    caller: Caller,
    key: IdempotentRequest,
    request: Request,
    next: Next,
) -> Response {
    let app = &state.shared.app;
    match app.begin_idempotent(&caller, &key).await {
        Ok(Started::Fresh) => {}
        Ok(Started::Replayed(stored)) => return replay(stored),
        Err(error) => return ApiError(error).into_response(),
    }
    let (response, kept) = split(next.run(request).await).await;
    if let Err(error) = app.finish_idempotent(&caller, &key, kept).await {
        let context = error.context().map_or("", |context| context.for_log());
        tracing::warn!(%error, context, "an answer could not be kept for its Idempotency-Key");
    }
    response
}

/// The response, and what to keep of it.
async fn split(response: Response) -> (Response, Option<StoredResponse>) {
    if !response.status().is_success() {
        return (response, None);
    }
    let (mut parts, body) = response.into_parts();
    let body = match body.collect().await {
        Ok(body) => body.to_bytes(),
        Err(error) => {
            let error = AppError::internal(OperatorContext::new(error));
            return (ApiError(error).into_response(), None);
        }
    };
    let kept = parts.extensions.remove::<KeptWithout>().map_or_else(|| body.clone(), |kept| kept.0);
    let kept = StoredResponse { status: parts.status.as_u16(), body: kept };
    (Response::from_parts(parts, Body::from(body)), Some(kept))
}
