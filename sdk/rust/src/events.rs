//! The data of each event. Generated from the event catalogue by sdk/generate.py. Do not edit.

use serde::{Deserialize, Serialize};

/// Every event type that this version knows.
pub const EVENT_TYPES: &[&str] = &[
    "consumer.created",
    "consumer.updated",
    "consumer.deleted",
    "experience.created",
    "experience.activated",
    "experience.completed",
    "experience.cancelled",
    "distribution.joined",
    "distribution.admitted",
    "distribution.winner_selected",
    "distribution.bid_placed",
    "distribution.completed",
    "order.created",
    "order.paid",
    "order.fulfilled",
    "order.cancelled",
    "webhook.failed",
    "webhook.recovered",
    "webhook.disabled",
];

/// New consumer registered.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ConsumerCreated {
    /// The consumer it is about.
    pub consumer_id: String,
    /// The consumer's e-mail address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// The consumer's phone number, where possible in E.164.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
    /// The consumer's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub full_name: Option<String>,
    /// The consumer's id in the organization's own system.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub external_id: Option<String>,
    /// What the organization keeps with the consumer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metadata: Option<serde_json::Map<String, serde_json::Value>>,
    /// How the consumer came in. Known now: `api`, `manual`, `import`, `klaviyo`, `experience_entry`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// When it was created.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created_at: Option<String>,
}

/// Consumer profile updated.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ConsumerUpdated {
    /// The consumer it is about.
    pub consumer_id: String,
    /// The consumer's e-mail address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// The consumer's phone number, where possible in E.164.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
    /// The consumer's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub full_name: Option<String>,
    /// The consumer's id in the organization's own system.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub external_id: Option<String>,
    /// What the organization keeps with the consumer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metadata: Option<serde_json::Map<String, serde_json::Value>>,
    /// How the consumer came in. Known now: `api`, `manual`, `import`, `klaviyo`, `experience_entry`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// When it was created.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created_at: Option<String>,
    /// When it was updated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub updated_at: Option<String>,
    /// Names of the fields that changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub changed_fields: Option<Vec<String>>,
}

/// Consumer removed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ConsumerDeleted {
    /// The consumer it is about.
    pub consumer_id: String,
    /// The consumer's id in the organization's own system.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub external_id: Option<String>,
    /// When the consumer was removed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deleted_at: Option<String>,
}

/// New experience created.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ExperienceCreated {
    /// The experience: the launch as a whole.
    pub experience_id: String,
    /// The experience's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The experience's name as it stands in addresses.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub slug: Option<String>,
    /// The experience's status. Known now: `draft`, `scheduled`, `active`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
    /// When it opens, if that is set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub open_at: Option<String>,
    /// When it closes, if that is set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub close_at: Option<String>,
    /// The time zone of its dates (IANA).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time_zone: Option<String>,
    /// The products that are launched.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub product_ids: Option<Vec<String>>,
    /// Who created it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created_by: Option<String>,
    /// When it was created.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created_at: Option<String>,
}

/// Experience went live.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ExperienceActivated {
    /// The experience: the launch as a whole.
    pub experience_id: String,
    /// The experience's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The experience's name as it stands in addresses.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub slug: Option<String>,
    /// The experience's status. Known now: `active`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
    /// When it opens, if that is set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub open_at: Option<String>,
    /// When it closes, if that is set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub close_at: Option<String>,
    /// When it went live.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub activated_at: Option<String>,
}

/// Experience finished.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ExperienceCompleted {
    /// The experience: the launch as a whole.
    pub experience_id: String,
    /// The experience's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The experience's status. Known now: `completed`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
    /// When it closes, if that is set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub close_at: Option<String>,
    /// When it was over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub completed_at: Option<String>,
    /// Whether it closed at its time or was ended before. Known now: `closed`, `ended_early`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// Experience cancelled.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ExperienceCancelled {
    /// The experience: the launch as a whole.
    pub experience_id: String,
    /// The experience's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The experience's status. Known now: `cancelled`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
    /// The status it was cancelled in. Known now: `scheduled`, `draft`, `active`, `paused`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub previous_status: Option<String>,
    /// When it was cancelled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cancelled_at: Option<String>,
    /// Who cancelled it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cancelled_by: Option<String>,
}

