//! API keys.

use askama::Template;
use axum::extract::State;
use fanfare_app::{ApiKeyMode, AppError, CreatedKey, NewKey};
use fanfare_model::kinds;
use fanfare_model::{Scope, Scopes};
use fanfare_store::{ApiKey, PageRequest};
use http::StatusCode;

use crate::ask::{Answer, Ask, PathId, page, page_with};
use crate::chrome::Chrome;
use crate::error::status_of;
use crate::list::{Pager, request};
use crate::nav::Place;
use crate::pages::confirm::Confirm;
use crate::state::Dashboard;
use crate::ui::{Badge, Errors, Markup, Tone, since};

const HOME: &str = "/settings/api-keys";

#[derive(Template)]
#[template(path = "settings/keys.html")]
struct KeysPage {
    chrome: Chrome,
    rows: Vec<Row>,
    pager: Pager,
    scopes: Vec<Choice>,
    /// The name as it was typed, when it has to be mended.
    typed: String,
    /// Whether it was to be one for trying out.
    is_test: bool,
    errors: Errors,
    /// A key that was created by this very request: shown once.
    created: Option<Created>,
}

struct Row {
    id: String,
    name: String,
    prefix: String,
    scopes: String,
    badge: Markup,
    alive: bool,
    used: Option<Markup>,
    created: Markup,
}

/// A scope in the form.
struct Choice {
    scope: &'static str,
    ticked: bool,
}

struct Created {
    name: String,
    text: String,
}

/// `GET /settings/api-keys`
pub(crate) async fn keys(State(dashboard): State<Dashboard>, ask: Ask) -> Answer {
    let all = Scopes::ALL;
    page(&shown(&dashboard, &ask, all, Errors::default(), None).await?)
}

/// `POST /settings/api-keys`: answers with the list and the new key, which no other page shows.
pub(crate) async fn create_key(State(dashboard): State<Dashboard>, ask: Ask) -> Answer {
    let scopes: Scopes =
        ask.form.all("scope").filter_map(|text| text.parse::<Scope>().ok()).collect();
    let mode = if ask.form.get("mode") == "test" { ApiKeyMode::Test } else { ApiKeyMode::Live };
    let new = NewKey { name: ask.form.get("name").to_owned(), scopes, mode };
    match dashboard.app().create_key(ask.caller(), new).await {
        Ok(created) => {
            let shown =
                shown(&dashboard, &ask, Scopes::ALL, Errors::default(), Some(created)).await?;
            page_with(StatusCode::CREATED, &shown)
        }
        Err(error) => {
            let errors = Errors::of(&error);
            let shown = shown(&dashboard, &ask, scopes, errors, None).await?;
            page_with(status_of(error.code()), &shown)
        }
    }
}

async fn shown(
    dashboard: &Dashboard,
    ask: &Ask,
    ticked: Scopes,
    errors: Errors,
    created: Option<CreatedKey>,
) -> Result<KeysPage, AppError> {
    let asked: PageRequest = request::<kinds::ApiKey>(&ask.query)?;
    let found = dashboard.app().keys(ask.caller(), asked).await?;
    let pager = Pager::of(ask, &asked, &found, |key: &ApiKey| key.id);
    // Nobody gives a key more than they have.
    let scopes = Scopes::ALL.iter().filter(|scope| ask.viewer.may(*scope));
    let choice = |scope: Scope| Choice { scope: scope.as_str(), ticked: ticked.contains(scope) };
    let typed = if errors.is_empty() { "" } else { ask.form.get("name") };
    Ok(KeysPage {
        rows: found.items.iter().map(|key| row(key, ask)).collect(),
        pager,
        scopes: scopes.map(choice).collect(),
        typed: typed.to_owned(),
        is_test: !errors.is_empty() && ask.form.get("mode") == "test",
        errors,
        created: created.map(|created| Created {
            name: created.key.name,
            text: created.secret.expose().to_owned(),
        }),
        chrome: ask.page("API keys", Place::ApiKeys),
    })
}

fn row(key: &ApiKey, ask: &Ask) -> Row {
    let badge = match key.revoked_at {
        Some(_) => Badge::new(Tone::Quiet, "Revoked"),
        None => Badge::new(Tone::Good, "Active"),
    };
    Row {
        id: key.id.to_string(),
        name: key.name.clone(),
        prefix: key.prefix.clone(),
        scopes: if key.scopes == Scopes::ALL { "all".to_owned() } else { key.scopes.to_string() },
        badge: badge.html(),
        alive: key.revoked_at.is_none(),
        used: key.last_used_at.map(|at| since(at, ask.now)),
        created: since(key.created_at, ask.now),
    }
}

/// `GET /settings/api-keys/{id}/revoke`
pub(crate) async fn ask_revoke_key(
    State(dashboard): State<Dashboard>,
    PathId(id): PathId<kinds::ApiKey>,
    ask: Ask,
) -> Answer {
    let key = dashboard.app().key(ask.caller(), id).await?;
    Confirm {
        chrome: ask.page("Revoke this API key?", Place::ApiKeys).below("API keys", HOME),
        texts: vec![
            format!("{} ({}…)", key.name, key.prefix),
            "Whoever uses it is refused within a second, everywhere. This cannot be taken back."
                .to_owned(),
        ],
        action: format!("{HOME}/{id}/revoke"),
        fields: Vec::new(),
        button: "Revoke API Key",
        danger: true,
        back: HOME.to_owned(),
    }
    .ask()
}

/// `POST /settings/api-keys/{id}/revoke`
pub(crate) async fn revoke_key(
    State(dashboard): State<Dashboard>,
    PathId(key): PathId<kinds::ApiKey>,
    ask: Ask,
) -> Answer {
    let key = dashboard.app().revoke_key(ask.caller(), key).await?;
    Ok(ask.done(HOME, format!("The key “{}” is revoked.", key.name)))
}
