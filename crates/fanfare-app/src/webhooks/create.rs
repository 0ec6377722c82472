//! Creating a webhook.

use std::sync::Arc;

use fanfare_egress::Target;
use fanfare_model::{Scope, WebhookStatus, limits};
use fanfare_signing::Secret;
use fanfare_store::{Subscribed, Webhook};

use super::subscribe::Asked;
use super::{CreateWebhook, CreatedWebhook};
use crate::complaints::Complaints;
use crate::{App, AppError, Caller};

impl App {
    /// Creates a webhook. Needs `webhooks:write`. [`ErrorCode::ValidationFailed`](crate::ErrorCode::ValidationFailed) names every
    /// wrong field; a URL that the guard refuses, or that does not resolve, is one complaint of
    /// one wording. [`ErrorCode::LimitReached`](crate::ErrorCode::LimitReached) beyond [`limits::WEBHOOKS_PER_ORGANIZATION`].
    ///
    /// On the channel of an automation platform a URL has one webhook: if it has one already, that
    /// one takes the events, and whatever else was given, and is enabled if it was disabled.
    pub async fn create_webhook(
        &self,
        caller: &Caller,
        create: CreateWebhook,
    ) -> Result<CreatedWebhook, AppError> {
        caller.require(Scope::WebhooksWrite)?;
        let (target, asked) = self.judge(&create)?;
        self.vet_target(&target).await?;
        let (generated, secret) = match &asked.secret {
            Some(secret) => (None, secret.clone()),
            None => {
                let secret = Secret::generate(self.ids().random());
                (Some(secret.clone()), secret)
            }
        };
        let (id, now) = (self.ids().next(), self.now());
        let webhook = Webhook {
            id,
            organization_id: caller.organization_id,
            channel: create.channel,
            url: target.as_str().to_owned(),
            description: asked.description.clone(),
            events: asked.events.clone(),
            headers: asked.headers.clone(),
            max_in_flight: asked.max_in_flight.unwrap_or(limits::IN_FLIGHT_DEFAULT),
            rate_limit: asked.rate_limit,
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
        let Subscribed { webhook, is_new } = self.write_new(caller, webhook, asked).await?;
        let generated_secret = generated.filter(|_| is_new);
        Ok(CreatedWebhook { view: self.view(caller, webhook), is_new, generated_secret })
    }

    /// What is asked for, or everything that is wrong with it.
    fn judge(&self, create: &CreateWebhook) -> Result<(Target, Asked), AppError> {
        let mut complaints = Complaints::default();
        let target = self.parse_target(&mut complaints, &create.url);
        let events = complaints.events(&create.events);
        let secret = create.secret.as_deref().and_then(|text| complaints.secret(text));
        let description =
            create.description.as_deref().and_then(|text| complaints.description(text));
        let headers = complaints.headers(&create.headers);
        let max_in_flight = create.max_in_flight.map(|given| complaints.max_in_flight(given));
        let rate_limit = create.rate_limit.and_then(|given| complaints.rate_limit(given));
        complaints.judge()?;
        let (Some(target), Some(events)) = (target, events) else {
            return Err(AppError::invalid(Vec::new()));
        };
        let asked = Asked { events, secret, description, headers, max_in_flight, rate_limit };
        Ok((target, asked))
    }

    async fn write_new(
        &self,
        caller: &Caller,
        webhook: Webhook,
        asked: Asked,
    ) -> Result<Subscribed, AppError> {
        let told = |action| Some(self.audit(caller, action, "webhook", webhook.id));
        let (created, changed) = (told("webhook.created"), told("webhook.updated"));
        if !webhook.channel.is_automation() {
            let webhook: Arc<Webhook> = self.store().create_webhook(webhook, created).await?;
            return Ok(Subscribed { webhook, is_new: true });
        }
        let (app, now) = (self.clone(), webhook.created_at);
        let edit = move |webhook: &mut Webhook| asked.again(&app, webhook, now);
        Ok(self.store().subscribe_webhook(webhook, Box::new(edit), (created, changed)).await?)
    }
}
