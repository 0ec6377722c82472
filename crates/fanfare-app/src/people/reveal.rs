//! Showing a webhook's secret again: only to a person who gave the password a moment ago, and never
//! without an entry in the audit log, which is written first.

use fanfare_model::{Actor, Scope, WebhookId};
use fanfare_signing::Secret;

use super::session::PasswordProof;
use crate::{App, AppError, Caller, ErrorCode, OperatorContext};

/// The secrets of a webhook.
#[derive(Debug)]
pub struct RevealedSecret {
    /// The current one.
    pub secret: Secret,
    /// The one before, while it is alive.
    pub previous: Option<Secret>,
}

impl App {
    /// The secrets of a webhook. Needs `webhooks:write` and a fresh password of the person who
    /// asks: [`ErrorCode::Forbidden`] without.
    pub async fn reveal_webhook_secret(
        &self,
        caller: &Caller,
        webhook: WebhookId,
        proof: &PasswordProof,
    ) -> Result<RevealedSecret, AppError> {
        caller.require(Scope::WebhooksWrite)?;
        let now = self.now();
        if caller.actor != Actor::User(proof.user_id) || proof.until <= now {
            let message = "this needs your password, given within the last five minutes";
            return Err(AppError::new(ErrorCode::Forbidden, message));
        }
        let organization = caller.organization_id;
        let webhook = self.find_view(caller, webhook).await?.webhook;
        let open = |sealed| {
            let opened = self.open(organization, webhook.id, sealed);
            opened.map_err(|error| AppError::internal(OperatorContext::new(error)))
        };
        let secret = open(&webhook.secret)?;
        let previous = webhook.previous_secret.as_ref().filter(|previous| previous.until > now);
        let previous = previous.map(|previous| open(&previous.secret)).transpose()?;
        let told = self.audit(caller, "webhook.secret_revealed", "webhook", webhook.id);
        self.store().append_audit(organization, told).await?;
        Ok(RevealedSecret { secret, previous })
    }
}
