//! Automation platforms: how each is connected, and what subscribes through it.

use askama::Template;
use axum::extract::{Path, State};
use fanfare_app::{AppError, CreatedKey, ErrorCode, automation_scopes};
use fanfare_model::{Scope, Scopes, WebhookChannel, limits};
use fanfare_store::{PageRequest, WebhookFilter};
use http::StatusCode;

use crate::ask::{Answer, Ask, page, page_with};
use crate::chrome::Chrome;
use crate::error::status_of;
use crate::nav::Place;
use crate::pages::webhooks::channel_name;
use crate::state::Dashboard;
use crate::ui::{Errors, counted};

/// A platform's package, and the steps there once there is a key.
struct Package {
    channel: WebhookChannel,
    name: &'static str,
    about: &'static str,
    steps: [&'static str; 3],
    signatures: &'static str,
}

const SIGNED: &str = "Verifies every signature and refuses what is older than five minutes.";
const URL_IS_SECRET: &str =
    "Verifies no signatures: its URL, which nobody else knows, protects it.";

const PACKAGES: [Package; 4] = [
    Package {
        channel: WebhookChannel::N8n,
        name: "n8n-nodes-fanfare",
        about: "A trigger for every event; a node that lists consumers, participants and orders, \
                and resends deliveries.",
        steps: [
            "Settings → Community Nodes → Install: n8n-nodes-fanfare.",
            "Create credentials of the type Fanfare API: this server's address and the key.",
            "Add Fanfare Trigger, choose the events, activate the workflow.",
        ],
        signatures: SIGNED,
    },
    Package {
        channel: WebhookChannel::Zapier,
        name: "fanfare-zapier",
        about: "A trigger for each event type; searches for a consumer and an order.",
        steps: [
            "Choose Fanfare and a trigger, such as Order paid.",
            "Connect: this server's address and the key. Test trigger shows the latest events.",
            "Publish the Zap.",
        ],
        signatures: URL_IS_SECRET,
    },
    Package {
        channel: WebhookChannel::Make,
        name: "integrations/make",
        about: "An instant trigger, Watch events; searches for a consumer and an order.",
        steps: [
            "Add Fanfare → Watch events and create a webhook.",
            "Connect: this server's address and the key.",
            "Choose the events, save, and switch the scenario on.",
        ],
        signatures: URL_IS_SECRET,
    },
    Package {
        channel: WebhookChannel::Pipedream,
        name: "fanfare-pipedream",
        about: "Three sources: New Event, New Order Paid, New Winner Selected.",
        steps: [
            "Add the trigger Fanfare → New Event (Instant).",
            "Connect: server is this server's address, api_key the key.",
            "Choose the events and deploy.",
        ],
        signatures: SIGNED,
    },
];

#[derive(Template)]
#[template(path = "integrations/automations.html")]
struct AutomationsPage {
    chrome: Chrome,
    server: String,
    platforms: Vec<Platform>,
    /// A key that was created by this very request: shown once.
    created: Option<Created>,
    errors: Errors,
}

struct Platform {
    package: &'static Package,
    title: &'static str,
    channel: &'static str,
    scopes: String,
    webhooks: String,
    /// Whether the viewer may make its key.
    may_create: bool,
}

struct Created {
    title: &'static str,
    text: String,
}

/// `GET /settings/integrations/automations`
pub(crate) async fn automations(State(dashboard): State<Dashboard>, ask: Ask) -> Answer {
    page(&shown(&dashboard, &ask, None, Errors::default()).await?)
}

/// `POST /settings/integrations/automations/{channel}/key`: answers with the key, which no other
/// page shows.
pub(crate) async fn create_automation_key(
    State(dashboard): State<Dashboard>,
    Path(channel): Path<String>,
    ask: Ask,
) -> Answer {
    let channel: WebhookChannel =
        channel.parse().map_err(|_| AppError::not_found("automation platform"))?;
    match dashboard.app().create_automation_key(ask.caller(), channel).await {
        Ok(created) => {
            let created = Some((channel, created));
            let shown = shown(&dashboard, &ask, created, Errors::default()).await?;
            page_with(StatusCode::CREATED, &shown)
        }
        Err(error) if error.code() == ErrorCode::LimitReached => {
            let shown = shown(&dashboard, &ask, None, Errors::of(&error)).await?;
            page_with(status_of(error.code()), &shown)
        }
        Err(error) => Err(error.into()),
    }
}

async fn shown(
    dashboard: &Dashboard,
    ask: &Ask,
    created: Option<(WebhookChannel, CreatedKey)>,
    errors: Errors,
) -> Result<AutomationsPage, AppError> {
    let filter = WebhookFilter {
        channel: PACKAGES.iter().map(|package| package.channel).collect(),
        ..WebhookFilter::default()
    };
    // An organization has few webhooks: all of them fit on the largest page.
    let limit = limits::WEBHOOKS_PER_ORGANIZATION.min(limits::PAGE);
    let all = PageRequest { limit, ..PageRequest::default() };
    let found = dashboard.app().webhooks(ask.caller(), filter, all).await?.items;
    let platform = |package: &'static Package| {
        let through = found.iter().filter(|view| view.webhook.channel == package.channel);
        let scopes = automation_scopes(package.channel).unwrap_or_default();
        Platform {
            title: channel_name(package.channel),
            channel: package.channel.as_str(),
            webhooks: counted(through.count() as u64, "webhook"),
            may_create: may_give(ask, scopes),
            scopes: scopes.to_string(),
            package,
        }
    };
    Ok(AutomationsPage {
        chrome: ask.page("Automations", Place::Automations).below("Integrations", super::HOME),
        server: dashboard.origin().as_str().to_owned(),
        platforms: PACKAGES.iter().map(platform).collect(),
        created: created.map(|(channel, key)| Created {
            title: channel_name(channel),
            text: key.secret.expose().to_owned(),
        }),
        errors,
    })
}

/// Whether the button leads anywhere; the use case decides.
fn may_give(ask: &Ask, scopes: Scopes) -> bool {
    ask.viewer.may(Scope::KeysWrite) && scopes.iter().all(|scope| ask.viewer.may(scope))
}
