use std::fmt;

use crate::{Hint, Reason};

/// Why a delivery was refused. Safe to log; it repeats no secret, body or signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Error {
    /// What is wrong: a code that is the same in every language.
    pub reason: Reason,
    /// With [`Reason::SignatureMismatch`]: what probably made it differ.
    pub hint: Option<Hint>,
    /// With [`Reason::MissingHeader`]: which one.
    pub header: Option<&'static str>,
}

impl From<Reason> for Error {
    fn from(reason: Reason) -> Self {
        Self { reason, hint: None, header: None }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.reason.message())?;
        if let Some(header) = self.header {
            write!(formatter, " ({header})")?;
        }
        if let Some(hint) = self.hint {
            write!(formatter, ": {}", hint.message())?;
        }
        Ok(())
    }
}

impl std::error::Error for Error {}
