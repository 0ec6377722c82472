//! What stands above every tab of a connection's page.

use fanfare_app::{AppError, ConnectionFigures, ConnectionView, Verification};
use fanfare_model::{ConnectionId, Scope};

use super::{HOME, badge, provider_name, words};
use crate::ask::Ask;
use crate::chrome::Chrome;
use crate::nav::Place;
use crate::state::Dashboard;
use crate::ui::{Link, Markup, count, since};

/// A tab of a connection's page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tab {
    Overview,
    Messages,
    Secret,
}

impl Tab {
    const ALL: [(Self, &'static str, &'static str, Scope); 3] = [
        (Self::Overview, "Overview", "", Scope::IntegrationsRead),
        (Self::Messages, "Messages", "/messages", Scope::IntegrationsRead),
        (Self::Secret, "Secret", "/secret", Scope::IntegrationsWrite),
    ];
}

/// What stands above the tabs.
pub(super) struct Head {
    /// The connection's page.
    pub(super) home: String,
    pub(super) provider: &'static str,
    pub(super) badge: Markup,
    pub(super) standing: &'static str,
    /// When a request was verified last.
    pub(super) verified: Option<Markup>,
    /// How many requests were accepted, and how many refused.
    pub(super) counts: String,
    pub(super) tabs: Vec<Link>,
}

/// A connection that was found, with what surrounds its page.
pub(super) struct Found {
    pub(super) chrome: Chrome,
    pub(super) head: Head,
    pub(super) view: ConnectionView,
    pub(super) figures: ConnectionFigures,
}

impl Found {
    /// Finds it.
    pub(super) async fn find(
        dashboard: &Dashboard,
        ask: &Ask,
        id: ConnectionId,
        tab: Tab,
    ) -> Result<Self, AppError> {
        let (view, figures) = dashboard.app().connection(ask.caller(), id).await?;
        let home = format!("{HOME}/{id}");
        let verification = figures.verification(&view);
        let open = Tab::ALL.iter().filter(|(_, _, _, scope)| ask.viewer.may(*scope));
        let link = |(each, label, path, _): &(Tab, &'static str, &'static str, Scope)| Link {
            label: (*label).to_owned(),
            href: format!("{home}{path}"),
            here: *each == tab,
        };
        let head = Head {
            provider: provider_name(view.connection.provider),
            badge: badge(verification).html(),
            standing: words::standing(verification),
            verified: match verification {
                Verification::Verified(at) => Some(since(at, ask.now)),
                _ => None,
            },
            counts: format!(
                "{} accepted, {} refused.",
                count(figures.accepted()),
                count(figures.refused_count())
            ),
            tabs: open.map(link).collect(),
            home,
        };
        let chrome = ask.page(&view.connection.name, Place::Integrations);
        let chrome = chrome.below("Integrations", super::super::HOME);
        Ok(Self { chrome, head, view, figures })
    }
}
