//! Webhooks as callers see them.

use std::sync::Arc;

use fanfare_model::{Scope, Timestamp, WebhookId};
use fanfare_signing::Secret;
use fanfare_store::{CustomHeader, Page, PageRequest, Webhook, WebhookFilter};

use crate::{App, AppError, Caller};

/// Whether the `webhook-*` headers of Standard Webhooks are sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StandardWebhooks {
    /// The secret is `whsec_` and base64 of 24 to 64 bytes: yes.
    Available,
    /// It is another one: only `X-Fanfare-Signature` is sent.
    Unavailable,
    /// The secret cannot be opened with the keys this server has: nothing is sent until an
    /// operator brings the key back.
    Unreadable,
}

impl StandardWebhooks {
    /// The word in JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Available => "available",
            Self::Unavailable => "unavailable",
            Self::Unreadable => "unreadable",
        }
    }
}

/// A header as shown to the caller.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShownHeader {
    /// Its name, lower case.
    pub name: String,
    /// Its value; `None` where it may be a secret that this caller may not see.
    pub value: Option<String>,
}

/// A webhook as shown to the caller.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebhookView {
    /// The webhook. Show `headers` of this view, not of it, and neither secret.
    pub webhook: Arc<Webhook>,
    /// Its custom headers; values only for callers with `webhooks:write`.
    pub headers: Vec<ShownHeader>,
    /// Whether the `webhook-*` headers are sent.
    pub standard_webhooks: StandardWebhooks,
    /// Until when the secret before this one is alive too; `None` outside an overlap.
    pub previous_secret_until: Option<Timestamp>,
    /// Whether `X-Fanfare-Signature` is made with the secret before this one now.
    pub signs_with_previous: bool,
}

/// A webhook that was created or got a new secret.
#[derive(Debug)]
pub struct CreatedWebhook {
    /// The webhook.
    pub view: WebhookView,
    /// Whether it was created just now.
    pub is_new: bool,
    /// The secret when it was generated now, to be shown once; `None` when the customer gave it.
    pub generated_secret: Option<Secret>,
}

impl App {
    /// One webhook. Needs `webhooks:read`.
    pub async fn webhook(&self, caller: &Caller, id: WebhookId) -> Result<WebhookView, AppError> {
        caller.require(Scope::WebhooksRead)?;
        self.find_view(caller, id).await
    }

    /// The organization's webhooks. Needs `webhooks:read`.
    pub async fn webhooks(
        &self,
        caller: &Caller,
        filter: WebhookFilter,
        page: PageRequest,
    ) -> Result<Page<WebhookView>, AppError> {
        caller.require(Scope::WebhooksRead)?;
        let page = self.store().webhooks(caller.organization_id, filter, page).await?;
        let items = page.items.into_iter().map(|webhook| self.view(caller, webhook)).collect();
        Ok(Page { items, has_more: page.has_more })
    }

    pub(crate) async fn find_view(
        &self,
        caller: &Caller,
        id: WebhookId,
    ) -> Result<WebhookView, AppError> {
        let webhook = self.store().webhook(caller.organization_id, id).await?;
        let webhook = webhook.ok_or_else(|| AppError::not_found("webhook"))?;
        Ok(self.view(caller, webhook))
    }

    pub(crate) fn view(&self, caller: &Caller, webhook: Arc<Webhook>) -> WebhookView {
        let now = self.now();
        let previous = webhook.previous_secret.as_ref().filter(|previous| previous.until > now);
        WebhookView {
            headers: shown_headers(caller, &webhook.headers).collect(),
            standard_webhooks: self.standard_webhooks(&webhook),
            previous_secret_until: previous.map(|previous| previous.until),
            signs_with_previous: previous.is_some_and(|previous| previous.signs_fanfare),
            webhook,
        }
    }

    fn standard_webhooks(&self, webhook: &Webhook) -> StandardWebhooks {
        match self.open(webhook.organization_id, webhook.id, &webhook.secret) {
            Ok(secret) if secret.standard_key().is_some() => StandardWebhooks::Available,
            Ok(_) => StandardWebhooks::Unavailable,
            Err(error) => {
                tracing::error!(webhook = %webhook.id, %error, "a secret cannot be opened");
                StandardWebhooks::Unreadable
            }
        }
    }
}

/// Custom headers are often tokens: only who may set them may read them.
pub(crate) fn shown_headers(
    caller: &Caller,
    headers: &[CustomHeader],
) -> impl Iterator<Item = ShownHeader> {
    let shown = caller.may(Scope::WebhooksWrite);
    headers.iter().map(move |header| ShownHeader {
        name: header.name.clone(),
        value: shown.then(|| header.value.clone()),
    })
}
