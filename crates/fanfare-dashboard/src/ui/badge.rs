//! A state, as a word with a colour and a shape.

use askama::Template;
use fanfare_model::{DeliveryStatus, WebhookStatus};

use super::{Markup, markup};

/// How a state is meant. The word says it, the colour and the mark only help.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tone {
    /// It is well.
    Good,
    /// It is on its way.
    Busy,
    /// Somebody should look.
    Warn,
    /// It went wrong.
    Bad,
    /// Nothing happens.
    Quiet,
}

impl Tone {
    const fn class(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Busy => "busy",
            Self::Warn => "warn",
            Self::Bad => "bad",
            Self::Quiet => "quiet",
        }
    }
}

/// A state, to be shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Badge {
    pub(crate) tone: Tone,
    pub(crate) text: &'static str,
}

#[derive(Template)]
#[template(source = r#"<span class="badge {{ tone }}">{{ text }}</span>"#, ext = "html")]
struct Shown {
    tone: &'static str,
    text: &'static str,
}

impl Badge {
    pub(crate) const fn new(tone: Tone, text: &'static str) -> Self {
        Self { tone, text }
    }

    /// Of a webhook.
    pub(crate) const fn of_webhook(status: WebhookStatus) -> Self {
        match status {
            WebhookStatus::Active => Self::new(Tone::Good, "Active"),
            WebhookStatus::Paused => Self::new(Tone::Warn, "Paused"),
            WebhookStatus::Failed => Self::new(Tone::Bad, "Failing"),
            WebhookStatus::Disabled => Self::new(Tone::Quiet, "Disabled"),
        }
    }

    /// Of a delivery after so many attempts.
    pub(crate) const fn of_delivery(status: DeliveryStatus, attempts: u8) -> Self {
        match status {
            DeliveryStatus::Succeeded => Self::new(Tone::Good, "Succeeded"),
            DeliveryStatus::Failed => Self::new(Tone::Bad, "Failed"),
            DeliveryStatus::Cancelled => Self::new(Tone::Quiet, "Cancelled"),
            DeliveryStatus::Pending if attempts > 0 => Self::new(Tone::Warn, "Retrying"),
            DeliveryStatus::Pending => Self::new(Tone::Busy, "Pending"),
        }
    }

    /// As markup.
    pub(crate) fn html(self) -> Markup {
        markup(&Shown { tone: self.tone.class(), text: self.text })
    }
}
