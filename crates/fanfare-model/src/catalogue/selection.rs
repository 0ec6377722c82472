//! What a webhook subscribes to.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::suggest::{nearest, shown};
use super::{Category, EventType, EventTypes};
use crate::limits;

/// The pattern that selects every type of the seed, and every one that is added to them later.
const EVERYTHING: &str = "*";

/// The events a webhook subscribes to: the patterns as the customer wrote them, in their order,
/// and the types they select. A pattern is a type's name (`order.paid`), a category
/// (`order.*`) or everything (`*`); patterns may overlap. A selection is never empty.
///
/// Reports are no part of everything: `*` was written by receivers that know the seed's types. They
/// are selected by their names, or all of them by `webhook.*`.
///
/// Kept and shown as patterns, so that a type which a later version adds reaches the webhooks
/// whose wildcard covers it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventSelection {
    patterns: Vec<&'static str>,
    types: EventTypes,
}

impl EventSelection {
    /// Every event type: `["*"]`.
    pub fn everything() -> Self {
        Self { patterns: vec![EVERYTHING], types: EventTypes::ALL }
    }

    /// Reads 1 to [`limits::EVENTS_PER_WEBHOOK`] different patterns; the first one that is
    /// wrong is the error.
    pub fn parse<S: AsRef<str>>(patterns: &[S]) -> Result<Self, SelectionError> {
        if patterns.is_empty() {
            return Err(SelectionError::Empty);
        }
        if patterns.len() > limits::EVENTS_PER_WEBHOOK {
            return Err(SelectionError::TooMany { count: patterns.len() });
        }
        let mut selection = Self { patterns: Vec::new(), types: EventTypes::EMPTY };
        for (index, pattern) in patterns.iter().enumerate() {
            selection.add(index, pattern.as_ref())?;
        }
        Ok(selection)
    }

    fn add(&mut self, index: usize, pattern: &str) -> Result<(), SelectionError> {
        let Some((name, types)) = known().find(|(name, _)| *name == pattern) else {
            let suggestion = nearest(pattern, known().map(|(name, _)| name));
            return Err(SelectionError::Unknown { index, pattern: shown(pattern), suggestion });
        };
        if self.patterns.contains(&name) {
            return Err(SelectionError::Duplicate { index, pattern: name });
        }
        self.patterns.push(name);
        self.types = self.types.union(types);
        Ok(())
    }

    /// Whether an event of this type is for the webhook.
    pub const fn matches(&self, event_type: EventType) -> bool {
        self.types.contains(event_type)
    }

    /// The types that are selected.
    pub const fn types(&self) -> EventTypes {
        self.types
    }

    /// The patterns as the customer wrote them.
    pub fn patterns(&self) -> &[&'static str] {
        &self.patterns
    }
}

/// Every pattern there is, and what it selects.
fn known() -> impl Iterator<Item = (&'static str, EventTypes)> {
    let names = EventType::known().map(|each| (each.as_str(), EventTypes::only(each)));
    let categories = Category::ALL
        .into_iter()
        .chain([Category::Webhook])
        .map(|each| (each.wildcard(), EventTypes::of_category(each)));
    names.chain(categories).chain(std::iter::once((EVERYTHING, EventTypes::ALL)))
}

/// Why a list of patterns is no selection.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SelectionError {
    /// The list has no item.
    #[error("must name at least one event type, for example `order.paid`, `order.*` or `*`")]
    Empty,
    /// The list is too long.
    #[error("must have at most {max} items, not {count}", max = limits::EVENTS_PER_WEBHOOK)]
    TooMany {
        /// How many items it has.
        count: usize,
    },
    /// An item is neither an event type nor a wildcard.
    #[error("unknown event type `{pattern}`; {}", Mend(*suggestion))]
    Unknown {
        /// Its place in the list, from 0.
        index: usize,
        /// The item, cut to what may be repeated.
        pattern: String,
        /// What was probably meant.
        suggestion: Option<&'static str>,
    },
    /// An item stands in the list twice.
    #[error("`{pattern}` is listed twice; remove one")]
    Duplicate {
        /// The place of the second one in the list, from 0.
        index: usize,
        /// The item.
        pattern: &'static str,
    },
}

impl SelectionError {
    /// The place of the offending item in the list, from 0; none when it is the whole list.
    pub const fn index(&self) -> Option<usize> {
        match self {
            Self::Empty | Self::TooMany { .. } => None,
            Self::Unknown { index, .. } | Self::Duplicate { index, .. } => Some(*index),
        }
    }
}

struct Mend(Option<&'static str>);

impl fmt::Display for Mend {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(name) => write!(f, "did you mean `{name}`?"),
            None => {
                let patterns: Vec<_> = known().map(|(name, _)| name).collect();
                write!(f, "expected one of {}", patterns.join(", "))
            }
        }
    }
}

impl Serialize for EventSelection {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.patterns.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for EventSelection {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let patterns = Vec::<String>::deserialize(deserializer)?;
        Self::parse(&patterns).map_err(serde::de::Error::custom)
    }
}
