//! Around every request: its time limit, where it comes from, the headers of every answer, the
//! page of what was refused, and its line in the log.
//!
//! The log is at debug and holds method, route, status and time; never a header, a query or a form.

use axum::extract::{MatchedPath, Request, State};
use axum::middleware::Next;
use axum::response::Response;
use fanfare_app::{AppError, ErrorCode, OperatorContext};
use http::header::{CONTENT_TYPE, SET_COOKIE};
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use tokio::time::Instant;

use crate::ask::Visit;
use crate::chrome::Theme;
use crate::cookies::Cookie;
use crate::error::{Refusal, render};
use crate::form::Pairs;
use crate::routes::page_above;
use crate::security;
use crate::session::{self, Viewer};
use crate::state::Dashboard;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const HTMX: HeaderName = HeaderName::from_static("hx-request");

/// The outermost layer.
pub(crate) async fn surround(
    State(dashboard): State<Dashboard>,
    request: Request,
    next: Next,
) -> Response {
    let started = Instant::now();
    let visit = visit(&dashboard, &request);
    let (parts, body) = request.into_parts();
    let client = session::client(&dashboard, &parts, visit.id);
    let mut request = Request::from_parts(parts, body);
    let method = request.method().clone();
    let route = request.extensions().get::<MatchedPath>().cloned();
    let from_here = security::is_from_here(&method, request.headers(), dashboard.origin());
    let mut response = if from_here || request.uri().path() == security::BY_TOKEN {
        request.extensions_mut().insert(visit.clone());
        request.extensions_mut().insert(client);
        let limit = dashboard.request_timeout();
        match tokio::time::timeout(limit, next.run(request)).await {
            Ok(response) => as_page(response, &visit),
            Err(_) => {
                let context = OperatorContext::new(format_args!("not answered within {limit:?}"));
                let wait = std::time::Duration::from_secs(1);
                render(&AppError::unavailable(wait, context), None, &visit)
            }
        }
    } else {
        let message = "This request did not come from a page of this dashboard. If it did, the \
                       address you use is not the public URL that the server was given.";
        render(&AppError::new(ErrorCode::Forbidden, message), None, &visit)
    };
    if visit.flash.is_some() && !visit.fragment && method == Method::GET && is_page(&response) {
        forget_flash(&dashboard, response.headers_mut());
    }
    security::stamp(response.headers_mut(), dashboard.origin());
    if let Ok(id) = HeaderValue::try_from(visit.id.to_string()) {
        response.headers_mut().insert(REQUEST_ID, id);
    }
    tracing::debug!(
        request_id = %visit.id,
        %method,
        route = route.as_ref().map_or("unmatched", MatchedPath::as_str),
        status = response.status().as_u16(),
        duration_us = started.elapsed().as_micros() as u64,
        "a page was answered"
    );
    response
}

fn visit(dashboard: &Dashboard, request: &Request) -> Visit {
    let (uri, headers) = (request.uri(), request.headers());
    let cookie = |cookie: Cookie| cookie.read(dashboard.origin(), headers);
    Visit {
        address: match *request.method() {
            Method::GET => uri.path_and_query().map_or("/", |address| address.as_str()),
            _ => page_above(uri.path()),
        }
        .to_owned(),
        query: Pairs::parse(uri.query().unwrap_or_default().as_bytes()),
        form: Pairs::default(),
        now: dashboard.now(),
        id: dashboard.request_id(),
        theme: Theme::named(cookie(Cookie::Theme).unwrap_or_default()),
        fragment: headers.contains_key(HTMX),
        flash: cookie(Cookie::Flash).map(str::to_owned),
    }
}

/// Turns a refusal that a handler gave into its page; cookies it set stay.
fn as_page(mut response: Response, visit: &Visit) -> Response {
    let Some(Refusal(error)) = response.extensions_mut().remove::<Refusal>() else {
        return response;
    };
    let viewer = response.extensions_mut().remove::<Viewer>();
    let mut page = render(&error, viewer.as_ref(), visit);
    for cookie in response.headers().get_all(SET_COOKIE) {
        page.headers_mut().append(SET_COOKIE, cookie.clone());
    }
    page
}

fn is_page(response: &Response) -> bool {
    let kind = response.headers().get(CONTENT_TYPE);
    kind.is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"))
}

/// The message was shown.
fn forget_flash(dashboard: &Dashboard, headers: &mut HeaderMap) {
    if let Ok(cookie) = HeaderValue::try_from(Cookie::Flash.end(dashboard.origin())) {
        headers.append(SET_COOKIE, cookie);
    }
}
