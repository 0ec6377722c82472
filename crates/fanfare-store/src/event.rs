//! Events: accepted once, immutable.

use async_trait::async_trait;
use bytes::Bytes;
use fanfare_model::{EventId, EventType, EventTypes, OrganizationId, Timestamp, WebhookId};
use serde::{Deserialize, Serialize};

use crate::{Delivery, IdempotencyKey, Page, PageRequest, StoreError, StoredResponse};

/// Where an event came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EventSource {
    /// Published or caused through the API.
    Api,
    /// An example sent to test one webhook.
    Test,
}

/// An event to accept. `body` is the whole envelope as it will be signed and sent.
#[derive(Debug, Clone)]
pub struct NewEvent {
    /// Its id, made within an hour of [`Accept::at`], so that a store can find a time in its
    /// ids.
    pub id: EventId,
    /// What happened.
    pub event_type: EventType,
    /// The envelope's bytes.
    pub body: Bytes,
    /// `data.consumer_id` where the type holds personal data ([`crate::names_a_person`]), so
    /// that erasing the consumer finds it; `None` for every other type.
    pub person: Option<Box<str>>,
}

/// Events to accept together, in one transaction.
#[derive(Debug, Clone)]
pub struct Accept {
    /// Whose events they are.
    pub organization_id: OrganizationId,
    /// When: the envelope's timestamp and `X-Fanfare-Original-Time`.
    pub at: Timestamp,
    /// The events, in the order in which they happened.
    pub events: Vec<NewEvent>,
    /// Where they came from.
    pub source: EventSource,
    /// `None`: every webhook that matches. `Some`: this webhook alone, whatever it subscribes
    /// to and whatever its status (a test); unknown to the organization means no delivery.
    pub only: Option<WebhookId>,
    /// A webhook that gets none of them, whatever it subscribes to: what a report is about.
    pub except: Option<WebhookId>,
    /// Written together with the events.
    pub idempotency: Option<(IdempotencyKey, StoredResponse)>,
}

/// What became of an accept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AcceptResult {
    /// Durable. For each event, how many deliveries it got.
    Accepted(Vec<u32>),
    /// The key was used before with the same request: nothing was written, this was the answer.
    Replayed(StoredResponse),
    /// The key was used before with another request: nothing was written.
    KeyReused,
    /// A request with this key is still running: nothing was written.
    KeyInUse,
}

/// An event as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// What lists show.
    pub summary: EventSummary,
    /// The envelope's bytes as sent on every attempt.
    pub body: Bytes,
}

/// An event without its body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventSummary {
    /// Its id.
    pub id: EventId,
    /// What happened.
    pub event_type: EventType,
    /// When it was accepted.
    pub accepted_at: Timestamp,
    /// Where it came from.
    pub source: EventSource,
    /// How many webhooks it was fanned out to when it was accepted.
    pub fanout: u32,
}

/// Which events a list shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EventFilter {
    /// Only these types.
    pub types: EventTypes,
    /// Only events accepted at or after this time.
    pub since: Option<Timestamp>,
    /// Only events accepted before this time.
    pub until: Option<Timestamp>,
}

impl Default for EventFilter {
    fn default() -> Self {
        Self { types: EventTypes::KNOWN, since: None, until: None }
    }
}

/// Events.
#[async_trait]
pub trait EventStore: Send + Sync {
    /// Accepts events: see the crate's promises. Many calls share one transaction.
    /// [`StoreError::Refused`] when the organization is unknown.
    async fn accept(&self, accept: Accept) -> Result<AcceptResult, StoreError>;
    /// One event.
    async fn event(
        &self,
        organization: OrganizationId,
        id: EventId,
    ) -> Result<Option<Event>, StoreError>;
    /// Events with their bodies, ordered by id.
    async fn events(
        &self,
        organization: OrganizationId,
        filter: EventFilter,
        page: PageRequest,
    ) -> Result<Page<Event>, StoreError>;
    /// Every delivery of an event, oldest first, at most 1,000.
    async fn event_deliveries(
        &self,
        organization: OrganizationId,
        id: EventId,
    ) -> Result<Vec<Delivery>, StoreError>;
}
