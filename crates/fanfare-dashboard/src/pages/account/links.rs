//! In by a link that works once.

use askama::Template;
use axum::Extension;
use axum::extract::State;
use axum::response::Response;
use fanfare_app::{AppError, ClientInfo, ErrorCode, LinkView, NewPerson};
use http::StatusCode;

use super::begun;
use crate::ask::{Answer, Visit, page, page_with, see_other, sentence};
use crate::chrome::Bare;
use crate::error::status_of;
use crate::form::Pairs;
use crate::state::Dashboard;
use crate::ui::Errors;

/// A page that asks for what a link needs.
#[derive(Template)]
#[template(path = "account/link.html")]
struct LinkPage {
    bare: Bare,
    /// Where its form goes.
    action: &'static str,
    token: String,
    /// What it is about.
    text: String,
    button: &'static str,
    /// Asks for the e-mail address, with what was typed.
    email: Option<String>,
    /// Asks for the name, with what was typed.
    name: Option<String>,
    /// Asks for the password: `new` or `current`.
    password: Option<&'static str>,
    errors: Errors,
}

/// Which fields a link's page has, before anything was typed.
struct Needs {
    title: &'static str,
    action: &'static str,
    text: String,
    button: &'static str,
    email: bool,
    name: bool,
    password: Option<&'static str>,
}

fn needs(view: LinkView) -> Needs {
    match view {
        LinkView::Setup { organization } => Needs {
            title: "Set up Fanfare",
            action: "/setup",
            text: format!("You become the owner of {organization}."),
            button: "Create the account",
            email: true,
            name: true,
            password: Some("new"),
        },
        LinkView::Invitation { organization, email, role, is_known } => Needs {
            title: "You are invited",
            action: "/invitation",
            text: format!("Join {organization} as {} with {email}.", role.title()),
            button: "Join",
            email: false,
            name: !is_known,
            password: Some(if is_known { "current" } else { "new" }),
        },
        LinkView::Reset { email } => Needs {
            title: "A new password",
            action: "/reset",
            text: format!("For {email}. You are signed out everywhere else."),
            button: "Set the password",
            email: false,
            name: false,
            password: Some("new"),
        },
        LinkView::SignIn { email } => Needs {
            title: "Sign in",
            action: "/sign-in/link",
            text: format!("You sign in as {email}."),
            button: "Sign in",
            email: false,
            name: false,
            password: None,
        },
    }
}

fn filled(needs: Needs, visit: &Visit, typed: &Pairs, errors: Errors) -> LinkPage {
    LinkPage {
        bare: visit.bare(needs.title),
        action: needs.action,
        token: typed.get("token").to_owned(),
        text: needs.text,
        button: needs.button,
        email: needs.email.then(|| typed.get("email").to_owned()),
        name: needs.name.then(|| typed.get("name").to_owned()),
        password: needs.password,
        errors,
    }
}

/// The page of a link, if the link leads to this page.
async fn show(dashboard: &Dashboard, visit: &Visit, action: &str) -> Answer {
    let view = dashboard.app().link(visit.query.get("token")).await.map_err(no_link)?;
    let needs = needs(view);
    if needs.action != action {
        return Err(no_link(AppError::not_found("link")).into());
    }
    page(&filled(needs, visit, &visit.query, Errors::default()))
}

/// What a link that is none says: more than that there is nothing at this address.
fn no_link(error: AppError) -> AppError {
    if error.code() != ErrorCode::NotFound {
        return error;
    }
    let message = "This link was used already, has ended, or was not copied whole. Ask for a new \
                   one.";
    AppError::new(ErrorCode::Conflict, message)
}

/// The page again, with what was wrong beside the fields.
async fn again(dashboard: &Dashboard, visit: &Visit, error: AppError) -> Answer {
    let told = matches!(
        error.code(),
        ErrorCode::ValidationFailed | ErrorCode::Unauthorized | ErrorCode::RateLimited
    );
    if !told {
        return Err(no_link(error).into());
    }
    let view = dashboard.app().link(visit.form.get("token")).await.map_err(no_link)?;
    let status = match error.code() {
        ErrorCode::ValidationFailed => StatusCode::BAD_REQUEST,
        code => status_of(code),
    };
    let mut errors = Errors::of(&error);
    if error.details().is_empty() {
        errors = Errors::one("password", &sentence(error.message()));
    }
    page_with(status, &filled(needs(view), visit, &visit.form, errors))
}

fn person(form: &Pairs) -> NewPerson {
    NewPerson { name: form.get("name").to_owned(), password: form.get("password").to_owned() }
}

/// `GET /setup`
pub(crate) async fn setup(State(dashboard): State<Dashboard>, visit: Visit) -> Answer {
    show(&dashboard, &visit, "/setup").await
}

/// `POST /setup`
pub(crate) async fn set_up(
    State(dashboard): State<Dashboard>,
    Extension(client): Extension<ClientInfo>,
    visit: Visit,
) -> Answer {
    let form = &visit.form;
    let app = dashboard.app();
    match app.set_up(form.get("token"), form.get("email"), person(form), client).await {
        Ok(session) => Ok(begun(&dashboard, &session, "/")),
        Err(error) => again(&dashboard, &visit, error).await,
    }
}

/// `GET /invitation`
pub(crate) async fn invitation(State(dashboard): State<Dashboard>, visit: Visit) -> Answer {
    show(&dashboard, &visit, "/invitation").await
}

/// `POST /invitation`
pub(crate) async fn accept_invitation(
    State(dashboard): State<Dashboard>,
    Extension(client): Extension<ClientInfo>,
    visit: Visit,
) -> Answer {
    let token = visit.form.get("token");
    match dashboard.app().accept_invitation(token, person(&visit.form), client).await {
        Ok(session) => Ok(begun(&dashboard, &session, "/")),
        Err(error) => again(&dashboard, &visit, error).await,
    }
}

/// `GET /reset`
pub(crate) async fn reset(State(dashboard): State<Dashboard>, visit: Visit) -> Answer {
    show(&dashboard, &visit, "/reset").await
}

/// `POST /reset`
pub(crate) async fn reset_password(
    State(dashboard): State<Dashboard>,
    Extension(client): Extension<ClientInfo>,
    visit: Visit,
) -> Answer {
    let (token, password) = (visit.form.get("token"), visit.form.get("password"));
    match dashboard.app().reset_password(token, password, &client).await {
        Ok(()) => Ok::<Response, _>(see_other("/sign-in?done=password")),
        Err(error) => again(&dashboard, &visit, error).await,
    }
}

/// `GET /sign-in/link`
pub(crate) async fn sign_in_link(State(dashboard): State<Dashboard>, visit: Visit) -> Answer {
    show(&dashboard, &visit, "/sign-in/link").await
}

/// `POST /sign-in/link`
pub(crate) async fn sign_in_by_link(
    State(dashboard): State<Dashboard>,
    Extension(client): Extension<ClientInfo>,
    visit: Visit,
) -> Answer {
    match dashboard.app().sign_in_by_link(visit.form.get("token"), client).await {
        Ok(session) => Ok(begun(&dashboard, &session, "/")),
        Err(error) => again(&dashboard, &visit, error).await,
    }
}
