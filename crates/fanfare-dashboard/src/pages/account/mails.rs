//! What mails lead to, or come from, without signing in: a forgotten password, and no more mails.

use askama::Template;
use axum::Extension;
use axum::extract::State;
use fanfare_app::{AppError, ClientInfo, ErrorCode};

use crate::ask::{Answer, Visit, page, page_with, sentence};
use crate::chrome::Bare;
use crate::error::status_of;
use crate::state::Dashboard;

#[derive(Template)]
#[template(path = "account/forgotten.html")]
struct ForgottenPage {
    bare: Bare,
    email: String,
    /// The mail was asked for.
    done: bool,
    sends_mails: bool,
    problem: Option<String>,
}

fn forgotten_page(dashboard: &Dashboard, visit: &Visit) -> ForgottenPage {
    ForgottenPage {
        bare: visit.bare("A new password"),
        email: visit.form.get("email").to_owned(),
        done: false,
        sends_mails: dashboard.app().sends_mails(),
        problem: None,
    }
}

/// `GET /forgotten`
pub(crate) async fn forgotten(State(dashboard): State<Dashboard>, visit: Visit) -> Answer {
    page(&forgotten_page(&dashboard, &visit))
}

/// `POST /forgotten`: says the same whether anybody has the address or not.
pub(crate) async fn mail_reset_link(
    State(dashboard): State<Dashboard>,
    Extension(client): Extension<ClientInfo>,
    visit: Visit,
) -> Answer {
    let asked = dashboard.app().mail_reset_link(visit.form.get("email"), &client).await;
    let shown = forgotten_page(&dashboard, &visit);
    match asked {
        Ok(()) => page(&ForgottenPage { done: true, ..shown }),
        Err(error) if is_told(&error) => {
            let detail = error.details().first().map(|it| format!("{} {}", it.field, it.message));
            let text = detail.unwrap_or_else(|| error.message().to_owned());
            let problem = Some(sentence(&text));
            page_with(status_of(error.code()), &ForgottenPage { problem, ..shown })
        }
        Err(error) => Err(error.into()),
    }
}

fn is_told(error: &AppError) -> bool {
    matches!(
        error.code(),
        ErrorCode::ValidationFailed | ErrorCode::RateLimited | ErrorCode::Conflict
    )
}

#[derive(Template)]
#[template(path = "account/unsubscribe.html")]
struct UnsubscribePage {
    bare: Bare,
    token: String,
    organization: String,
    email: String,
    done: bool,
}

/// The token: a mailbox sends it in the address, our own form beside it.
fn token(visit: &Visit) -> &str {
    visit.form.given("token").or(visit.query.given("token")).unwrap_or_default()
}

async fn shown(dashboard: &Dashboard, visit: &Visit) -> Answer {
    let token = token(visit);
    let link = dashboard.app().unsubscribe_link(token).await.map_err(no_link)?;
    page(&UnsubscribePage {
        bare: visit.bare("No more mails"),
        token: token.to_owned(),
        organization: link.organization,
        email: link.email,
        done: link.is_done,
    })
}

/// `GET /unsubscribe`: asks; only the form, or a mailbox's POST (RFC 8058), does it.
pub(crate) async fn unsubscribe_page(State(dashboard): State<Dashboard>, visit: Visit) -> Answer {
    shown(&dashboard, &visit).await
}

/// `POST /unsubscribe`
pub(crate) async fn unsubscribe(State(dashboard): State<Dashboard>, visit: Visit) -> Answer {
    dashboard.app().unsubscribe(token(&visit)).await.map_err(no_link)?;
    shown(&dashboard, &visit).await
}

fn no_link(error: AppError) -> AppError {
    if error.code() != ErrorCode::NotFound {
        return error;
    }
    let message = "This link was not copied whole, or you are no member any more: then you get no \
                   mails either.";
    AppError::new(ErrorCode::Conflict, message)
}
