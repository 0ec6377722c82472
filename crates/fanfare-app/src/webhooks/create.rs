//! Creating a webhook.

use fanfare_model::{Scope, WebhookStatus, limits};
use fanfare_signing::Secret;
use fanfare_store::Webhook;

use super::{CreateWebhook, CreatedWebhook};
use crate::complaints::Complaints;
use crate::{App, AppError, Caller};

impl App {
    /// Creates a webhook. Needs `webhooks:write`. [`ErrorCode::ValidationFailed`](crate::ErrorCode::ValidationFailed) names every
    /// wrong field; a URL that the guard refuses, or that does not resolve, is one complaint of
    /// one wording. [`ErrorCode::LimitReached`](crate::ErrorCode::LimitReached) beyond [`limits::WEBHOOKS_PER_ORGANIZATION`].
    pub async fn create_webhook(
        &self,
        caller: &Caller,
        create: CreateWebhook,
    ) -> Result<CreatedWebhook, AppError> {
        caller.require(Scope::WebhooksWrite)?;
        let mut complaints = Complaints::default();
        let target = self.parse_target(&mut complaints, &create.url);
        let events = complaints.events(&create.events);
        let given = create.secret.as_deref().and_then(|text| complaints.secret(text));
        let description =
            create.description.as_deref().and_then(|text| complaints.description(text));
        let headers = complaints.headers(&create.headers);
        let max_in_flight = create
            .max_in_flight
            .map_or(limits::IN_FLIGHT_DEFAULT, |given| complaints.max_in_flight(given));
        let rate_limit = create.rate_limit.and_then(|given| complaints.rate_limit(given));
        complaints.judge()?;
        let (Some(target), Some(events)) = (target, events) else {
            return Err(AppError::invalid(Vec::new()));
        };
        self.vet_target(&target).await?;
        let (generated, secret) = match given {
            Some(secret) => (None, secret),
            None => {
                let secret = Secret::generate(self.ids().random());
                (Some(secret.clone()), secret)
            }
        };
        let (id, now) = (self.ids().next(), self.now());
        let webhook = Webhook {
            id,
            organization_id: caller.organization_id,
            url: target.as_str().to_owned(),
            description,
            events,
            headers,
            max_in_flight,
            rate_limit,
            secret: self.seal(caller.organization_id, id, &secret)?,
            previous_secret: None,
            status: WebhookStatus::Active,
            disabled_reason: None,
            status_changed_at: now,
            failing_since: None,
            created_at: now,
            updated_at: now,
            version: 1,
        };
        let told = self.audit(caller, "webhook.created", "webhook", webhook.id);
        let webhook = self.store().create_webhook(webhook, Some(told)).await?;
        Ok(CreatedWebhook { view: self.view(caller, webhook), generated_secret: generated })
    }
}