/// Consumer joined queue/draw.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct DistributionJoined {
    /// The consumer it is about.
    pub consumer_id: String,
    /// The queue, draw, auction or timed release.
    pub distribution_id: String,
    /// The experience: the launch as a whole.
    pub experience_id: String,
    /// The product that is launched.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub product_id: Option<String>,
    /// What kind of distribution it is. Known now: `queue`, `draw`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub distribution_type: Option<String>,
    /// The sequence, or access path, that led the consumer to the distribution.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sequence_id: Option<String>,
    /// The participant's status: `QUEUED` in a queue, `ENTERED` in a draw. Known now: `QUEUED`, `ENTERED`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
    /// The consumer's place in the queue; null in a draw.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub position: Option<i64>,
    /// When the consumer joined.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub joined_at: Option<String>,
}

/// Consumer admitted from queue.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct DistributionAdmitted {
    /// The consumer it is about.
    pub consumer_id: String,
    /// The queue, draw, auction or timed release.
    pub distribution_id: String,
    /// The experience: the launch as a whole.
    pub experience_id: String,
    /// The product that is launched.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub product_id: Option<String>,
    /// What kind of distribution it is. Known now: `queue`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub distribution_type: Option<String>,
    /// The sequence, or access path, that led the consumer to the distribution.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sequence_id: Option<String>,
    /// When the consumer joined the distribution.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub entered_at: Option<String>,
    /// When the consumer was admitted to checkout.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub admitted_at: Option<String>,
    /// Until when the consumer may check out, if there is an end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<String>,
    /// How long the consumer waited, in seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wait_time_seconds: Option<i64>,
}

/// Draw winner selected.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct DistributionWinnerSelected {
    /// The consumer it is about.
    pub consumer_id: String,
    /// The queue, draw, auction or timed release.
    pub distribution_id: String,
    /// The experience: the launch as a whole.
    pub experience_id: String,
    /// The product that is launched.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub product_id: Option<String>,
    /// What kind of distribution it is. Known now: `draw`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub distribution_type: Option<String>,
    /// The sequence, or access path, that led the consumer to the distribution.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sequence_id: Option<String>,
    /// When the consumer joined the distribution.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub entered_at: Option<String>,
    /// When the winner was selected.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub selected_at: Option<String>,
    /// Until when the consumer may check out, if there is an end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<String>,
    /// Whether the winner replaces one whose time ran out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub is_backfill: Option<bool>,
}

/// Auction bid received.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct DistributionBidPlaced {
    /// The consumer it is about.
    pub consumer_id: String,
    /// The queue, draw, auction or timed release.
    pub distribution_id: String,
    /// The experience: the launch as a whole.
    pub experience_id: String,
    /// The product that is launched.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub product_id: Option<String>,
    /// What kind of distribution it is. Known now: `auction`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub distribution_type: Option<String>,
    /// The sequence, or access path, that led the consumer to the distribution.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sequence_id: Option<String>,
    /// The bid.
    pub bid_id: String,
    /// What was bid, in `currency_code`.
    pub amount: String,
    /// The currency of the amount (ISO 4217).
    pub currency_code: String,
    /// How many bids the auction has, this one included.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bid_count: Option<i64>,
    /// How the bid stands. Known now: `WINNING`, `ACTIVE`, `OUTBID`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bid_status: Option<String>,
    /// Whether no bid is higher.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub is_highest: Option<bool>,
    /// When the bid was placed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub placed_at: Option<String>,
}

/// Consumer completed checkout.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct DistributionCompleted {
    /// The consumer it is about.
    pub consumer_id: String,
    /// The queue, draw, auction or timed release.
    pub distribution_id: String,
    /// The experience: the launch as a whole.
    pub experience_id: String,
    /// The product that is launched.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub product_id: Option<String>,
    /// What kind of distribution it is. Known now: `queue`, `draw`, `auction`, `timed_release`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub distribution_type: Option<String>,
    /// The sequence, or access path, that led the consumer to the distribution.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sequence_id: Option<String>,
    /// The order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order_id: Option<String>,
    /// The order's number in the shop that reported it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub external_order_id: Option<String>,
    /// What the order costs in all, in `currency_code`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order_amount: Option<String>,
    /// The currency of the amount (ISO 4217).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub currency_code: Option<String>,
    /// When the consumer was admitted to checkout.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub admitted_at: Option<String>,
    /// When the consumer completed checkout.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub completed_at: Option<String>,
}

