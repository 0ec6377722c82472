//! The states of a webhook.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::delivery::text_enum;

text_enum! {
    /// Where a webhook stands.
    WebhookStatus {
        /// Served.
        Active = 0 "active",
        /// Stopped by hand: deliveries are created and wait.
        Paused = 1 "paused",
        /// A delivery was given up and none has succeeded since; still served.
        Failed = 2 "failed",
        /// Not served: no deliveries are created, what waited is cancelled.
        Disabled = 3 "disabled",
    }
}

impl WebhookStatus {
    /// Whether an event accepted now gets a delivery for this webhook.
    pub const fn accepts(self) -> bool {
        !matches!(self, Self::Disabled)
    }

    /// Whether deliveries may be attempted now.
    pub const fn is_served(self) -> bool {
        matches!(self, Self::Active | Self::Failed)
    }
}

text_enum! {
    /// Why a webhook is disabled.
    DisabledReason {
        /// By hand.
        Manual = 1 "manual",
        /// The receiver answered 410 Gone.
        Gone = 2 "gone",
        /// Five days of nothing but failures.
        Failing = 3 "failing",
    }
}
