//! Subscribing again, as automation platforms do when they have not seen our first answer, when a
//! workflow is switched on once more, or when its events were changed.
//!
//! The subscription that is there goes on: events are those asked for now, other fields change only
//! where one is given. A secret is never shown a second time; who lost it gives one of their own,
//! which replaces it at once, because whoever subscribes verifies with that one from now on.

use fanfare_model::{EventSelection, Timestamp, WebhookCommand, WebhookStatus};
use fanfare_signing::Secret;
use fanfare_store::{CustomHeader, EditRefused, Webhook};

use super::edit::obey;
use crate::{App, AppError};

/// A webhook that is asked for, judged.
pub(super) struct Asked {
    pub(super) events: EventSelection,
    pub(super) secret: Option<Secret>,
    pub(super) description: Option<String>,
    pub(super) headers: Vec<CustomHeader>,
    pub(super) max_in_flight: Option<u16>,
    pub(super) rate_limit: Option<u32>,
}

impl Asked {
    /// Makes the subscription that is there already what is asked for now.
    pub(super) fn again(
        &self,
        app: &App,
        webhook: &mut Webhook,
        now: Timestamp,
    ) -> Result<(), EditRefused> {
        webhook.events = self.events.clone();
        if self.description.is_some() {
            webhook.description.clone_from(&self.description);
        }
        if !self.headers.is_empty() {
            webhook.headers.clone_from(&self.headers);
        }
        webhook.max_in_flight = self.max_in_flight.unwrap_or(webhook.max_in_flight);
        webhook.rate_limit = self.rate_limit.or(webhook.rate_limit);
        self.take_secret(app, webhook).map_err(|error| EditRefused {
            code: error.code().as_str(),
            message: error.message().to_owned(),
        })?;
        // What a person paused stays paused.
        if webhook.status == WebhookStatus::Disabled {
            obey(webhook, WebhookCommand::Enable, now)?;
        }
        Ok(())
    }

    fn take_secret(&self, app: &App, webhook: &mut Webhook) -> Result<(), AppError> {
        let Some(secret) = &self.secret else { return Ok(()) };
        let held = app.open(webhook.organization_id, webhook.id, &webhook.secret);
        if held.is_ok_and(|held| held.expose() == secret.expose()) {
            return Ok(());
        }
        webhook.secret = app.seal(webhook.organization_id, webhook.id, secret)?;
        webhook.previous_secret = None;
        Ok(())
    }
}
