//! The secret of a webhook: shown once when it is made, rotated, revealed with a fresh password.

use std::time::Duration;

use askama::Template;
use axum::extract::State;
use fanfare_app::{RotateSecret, WebhookView};
use fanfare_model::kinds::Webhook;

use super::head::{Head, Tab};
use super::list::HOME;
use crate::ask::{Answer, Ask, PathId, page};
use crate::chrome::Chrome;
use crate::state::Dashboard;

/// A page that shows a secret.
#[derive(Template)]
#[template(path = "webhooks/secret.html")]
pub(crate) struct SecretPage {
    chrome: Chrome,
    head: Head,
    secret: String,
    /// The one before, while it is alive.
    previous: Option<String>,
    /// Whether it was made now, for the webhook that was made now.
    is_new: bool,
    /// Whether it was looked up, and can be again.
    is_revealed: bool,
}

impl SecretPage {
    /// Of a secret that was generated now and is shown this once.
    pub(crate) fn generated(ask: &Ask, view: &WebhookView, secret: &str, is_new: bool) -> Answer {
        let (chrome, head) = Head::of(ask, view, Tab::Signing);
        let secret = secret.to_owned();
        page(&Self { chrome, head, secret, previous: None, is_new, is_revealed: false })
    }
}

/// `POST /settings/integrations/webhooks/{id}/rotate`
pub(crate) async fn rotate(
    State(dashboard): State<Dashboard>,
    PathId(id): PathId<Webhook>,
    ask: Ask,
) -> Answer {
    let rotate = RotateSecret {
        secret: ask.form.given("secret").map(str::to_owned),
        overlap: ask.form.get("overlap").parse().ok().map(Duration::from_secs),
        switch_signature: ask.form.has("switch"),
    };
    let tab = format!("{HOME}/{id}/signing");
    match dashboard.app().rotate_secret(ask.caller(), id, rotate).await {
        Err(error) => ask.refused(&tab, error),
        Ok(created) => match &created.generated_secret {
            Some(secret) => SecretPage::generated(&ask, &created.view, secret.expose(), false),
            None => Ok(ask.done(&tab, "The new secret is in use.")),
        },
    }
}

/// `POST /settings/integrations/webhooks/{id}/switch`
pub(crate) async fn switch(
    State(dashboard): State<Dashboard>,
    PathId(id): PathId<Webhook>,
    ask: Ask,
) -> Answer {
    let tab = format!("{HOME}/{id}/signing");
    match dashboard.app().switch_signature(ask.caller(), id).await {
        Ok(_) => Ok(ask.done(&tab, "X-Fanfare-Signature is made with the new secret now.")),
        Err(error) => ask.refused(&tab, error),
    }
}

/// `POST /settings/integrations/webhooks/{id}/reveal`: the audit log tells of it.
pub(crate) async fn reveal(
    State(dashboard): State<Dashboard>,
    PathId(id): PathId<Webhook>,
    ask: Ask,
) -> Answer {
    let app = dashboard.app();
    let proof = app.confirm_password(&ask.viewer.signed_in, ask.form.get("password")).await;
    let proof = match proof {
        Ok(proof) => proof,
        Err(error) => return ask.refused(&format!("{HOME}/{id}/signing"), error),
    };
    let revealed = app.reveal_webhook_secret(ask.caller(), id, &proof).await?;
    let (chrome, head, _) = Head::find(&dashboard, &ask, id, Tab::Signing).await?;
    page(&SecretPage {
        chrome,
        head,
        secret: revealed.secret.expose().to_owned(),
        previous: revealed.previous.map(|secret| secret.expose().to_owned()),
        is_new: false,
        is_revealed: true,
    })
}
