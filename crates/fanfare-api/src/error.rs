//! The one place where a refusal becomes a response.
//!
//! Every answer that is not a success is
//! `{"error":{"code","message","details"?:[{"field","message"}],"requestId"}}` with the status of
//! [`status_of`]. Handlers return [`ApiError`]; its response carries the refusal as an extension
//! and no body, and [`crate::observe`], which knows the request's id, lets [`render`] write the
//! envelope. What is meant for the operator goes to the log there, once, and nowhere else.

#[cfg(test)]
mod tests;

use std::time::Duration;

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use fanfare_app::{AppError, ErrorCode};
use fanfare_model::RequestId;
use http::header::{CONNECTION, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderValue, StatusCode};
use serde::Serialize;
use utoipa::ToSchema;

/// A refusal on its way out of a handler.
#[derive(Debug, Clone)]
pub(crate) struct ApiError(pub(crate) AppError);

impl From<AppError> for ApiError {
    fn from(error: AppError) -> Self {
        Self(error)
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let mut response = Response::new(Body::empty());
        *response.status_mut() = status_of(self.0.code());
        response.extensions_mut().insert(self);
        response
    }
}

/// The HTTP status of a code.
pub(crate) const fn status_of(code: ErrorCode) -> StatusCode {
    match code {
        ErrorCode::MalformedJson | ErrorCode::ValidationFailed => StatusCode::BAD_REQUEST,
        ErrorCode::Unauthorized => StatusCode::UNAUTHORIZED,
        ErrorCode::Forbidden => StatusCode::FORBIDDEN,
        ErrorCode::NotFound => StatusCode::NOT_FOUND,
        ErrorCode::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
        ErrorCode::RequestTimeout => StatusCode::REQUEST_TIMEOUT,
        ErrorCode::Conflict
        | ErrorCode::IllegalTransition
        | ErrorCode::LimitReached
        | ErrorCode::IdempotencyKeyReused
        | ErrorCode::IdempotencyInProgress => StatusCode::CONFLICT,
        ErrorCode::PayloadTooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        ErrorCode::UnsupportedMediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
        ErrorCode::HeadersTooLarge => StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
        ErrorCode::RateLimited => StatusCode::TOO_MANY_REQUESTS,
        ErrorCode::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        ErrorCode::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
    }
}

/// The body of every answer that is not a success.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Error)]
pub(crate) struct ErrorEnvelope<'a> {
    #[schema(inline)]
    error: ErrorBody<'a>,
}

/// What went wrong.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct ErrorBody<'a> {
    /// A stable word for programs; `/docs/errors/{code}` explains it.
    #[schema(example = "validation_failed")]
    code: &'a str,
    /// For people: what is wrong and what would be right. The wording may change.
    #[schema(example = "the request has invalid fields")]
    message: &'a str,
    /// Which fields, when it is about fields.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false, inline)]
    details: Vec<Detail<'a>>,
    /// The request's id, also in the header `X-Request-Id`: quote it to support.
    #[schema(value_type = String, example = "req_01h455vb4pex5vsknk084sn02q")]
    request_id: RequestId,
}

/// A complaint about one field.
#[derive(Debug, Serialize, ToSchema)]
struct Detail<'a> {
    /// The field as a path in the request.
    #[schema(example = "events[2]")]
    field: &'a str,
    /// What is wrong and what would be right.
    #[schema(example = "unknown event type")]
    message: &'a str,
}

/// Writes the envelope, and the operator's part to the log.
pub(crate) fn render(error: &AppError, request_id: RequestId) -> Response {
    log(error, request_id);
    let envelope = ErrorEnvelope {
        error: ErrorBody {
            code: error.code().as_str(),
            message: error.message(),
            details: error
                .details()
                .iter()
                .map(|detail| Detail { field: &detail.field, message: &detail.message })
                .collect(),
            request_id,
        },
    };
    // Only strings: this cannot fail; an empty body would still carry the status.
    let body = serde_json::to_vec(&envelope).unwrap_or_default();
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status_of(error.code());
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    if let Some(wait) = wait(error) {
        headers.insert(RETRY_AFTER, HeaderValue::from(whole_seconds(wait)));
    }
    match error.code() {
        ErrorCode::Unauthorized => {
            headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"fanfare\""));
        }
        // What is left of the body would be read as the next request.
        ErrorCode::RequestTimeout | ErrorCode::PayloadTooLarge => {
            headers.insert(CONNECTION, HeaderValue::from_static("close"));
        }
        _ => {}
    }
    response
}

/// How long the client is asked to wait; some codes always say.
fn wait(error: &AppError) -> Option<Duration> {
    error.retry_after().or(match error.code() {
        ErrorCode::RateLimited | ErrorCode::Unavailable | ErrorCode::IdempotencyInProgress => {
            Some(Duration::from_secs(1))
        }
        _ => None,
    })
}

/// Rounded up, so that nobody comes back too early; at least 1.
fn whole_seconds(wait: Duration) -> u64 {
    (wait.as_secs() + u64::from(wait.subsec_nanos() > 0)).max(1)
}

fn log(error: &AppError, request_id: RequestId) {
    let context = error.context().map_or("", |context| context.for_log());
    match error.code() {
        ErrorCode::Internal => {
            tracing::error!(%request_id, context, "a request failed on our side");
        }
        ErrorCode::Unavailable => {
            tracing::warn!(%request_id, context, "a request could not be taken");
        }
        code => tracing::debug!(%request_id, %code, context, "a request was refused"),
    }
}
