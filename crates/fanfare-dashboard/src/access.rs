//! What stands before a handler: the session, the right that the route names, and the form.
//!
//! Who is not signed in is sent to the sign-in page, and back afterwards. Who lacks the right is
//! told so on a page. A form is read here, within bounds, and refused without the session's token:
//! no handler sees a form that was not sent from one of our pages.

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use fanfare_app::{AppError, ClientInfo, ErrorCode, SignedIn};
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
    /// Who is signed in, even if no organization lets them in.
    Person,
    /// Who is signed in and looks at an organization.
    SignedIn,
    /// Who is signed in and has this right in the organization that is looked at.
    Scope(Scope),
}

impl Right {
    /// Whether a viewer may.
    pub(crate) fn allows(self, viewer: &Viewer) -> bool {
        match self {
            Self::Open | Self::Person | Self::SignedIn => true,
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
    let client = request.extensions().get::<ClientInfo>().cloned().unwrap_or_default();
    let signed_in = match signed_in(&dashboard, request.headers(), &client).await {
        Ok(signed_in) => signed_in,
        Err(error) => return Refusal(error).into_response(),
    };
    if signed_in.is_none() && right != Right::Open {
        return to_sign_in(&request);
    }
    let viewer = signed_in.clone().and_then(Viewer::of);
    if viewer.is_none() && matches!(right, Right::SignedIn | Right::Scope(_)) {
        return see_other("/no-organization");
    }
    let mut response = match admitted(right, signed_in, viewer.as_ref(), request).await {
        Ok(request) => next.run(request).await,
        Err(error) => Refusal(error).into_response(),
    };
    // A page of a refusal has the viewer's sidebar.
    if let Some(viewer) = viewer {
        response.extensions_mut().insert(viewer);
    }
    response
}

async fn signed_in(
    dashboard: &Dashboard,
    headers: &HeaderMap,
    client: &ClientInfo,
) -> Result<Option<SignedIn>, AppError> {
    match Cookie::Session.read(dashboard.origin(), headers) {
        Some(token) => session::find(dashboard, token, client).await,
        None => Ok(None),
    }
}

/// The request with everything a handler needs, or why it gets nowhere.
async fn admitted(
    right: Right,
    signed_in: Option<SignedIn>,
    viewer: Option<&Viewer>,
    request: Request,
) -> Result<Request, AppError> {
    if let (Right::Scope(scope), Some(viewer)) = (right, viewer)
        && !viewer.may(scope)
    {
        let message = format!(
            "Your role in {} does not allow this. An owner or admin can change it.",
            viewer.organization.name
        );
        return Err(AppError::new(ErrorCode::Forbidden, message));
    }
    let mut request = read_form(request).await?;
    let form = request.extensions().get::<Pairs>();
    let token = form.map(|form| form.get(form::TOKEN));
    if let (Some(given), Some(signed_in)) = (token, &signed_in)
        && right != Right::Open
        && !signed_in.csrf.accepts(given)
    {
        let message =
            "This form is from an earlier session. Go back, reload the page, send it again.";
        return Err(AppError::new(ErrorCode::Forbidden, message));
    }
    if let Some(signed_in) = signed_in {
        request.extensions_mut().insert(signed_in);
    }
    if let Some(viewer) = viewer {
        request.extensions_mut().insert(viewer.clone());
    }
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

/// To the sign-in page, with the way back for what can be looked at.
fn to_sign_in(request: &Request) -> Response {
    let visit = request.extensions().get::<Visit>();
    if visit.is_some_and(|visit| visit.fragment) {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    let back = match *request.method() {
        Method::GET => request.uri().path_and_query().map_or("/", |path| path.as_str()),
        _ => "",
    };
    see_other(&link::with("/sign-in", [("next", if back == "/" { "" } else { back })]))
}
