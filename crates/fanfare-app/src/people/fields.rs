//! What the fields of people may hold.

use fanfare_model::limits;

use crate::complaints::Complaints;

/// An e-mail address as it is kept and looked up: without spaces around it, in lower case.
pub(super) fn spelled(email: &str) -> String {
    email.trim().to_lowercase()
}

impl Complaints {
    /// The e-mail address of a person, as it is kept.
    pub(super) fn sign_in_email(&mut self, given: &str) -> Option<String> {
        let email = spelled(given);
        let visible = |letter: char| !letter.is_whitespace() && !letter.is_control();
        let has_parts = email.rsplit_once('@').is_some_and(|(local, domain)| {
            !local.is_empty() && !domain.is_empty() && !local.contains('@')
        });
        if email.len() <= limits::SIGN_IN_EMAIL && email.chars().all(visible) && has_parts {
            return Some(email);
        }
        let max = limits::SIGN_IN_EMAIL;
        self.add("email", format!("must be an e-mail address of at most {max} bytes"));
        None
    }

    /// A password to set.
    pub(super) fn new_password(&mut self, given: &str) {
        let (min, max) = (limits::PASSWORD_MIN, limits::PASSWORD_MAX);
        if !(min..=max).contains(&given.chars().count()) {
            self.add("password", format!("must have {min} to {max} characters"));
        }
    }
}
