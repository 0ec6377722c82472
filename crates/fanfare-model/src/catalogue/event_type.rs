//! The names: sixteen event types in four categories, and the reports beside them.
//!
//! Names and descriptions of the sixteen are the seed's, word for word. A *report* tells a webhook
//! what became of another one; it is asked for by its name, never by a wildcard that the seed knows.
//! A type's number never changes and is never used again for another, since stores keep sets of
//! types as bit masks.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::suggest::{nearest, shown};

macro_rules! event_types {
    ($($variant:ident = $index:literal $name:literal $category:ident $description:literal,)*) => {
        /// Something that can happen, named `category.what`.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u8)]
        pub enum EventType {
            $(#[doc = concat!("`", $name, "`: ", $description, ".")] $variant = $index,)*
        }

        impl EventType {
            const KNOWN: &'static [Self] = &[$(Self::$variant),*];

            /// The name as in `type` of a body, for example `order.paid`.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// What it is about: the name's part before the dot.
            pub const fn category(self) -> Category {
                match self { $(Self::$variant => Category::$category,)* }
            }

            /// What it means, in a few words for people.
            pub const fn description(self) -> &'static str {
                match self { $(Self::$variant => $description,)* }
            }

            pub(super) fn from_name(name: &str) -> Option<Self> {
                match name {
                    $($name => Some(Self::$variant),)*
                    _ => None,
                }
            }
        }
    };
}

event_types! {
    ConsumerCreated = 0 "consumer.created" Consumer "New consumer registered",
    ConsumerUpdated = 1 "consumer.updated" Consumer "Consumer profile updated",
    ConsumerDeleted = 2 "consumer.deleted" Consumer "Consumer removed",
    ExperienceCreated = 3 "experience.created" Experience "New experience created",
    ExperienceActivated = 4 "experience.activated" Experience "Experience went live",
    ExperienceCompleted = 5 "experience.completed" Experience "Experience finished",
    ExperienceCancelled = 6 "experience.cancelled" Experience "Experience cancelled",
    DistributionJoined = 7 "distribution.joined" Distribution "Consumer joined queue/draw",
    DistributionAdmitted = 8 "distribution.admitted" Distribution "Consumer admitted from queue",
    DistributionWinnerSelected = 9 "distribution.winner_selected" Distribution
        "Draw winner selected",
    DistributionBidPlaced = 10 "distribution.bid_placed" Distribution "Auction bid received",
    DistributionCompleted = 11 "distribution.completed" Distribution
        "Consumer completed checkout",
    OrderCreated = 12 "order.created" Order "New order placed",
    OrderPaid = 13 "order.paid" Order "Order payment confirmed",
    OrderFulfilled = 14 "order.fulfilled" Order "Order marked as fulfilled",
    OrderCancelled = 15 "order.cancelled" Order "Order cancelled",
    WebhookFailed = 16 "webhook.failed" Webhook "A delivery to a webhook was given up",
    WebhookRecovered = 17 "webhook.recovered" Webhook "A webhook that had failed works again",
    WebhookDisabled = 18 "webhook.disabled" Webhook "A webhook was disabled",
}

impl EventType {
    /// The seed's event types, in the order of its page and of [`EventType::index`].
    pub const ALL: [Self; 16] = *first(Self::KNOWN);
    /// The reports, in the order of [`EventType::index`]: made by Fanfare alone, about webhooks.
    pub const REPORTS: [Self; 3] =
        [Self::WebhookFailed, Self::WebhookRecovered, Self::WebhookDisabled];

    /// Whether it is a report. Reports are never published, and cause no further report.
    pub const fn is_report(self) -> bool {
        matches!(self.category(), Category::Webhook)
    }

    /// Every type there is: the seed's, then the reports.
    pub fn known() -> impl Iterator<Item = Self> {
        Self::KNOWN.iter().copied()
    }

    /// A number from 0 to 18 that is this type's for ever: a place in a bit mask, a column.
    pub const fn index(self) -> u8 {
        self as u8
    }

    /// The type with this [`EventType::index`].
    pub const fn from_index(index: u8) -> Option<Self> {
        if (index as usize) < Self::KNOWN.len() { Some(Self::KNOWN[index as usize]) } else { None }
    }

    /// The version of its `data`. Fields are only ever added to a version; what would break a
    /// receiver gets the next one.
    pub const fn version(self) -> u32 {
        1
    }
}

/// The first sixteen of a list.
const fn first(known: &'static [EventType]) -> &'static [EventType; 16] {
    match known.first_chunk() {
        Some(first) => first,
        None => panic!("there are sixteen"),
    }
}

/// What an event type is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Category {
    /// End customers.
    Consumer,
    /// Launches as a whole.
    Experience,
    /// What consumers do and get in a queue, draw or auction.
    Distribution,
    /// Purchases.
    Order,
    /// Reports about webhooks.
    Webhook,
}

impl Category {
    /// The seed's categories, in the order of its page; reports are beside them.
    pub const ALL: [Self; 4] = [Self::Consumer, Self::Experience, Self::Distribution, Self::Order];

    /// The part of a type's name before the dot.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Consumer => "consumer",
            Self::Experience => "experience",
            Self::Distribution => "distribution",
            Self::Order => "order",
            Self::Webhook => "webhook",
        }
    }

    /// The heading above its types, for people.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Consumer => "Consumer Events",
            Self::Experience => "Experience Events",
            Self::Distribution => "Distribution Events",
            Self::Order => "Order Events",
            Self::Webhook => "Reports",
        }
    }

    /// The pattern that selects all of its types, for example `order.*`.
    pub const fn wildcard(self) -> &'static str {
        match self {
            Self::Consumer => "consumer.*",
            Self::Experience => "experience.*",
            Self::Distribution => "distribution.*",
            Self::Order => "order.*",
            Self::Webhook => "webhook.*",
        }
    }
}

impl fmt::Display for Category {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for Category {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// A text that names no event type; says which one it is close to, or lists all of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParseEventTypeError {
    given: String,
    suggestion: Option<&'static str>,
}

impl ParseEventTypeError {
    /// The name that was probably meant, when one is close enough.
    pub const fn suggestion(&self) -> Option<&'static str> {
        self.suggestion
    }
}

impl fmt::Display for ParseEventTypeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "unknown event type `{}`; ", self.given)?;
        match self.suggestion {
            Some(name) => write!(f, "did you mean `{name}`?"),
            None => {
                write!(
                    f,
                    "expected one of {}",
                    EventType::known().map(EventType::as_str).collect::<Vec<_>>().join(", ")
                )
            }
        }
    }
}

impl std::error::Error for ParseEventTypeError {}

impl FromStr for EventType {
    type Err = ParseEventTypeError;

    fn from_str(text: &str) -> Result<Self, ParseEventTypeError> {
        Self::from_name(text).ok_or_else(|| ParseEventTypeError {
            given: shown(text),
            suggestion: nearest(text, Self::known().map(Self::as_str)),
        })
    }
}

impl fmt::Display for EventType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl Serialize for EventType {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for EventType {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Name;
        impl serde::de::Visitor<'_> for Name {
            type Value = EventType;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("the name of an event type")
            }

            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<EventType, E> {
                text.parse().map_err(E::custom)
            }
        }
        deserializer.deserialize_str(Name)
    }
}
