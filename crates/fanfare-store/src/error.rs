//! What can go wrong in a store.

/// A store operation did not happen.
#[derive(Debug, Clone, thiserror::Error)]
pub enum StoreError {
    /// The store cannot take this now (disk full, locked, too much waiting): nothing was
    /// written, the same call may succeed later. Customers see `503` with `Retry-After`.
    #[error("the store cannot take this now: {0}")]
    Unavailable(String),
    /// A limit of the organization is reached; nothing was written.
    #[error("at most {limit} {what} per organization")]
    LimitReached {
        /// What there are too many of, in the plural.
        what: &'static str,
        /// How many there may be.
        limit: usize,
    },
    /// The edit itself said no; nothing was written.
    #[error(transparent)]
    Refused(#[from] crate::EditRefused),
    /// What is stored does not make sense to this version.
    #[error("stored data is damaged: {0}")]
    Corrupt(String),
    /// The backend failed in a way that trying again will not mend.
    #[error("the store failed: {0}")]
    Failed(String),
}
