//! `/docs`: the documentation for people. Pages are the Markdown files of the repository
//! ([`shelf`]), the reference comes from the OpenAPI document, each error code has a page, and a
//! search goes over it all.
//!
//! Plain HTML and one style sheet, both from the binary: no script, no outside asset, and a
//! content security policy that allows none. Light and dark follow the reader's system. Every page
//! is rendered once, when it is first asked for.

mod catalogue;
mod errors;
mod markup;
mod page;
mod schema;
mod search;
mod shelf;
mod shell;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::sync::LazyLock;

use axum::Router;
use axum::body::Body;
use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{Path, Query};
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
                      form-action 'self'; frame-ancestors 'none'";

pub use catalogue::markdown as events_page;

/// A kind of content.
const HTML: &str = "text/html; charset=utf-8";

/// The pages' routes.
pub(crate) fn routes() -> Router<ApiState> {
    Router::new()
        .route("/docs", get(home))
        .route("/docs/{*slug}", get(text))
        .route("/docs/files/{*path}", get(file))
        .route("/docs/api", get(reference))
        .route("/docs/search", get(found))
        .route("/docs/style.css", get(style))
        .route("/docs/errors", get(error_index))
        .route("/docs/errors/{code}", get(error))
}

async fn home() -> Response {
    static PAGE: LazyLock<Bytes> = LazyLock::new(|| shell::home().into());
    answer(HTML, PAGE.clone().into())
}

async fn text(slug: Result<Path<String>, PathRejection>) -> Result<Response, ApiError> {
    static PAGES: LazyLock<HashMap<&str, Bytes>> = LazyLock::new(|| {
        shelf::pages().map(|page| (page.slug, shell::page(page).into())).collect()
    });
    let slug = slug.map(|Path(slug)| slug).unwrap_or_default();
    let page = PAGES.get(slug.as_str()).ok_or_else(|| AppError::not_found("page"))?;
    Ok(answer(HTML, page.clone().into()))
}

async fn file(path: Result<Path<String>, PathRejection>) -> Result<Response, ApiError> {
    let path = path.map(|Path(path)| path).unwrap_or_default();
    let found = shelf::FILES.iter().find(|(file, _)| *file == path);
    let (_, content) = found.ok_or_else(|| AppError::not_found("file"))?;
    Ok(answer("text/plain; charset=utf-8", (*content).into()))
}

#[derive(serde::Deserialize)]
struct Question {
    #[serde(default)]
    q: String,
}

async fn found(question: Result<Query<Question>, QueryRejection>) -> Response {
    let question = question.map(|Query(question)| question.q).unwrap_or_default();
    answer(HTML, search::page(&question).into())
}

async fn reference() -> Response {
    static PAGE: LazyLock<Bytes> = LazyLock::new(|| page::reference(&DOCUMENT).into());
    answer(HTML, PAGE.clone().into())
}

async fn style() -> Response {
    answer("text/css; charset=utf-8", STYLE.into())
}

async fn error_index() -> Response {
    answer(HTML, errors::index().into())
}

async fn error(code: Result<Path<String>, PathRejection>) -> Result<Response, ApiError> {
    let code = code.map(|Path(code)| code).unwrap_or_default();
    let known = ErrorCode::ALL.iter().find(|known| known.as_str() == code);
    let known = known.ok_or_else(|| AppError::not_found("error code"))?;
    Ok(answer(HTML, errors::page(*known).into()))
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
