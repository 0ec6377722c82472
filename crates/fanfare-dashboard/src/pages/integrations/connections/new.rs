//! Adding a connection. The provider is chosen first, by a link, so that the form has the fields of
//! that provider alone, without scripts.

use askama::Template;
use axum::extract::State;
use fanfare_app::{AppError, NewConnection};
use fanfare_model::inbound::Provider;
use http::StatusCode;

use super::{HOME, provider_name, words};
use crate::ask::{Answer, Ask, page_with};
use crate::chrome::Chrome;
use crate::error::status_of;
use crate::form::Pairs;
use crate::nav::Place;
use crate::pages::webhooks::is_about_the_form;
use crate::state::Dashboard;
use crate::ui::{Errors, Link};

#[derive(Template)]
#[template(path = "integrations/new.html")]
struct NewPage {
    chrome: Chrome,
    providers: Vec<Link>,
    provider: Provider,
    secret_name: &'static str,
    /// The name as it was typed: `name` is the component's own word.
    typed: String,
    account: String,
    public_url: String,
    is_test: bool,
    errors: Errors,
}

impl NewPage {
    /// What belongs to no field.
    fn problem(&self) -> String {
        self.errors.beside(&["name", "secret", "account", "publicUrl"])
    }
}

/// `GET /settings/integrations/connections/new`
pub(crate) async fn new_connection(State(dashboard): State<Dashboard>, ask: Ask) -> Answer {
    let provider = ask.query.get("provider").parse().unwrap_or(Provider::Stripe);
    let mut shown = shown(&ask, &ask.query, provider, Errors::default());
    if shown.public_url.is_empty() {
        dashboard.origin().as_str().clone_into(&mut shown.public_url);
    }
    page_with(StatusCode::OK, &shown)
}

/// `POST /settings/integrations/connections`
pub(crate) async fn add_connection(State(dashboard): State<Dashboard>, ask: Ask) -> Answer {
    let form = &ask.form;
    let provider: Provider = form
        .get("provider")
        .parse()
        .map_err(|_| AppError::invalid_field("provider", "is none that is known"))?;
    let given = |name: &str, only: Provider| {
        form.given(name).filter(|_| provider == only).map(str::to_owned)
    };
    let new = NewConnection {
        provider,
        name: form.get("name").trim().to_owned(),
        secret: form.given("secret").map(str::to_owned),
        account: given("account", Provider::Twilio),
        public_url: given("publicUrl", Provider::Twilio),
        livemode: (provider == Provider::Stripe).then(|| form.get("mode") != "test"),
    };
    match dashboard.app().create_connection(ask.caller(), new).await {
        Ok(made) => {
            let place = format!("{HOME}/{}", made.connection.id);
            let name = provider_name(provider);
            Ok(ask.done(&place, format!("Connection added. Give its URL to {name}.")))
        }
        Err(error) if is_about_the_form(&error) => {
            let errors = Errors::of(&error);
            page_with(status_of(error.code()), &shown(&ask, form, provider, errors))
        }
        Err(error) => Err(error.into()),
    }
}

/// The form with what was typed; a secret is typed again.
fn shown(ask: &Ask, typed: &Pairs, provider: Provider, errors: Errors) -> NewPage {
    let link = |each: &Provider| Link {
        label: provider_name(*each).to_owned(),
        href: format!("{HOME}/new?provider={each}"),
        here: *each == provider,
    };
    let chrome = ask.page("Add Connection", Place::Integrations);
    NewPage {
        chrome: chrome.below("Integrations", super::super::HOME),
        providers: Provider::ALL.iter().map(link).collect(),
        secret_name: words::secret_name(provider),
        typed: typed.get("name").to_owned(),
        account: typed.get("account").to_owned(),
        public_url: typed.get("publicUrl").to_owned(),
        is_test: typed.get("mode") == "test",
        provider,
        errors,
    }
}
