//! What stands above every tab of a webhook's page.

use fanfare_app::{AppError, WebhookView};
use fanfare_model::{
    DisabledReason, Scope, WebhookChannel, WebhookCommand, WebhookId, WebhookStatus,
};
use fanfare_store::Webhook;

use super::list::HOME;
use crate::ask::Ask;
use crate::chrome::Chrome;
use crate::nav::Place;
use crate::state::Dashboard;
use crate::ui::{Badge, Link, Markup, since};

/// A tab of a webhook's page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tab {
    Deliveries,
    Metrics,
    Test,
    Settings,
    Signing,
    Activity,
}

impl Tab {
    const ALL: [(Self, &'static str, &'static str, Scope); 6] = [
        (Self::Deliveries, "Deliveries", "", Scope::DeliveriesRead),
        (Self::Metrics, "Metrics", "/metrics", Scope::WebhooksRead),
        (Self::Test, "Test", "/test", Scope::WebhooksWrite),
        (Self::Settings, "Settings", "/settings", Scope::WebhooksWrite),
        (Self::Signing, "Signing", "/signing", Scope::WebhooksRead),
        (Self::Activity, "Activity", "/activity", Scope::AuditRead),
    ];
}

/// What stands above the tabs.
pub(crate) struct Head {
    /// The webhook's page.
    pub(crate) home: String,
    pub(crate) id: WebhookId,
    pub(crate) description: Option<String>,
    pub(crate) badge: Markup,
    /// What its status means, and what happens next by itself.
    pub(crate) standing: &'static str,
    /// Since when.
    pub(crate) since: Markup,
    pub(crate) patterns: Vec<&'static str>,
    /// Through what it was made.
    pub(crate) channel: &'static str,
    pub(crate) tabs: Vec<Link>,
    /// What it can be told, as the status allows.
    pub(crate) commands: Vec<WebhookCommand>,
    pub(crate) may_write: bool,
    pub(crate) may_resend: bool,
    pub(crate) is_disabled: bool,
}

impl Head {
    /// Finds the webhook and what surrounds its page.
    pub(crate) async fn find(
        dashboard: &Dashboard,
        ask: &Ask,
        id: WebhookId,
        tab: Tab,
    ) -> Result<(Chrome, Self, WebhookView), AppError> {
        let view = dashboard.app().webhook(ask.caller(), id).await?;
        let (chrome, head) = Self::of(ask, &view, tab);
        Ok((chrome, head, view))
    }

    /// Of a webhook that was found.
    pub(crate) fn of(ask: &Ask, view: &WebhookView, tab: Tab) -> (Chrome, Self) {
        let webhook = &view.webhook;
        let home = format!("{HOME}/{}", webhook.id);
        let open = Tab::ALL.iter().filter(|(_, _, _, scope)| ask.viewer.may(*scope));
        let link = |(each, label, path, _): &(Tab, &'static str, &'static str, Scope)| Link {
            label: (*label).to_owned(),
            href: format!("{home}{path}"),
            here: *each == tab,
        };
        let changes = |command: &&WebhookCommand| {
            webhook.status.apply(**command).is_ok_and(|then| then != webhook.status)
        };
        let head = Self {
            id: webhook.id,
            description: webhook.description.clone(),
            badge: Badge::of_webhook(webhook.status).html(),
            standing: standing(webhook),
            since: since(webhook.status_changed_at, ask.now),
            channel: channel_name(webhook.channel),
            patterns: webhook.events.patterns().to_vec(),
            tabs: open.map(link).collect(),
            commands: WebhookCommand::ALL.iter().filter(changes).copied().collect(),
            may_write: ask.viewer.may(Scope::WebhooksWrite),
            may_resend: ask.viewer.may(Scope::DeliveriesWrite),
            is_disabled: webhook.status == WebhookStatus::Disabled,
            home,
        };
        (ask.page(&webhook.url, Place::Webhooks).below("Webhooks", HOME), head)
    }

    /// The word of a command, for people.
    pub(crate) fn label(&self, command: &WebhookCommand) -> &'static str {
        match command {
            WebhookCommand::Pause => "Pause",
            WebhookCommand::Resume => "Resume",
            WebhookCommand::Disable => "Disable…",
            WebhookCommand::Enable => "Enable",
        }
    }
}

/// What a channel is called.
pub(crate) const fn channel_name(channel: WebhookChannel) -> &'static str {
    match channel {
        WebhookChannel::Api => "API",
        WebhookChannel::Dashboard => "Dashboard",
        WebhookChannel::Zapier => "Zapier",
        WebhookChannel::Make => "Make",
        WebhookChannel::N8n => "n8n",
        WebhookChannel::Pipedream => "Pipedream",
    }
}

const fn standing(webhook: &Webhook) -> &'static str {
    match (webhook.status, webhook.disabled_reason) {
        (WebhookStatus::Active, _) if webhook.failing_since.is_some() => {
            "Its latest attempts failed. They are repeated by the schedule."
        }
        (WebhookStatus::Active, _) => "Events are sent as they happen.",
        (WebhookStatus::Paused, _) => {
            "Deliveries are made and wait. Resuming it sends them, oldest first."
        }
        (WebhookStatus::Failed, _) => {
            "A delivery was given up and none has succeeded since. New events are still sent; the \
             first success makes it active again, days of nothing but failures disable it."
        }
        (WebhookStatus::Disabled, Some(DisabledReason::Gone)) => {
            "The receiver answered 410 Gone, so nothing is sent any more. Enable it, then replay \
             what it missed."
        }
        (WebhookStatus::Disabled, Some(DisabledReason::Failing)) => {
            "It only failed for days, so nothing is sent any more. Enable it, then replay what it \
             missed."
        }
        (WebhookStatus::Disabled, _) => {
            "It was disabled by hand: no deliveries are made. Enable it, then replay what it missed."
        }
    }
}
