//! What can go wrong underneath, and what callers hear of it.

use fanfare_store::StoreError;
use rusqlite::ErrorCode;

/// Why an operation did not happen.
#[derive(Debug, Clone, thiserror::Error)]
pub(crate) enum Fault {
    /// The operation itself says no, before it wrote anything; its neighbours in the same
    /// transaction are not concerned.
    #[error(transparent)]
    Refused(StoreError),
    /// The database cannot take anything now: full, locked, read-only, disk errors.
    #[error("{0}")]
    Away(String),
    /// Something unexpected: the transaction must be rolled back.
    #[error("{0}")]
    Broken(StoreError),
}

impl Fault {
    pub(crate) fn corrupt(what: impl Into<String>) -> Self {
        Self::Broken(StoreError::Corrupt(what.into()))
    }

    pub(crate) fn failed(what: impl Into<String>) -> Self {
        Self::Broken(StoreError::Failed(what.into()))
    }
}

impl From<rusqlite::Error> for Fault {
    fn from(error: rusqlite::Error) -> Self {
        let code = error.sqlite_error_code();
        match (code, error) {
            (
                Some(
                    ErrorCode::DatabaseBusy
                    | ErrorCode::DatabaseLocked
                    | ErrorCode::DiskFull
                    | ErrorCode::SystemIoFailure
                    | ErrorCode::ReadOnly
                    | ErrorCode::CannotOpen
                    | ErrorCode::PermissionDenied
                    | ErrorCode::OutOfMemory,
                ),
                error,
            ) => Self::Away(error.to_string()),
            (Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase), error) => {
                Self::corrupt(error.to_string())
            }
            (
                _,
                error @ (rusqlite::Error::FromSqlConversionFailure(..)
                | rusqlite::Error::IntegralValueOutOfRange(..)
                | rusqlite::Error::InvalidColumnType(..)),
            ) => Self::corrupt(error.to_string()),
            (_, error) => Self::failed(error.to_string()),
        }
    }
}

impl From<Fault> for StoreError {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Refused(error) | Fault::Broken(error) => error,
            Fault::Away(why) => Self::Unavailable(why),
        }
    }
}
