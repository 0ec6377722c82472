//! In by a password, out again, and from one organization to another.

use askama::Template;
use axum::Extension;
use axum::extract::State;
use axum::response::Response;
use fanfare_app::{AppError, ClientInfo, ErrorCode, SignIn, SignedIn};

use super::{begun, with_cookie};
use crate::ask::{Answer, Visit, page, page_with, see_other, sentence};
use crate::chrome::Bare;
use crate::cookies::Cookie;
use crate::error::status_of;
use crate::link;
use crate::session::{Place, places};
use crate::state::Dashboard;

#[derive(Template)]
#[template(path = "account/sign_in.html")]
struct SignInPage {
    bare: Bare,
    email: String,
    next: String,
    /// What was done before.
    done: Option<&'static str>,
    problem: Option<String>,
    /// Whether a link for a new password can be mailed.
    sends_mails: bool,
}

/// `GET /sign-in`
pub(crate) async fn sign_in_page(
    State(dashboard): State<Dashboard>,
    signed_in: Option<Extension<SignedIn>>,
    visit: Visit,
) -> Answer {
    let next = link::local(visit.query.get("next")).to_owned();
    if signed_in.is_some() {
        return Ok(see_other(&next));
    }
    let done = match visit.query.get("done") {
        "signed-out" => Some("You are signed out."),
        "everywhere" => Some("You are signed out everywhere."),
        "password" => Some("Your password is set. Sign in with it."),
        _ => None,
    };
    let bare = visit.bare("Sign in");
    let sends_mails = dashboard.app().sends_mails();
    page(&SignInPage { bare, email: String::new(), next, done, problem: None, sends_mails })
}

/// `POST /sign-in`
pub(crate) async fn sign_in(
    State(dashboard): State<Dashboard>,
    Extension(client): Extension<ClientInfo>,
    visit: Visit,
) -> Answer {
    let next = link::local(visit.form.get("next")).to_owned();
    let email = visit.form.get("email").to_owned();
    let password = visit.form.get("password").to_owned();
    let asked = SignIn { email: email.clone(), password, client };
    match dashboard.app().sign_in(asked).await {
        Ok(session) => Ok(begun(&dashboard, &session, &next)),
        Err(error) if is_told_on_the_page(&error) => {
            let status = status_of(error.code());
            let problem = Some(sentence(error.message()));
            let bare = visit.bare("Sign in");
            let sends_mails = dashboard.app().sends_mails();
            let page = SignInPage { bare, email, next, done: None, problem, sends_mails };
            page_with(status, &page)
        }
        Err(error) => Err(error.into()),
    }
}

fn is_told_on_the_page(error: &AppError) -> bool {
    matches!(
        error.code(),
        ErrorCode::Unauthorized | ErrorCode::RateLimited | ErrorCode::ValidationFailed
    )
}

/// `POST /sign-out`
pub(crate) async fn sign_out(
    State(dashboard): State<Dashboard>,
    Extension(signed_in): Extension<SignedIn>,
) -> Answer {
    dashboard.app().sign_out(&signed_in).await?;
    Ok(gone(&dashboard, "/sign-in?done=signed-out"))
}

/// `POST /sign-out/everywhere`
pub(crate) async fn sign_out_everywhere(
    State(dashboard): State<Dashboard>,
    Extension(signed_in): Extension<SignedIn>,
) -> Answer {
    dashboard.app().sign_out_everywhere(&signed_in).await?;
    Ok(gone(&dashboard, "/sign-in?done=everywhere"))
}

fn gone(dashboard: &Dashboard, to: &str) -> Response {
    with_cookie(see_other(to), &Cookie::Session.end(dashboard.origin()))
}

/// `POST /organization`: looks at another one.
pub(crate) async fn switch_organization(
    State(dashboard): State<Dashboard>,
    Extension(signed_in): Extension<SignedIn>,
    visit: Visit,
) -> Answer {
    let organization = visit.form.get("organization").parse();
    let organization = organization.map_err(|_| AppError::not_found("organization"))?;
    let session = dashboard.app().switch_organization(&signed_in, organization).await?;
    Ok(begun(&dashboard, &session, "/"))
}

#[derive(Template)]
#[template(path = "account/no_organization.html")]
struct NoOrganizationPage {
    bare: Bare,
    email: String,
    csrf: String,
    places: Vec<Place>,
}

/// `GET /no-organization`: signed in, but the organization that was looked at lets nobody of this
/// name in.
pub(crate) async fn no_organization(
    Extension(signed_in): Extension<SignedIn>,
    visit: Visit,
) -> Answer {
    if signed_in.caller.is_some() {
        return Ok(see_other("/"));
    }
    page(&NoOrganizationPage {
        bare: visit.bare("No organization"),
        email: signed_in.user.email.clone(),
        csrf: signed_in.csrf.expose().to_owned(),
        places: places(&signed_in),
    })
}
