//! Removing a connection.

use axum::extract::State;
use fanfare_model::kinds::Connection;

use super::{HOME, provider_name};
use crate::ask::{Answer, Ask, PathId};
use crate::nav::Place;
use crate::pages::confirm::Confirm;
use crate::state::Dashboard;

/// `GET /settings/integrations/connections/{id}/remove`
pub(crate) async fn ask_remove_connection(
    State(dashboard): State<Dashboard>,
    PathId(id): PathId<Connection>,
    ask: Ask,
) -> Answer {
    let (view, _) = dashboard.app().connection(ask.caller(), id).await?;
    let home = format!("{HOME}/{id}");
    let connection = &view.connection;
    let provider = provider_name(connection.provider);
    Confirm {
        chrome: ask
            .page("Remove this connection?", Place::Integrations)
            .below("Integrations", super::super::HOME)
            .below(connection.name.clone(), home.clone()),
        texts: vec![format!(
            "What {provider} sends to it is answered 404 from then on, and everything that came in \
             through it is removed with it: messages, counts and the secret. What it did to orders \
             and consumers stays. This cannot be taken back; remove the URL at {provider}, too."
        )],
        action: format!("{home}/remove"),
        fields: Vec::new(),
        button: "Remove Connection",
        danger: true,
        back: home,
    }
    .ask()
}

/// `POST /settings/integrations/connections/{id}/remove`
pub(crate) async fn remove_connection(
    State(dashboard): State<Dashboard>,
    PathId(id): PathId<Connection>,
    ask: Ask,
) -> Answer {
    dashboard.app().delete_connection(ask.caller(), id).await?;
    Ok(ask.done(super::super::HOME, "Connection removed."))
}
