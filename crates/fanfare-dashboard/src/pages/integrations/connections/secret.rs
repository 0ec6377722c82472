//! The secret of a connection: its first, and another one. It is never shown.

use std::time::Duration;

use askama::Template;
use axum::extract::State;
use fanfare_app::{ConnectionView, ErrorCode, RotateConnection};
use fanfare_model::kinds::Connection;

use super::head::{Found, Head, Tab};
use super::{HOME, words};
use crate::ask::{Answer, Ask, PathId, page, page_with};
use crate::chrome::Chrome;
use crate::error::status_of;
use crate::state::Dashboard;
use crate::ui::{Errors, Markup, since};

/// For how long the old secret is accepted as well.
const OVERLAPS: [(&str, &str); 4] =
    [("86400", "1 day"), ("3600", "1 hour"), ("604800", "7 days"), ("0", "not at all")];

/// The form of a secret.
pub(super) struct SecretForm {
    pub(super) action: String,
    /// What the provider calls it.
    pub(super) label: &'static str,
    /// Whether another one is there.
    pub(super) replaces: bool,
    pub(super) overlaps: &'static [(&'static str, &'static str)],
    pub(super) errors: Errors,
}

impl SecretForm {
    /// Of a connection.
    pub(super) fn of(view: &ConnectionView) -> Self {
        Self {
            action: format!("{HOME}/{}/secret", view.connection.id),
            label: words::secret_name(view.connection.provider),
            replaces: view.has_secret,
            overlaps: &OVERLAPS,
            errors: Errors::default(),
        }
    }
}

#[derive(Template)]
#[template(path = "integrations/secret.html")]
struct SecretPage {
    chrome: Chrome,
    head: Head,
    form: SecretForm,
    previous_until: Option<Markup>,
}

/// `GET /settings/integrations/connections/{id}/secret`
pub(crate) async fn secret(
    State(dashboard): State<Dashboard>,
    PathId(id): PathId<Connection>,
    ask: Ask,
) -> Answer {
    let found = Found::find(&dashboard, &ask, id, Tab::Secret).await?;
    page(&shown(found, &ask, Errors::default()))
}

fn shown(found: Found, ask: &Ask, errors: Errors) -> SecretPage {
    SecretPage {
        form: SecretForm { errors, ..SecretForm::of(&found.view) },
        previous_until: found.view.previous_until.map(|until| since(until, ask.now)),
        chrome: found.chrome,
        head: found.head,
    }
}

/// `POST /settings/integrations/connections/{id}/secret`
pub(crate) async fn rotate_connection(
    State(dashboard): State<Dashboard>,
    PathId(id): PathId<Connection>,
    ask: Ask,
) -> Answer {
    let rotate = RotateConnection {
        secret: ask.form.get("secret").to_owned(),
        overlap: ask.form.get("overlap").parse().ok().map(Duration::from_secs),
    };
    match dashboard.app().rotate_connection(ask.caller(), id, rotate).await {
        Ok(view) => {
            let text = match view.previous_until {
                Some(_) => {
                    "The new secret is accepted from now on, the old one as well for a while."
                }
                None => "The secret is set. Requests are verified with it from now on.",
            };
            Ok(ask.done(&format!("{HOME}/{id}"), text))
        }
        Err(error) if matches!(error.code(), ErrorCode::ValidationFailed | ErrorCode::Conflict) => {
            let found = Found::find(&dashboard, &ask, id, Tab::Secret).await?;
            page_with(status_of(error.code()), &shown(found, &ask, Errors::of(&error)))
        }
        Err(error) => Err(error.into()),
    }
}
