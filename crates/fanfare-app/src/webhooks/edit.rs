//! Changing a webhook, and telling it what to do.

use std::sync::Arc;

use fanfare_model::{
    DisabledReason, EventSelection, Scope, Timestamp, WebhookCommand, WebhookId, WebhookStatus,
};
use fanfare_store::{CustomHeader, EditRefused, PreviousSecret, Webhook};

use super::{UpdateWebhook, WebhookView};
use crate::complaints::Complaints;
use crate::{App, AppError, Caller, ErrorCode};

impl App {
    /// Changes the fields that are named. Needs `webhooks:write`. A new URL is judged like that
    /// of a new webhook; with it the record of failures begins anew.
    pub async fn update_webhook(
        &self,
        caller: &Caller,
        id: WebhookId,
        update: UpdateWebhook,
    ) -> Result<WebhookView, AppError> {
        caller.require(Scope::WebhooksWrite)?;
        let found = self.find_view(caller, id).await?;
        if update == UpdateWebhook::default() {
            return Ok(found);
        }
        let mut complaints = Complaints::default();
        let url = update.url.as_deref();
        let target = url.and_then(|url| self.parse_target(&mut complaints, url));
        let edit = Edit {
            url: target.as_ref().map(|target| target.as_str().to_owned()),
            events: update.events.and_then(|patterns| complaints.events(&patterns)),
            description: update.description.map(|text| complaints.description(&text)),
            headers: update.headers.map(|given| complaints.headers(&given)),
            max_in_flight: update.max_in_flight.map(|given| complaints.max_in_flight(given)),
            rate_limit: update.rate_limit.map(|given| complaints.rate_limit(given)),
        };
        complaints.judge()?;
        if let Some(target) = &target {
            self.vet_target(target).await?;
        }
        let edit = move |webhook: &mut Webhook| {
            edit.apply(webhook);
            Ok(())
        };
        let webhook = self.edit_webhook((caller, "webhook.updated"), id, self.now(), edit).await?;
        Ok(self.view(caller, webhook))
    }

    /// Pauses, resumes, disables or enables. Needs `webhooks:write`. What already is so stays so;
    /// what the status does not allow is [`ErrorCode::IllegalTransition`].
    pub async fn command_webhook(
        &self,
        caller: &Caller,
        id: WebhookId,
        command: WebhookCommand,
    ) -> Result<WebhookView, AppError> {
        caller.require(Scope::WebhooksWrite)?;
        let found = self.find_view(caller, id).await?;
        let status = found.webhook.status;
        if status.apply(command) == Ok(status) {
            return Ok(found);
        }
        let now = self.now();
        let edit = move |webhook: &mut Webhook| obey(webhook, command, now);
        let webhook = self.edit_webhook((caller, told_of(command)), id, now, edit).await?;
        if webhook.status == WebhookStatus::Disabled {
            self.shared.unserved_wake.notify_one();
        }
        Ok(self.view(caller, webhook))
    }

    /// Removes a webhook: what waits for it is cancelled, its deliveries stay readable. Needs
    /// `webhooks:write`.
    pub async fn delete_webhook(&self, caller: &Caller, id: WebhookId) -> Result<(), AppError> {
        caller.require(Scope::WebhooksWrite)?;
        let told = self.audit(caller, "webhook.deleted", "webhook", id);
        let organization = caller.organization_id;
        if !self.store().delete_webhook(organization, id, self.now(), Some(told)).await? {
            return Err(AppError::not_found("webhook"));
        }
        self.shared.unserved_wake.notify_one();
        Ok(())
    }

    /// Edits a webhook and forgets a secret that has ended.
    pub(crate) async fn edit_webhook(
        &self,
        (caller, action): (&Caller, &'static str),
        id: WebhookId,
        now: Timestamp,
        edit: impl Fn(&mut Webhook) -> Result<(), EditRefused> + Send + Sync + 'static,
    ) -> Result<Arc<Webhook>, AppError> {
        let edit = move |webhook: &mut Webhook| {
            edit(webhook)?;
            let ended = |previous: &PreviousSecret| previous.until <= now;
            if webhook.previous_secret.as_ref().is_some_and(ended) {
                webhook.previous_secret = None;
            }
            webhook.updated_at = now;
            Ok(())
        };
        let organization = caller.organization_id;
        let told = self.audit(caller, action, "webhook", id);
        let edit = Box::new(edit);
        let edited = self.store().modify_webhook(organization, id, now, edit, Some(told)).await?;
        edited.ok_or_else(|| AppError::not_found("webhook"))
    }
}

/// What the audit log calls a command.
const fn told_of(command: WebhookCommand) -> &'static str {
    match command {
        WebhookCommand::Pause => "webhook.paused",
        WebhookCommand::Resume => "webhook.resumed",
        WebhookCommand::Disable => "webhook.disabled",
        WebhookCommand::Enable => "webhook.enabled",
    }
}

/// An update that was judged.
struct Edit {
    url: Option<String>,
    events: Option<EventSelection>,
    description: Option<Option<String>>,
    headers: Option<Vec<CustomHeader>>,
    max_in_flight: Option<u16>,
    rate_limit: Option<Option<u32>>,
}

impl Edit {
    fn apply(&self, webhook: &mut Webhook) {
        if let Some(url) = &self.url
            && *url != webhook.url
        {
            webhook.url.clone_from(url);
            webhook.failing_since = None;
        }
        set(&mut webhook.events, &self.events);
        set(&mut webhook.description, &self.description);
        set(&mut webhook.headers, &self.headers);
        set(&mut webhook.max_in_flight, &self.max_in_flight);
        set(&mut webhook.rate_limit, &self.rate_limit);
    }
}

fn set<T: Clone>(field: &mut T, change: &Option<T>) {
    if let Some(value) = change {
        field.clone_from(value);
    }
}

pub(super) fn obey(
    webhook: &mut Webhook,
    command: WebhookCommand,
    now: Timestamp,
) -> Result<(), EditRefused> {
    let then = webhook.status.apply(command).map_err(|illegal| EditRefused {
        code: ErrorCode::IllegalTransition.as_str(),
        message: illegal.to_string(),
    })?;
    if then == webhook.status {
        return Ok(());
    }
    webhook.status = then;
    webhook.status_changed_at = now;
    webhook.disabled_reason = (then == WebhookStatus::Disabled).then_some(DisabledReason::Manual);
    if command == WebhookCommand::Enable {
        // Or its first failure would end the five days that disabled it once more.
        webhook.failing_since = None;
    }
    Ok(())
}
