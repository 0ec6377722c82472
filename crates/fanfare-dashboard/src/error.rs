//! Refusals as pages.
//!
//! Handlers answer with a [`Refusal`]; [`crate::surround`], which knows the request, writes the
//! page. What is meant for the operator goes to the log there, once.

use askama::Template;
use axum::response::{Html, IntoResponse, Response};
use fanfare_app::{AppError, ErrorCode};
use fanfare_model::RequestId;
use http::StatusCode;
use http::header::RETRY_AFTER;

use crate::ask::{Visit, sentence};
use crate::chrome::{Bare, Chrome};
use crate::nav::Place;
use crate::session::Viewer;

/// A refusal on its way out of a handler.
#[derive(Debug, Clone)]
pub(crate) struct Refusal(pub(crate) AppError);

impl From<AppError> for Refusal {
    fn from(error: AppError) -> Self {
        Self(error)
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let mut response = status_of(self.0.code()).into_response();
        response.extensions_mut().insert(self);
        response
    }
}

/// The HTTP status of a code.
pub(crate) const fn status_of(code: ErrorCode) -> StatusCode {
    match code {
        ErrorCode::Unauthorized => StatusCode::UNAUTHORIZED,
        ErrorCode::Forbidden => StatusCode::FORBIDDEN,
        ErrorCode::NotFound => StatusCode::NOT_FOUND,
        ErrorCode::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
        ErrorCode::RequestTimeout => StatusCode::REQUEST_TIMEOUT,
        ErrorCode::PayloadTooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        ErrorCode::RateLimited => StatusCode::TOO_MANY_REQUESTS,
        ErrorCode::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        ErrorCode::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        ErrorCode::Conflict
        | ErrorCode::IllegalTransition
        | ErrorCode::LimitReached
        | ErrorCode::IdempotencyKeyReused
        | ErrorCode::IdempotencyInProgress => StatusCode::CONFLICT,
        _ => StatusCode::BAD_REQUEST,
    }
}

/// What a page of a refusal says.
struct Told {
    status: u16,
    title: &'static str,
    message: String,
    /// To quote to the operator; only for what is our fault.
    request_id: Option<RequestId>,
}

#[derive(Template)]
#[template(path = "error.html")]
struct ErrorPage {
    chrome: Chrome,
    told: Told,
}

#[derive(Template)]
#[template(path = "error_bare.html")]
struct BareErrorPage {
    bare: Bare,
    told: Told,
}

#[derive(Template)]
#[template(path = "error_part.html")]
struct ErrorPart {
    told: Told,
}

/// The page of a refusal.
pub(crate) fn render(error: &AppError, viewer: Option<&Viewer>, visit: &Visit) -> Response {
    log(error, visit.id);
    let status = status_of(error.code());
    let told = Told {
        status: status.as_u16(),
        title: title(status),
        message: message(error),
        request_id: status.is_server_error().then_some(visit.id),
    };
    let html = match (visit.fragment, viewer) {
        (true, _) => ErrorPart { told }.render(),
        (false, Some(viewer)) => {
            let chrome = Chrome::new(viewer, visit, told.title, Place::Nowhere, None);
            ErrorPage { chrome, told }.render()
        }
        (false, None) => BareErrorPage { bare: visit.bare(told.title), told }.render(),
    };
    let mut response = (status, Html(html.unwrap_or_default())).into_response();
    if let Some(wait) = error.retry_after() {
        response.headers_mut().insert(RETRY_AFTER, wait.as_secs().max(1).into());
    }
    response
}

fn title(status: StatusCode) -> &'static str {
    match status.as_u16() {
        403 => "You may not do this",
        404 => "Not found",
        405 => "Not this way",
        413 => "Too much at once",
        429 => "Too many requests",
        500 => "Something failed on our side",
        503 => "Not right now",
        _ => "This did not work",
    }
}

fn message(error: &AppError) -> String {
    match error.code() {
        ErrorCode::NotFound => {
            "There is nothing at this address in this organization. It may have been removed, or \
             it belongs to another one."
                .to_owned()
        }
        ErrorCode::Internal => {
            "Nothing was lost. Please try again; if it stays like this, tell the operator the \
             number below."
                .to_owned()
        }
        _ => match error.details() {
            [] => sentence(error.message()),
            details => {
                let texts = details.iter().map(|each| format!("{}: {}", each.field, each.message));
                sentence(&texts.collect::<Vec<_>>().join("; "))
            }
        },
    }
}

fn log(error: &AppError, request_id: RequestId) {
    let context = error.context().map(fanfare_app::OperatorContext::for_log);
    match status_of(error.code()).is_server_error() {
        true => tracing::error!(%request_id, code = %error.code(), context, "a page failed"),
        false => tracing::debug!(%request_id, code = %error.code(), context, "a page was refused"),
    }
}
