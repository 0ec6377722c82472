//! What the organization was told.

use askama::Template;
use axum::extract::State;
use fanfare_model::Timestamp;
use fanfare_model::kinds::Notice as NoticeKinds;
use fanfare_store::{Notice, NoticeKind, Warning};

use crate::ask::{Answer, Ask, page};
use crate::chrome::Chrome;
use crate::list::{Pager, request};
use crate::nav::Place;
use crate::state::Dashboard;
use crate::ui::{Badge, Markup, Tone, since};

#[derive(Template)]
#[template(path = "settings/notices.html")]
struct ListPage {
    chrome: Chrome,
    rows: Vec<Row>,
    pager: Pager,
}

/// A notice, in a list.
pub(super) struct Row {
    pub(super) id: String,
    pub(super) badge: Markup,
    pub(super) about: &'static str,
    /// What to look at: the delivery, or the webhook.
    pub(super) href: String,
    pub(super) what: String,
    pub(super) when: Markup,
}

/// `GET /notices`
pub(crate) async fn list(State(dashboard): State<Dashboard>, ask: Ask) -> Answer {
    let asked = request::<NoticeKinds>(&ask.query)?;
    let found = dashboard.app().notices(ask.caller(), asked).await?;
    let pager = Pager::of(&ask, &asked, &found, |notice: &Notice| notice.id);
    page(&ListPage {
        rows: found.items.iter().map(|notice| row(notice, ask.now)).collect(),
        pager,
        chrome: ask.page("Notices", Place::Notices),
    })
}

pub(super) fn row(notice: &Notice, now: Timestamp) -> Row {
    let webhook = format!("/settings/integrations/webhooks/{}", notice.webhook_id);
    let (badge, about, href, what) = match notice.kind {
        NoticeKind::DeliveryFailed { delivery_id, .. } => (
            Badge::new(Tone::Bad, "Given up"),
            "A delivery failed at all of its six attempts. It can be resent.",
            format!("/deliveries/{delivery_id}"),
            delivery_id.to_string(),
        ),
        NoticeKind::WebhookGone => (
            Badge::new(Tone::Quiet, "Disabled"),
            "The receiver answered 410 Gone, so the webhook was disabled.",
            webhook,
            notice.webhook_id.to_string(),
        ),
        NoticeKind::WebhookDisabled => (
            Badge::new(Tone::Quiet, "Disabled"),
            "Nothing but failures for five days, so the webhook was disabled.",
            webhook,
            notice.webhook_id.to_string(),
        ),
        NoticeKind::WebhookRecovered => (
            Badge::new(Tone::Good, "Works again"),
            "A delivery succeeded, so the webhook is active again.",
            webhook,
            notice.webhook_id.to_string(),
        ),
        NoticeKind::WebhookWarned(warning) => (
            Badge::new(Tone::Warn, "Warning"),
            match warning {
                Warning::Half => "Half of the time before the webhook is disabled is over.",
                Warning::FourFifths => {
                    "Four fifths of the time before the webhook is disabled are over."
                }
            },
            webhook,
            notice.webhook_id.to_string(),
        ),
        NoticeKind::BacklogStays => (
            Badge::new(Tone::Warn, "Backlog"),
            "What waits for the webhook will not be delivered in time.",
            webhook,
            notice.webhook_id.to_string(),
        ),
    };
    let id = notice.id.to_string();
    Row { id, badge: badge.html(), about, href, what, when: since(notice.created_at, now) }
}
