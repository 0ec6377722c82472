//! Where a message stands that was sent through a provider.

use askama::Template;
use axum::extract::State;
use fanfare_app::ErrorCode;
use fanfare_model::inbound::{Provider, SentMessage, SentState};

use super::connections::provider_name;
use crate::ask::{Answer, Ask, page};
use crate::chrome::Chrome;
use crate::list::{Choice, choices};
use crate::nav::Place;
use crate::state::Dashboard;
use crate::ui::{Badge, Markup, Tone, since};

#[derive(Template)]
#[template(path = "integrations/sent.html")]
struct SentPage {
    chrome: Chrome,
    providers: Vec<Choice>,
    id: String,
    found: Option<Shown>,
}

struct Shown {
    badge: Markup,
    provider: &'static str,
    id: String,
    error: Option<String>,
    at: Markup,
}

/// `GET /settings/integrations/sent`
pub(crate) async fn sent(State(dashboard): State<Dashboard>, ask: Ask) -> Answer {
    let provider: Provider = ask.query.get("provider").parse().unwrap_or(Provider::Resend);
    let mut found = None;
    if let Some(id) = ask.query.given("id") {
        found = match dashboard.app().sent_message(ask.caller(), provider, id.to_owned()).await {
            Ok(message) => Some(shown(&message, &ask)),
            Err(error) if error.code() == ErrorCode::NotFound => None,
            Err(error) => return Err(error.into()),
        };
    }
    let providers = [Provider::Resend, Provider::Twilio];
    let providers = providers.iter().map(|each| (each.as_str(), provider_name(*each)));
    let chrome = ask.page("Sent messages", Place::Integrations);
    page(&SentPage {
        chrome: chrome.below("Integrations", super::HOME),
        providers: choices(&ask.query, "provider", providers),
        id: ask.query.get("id").to_owned(),
        found,
    })
}

fn shown(message: &SentMessage, ask: &Ask) -> Shown {
    Shown {
        badge: badge(message.state).html(),
        provider: provider_name(message.provider),
        id: message.id.clone(),
        error: message.error.clone(),
        at: since(message.at, ask.now),
    }
}

const fn badge(state: SentState) -> Badge {
    match state {
        SentState::Accepted => Badge::new(Tone::Busy, "Accepted"),
        SentState::Scheduled => Badge::new(Tone::Busy, "Scheduled"),
        SentState::Queued => Badge::new(Tone::Busy, "Queued"),
        SentState::Sending => Badge::new(Tone::Busy, "Sending"),
        SentState::Sent => Badge::new(Tone::Busy, "Sent"),
        SentState::Delayed => Badge::new(Tone::Warn, "Delayed"),
        SentState::PartiallyDelivered => Badge::new(Tone::Warn, "Partly delivered"),
        SentState::Delivered => Badge::new(Tone::Good, "Delivered"),
        SentState::Read => Badge::new(Tone::Good, "Read"),
        SentState::Opened => Badge::new(Tone::Good, "Opened"),
        SentState::Clicked => Badge::new(Tone::Good, "Clicked"),
        SentState::Canceled => Badge::new(Tone::Quiet, "Cancelled"),
        SentState::Failed => Badge::new(Tone::Bad, "Failed"),
        SentState::Undelivered => Badge::new(Tone::Bad, "Undelivered"),
        SentState::Suppressed => Badge::new(Tone::Bad, "Suppressed"),
        SentState::Bounced => Badge::new(Tone::Bad, "Bounced"),
        SentState::Complained => Badge::new(Tone::Bad, "Called spam"),
    }
}
