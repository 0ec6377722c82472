//! What a `PATCH` does to one field.

use serde::{Deserialize, Deserializer};

/// What a `PATCH` does to a field that may be empty: leave it, empty it (`null`), or set it. As
/// a field with `#[serde(default)]` it reads exactly that.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Change<T> {
    /// The field was not named.
    #[default]
    Keep,
    /// The field was `null`.
    Clear,
    /// The field had a value.
    Set(T),
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Change<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Option::deserialize(deserializer)?.map_or(Self::Clear, Self::Set))
    }
}

impl<T> Change<T> {
    /// What to write, if anything.
    pub(crate) fn map<U>(self, judge: impl FnOnce(T) -> Option<U>) -> Option<Option<U>> {
        match self {
            Self::Keep => None,
            Self::Clear => Some(None),
            Self::Set(value) => Some(judge(value)),
        }
    }
}

impl<T> From<Option<T>> for Change<T> {
    /// What a field of a new thing is: set, or left as nothing.
    fn from(given: Option<T>) -> Self {
        given.map_or(Self::Keep, Self::Set)
    }
}
