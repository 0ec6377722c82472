//! Signing in and out, coming in by a link, which organization is looked at, and the look of the
//! pages.
//!
//! A link's page shows what it is for and has a form; only sending the form uses the link, so that
//! programs that look at links in mails do not use them up.

mod links;
mod mails;
mod sign_in;

use axum::extract::State;
use axum::response::Response;
use fanfare_app::NewSession;
use http::HeaderValue;
use http::header::SET_COOKIE;

use crate::ask::{Answer, Visit, see_other};
use crate::chrome::Theme;
use crate::cookies::Cookie;
use crate::link;
use crate::state::Dashboard;

pub(crate) use links::{
    accept_invitation, invitation, reset, reset_password, set_up, setup, sign_in_by_link,
    sign_in_link,
};
pub(crate) use mails::{forgotten, mail_reset_link, unsubscribe, unsubscribe_page};
pub(crate) use sign_in::{
    no_organization, sign_in, sign_in_page, sign_out, sign_out_everywhere, switch_organization,
};

/// `POST /theme`
pub(crate) async fn set_theme(State(dashboard): State<Dashboard>, visit: Visit) -> Answer {
    let cookie = match Theme::named(visit.form.get("theme")) {
        Theme::System => Cookie::Theme.end(dashboard.origin()),
        theme => Cookie::Theme.set(dashboard.origin(), theme.as_str()),
    };
    Ok(with_cookie(see_other(link::local(visit.form.get("next"))), &cookie))
}

/// To a page, with a session that began.
fn begun(dashboard: &Dashboard, session: &NewSession, next: &str) -> Response {
    let cookie = Cookie::Session.set(dashboard.origin(), &session.token.expose());
    with_cookie(see_other(next), &cookie)
}

fn with_cookie(mut response: Response, cookie: &str) -> Response {
    if let Ok(cookie) = HeaderValue::try_from(cookie) {
        response.headers_mut().append(SET_COOKIE, cookie);
    }
    response
}
