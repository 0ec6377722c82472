//! Pause, resume, disable, enable, delete.

use axum::extract::State;
use fanfare_app::AppError;
use fanfare_model::WebhookCommand;
use fanfare_model::kinds::Webhook;

use super::list::HOME;
use crate::ask::{Answer, Ask, PathId};
use crate::nav::Place;
use crate::pages::confirm::Confirm;
use crate::state::Dashboard;

/// `POST /settings/integrations/webhooks/{id}/command`
pub(crate) async fn command(
    State(dashboard): State<Dashboard>,
    PathId(id): PathId<Webhook>,
    ask: Ask,
) -> Answer {
    let home = format!("{HOME}/{id}");
    let given = ask.form.get("command");
    let command = WebhookCommand::ALL.iter().find(|command| command.as_str() == given);
    let command = *command.ok_or_else(|| AppError::invalid_field("command", "is unknown"))?;
    match dashboard.app().command_webhook(ask.caller(), id, command).await {
        Ok(_) => Ok(ask.done(&home, done(command))),
        Err(error) => ask.refused(&home, error),
    }
}

const fn done(command: WebhookCommand) -> &'static str {
    match command {
        WebhookCommand::Pause => "Paused. Deliveries are made and wait.",
        WebhookCommand::Resume => "Resumed. What waited is sent now.",
        WebhookCommand::Disable => "Disabled. What waited is cancelled.",
        WebhookCommand::Enable => "Enabled. Replay what it missed, if it should have it.",
    }
}

/// `GET /settings/integrations/webhooks/{id}/disable`
pub(crate) async fn confirm_disable(
    State(dashboard): State<Dashboard>,
    PathId(id): PathId<Webhook>,
    ask: Ask,
) -> Answer {
    let view = dashboard.app().webhook(ask.caller(), id).await?;
    let home = format!("{HOME}/{id}");
    Confirm {
        chrome: ask.page("Disable this webhook?", Place::Webhooks).below("Webhooks", HOME),
        texts: vec![
            view.webhook.url.clone(),
            "No deliveries are made for it any more, and what waits now is cancelled. To hold \
             deliveries back for a while, pause it instead. What it misses can be replayed once it \
             is enabled again."
                .to_owned(),
        ],
        action: format!("{home}/command"),
        fields: vec![("command", WebhookCommand::Disable.as_str().to_owned())],
        button: "Disable Webhook",
        danger: true,
        back: home,
    }
    .ask()
}

/// `GET /settings/integrations/webhooks/{id}/delete`
pub(crate) async fn confirm_delete(
    State(dashboard): State<Dashboard>,
    PathId(id): PathId<Webhook>,
    ask: Ask,
) -> Answer {
    let view = dashboard.app().webhook(ask.caller(), id).await?;
    let home = format!("{HOME}/{id}");
    Confirm {
        chrome: ask.page("Delete this webhook?", Place::Webhooks).below("Webhooks", HOME),
        texts: vec![
            view.webhook.url.clone(),
            "What waits for it is cancelled, and its secret is forgotten. Its deliveries stay \
             readable until they are old. This cannot be taken back."
                .to_owned(),
        ],
        action: format!("{home}/delete"),
        fields: Vec::new(),
        button: "Delete Webhook",
        danger: true,
        back: home,
    }
    .ask()
}

/// `POST /settings/integrations/webhooks/{id}/delete`
pub(crate) async fn delete(
    State(dashboard): State<Dashboard>,
    PathId(id): PathId<Webhook>,
    ask: Ask,
) -> Answer {
    dashboard.app().delete_webhook(ask.caller(), id).await?;
    Ok(ask.done(HOME, "Webhook deleted."))
}
