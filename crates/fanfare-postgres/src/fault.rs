//! What can go wrong underneath, and what callers hear of it.

use fanfare_store::StoreError;
use tokio_postgres::error::SqlState;

/// Why an operation did not happen, or may not have.
#[derive(Debug, Clone, thiserror::Error)]
pub(crate) enum Fault {
    /// The operation itself says no.
    #[error(transparent)]
    Refused(StoreError),
    /// The database cannot take anything now, or the connection broke.
    #[error("{0}")]
    Away(String),
    /// It stood in another transaction's way and was undone: to be done again.
    #[error("{0}")]
    Collided(String),
    /// A row is of a day for which there is no piece yet: of one of these, as far as the statement
    /// knows ([`Fault::of_days`]).
    #[error("there is no piece for a day")]
    NoPiece(Vec<i32>),
    /// Something unexpected.
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

    /// Whether somebody else's lock stood in the way.
    pub(crate) fn is_lock(&self) -> bool {
        let lock = SqlState::LOCK_NOT_AVAILABLE;
        match self {
            Self::Collided(_) => true,
            Self::Away(why) => why.ends_with(&format!("({})", lock.code())),
            _ => false,
        }
    }

    /// The same, of a statement that wrote rows of these days. The database does not name the day,
    /// because rows are not shown where there is a wall between organizations.
    pub(crate) fn of_days(self, days: impl Iterator<Item = i32>) -> Self {
        let Self::NoPiece(mut known) = self else { return self };
        known.extend(days);
        known.sort_unstable();
        known.dedup();
        Self::NoPiece(known)
    }
}

impl From<tokio_postgres::Error> for Fault {
    fn from(error: tokio_postgres::Error) -> Self {
        let Some(database) = error.as_db_error() else {
            // What is not the database's answer is the connection's or a wrong type's.
            let text = describe(&error);
            return if is_of_types(&error) { Self::corrupt(text) } else { Self::Away(text) };
        };
        let text = format!("{} ({})", database.message(), database.code().code());
        match database.code() {
            code if *code == SqlState::T_R_SERIALIZATION_FAILURE
                || *code == SqlState::T_R_DEADLOCK_DETECTED =>
            {
                Self::Collided(text)
            }
            code if *code == SqlState::CHECK_VIOLATION
                && database.message().starts_with("no partition of relation") =>
            {
                Self::NoPiece(Vec::new())
            }
            code if *code == SqlState::LOCK_NOT_AVAILABLE
                || *code == SqlState::READ_ONLY_SQL_TRANSACTION =>
            {
                Self::Away(text)
            }
            code => match &code.code()[..2] {
                // Connection, resources (disk full among them), operator, system.
                "08" | "53" | "57" | "58" => Self::Away(text),
                "XX" => Self::corrupt(text),
                _ => Self::failed(text),
            },
        }
    }
}

fn is_of_types(error: &tokio_postgres::Error) -> bool {
    let text = error.to_string();
    text.starts_with("error deserializing") || text.starts_with("error serializing")
}

/// The error with its cause, which its own text leaves out.
pub(crate) fn describe(error: &tokio_postgres::Error) -> String {
    match std::error::Error::source(error) {
        Some(cause) => format!("{error}: {cause}"),
        None => error.to_string(),
    }
}

impl From<StoreError> for Fault {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Unavailable(why) => Self::Away(why),
            StoreError::LimitReached { .. } | StoreError::Refused(_) => Self::Refused(error),
            StoreError::Corrupt(_) | StoreError::Failed(_) => Self::Broken(error),
        }
    }
}

impl From<Fault> for StoreError {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Refused(error) | Fault::Broken(error) => error,
            Fault::Away(why) | Fault::Collided(why) => Self::Unavailable(why),
            fault @ Fault::NoPiece(_) => Self::Unavailable(fault.to_string()),
        }
    }
}
