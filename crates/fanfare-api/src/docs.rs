//! `/docs`: the reference for people, rendered once from the OpenAPI document, and a page for
//! each error code.
//!
//! Plain HTML and one style sheet, both from the binary: no script, no outside asset, and a
//! content security policy that allows none. Light and dark follow the reader's system.

mod errors;
mod markup;
mod page;
mod schema;
#[cfg(test)]
mod tests;

use std::sync::LazyLock;

use axum::Router;
use axum::body::Body;
use axum::extract::Path;
use axum::extract::rejection::PathRejection;
use axum::response::Response;
use axum::routing::get;
use bytes::Bytes;
use fanfare_app::{AppError, ErrorCode};
use http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY};
use http::{HeaderValue, StatusCode};

use crate::error::ApiError;
use crate::openapi::DOCUMENT;
use crate::state::ApiState;

const STYLE: &str = include_str!("docs/style.css");
const POLICY: &str = "default-src 'none'; style-src 'self'; img-src data:; base-uri 'none'; \
                      form-action 'none'; frame-ancestors 'none'";

/// The pages' routes.
pub(crate) fn routes() -> Router<ApiState> {
    Router::new()
        .route("/docs", get(reference))
        .route("/docs/style.css", get(style))
        .route("/docs/errors", get(error_index))
        .route("/docs/errors/{code}", get(error))
}

async fn reference() -> Response {
    static PAGE: LazyLock<Bytes> = LazyLock::new(|| page::reference(&DOCUMENT).into());
    answer("text/html; charset=utf-8", PAGE.clone().into())
}

async fn style() -> Response {
    answer("text/css; charset=utf-8", STYLE.into())
}

async fn error_index() -> Response {
    answer("text/html; charset=utf-8", errors::index().into())
}

async fn error(code: Result<Path<String>, PathRejection>) -> Result<Response, ApiError> {
    let code = code.map(|Path(code)| code).unwrap_or_default();
    let known = ErrorCode::ALL.iter().find(|known| known.as_str() == code);
    let known = known.ok_or_else(|| AppError::not_found("error code"))?;
    Ok(answer("text/html; charset=utf-8", errors::page(*known).into()))
}

fn answer(kind: &'static str, body: Body) -> Response {
    let mut response = Response::new(body);
    *response.status_mut() = StatusCode::OK;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("public, max-age=300"));
    response
}
