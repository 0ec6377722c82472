//! How urgent what happened is to whoever hears of it.

use std::fmt;

use serde::{Serialize, Serializer};

use super::event_type::EventType;

/// What goes first when a webhook cannot take everything at once. In the order of precedence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum EventClass {
    /// Money: `order.*`.
    Critical,
    /// Somebody has a time to act: `distribution.admitted`, `distribution.winner_selected`.
    Urgent,
    /// Everything else.
    Normal,
    /// What comes by the thousand: `distribution.joined`, `distribution.bid_placed`.
    Bulk,
}

impl EventClass {
    /// Every class, the one that goes first first.
    pub const ALL: [Self; 4] = [Self::Critical, Self::Urgent, Self::Normal, Self::Bulk];

    /// The word in JSON and on screen.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Critical => "critical",
            Self::Urgent => "urgent",
            Self::Normal => "normal",
            Self::Bulk => "bulk",
        }
    }

    /// Its place in [`EventClass::ALL`].
    pub const fn index(self) -> usize {
        self as usize
    }

    /// Whether room is kept for it: critical and urgent.
    pub const fn is_prior(self) -> bool {
        matches!(self, Self::Critical | Self::Urgent)
    }
}

impl EventType {
    /// How urgent it is.
    pub const fn class(self) -> EventClass {
        match self {
            Self::OrderCreated | Self::OrderPaid | Self::OrderFulfilled | Self::OrderCancelled => {
                EventClass::Critical
            }
            Self::DistributionAdmitted | Self::DistributionWinnerSelected => EventClass::Urgent,
            Self::DistributionJoined | Self::DistributionBidPlaced => EventClass::Bulk,
            Self::ConsumerCreated
            | Self::ConsumerUpdated
            | Self::ConsumerDeleted
            | Self::ExperienceCreated
            | Self::ExperienceActivated
            | Self::ExperienceCompleted
            | Self::ExperienceCancelled
            | Self::DistributionCompleted
            | Self::WebhookFailed
            | Self::WebhookRecovered
            | Self::WebhookDisabled => EventClass::Normal,
        }
    }
}

impl fmt::Display for EventClass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for EventClass {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_are_those_of_the_catalogue() {
        let of = |class| EventType::ALL.into_iter().filter(move |each| each.class() == class);
        let names = |class| of(class).map(EventType::as_str).collect::<Vec<_>>();
        assert!(names(EventClass::Critical).iter().all(|name| name.starts_with("order.")));
        assert_eq!(of(EventClass::Critical).count(), 4);
        let urgent = ["distribution.admitted", "distribution.winner_selected"];
        assert_eq!(names(EventClass::Urgent), urgent);
        assert_eq!(names(EventClass::Bulk), ["distribution.joined", "distribution.bid_placed"]);
        for (place, class) in EventClass::ALL.into_iter().enumerate() {
            assert_eq!(class.index(), place);
        }
    }
}
