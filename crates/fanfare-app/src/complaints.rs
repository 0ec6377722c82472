//! Complaints about the fields of one request, gathered so that a customer reads all of them at
//! once. What each noun's fields may hold is in a file beside its use cases.

use crate::{AppError, FieldError};

/// Complaints about the fields of one request.
#[derive(Debug, Default)]
pub(crate) struct Complaints(Vec<FieldError>);

impl Complaints {
    pub(crate) fn add(&mut self, field: impl Into<String>, message: impl Into<String>) {
        self.0.push(FieldError::new(field, message));
    }

    /// The error, if there was a complaint.
    pub(crate) fn judge(self) -> Result<(), AppError> {
        if self.0.is_empty() { Ok(()) } else { Err(AppError::invalid(self.0)) }
    }
}
