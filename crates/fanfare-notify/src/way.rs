//! How a message leaves: SMTP or Resend, behind one call.

use std::time::Duration;

use crate::render::Message;
use crate::resend::Resend;
use crate::settings::{MailSettings, SettingsError, WaySettings};
use crate::smtp::Smtp;

/// Time for one attempt, whatever the server does. Less than a claim lasts.
const LONGEST: Duration = Duration::from_secs(60);

/// Why a message was not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{words}")]
pub(crate) struct NotTaken {
    /// Whether the same message will never be taken.
    pub(crate) for_good: bool,
    /// What the server said, or what went wrong, for the operator.
    pub(crate) words: String,
}

impl NotTaken {
    pub(crate) fn now(words: impl Into<String>) -> Self {
        Self { for_good: false, words: words.into() }
    }

    pub(crate) fn ever(words: impl Into<String>) -> Self {
        Self { for_good: true, words: words.into() }
    }
}

/// A way out for messages.
pub(crate) enum Way {
    Smtp(Smtp),
    Resend(Resend),
}

impl Way {
    pub(crate) fn new(settings: &MailSettings) -> Result<Self, SettingsError> {
        let from = settings.from.clone();
        Ok(match &settings.way {
            WaySettings::Smtp(smtp) => Self::Smtp(Smtp::new(from, smtp)?),
            WaySettings::Resend { key, url } => Self::Resend(Resend::new(&from, key, url)?),
        })
    }

    /// Sends a message; gives what the server said.
    pub(crate) async fn send(&self, message: &Message) -> Result<String, NotTaken> {
        let sent = async {
            match self {
                Self::Smtp(smtp) => smtp.send(message).await,
                Self::Resend(resend) => resend.send(message).await,
            }
        };
        match tokio::time::timeout(LONGEST, sent).await {
            Ok(answer) => answer,
            Err(_) => Err(NotTaken::now("the server did not answer within a minute")),
        }
    }
}