/// New order placed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct OrderCreated {
    /// The order.
    pub order_id: String,
    /// The order's number in the shop that reported it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub external_order_id: Option<String>,
    /// The consumer it is about.
    pub consumer_id: String,
    /// The queue, draw, auction or timed release.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub distribution_id: Option<String>,
    /// The experience: the launch as a whole.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub experience_id: Option<String>,
    /// The product that is launched.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub product_id: Option<String>,
    /// The order's status after this event. Known now: `created`, `paid`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
    /// What the order costs in all, in `currency_code`.
    pub total_amount: String,
    /// The currency of the amount (ISO 4217).
    pub currency_code: String,
    /// When the order was created.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created_at: Option<String>,
}

/// Order payment confirmed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct OrderPaid {
    /// The order.
    pub order_id: String,
    /// The order's number in the shop that reported it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub external_order_id: Option<String>,
    /// The consumer it is about.
    pub consumer_id: String,
    /// The queue, draw, auction or timed release.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub distribution_id: Option<String>,
    /// The experience: the launch as a whole.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub experience_id: Option<String>,
    /// The product that is launched.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub product_id: Option<String>,
    /// The order's status after this event. Known now: `paid`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
    /// What the order costs in all, in `currency_code`.
    pub total_amount: String,
    /// The currency of the amount (ISO 4217).
    pub currency_code: String,
    /// When the order was created.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created_at: Option<String>,
    /// When the payment was confirmed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub paid_at: Option<String>,
    /// Who took the payment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payment_provider: Option<String>,
    /// The payment's id at the provider.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payment_reference: Option<String>,
}

/// Order marked as fulfilled.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct OrderFulfilled {
    /// The order.
    pub order_id: String,
    /// The order's number in the shop that reported it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub external_order_id: Option<String>,
    /// The consumer it is about.
    pub consumer_id: String,
    /// The queue, draw, auction or timed release.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub distribution_id: Option<String>,
    /// The experience: the launch as a whole.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub experience_id: Option<String>,
    /// The product that is launched.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub product_id: Option<String>,
    /// The order's status after this event. Known now: `fulfilled`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
    /// What the order costs in all, in `currency_code`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub total_amount: Option<String>,
    /// The currency of the amount (ISO 4217).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub currency_code: Option<String>,
    /// When the order was created.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created_at: Option<String>,
    /// When it was marked as fulfilled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fulfilled_at: Option<String>,
    /// Who carries the parcel.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tracking_carrier: Option<String>,
    /// The parcel's number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tracking_number: Option<String>,
    /// Where the parcel can be followed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tracking_url: Option<String>,
}

/// Order cancelled.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct OrderCancelled {
    /// The order.
    pub order_id: String,
    /// The order's number in the shop that reported it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub external_order_id: Option<String>,
    /// The consumer it is about.
    pub consumer_id: String,
    /// The queue, draw, auction or timed release.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub distribution_id: Option<String>,
    /// The experience: the launch as a whole.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub experience_id: Option<String>,
    /// The product that is launched.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub product_id: Option<String>,
    /// The order's status after this event. Known now: `cancelled`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
    /// The status it was cancelled in. Known now: `created`, `paid`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub previous_status: Option<String>,
    /// What the order costs in all, in `currency_code`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub total_amount: Option<String>,
    /// The currency of the amount (ISO 4217).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub currency_code: Option<String>,
    /// When the order was created.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created_at: Option<String>,
    /// When it was cancelled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cancelled_at: Option<String>,
    /// Why it was cancelled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cancel_reason: Option<String>,
}

/// A delivery to a webhook was given up.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct WebhookFailed {
    /// The webhook it is about.
    pub webhook_id: String,
    /// What people call the webhook, if they call it something.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub webhook_description: Option<String>,
    /// The webhook's status after it. Known now: `failed`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
    /// The delivery that was given up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delivery_id: Option<String>,
    /// The event it would have delivered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event_id: Option<String>,
    /// When it was given up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failed_at: Option<String>,
}

/// A webhook that had failed works again.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct WebhookRecovered {
    /// The webhook it is about.
    pub webhook_id: String,
    /// What people call the webhook, if they call it something.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub webhook_description: Option<String>,
    /// The webhook's status after it. Known now: `active`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
    /// When a delivery succeeded again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recovered_at: Option<String>,
}

/// A webhook was disabled.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct WebhookDisabled {
    /// The webhook it is about.
    pub webhook_id: String,
    /// What people call the webhook, if they call it something.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub webhook_description: Option<String>,
    /// The webhook's status after it. Known now: `disabled`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
    /// Why: nothing but failures for too long, or the receiver answered 410. Known now: `failing`, `gone`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// When it was disabled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub disabled_at: Option<String>,
}

