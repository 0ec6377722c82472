//! What the fields of a webhook may hold.

use std::fmt;

/// A custom header, as given.
#[derive(Clone, PartialEq, Eq)]
pub struct HeaderInput {
    /// Its name, in any case.
    pub name: String,
    /// Its value.
    pub value: String,
}

impl fmt::Debug for HeaderInput {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ***", self.name)
    }
}
