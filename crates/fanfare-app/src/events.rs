//! Events as their organization sees them, and what became of each.

use std::sync::Arc;

use fanfare_model::{EventId, WebhookId};
use fanfare_store::{Delivery, Event, EventFilter, Page, PageRequest, Webhook};

use crate::{App, AppError, Caller};

/// Why a webhook got no delivery of an event when the event was accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotDelivered {
    /// It does not subscribe to the type.
    NotSubscribed,
    /// It was created after the event.
    CreatedLater,
    /// It was disabled then.
    Disabled,
    /// The event was a test of another webhook.
    TestEvent,
    /// It would match now; it was changed since.
    ChangedSince,
}

impl NotDelivered {
    /// The word in JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NotSubscribed => "not_subscribed",
            Self::CreatedLater => "created_later",
            Self::Disabled => "disabled",
            Self::TestEvent => "test_event",
            Self::ChangedSince => "changed_since",
        }
    }

    /// The sentence for people.
    pub const fn explain(self) -> &'static str {
        match self {
            Self::NotSubscribed => "the webhook does not subscribe to this event type",
            Self::CreatedLater => "the webhook was created after the event; a replay sends it",
            Self::Disabled => "the webhook was disabled at that time; a replay sends it",
            Self::TestEvent => "the event was a test of another webhook",
            Self::ChangedSince => {
                "the webhook matches now but did not then; a replay sends the event"
            }
        }
    }
}

/// What an event came to for one webhook.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebhookOutcome {
    /// Which webhook.
    pub webhook_id: WebhookId,
    /// The webhook as it is now; `None` when it was deleted.
    pub webhook: Option<Arc<Webhook>>,
    /// Its deliveries of this event, oldest first: the first one and what was resent or
    /// replayed.
    pub deliveries: Vec<Delivery>,
    /// Why it got none when the event was accepted; `None` when it did.
    pub not_delivered: Option<NotDelivered>,
}

/// What an event came to for every webhook of the organization.
pub type EventOutcomes = Vec<WebhookOutcome>;

/// An event with what became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventView {
    /// The event.
    pub event: Event,
    /// Webhooks with deliveries first, in the order of those, then the others, oldest first.
    pub outcomes: EventOutcomes,
}

impl App {
    /// Events, newest first unless the page says otherwise. Needs `events:read`.
    pub async fn events(
        &self,
        caller: &Caller,
        filter: EventFilter,
        page: PageRequest,
    ) -> Result<Page<Event>, AppError> {
        let _ = (caller, filter, page);
        unimplemented!()
    }

    /// One event with its outcome per webhook. Needs `events:read`.
    pub async fn event(&self, caller: &Caller, id: EventId) -> Result<EventView, AppError> {
        let _ = (caller, id);
        unimplemented!()
    }
}
