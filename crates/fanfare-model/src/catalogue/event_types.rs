//! A set of event types in one number.

use std::fmt;

use super::{Category, EventType};

/// A set of event types. Bit `n` stands for the type whose [`EventType::index`] is `n`, so that
/// stores may keep the number.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct EventTypes(u32);

impl EventTypes {
    /// No type.
    pub const EMPTY: Self = Self(0);
    /// The seed's sixteen types.
    pub const ALL: Self = Self((1 << EventType::ALL.len()) - 1);
    /// The reports.
    pub const REPORTS: Self = Self(((1 << EventType::REPORTS.len()) - 1) << EventType::ALL.len());
    /// Every type there is: the seed's and the reports.
    pub const KNOWN: Self = Self(Self::ALL.0 | Self::REPORTS.0);

    /// The set of one type.
    pub const fn only(event_type: EventType) -> Self {
        Self(1 << event_type.index())
    }

    /// All types of one category.
    pub fn of_category(category: Category) -> Self {
        EventType::known().filter(|each| each.category() == category).collect()
    }

    /// The stable bits.
    pub const fn bits(self) -> u32 {
        self.0
    }

    /// The set with these bits; those that name no type are dropped.
    pub const fn from_bits(bits: u32) -> Self {
        Self(bits & Self::KNOWN.0)
    }

    /// Puts a type into the set.
    pub const fn insert(&mut self, event_type: EventType) {
        self.0 |= Self::only(event_type).0;
    }

    /// Whether the type is in the set.
    pub const fn contains(self, event_type: EventType) -> bool {
        self.0 & Self::only(event_type).0 != 0
    }

    /// What is in either set.
    #[must_use]
    pub const fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether no type is in the set.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// How many types are in the set.
    pub const fn len(self) -> usize {
        self.0.count_ones() as usize
    }

    /// The types in the set, in the order of [`EventType::known`].
    pub fn iter(self) -> impl Iterator<Item = EventType> {
        EventType::known().filter(move |event_type| self.contains(*event_type))
    }
}

impl FromIterator<EventType> for EventTypes {
    fn from_iter<I: IntoIterator<Item = EventType>>(types: I) -> Self {
        types.into_iter().fold(Self::EMPTY, |set, event_type| set.union(Self::only(event_type)))
    }
}

impl From<EventType> for EventTypes {
    fn from(event_type: EventType) -> Self {
        Self::only(event_type)
    }
}

impl fmt::Debug for EventTypes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter().map(EventType::as_str)).finish()
    }
}

/// As a list of names.
impl serde::Serialize for EventTypes {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter())
    }
}

/// From a list of names; twice the same is once.
impl<'de> serde::Deserialize<'de> for EventTypes {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let types = Vec::<EventType>::deserialize(deserializer)?;
        let mut set = Self::EMPTY;
        types.into_iter().for_each(|event_type| set.insert(event_type));
        Ok(set)
    }
}
