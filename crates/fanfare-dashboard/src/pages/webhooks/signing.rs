//! The tab about signatures: which headers are sent, and the secret.

use askama::Template;
use axum::extract::State;
use fanfare_app::StandardWebhooks;
use fanfare_model::kinds::Webhook;
use fanfare_model::limits;

use super::head::{Head, Tab};
use crate::ask::{Answer, Ask, PathId, page};
use crate::chrome::Chrome;
use crate::state::Dashboard;
use crate::ui::{Markup, since};

#[derive(Template)]
#[template(path = "webhooks/signing.html")]
struct SigningPage {
    chrome: Chrome,
    head: Head,
    standard: StandardWebhooks,
    /// Until when two secrets are alive.
    overlap: Option<Markup>,
    signs_with_previous: bool,
    /// Hours of overlap that can be chosen.
    overlaps: [(u64, &'static str); 4],
}

const HOUR: u64 = 3600;

/// Ways to overlap, in seconds.
const OVERLAPS: [(u64, &str); 4] = [
    (limits::ROTATION_OVERLAP.as_secs(), "24 hours"),
    (HOUR, "1 hour"),
    (limits::ROTATION_OVERLAP_MAX.as_secs(), "7 days"),
    (0, "None: the old secret ends now"),
];

/// `GET /settings/integrations/webhooks/{id}/signing`
pub(crate) async fn signing(
    State(dashboard): State<Dashboard>,
    PathId(id): PathId<Webhook>,
    ask: Ask,
) -> Answer {
    let (chrome, head, view) = Head::find(&dashboard, &ask, id, Tab::Signing).await?;
    page(&SigningPage {
        chrome,
        head,
        standard: view.standard_webhooks,
        overlap: view.previous_secret_until.map(|until| since(until, ask.now)),
        signs_with_previous: view.signs_with_previous,
        overlaps: OVERLAPS,
    })
}
