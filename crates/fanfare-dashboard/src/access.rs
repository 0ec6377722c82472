//! What stands before a handler: the session, the right that the route names, and the form.
//!
//! Who is not signed in is sent to the sign-in page, and back afterwards. Who lacks the right is
//! told so on a page. A form is read here, within bounds, and refused without the session's token:
//! no handler sees a form that was not sent from one of our pages.

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use fanfare_app::{AppError, ErrorCode};
use fanfare_model::Scope;
use http::{HeaderMap, Method, StatusCode};
use http_body_util::{BodyExt as _, Limited};

use crate::ask::{Visit, see_other};
use crate::cookies::Cookie;
use crate::error::Refusal;
use crate::form::{self, Pairs};
use crate::link;
use crate::session::{self, Viewer};
use crate::state::Dashboard;

/// Who may ask for a route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Right {
    /// Everybody.
    Open,
    /// Who is signed in.
    SignedIn,
    /// Who is signed in and has this right in the organization that is looked at.
    Scope(Scope),
}

impl Right {
    /// Whether a viewer may.
    pub(crate) fn allows(self, viewer: &Viewer) -> bool {
        match self {
            Self::Open | Self::SignedIn => true,
            Self::Scope(scope) => viewer.may(scope),
        }
    }
}

/// The layer of one route.
pub(crate) async fn admit(
    State((dashboard, right)): State<(Dashboard, Right)>,
    request: Request,
    next: Next,
) -> Response {
    let viewer = match viewer(&dashboard, request.headers()).await {
        Ok(viewer) => viewer,
        Err(error) => return Refusal(error).into_response(),
    };
    let Some(viewer) = viewer else {
        return match right {
            Right::Open => {
                let form = read_form(request).await;
                match form {
                    Ok(request) => next.run(request).await,
                    Err(error) => Refusal(error).into_response(),
                }
            }
            Right::SignedIn | Right::Scope(_) => to_sign_in(&request),
        };
    };
    let mut response = match admitted(right, &viewer, request).await {
        Ok(request) => next.run(request).await,
        Err(error) => Refusal(error).into_response(),
    };
    // A page of a refusal has the viewer's sidebar.
    response.extensions_mut().insert(viewer);
    response
}

async fn viewer(dashboard: &Dashboard, headers: &HeaderMap) -> Result<Option<Viewer>, AppError> {
    match Cookie::Session.read(dashboard.origin(), headers) {
        Some(token) => session::find(dashboard, token).await,
        None => Ok(None),
    }
}

async fn admitted(right: Right, viewer: &Viewer, request: Request) -> Result<Request, AppError> {
    if let Right::Scope(scope) = right
        && !viewer.may(scope)
    {
        let message = format!(
            "Your role in {} does not allow this. An owner or admin can change it.",
            viewer.organization.name
        );
        return Err(AppError::new(ErrorCode::Forbidden, message));
    }
    let mut request = read_form(request).await?;
    let sent = request.extensions().get::<Pairs>();
    if let Some(form) = sent
        && right != Right::Open
        && !is_token(form.get(form::TOKEN), &viewer.csrf)
    {
        let message =
            "This form is from an earlier session. Go back, reload the page, send it again.";
        return Err(AppError::new(ErrorCode::Forbidden, message));
    }
    request.extensions_mut().insert(viewer.clone());
    Ok(request)
}

/// Reads the form of a request that may change something, and leaves it for the handler.
async fn read_form(request: Request) -> Result<Request, AppError> {
    if matches!(*request.method(), Method::GET | Method::HEAD) {
        return Ok(request);
    }
    let (mut parts, body) = request.into_parts();
    let Ok(body) = Limited::new(body, form::LIMIT).collect().await else {
        let message = format!("A form may have at most {} KiB.", form::LIMIT / 1024);
        return Err(AppError::new(ErrorCode::PayloadTooLarge, message));
    };
    parts.extensions.insert(Pairs::parse(&body.to_bytes()));
    Ok(Request::from_parts(parts, axum::body::Body::empty()))
}

fn is_token(sent: &str, wanted: &str) -> bool {
    aws_lc_rs::constant_time::verify_slices_are_equal(sent.as_bytes(), wanted.as_bytes()).is_ok()
}

/// To the sign-in page, with the way back for what can be looked at.
fn to_sign_in(request: &Request) -> Response {
    let visit = request.extensions().get::<Visit>();
    if visit.is_some_and(|visit| visit.fragment) {
        // A part of a page: the script reloads the page, which leads to the sign-in.
        return StatusCode::UNAUTHORIZED.into_response();
    }
    let back = match *request.method() {
        Method::GET => request.uri().path_and_query().map_or("/", |path| path.as_str()),
        _ => "",
    };
    see_other(&link::with("/sign-in", [("next", if back == "/" { "" } else { back })]))
}
