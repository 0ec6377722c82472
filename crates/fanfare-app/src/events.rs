//! Events as their organization sees them, and what became of each.

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;
use fanfare_model::{
    DeliveryOrigin, DeliveryStatus, EventId, EventType, EventTypes, Scope, WebhookId,
    WebhookStatus, catalogue, limits,
};
use fanfare_store::{
    Delivery, Event, EventFilter, EventSource, EventSummary, Order, Page, PageRequest, Webhook,
    WebhookFilter,
};

use crate::{App, AppError, Caller, ErrorCode};

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

/// To whom an event is sent again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ResendEvent {
    /// To every webhook whose latest delivery of it failed, except those that are disabled or
    /// deleted.
    Failed,
    /// To this webhook, whatever came of it there; it must have had a delivery of it.
    To(WebhookId),
}

/// Bodies of one event type as webhooks get them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventSamples {
    /// The bodies, newest first.
    pub bodies: Vec<Bytes>,
    /// Whether it is the catalogue's example, because there are no events of this type.
    pub is_example: bool,
}

impl App {
    /// Events, newest first unless the page says otherwise. Needs `events:read`.
    pub async fn events(
        &self,
        caller: &Caller,
        filter: EventFilter,
        page: PageRequest,
    ) -> Result<Page<Event>, AppError> {
        caller.require(Scope::EventsRead)?;
        Ok(self.store().events(caller.organization_id, filter, page).await?)
    }

    /// Bodies of this type as webhooks get them: those of the newest events, at most `limit`; the
    /// catalogue's example when there are none. Needs `events:read`.
    pub async fn event_samples(
        &self,
        caller: &Caller,
        event_type: EventType,
        limit: usize,
    ) -> Result<EventSamples, AppError> {
        let filter = EventFilter { types: EventTypes::only(event_type), since: None, until: None };
        let page = PageRequest { limit, ..PageRequest::default() };
        let events = self.events(caller, filter, page).await?.items;
        let is_example = events.is_empty();
        let bodies = if is_example {
            vec![Bytes::from(catalogue::example_envelope(event_type).to_string())]
        } else {
            events.into_iter().map(|event| event.body).collect()
        };
        Ok(EventSamples { bodies, is_example })
    }

    /// One event with its outcome per webhook. Needs `events:read`.
    pub async fn event(&self, caller: &Caller, id: EventId) -> Result<EventView, AppError> {
        caller.require(Scope::EventsRead)?;
        let organization = caller.organization_id;
        let event = self.store().event(organization, id).await?;
        let event = event.ok_or_else(|| AppError::not_found("event"))?;
        let deliveries = self.store().event_deliveries(organization, id).await?;
        let page = PageRequest {
            limit: limits::WEBHOOKS_PER_ORGANIZATION.min(limits::PAGE),
            order: Order::Ascending,
            after: None,
            before: None,
        };
        let webhooks = self.store().webhooks(organization, WebhookFilter::default(), page).await?;
        let outcomes = outcomes(&event.summary, deliveries, webhooks.items);
        Ok(EventView { event, outcomes })
    }

    /// Sends an event again, as a new delivery for each webhook that is meant, due now; gives
    /// those deliveries. Needs `deliveries:write`. [`ErrorCode::NotFound`] when the webhook that
    /// is named never had the event, [`ErrorCode::Conflict`] when it is disabled or deleted.
    pub async fn resend_event(
        &self,
        caller: &Caller,
        id: EventId,
        which: ResendEvent,
    ) -> Result<Vec<Delivery>, AppError> {
        caller.require(Scope::DeliveriesWrite)?;
        let mut latest: BTreeMap<WebhookId, Delivery> = BTreeMap::new();
        let organization = caller.organization_id;
        if self.store().event(organization, id).await?.is_none() {
            return Err(AppError::not_found("event"));
        }
        for delivery in self.store().event_deliveries(organization, id).await? {
            latest.insert(delivery.webhook_id, delivery);
        }
        match which {
            ResendEvent::To(webhook) => {
                let last = latest.get(&webhook);
                let last = last.ok_or_else(|| AppError::not_found("delivery"))?;
                Ok(vec![self.resend(caller, last.id).await?])
            }
            ResendEvent::Failed => {
                latest.retain(|_, delivery| delivery.status == DeliveryStatus::Failed);
                let mut made = Vec::with_capacity(latest.len());
                for delivery in latest.values() {
                    match self.resend(caller, delivery.id).await {
                        Ok(again) => made.push(again),
                        Err(error) if error.code() == ErrorCode::Conflict => {}
                        Err(error) => return Err(error),
                    }
                }
                Ok(made)
            }
        }
    }
}

fn outcomes(
    event: &EventSummary,
    deliveries: Vec<Delivery>,
    webhooks: Vec<Arc<Webhook>>,
) -> EventOutcomes {
    let mut outcomes: EventOutcomes = Vec::new();
    for delivery in deliveries {
        let known = outcomes.iter_mut().find(|known| known.webhook_id == delivery.webhook_id);
        match known {
            Some(known) => known.deliveries.push(delivery),
            None => outcomes.push(WebhookOutcome {
                webhook_id: delivery.webhook_id,
                webhook: webhooks.iter().find(|each| each.id == delivery.webhook_id).cloned(),
                deliveries: vec![delivery],
                not_delivered: None,
            }),
        }
    }
    for outcome in &mut outcomes {
        let first = |delivery: &Delivery| {
            matches!(delivery.origin, DeliveryOrigin::Fanout | DeliveryOrigin::Test)
        };
        if !outcome.deliveries.iter().any(first) {
            outcome.not_delivered = outcome.webhook.as_deref().map(|each| reason(event, each));
        }
    }
    for webhook in webhooks {
        if outcomes.iter().all(|outcome| outcome.webhook_id != webhook.id) {
            outcomes.push(WebhookOutcome {
                webhook_id: webhook.id,
                not_delivered: Some(reason(event, &webhook)),
                webhook: Some(webhook),
                deliveries: Vec::new(),
            });
        }
    }
    outcomes
}

/// Derived from the webhook as it is now: what it was then is not kept.
fn reason(event: &EventSummary, webhook: &Webhook) -> NotDelivered {
    if event.source == EventSource::Test {
        NotDelivered::TestEvent
    } else if webhook.created_at > event.accepted_at {
        NotDelivered::CreatedLater
    } else if !webhook.events.matches(event.event_type) {
        NotDelivered::NotSubscribed
    } else if webhook.status == WebhookStatus::Disabled
        && webhook.status_changed_at <= event.accepted_at
    {
        NotDelivered::Disabled
    } else {
        NotDelivered::ChangedSince
    }
}
