//! Purchases.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::{Currency, Metadata, Money};
use crate::delivery::text_enum;
use crate::{ConsumerId, DistributionId, ExperienceId, OrderId, ProductId, Timestamp};

text_enum! {
    /// Where an order stands: `created` → `paid` → `fulfilled`, `created` | `paid` → `cancelled`.
    OrderStatus {
        /// Placed.
        Created = 0 "created",
        /// Its payment is confirmed.
        Paid = 1 "paid",
        /// Sent or handed over.
        Fulfilled = 2 "fulfilled",
        /// Called off or refunded.
        Cancelled = 3 "cancelled",
    }
}

/// A purchase.
#[derive(Debug, Clone, PartialEq)]
pub struct Order {
    /// Its id.
    pub id: OrderId,
    /// The number in the shop that reported it; unique in the organization.
    pub external_order_id: Option<String>,
    /// Who buys.
    pub consumer_id: ConsumerId,
    /// Which distribution let the consumer through.
    pub distribution_id: Option<DistributionId>,
    /// The experience of that distribution.
    pub experience_id: Option<ExperienceId>,
    /// What is bought.
    pub product_id: Option<ProductId>,
    /// Where it stands.
    pub status: OrderStatus,
    /// What it costs in all.
    pub total_amount: Money,
    /// In which currency.
    pub currency: Currency,
    /// What the organization keeps with it.
    pub metadata: Option<Metadata>,
    /// How it was paid, once it is.
    pub payment: Option<Payment>,
    /// How it travels, once it does.
    pub tracking: Tracking,
    /// When it was fulfilled.
    pub fulfilled_at: Option<Timestamp>,
    /// When it was cancelled.
    pub cancelled_at: Option<Timestamp>,
    /// Why it was cancelled.
    pub cancel_reason: Option<String>,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

/// How an order was paid.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Payment {
    /// When the payment was confirmed.
    pub paid_at: Timestamp,
    /// Who took it, for example `stripe`.
    pub provider: Option<String>,
    /// Its id at the provider.
    pub reference: Option<String>,
}

/// How an order travels.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Tracking {
    /// Who carries it.
    pub carrier: Option<String>,
    /// The parcel's number.
    pub number: Option<String>,
    /// Where it can be followed.
    pub url: Option<String>,
}