/// The data of an event; the event's type tells which.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Data {
    /// `consumer.created`: New consumer registered.
    ConsumerCreated(ConsumerCreated),
    /// `consumer.updated`: Consumer profile updated.
    ConsumerUpdated(ConsumerUpdated),
    /// `consumer.deleted`: Consumer removed.
    ConsumerDeleted(ConsumerDeleted),
    /// `experience.created`: New experience created.
    ExperienceCreated(ExperienceCreated),
    /// `experience.activated`: Experience went live.
    ExperienceActivated(ExperienceActivated),
    /// `experience.completed`: Experience finished.
    ExperienceCompleted(ExperienceCompleted),
    /// `experience.cancelled`: Experience cancelled.
    ExperienceCancelled(ExperienceCancelled),
    /// `distribution.joined`: Consumer joined queue/draw.
    DistributionJoined(DistributionJoined),
    /// `distribution.admitted`: Consumer admitted from queue.
    DistributionAdmitted(DistributionAdmitted),
    /// `distribution.winner_selected`: Draw winner selected.
    DistributionWinnerSelected(DistributionWinnerSelected),
    /// `distribution.bid_placed`: Auction bid received.
    DistributionBidPlaced(DistributionBidPlaced),
    /// `distribution.completed`: Consumer completed checkout.
    DistributionCompleted(DistributionCompleted),
    /// `order.created`: New order placed.
    OrderCreated(OrderCreated),
    /// `order.paid`: Order payment confirmed.
    OrderPaid(OrderPaid),
    /// `order.fulfilled`: Order marked as fulfilled.
    OrderFulfilled(OrderFulfilled),
    /// `order.cancelled`: Order cancelled.
    OrderCancelled(OrderCancelled),
    /// `webhook.failed`: A delivery to a webhook was given up.
    WebhookFailed(WebhookFailed),
    /// `webhook.recovered`: A webhook that had failed works again.
    WebhookRecovered(WebhookRecovered),
    /// `webhook.disabled`: A webhook was disabled.
    WebhookDisabled(WebhookDisabled),
    /// A type or a form that this version does not know, as it came.
    Unknown(serde_json::Value),
}

impl Data {
    pub(crate) fn read(kind: &str, data: serde_json::Value) -> Self {
        let known = match kind {
            "consumer.created" => serde_json::from_value(data.clone()).map(Self::ConsumerCreated),
            "consumer.updated" => serde_json::from_value(data.clone()).map(Self::ConsumerUpdated),
            "consumer.deleted" => serde_json::from_value(data.clone()).map(Self::ConsumerDeleted),
            "experience.created" => {
                serde_json::from_value(data.clone()).map(Self::ExperienceCreated)
            }
            "experience.activated" => {
                serde_json::from_value(data.clone()).map(Self::ExperienceActivated)
            }
            "experience.completed" => {
                serde_json::from_value(data.clone()).map(Self::ExperienceCompleted)
            }
            "experience.cancelled" => {
                serde_json::from_value(data.clone()).map(Self::ExperienceCancelled)
            }
            "distribution.joined" => {
                serde_json::from_value(data.clone()).map(Self::DistributionJoined)
            }
            "distribution.admitted" => {
                serde_json::from_value(data.clone()).map(Self::DistributionAdmitted)
            }
            "distribution.winner_selected" => {
                serde_json::from_value(data.clone()).map(Self::DistributionWinnerSelected)
            }
            "distribution.bid_placed" => {
                serde_json::from_value(data.clone()).map(Self::DistributionBidPlaced)
            }
            "distribution.completed" => {
                serde_json::from_value(data.clone()).map(Self::DistributionCompleted)
            }
            "order.created" => serde_json::from_value(data.clone()).map(Self::OrderCreated),
            "order.paid" => serde_json::from_value(data.clone()).map(Self::OrderPaid),
            "order.fulfilled" => serde_json::from_value(data.clone()).map(Self::OrderFulfilled),
            "order.cancelled" => serde_json::from_value(data.clone()).map(Self::OrderCancelled),
            "webhook.failed" => serde_json::from_value(data.clone()).map(Self::WebhookFailed),
            "webhook.recovered" => serde_json::from_value(data.clone()).map(Self::WebhookRecovered),
            "webhook.disabled" => serde_json::from_value(data.clone()).map(Self::WebhookDisabled),
            _ => return Self::Unknown(data),
        };
        known.unwrap_or(Self::Unknown(data))
    }
}
