//! Automation platforms: what a key must be allowed that one of them uses.

use fanfare_model::{Scope, Scopes, WebhookChannel};
use fanfare_signing::ApiKeyMode;

use crate::{App, AppError, Caller, CreatedKey, NewKey};

/// What every platform needs: to subscribe, and to show the types and samples of events.
const SUBSCRIBES: [Scope; 3] = [Scope::WebhooksRead, Scope::WebhooksWrite, Scope::EventsRead];

/// What a platform needs of a key, and nothing more; `None` for channels that are no platform.
pub fn automation_scopes(channel: WebhookChannel) -> Option<Scopes> {
    let more: &[Scope] = match channel {
        WebhookChannel::Api | WebhookChannel::Dashboard => return None,
        // Its node lists these, and resends.
        WebhookChannel::N8n => &[
            Scope::ConsumersRead,
            Scope::DistributionsRead,
            Scope::OrdersRead,
            Scope::DeliveriesWrite,
        ],
        // They find a consumer, and an order.
        WebhookChannel::Zapier | WebhookChannel::Make => &[Scope::ConsumersRead, Scope::OrdersRead],
        WebhookChannel::Pipedream => &[],
    };
    Some(SUBSCRIBES.iter().chain(more).copied().collect())
}

impl App {
    /// Creates a key for an automation platform, with what it needs and nothing more; it is called
    /// as the platform. Needs `keys:write`, and everything that the key may do.
    /// [`crate::ErrorCode::NotFound`] for a channel that is no platform.
    pub async fn create_automation_key(
        &self,
        caller: &Caller,
        channel: WebhookChannel,
    ) -> Result<CreatedKey, AppError> {
        let scopes = automation_scopes(channel);
        let scopes = scopes.ok_or_else(|| AppError::not_found("automation platform"))?;
        let new = NewKey { name: channel.as_str().to_owned(), scopes, mode: ApiKeyMode::Live };
        self.create_key(caller, new).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn platforms_and_nobody_else_have_scopes_that_keys_can_have() {
        for channel in WebhookChannel::ALL {
            let scopes = automation_scopes(*channel);
            assert_eq!(scopes.is_some(), channel.is_automation(), "{channel}");
            assert!(scopes.is_none_or(|scopes| Scopes::KEYS.covers(scopes)), "{channel}");
        }
    }
}
