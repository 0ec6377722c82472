//! Webhooks as customers describe them, before anything is judged.

use std::fmt;

use fanfare_model::WebhookChannel;

use crate::Change;

/// A webhook to create. Every field is judged by the use case; wrong ones are all named.
#[derive(Clone, PartialEq, Eq)]
pub struct CreateWebhook {
    /// Through what it is made.
    pub channel: WebhookChannel,
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
            .field("channel", &self.channel)
            .field("url", &self.url)
            .field("events", &self.events)
            .field("secret", &self.secret.as_ref().map(|_| "***"))
            .field("headers", &self.headers)
            .field("max_in_flight", &self.max_in_flight)
            .field("rate_limit", &self.rate_limit)
            .finish_non_exhaustive()
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

/// A custom header, as given.
#[derive(Clone, PartialEq, Eq)]
pub struct HeaderInput {
    /// Its name, in any case.
    pub name: String,
    /// Its value.
    pub value: String,
}

impl fmt::Debug for HeaderInput {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ***", self.name)
    }
}
