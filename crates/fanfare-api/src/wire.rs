//! The JSON that customers see: camelCase resources, one conversion from what the use cases give.
//! Nothing here decides anything; fields are added, never renamed or removed.

mod account;
mod audit;
mod batch;
mod bid;
mod consumer;
mod delivery;
mod distribution;
mod draw;
mod event;
mod experience;
mod feed;
mod integration;
mod job;
mod order;
mod participant;
mod product;
mod request;
mod stats;
mod webhook;

pub(crate) use account::{CreateKeyBody, CreatedKeyJson, KeyJson, KeyModeText, MeJson, NoticeJson};
pub(crate) use audit::AuditEntryJson;
pub(crate) use batch::ItemsJson;
pub(crate) use bid::{BidJson, PlaceBidBody};
pub(crate) use consumer::{
    ConsumerJson, CreateConsumerBody, CreateConsumersBody, UpdateConsumerBody,
};
pub(crate) use delivery::{DeliveryDetailJson, DeliveryJson, ResendFilterBody, ResendMatchingBody};
pub(crate) use distribution::{CreateDistributionBody, DistributionJson, UpdateDistributionBody};
pub(crate) use draw::{DrawJson, DrawStateJson, EntrantJson};
pub(crate) use event::{
    BatchItemJson, BatchJson, EventDetailJson, EventJson, EventTypeJson, EventTypesJson,
    PublishBatchBody, PublishBody, ReceiptJson, SamplesJson,
};
pub(crate) use experience::{CreateExperienceBody, ExperienceJson, UpdateExperienceBody};
pub(crate) use feed::{
    CommitFeedBody, CreateFeedGroupBody, FeedGroupDetailJson, FeedGroupJson,
    FeedGroupWithSecretJson, FeedGroupsJson, FeedItemJson, FeedJson, FeedResultsJson,
};
pub(crate) use integration::{
    ConnectionDetailJson, ConnectionJson, ConnectionsJson, CreateConnectionBody,
    InboundMessageDetailJson, InboundMessageJson, PlanJson, RotateConnectionBody, SentMessageJson,
};
pub(crate) use job::{CountJson, JobJson, ReplayBody};
pub(crate) use order::{
    CancelOrderBody, CreateOrderBody, FulfillOrderBody, OrderJson, PayOrderBody, UpdateOrderBody,
};
pub(crate) use participant::{AdmitBody, CompleteBody, JoinBody, JoinManyBody, ParticipantJson};
pub(crate) use product::{CreateProductBody, ProductJson, UpdateProductBody};
pub(crate) use request::RequestsJson;
pub(crate) use stats::{BacklogJson, OrganizationStatsJson, StatsJson};
pub(crate) use webhook::{
    CreateWebhookBody, RotateSecretBody, TestSentJson, TestWebhookBody, UpdateWebhookBody,
    WebhookJson, WebhookWithSecretJson,
};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Deserializer};

/// Bytes as text: as they are when they are UTF-8, otherwise in base64, and which of the two.
fn text_of(bytes: &[u8]) -> (String, &'static str) {
    match std::str::from_utf8(bytes) {
        Ok(text) => (text.to_owned(), "utf8"),
        Err(_) => (STANDARD.encode(bytes), "base64"),
    }
}

/// A field that may be left out, but not be `null`: that would look like a change and be none.
fn given<'de, T: Deserialize<'de>, D: Deserializer<'de>>(value: D) -> Result<Option<T>, D::Error> {
    T::deserialize(value).map(Some)
}
