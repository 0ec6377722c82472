//! Experiences, the launches as a whole, and the products that are launched.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::Metadata;
use crate::delivery::text_enum;
use crate::{ExperienceId, ProductId, Timestamp};

/// Something that is launched; enough of it to be referred to.
#[derive(Debug, Clone, PartialEq)]
pub struct Product {
    /// Its id.
    pub id: ProductId,
    /// Its name.
    pub name: String,
    /// Where it can be seen.
    pub url: Option<String>,
    /// What the organization keeps with it.
    pub metadata: Option<Metadata>,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

text_enum! {
    /// Where an experience stands: `draft` → `scheduled` → `active` → `completed` | `cancelled`.
    ExperienceStatus {
        /// Being prepared: it has no time at which it opens.
        Draft = 0 "draft",
        /// It opens at `openAt`, or by hand.
        Scheduled = 1 "scheduled",
        /// Live.
        Active = 2 "active",
        /// Over.
        Completed = 3 "completed",
        /// Called off.
        Cancelled = 4 "cancelled",
    }
}

/// A launch as a whole.
#[derive(Debug, Clone, PartialEq)]
pub struct Experience {
    /// Its id.
    pub id: ExperienceId,
    /// Its name.
    pub name: String,
    /// Its name as it stands in addresses; unique in the organization.
    pub slug: String,
    /// Where it stands.
    pub status: ExperienceStatus,
    /// When it opens by itself.
    pub open_at: Option<Timestamp>,
    /// When it closes by itself; after `open_at` where both are set.
    pub close_at: Option<Timestamp>,
    /// The time zone of its dates (IANA).
    pub time_zone: Option<String>,
    /// The products that are launched.
    pub product_ids: Vec<ProductId>,
    /// Who created it: the id of a user or of an API key.
    pub created_by: Option<String>,
    /// What the organization keeps with it.
    pub metadata: Option<Metadata>,
    /// When it went live.
    pub activated_at: Option<Timestamp>,
    /// When it was over or called off.
    pub ended_at: Option<Timestamp>,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

impl Experience {
    /// When the clock has to move it: its opening while it is scheduled, its closing while it is
    /// active.
    pub fn next_at(&self) -> Option<Timestamp> {
        match self.status {
            ExperienceStatus::Scheduled => self.open_at,
            ExperienceStatus::Active => self.close_at,
            ExperienceStatus::Draft | ExperienceStatus::Completed | ExperienceStatus::Cancelled => {
                None
            }
        }
    }
}
