//! What is wrong with a form, by field.

use fanfare_app::{AppError, FieldError};

use crate::ask::sentence;

/// Complaints about the fields of a form. A page shows each beside its field, and what belongs to
/// no field of the page above the form.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Errors(Vec<FieldError>);

impl Errors {
    /// Those of a refusal.
    pub(crate) fn of(error: &AppError) -> Self {
        match error.details() {
            [] => Self::one("", error.message()),
            details => Self(details.to_vec()),
        }
    }

    /// One.
    pub(crate) fn one(field: &str, message: &str) -> Self {
        Self(vec![FieldError::new(field, message)])
    }

    /// Adds one.
    pub(crate) fn add(&mut self, field: &str, message: impl Into<String>) {
        self.0.push(FieldError::new(field, message));
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What is wrong with a field or a part of it (`events`, `events[2]`, `headers.x-a`); empty when
    /// nothing is.
    pub(crate) fn on(&self, field: &str) -> String {
        let about = self.0.iter().filter(|each| is_part(&each.field, field));
        about.map(|each| whole(each, field)).collect::<Vec<_>>().join(" ")
    }

    /// What belongs to none of these fields.
    pub(crate) fn beside(&self, fields: &[&str]) -> String {
        let known = |each: &&FieldError| fields.iter().any(|field| is_part(&each.field, field));
        let rest = self.0.iter().filter(|each| !known(each));
        rest.map(|each| whole(each, "")).collect::<Vec<_>>().join(" ")
    }
}

fn is_part(given: &str, field: &str) -> bool {
    given.strip_prefix(field).is_some_and(|rest| rest.is_empty() || rest.starts_with(['[', '.']))
        && !field.is_empty()
}

/// The message as a sentence; the part it is about is named, the field beside it is not.
fn whole(error: &FieldError, field: &str) -> String {
    match error.field.strip_prefix(field).unwrap_or(&error.field).trim_start_matches('.') {
        "" => sentence(&error.message),
        part => sentence(&format!("{part}: {}", error.message)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn complaints_stand_beside_their_fields() {
        let error = AppError::invalid(vec![
            FieldError::new("url", "must be https"),
            FieldError::new("headers.x-a", "is given twice"),
            FieldError::new("urlish", "is odd"),
        ]);
        let errors = Errors::of(&error);
        assert_eq!(errors.on("url"), "Must be https.");
        assert_eq!(errors.on("headers"), "X-a: is given twice.");
        assert_eq!(errors.on("events"), "");
        assert_eq!(errors.beside(&["url", "headers"]), "Urlish: is odd.");
        let whole = Errors::of(&AppError::not_found("webhook"));
        assert_eq!(whole.beside(&["url"]), "No such webhook.");
    }
}
