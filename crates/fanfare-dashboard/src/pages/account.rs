//! Signing in and out, and the look of the pages.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use http::header::SET_COOKIE;
use http::{HeaderValue, StatusCode};

use crate::ask::{Answer, Visit, page, page_with, see_other};
use crate::chrome::{Bare, Theme};
use crate::cookies::Cookie;
use crate::link;
use crate::session;
use crate::state::Dashboard;

#[derive(Template)]
#[template(path = "account/sign_in.html")]
struct SignInPage {
    bare: Bare,
    email: String,
    next: String,
    problem: Option<&'static str>,
}

/// `GET /sign-in`
pub(crate) async fn sign_in_page(visit: Visit) -> Answer {
    page(&SignInPage {
        bare: visit.bare("Sign in"),
        email: String::new(),
        next: link::local(visit.query.get("next")).to_owned(),
        problem: None,
    })
}

/// `POST /sign-in`
pub(crate) async fn sign_in(State(dashboard): State<Dashboard>, visit: Visit) -> Answer {
    let token = visit.form.get("password");
    let next = link::local(visit.form.get("next")).to_owned();
    if session::find(&dashboard, token).await?.is_none() {
        let sign_in = SignInPage {
            bare: visit.bare("Sign in"),
            email: visit.form.get("email").to_owned(),
            next,
            problem: Some("That is not right. Check both, or ask an owner to reset your password."),
        };
        return page_with(StatusCode::UNAUTHORIZED, &sign_in);
    }
    Ok(with_cookie(see_other(&next), &Cookie::Session.set(dashboard.origin(), token)))
}

/// `POST /sign-out`
pub(crate) async fn sign_out(State(dashboard): State<Dashboard>) -> Answer {
    Ok(with_cookie(see_other("/sign-in"), &Cookie::Session.end(dashboard.origin())))
}

/// `POST /theme`
pub(crate) async fn set_theme(State(dashboard): State<Dashboard>, visit: Visit) -> Answer {
    let theme = Theme::named(visit.form.get("theme"));
    let cookie = match theme {
        Theme::System => Cookie::Theme.end(dashboard.origin()),
        theme => Cookie::Theme.set(dashboard.origin(), theme.as_str()),
    };
    Ok(with_cookie(see_other(link::local(visit.form.get("next"))), &cookie))
}

fn with_cookie(mut response: Response, cookie: &str) -> Response {
    if let Ok(cookie) = HeaderValue::try_from(cookie) {
        response.headers_mut().append(SET_COOKIE, cookie);
    }
    response
}
