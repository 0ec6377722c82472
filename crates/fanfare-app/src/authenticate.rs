//! From a bearer token to a [`Caller`].

use crate::{App, AppError, Caller};

/// Keys that were seen lately.
#[derive(Debug, Default)]
pub(crate) struct KeyCache {}

impl App {
    /// Who presents this token (the text after `Bearer `).
    /// [`ErrorCode::Unauthorized`](crate::ErrorCode::Unauthorized) when it is no key, an unknown
    /// or a revoked one. A revoked key is refused within a second on every node, at once on the
    /// one that revoked it.
    pub async fn authenticate(&self, token: &str) -> Result<Caller, AppError> {
        let _ = token;
        unimplemented!()
    }

    /// Writes down when keys were used, each at most once a minute. [`App::run_housekeeping`]
    /// calls it; call it once more before the process ends.
    pub async fn flush_key_usage(&self) -> Result<(), AppError> {
        unimplemented!()
    }
}
