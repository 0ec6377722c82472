//! Webhooks: what customers configure.

use std::fmt;
use std::sync::Arc;

use fanfare_model::{Timestamp, WebhookCommand, WebhookId};
use fanfare_signing::Secret;
use fanfare_store::{Delivery, Page, PageRequest, Webhook, WebhookFilter};
use serde::{Deserialize, Deserializer};

use crate::{App, AppError, Caller, HeaderInput, PublishReceipt};

/// A webhook to create. Every field is judged by the use case; wrong ones are all named.
#[derive(Clone, PartialEq, Eq)]
pub struct CreateWebhook {
    /// Where requests go.
    pub url: String,
    /// Event types, or patterns such as `order.*` and `*`.
    pub events: Vec<String>,
    /// 16 to 256 visible ASCII characters; `None`: one is generated and returned once.
    pub secret: Option<String>,
    /// A text for people.
    pub description: Option<String>,
    /// Extra headers.
    pub headers: Vec<HeaderInput>,
    /// Most requests in flight, 1 to [`fanfare_model::limits::IN_FLIGHT_MAX`]; `None`:
    /// [`fanfare_model::limits::IN_FLIGHT_DEFAULT`].
    pub max_in_flight: Option<i64>,
    /// Most requests per second, 1 to [`fanfare_model::limits::RATE_MAX`]; `None`: no limit.
    pub rate_limit: Option<i64>,
}

impl fmt::Debug for CreateWebhook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CreateWebhook")
            .field("url", &self.url)
            .field("events", &self.events)
            .field("secret", &self.secret.as_ref().map(|_| "***"))
            .field("headers", &self.headers)
            .field("max_in_flight", &self.max_in_flight)
            .field("rate_limit", &self.rate_limit)
            .finish_non_exhaustive()
    }
}

/// What a `PATCH` does to a field that may be empty: leave it, empty it (`null`), or set it. As
/// a field with `#[serde(default)]` it reads exactly that.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Change<T> {
    /// The field was not named.
    #[default]
    Keep,
    /// The field was `null`.
    Clear,
    /// The field had a value.
    Set(T),
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Change<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Option::deserialize(deserializer)?.map_or(Self::Clear, Self::Set))
    }
}

/// Changes to a webhook: `None` and [`Change::Keep`] leave a field as it is. The secret is
/// changed by rotating it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct UpdateWebhook {
    /// Where requests go.
    pub url: Option<String>,
    /// Event types or patterns, all of them.
    pub events: Option<Vec<String>>,
    /// A text for people.
    pub description: Change<String>,
    /// Extra headers, all of them.
    pub headers: Option<Vec<HeaderInput>>,
    /// Most requests in flight.
    pub max_in_flight: Option<i64>,
    /// Most requests per second.
    pub rate_limit: Change<i64>,
}

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
    /// The secret when it was generated now, to be shown once; `None` when the customer gave it.
    pub generated_secret: Option<Secret>,
}

/// A test that was sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TestSent {
    /// The event.
    pub event: PublishReceipt,
    /// Its delivery; it may have been attempted already.
    pub delivery: Option<Delivery>,
}

impl App {
    /// Creates a webhook. Needs `webhooks:write`.
    /// [`ErrorCode::ValidationFailed`](crate::ErrorCode::ValidationFailed) names every wrong
    /// field; a URL that the guard refuses, or that does not resolve, is one complaint of one
    /// wording. [`ErrorCode::LimitReached`](crate::ErrorCode::LimitReached) beyond
    /// [`fanfare_model::limits::WEBHOOKS_PER_ORGANIZATION`].
    pub async fn create_webhook(
        &self,
        caller: &Caller,
        create: CreateWebhook,
    ) -> Result<CreatedWebhook, AppError> {
        let _ = (caller, create);
        unimplemented!()
    }

    /// One webhook. Needs `webhooks:read`.
    pub async fn webhook(&self, caller: &Caller, id: WebhookId) -> Result<WebhookView, AppError> {
        let _ = (caller, id);
        unimplemented!()
    }

    /// The organization's webhooks. Needs `webhooks:read`.
    pub async fn webhooks(
        &self,
        caller: &Caller,
        filter: WebhookFilter,
        page: PageRequest,
    ) -> Result<Page<WebhookView>, AppError> {
        let _ = (caller, filter, page);
        unimplemented!()
    }

    /// Changes the fields that are named. Needs `webhooks:write`. A new URL is judged like that
    /// of a new webhook.
    pub async fn update_webhook(
        &self,
        caller: &Caller,
        id: WebhookId,
        update: UpdateWebhook,
    ) -> Result<WebhookView, AppError> {
        let _ = (caller, id, update);
        unimplemented!()
    }

    /// Removes a webhook: what waits for it is cancelled, its deliveries stay readable. Needs
    /// `webhooks:write`.
    pub async fn delete_webhook(&self, caller: &Caller, id: WebhookId) -> Result<(), AppError> {
        let _ = (caller, id);
        unimplemented!()
    }

    /// Pauses, resumes, disables or enables. Needs `webhooks:write`. What already is so stays so;
    /// what the status does not allow is
    /// [`ErrorCode::IllegalTransition`](crate::ErrorCode::IllegalTransition).
    pub async fn command_webhook(
        &self,
        caller: &Caller,
        id: WebhookId,
        command: WebhookCommand,
    ) -> Result<WebhookView, AppError> {
        let _ = (caller, id, command);
        unimplemented!()
    }

    /// Sends the catalogue's example of a type to this webhook alone, whatever it subscribes to,
    /// marked as a test. Needs `webhooks:write`. The URL is judged again first.
    pub async fn test_webhook(
        &self,
        caller: &Caller,
        id: WebhookId,
        event_type: &str,
    ) -> Result<TestSent, AppError> {
        let _ = (caller, id, event_type);
        unimplemented!()
    }
}
