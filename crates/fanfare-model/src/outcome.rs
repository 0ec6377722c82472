//! What one attempt came to, decided from facts alone.
//!
//! 2xx is success, whatever became of the body after the status. 410 ends the webhook. All
//! else, 3xx included, is tried again by the schedule. The seed is silent on this; the rule is
//! Standard Webhooks 1.0.0 and Fanfare's retry policy page.

use std::time::Duration;

use crate::ErrorClass;

/// What is known of an attempt when it is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AttemptFacts {
    /// A response began; `retry_after` is its `Retry-After`, when it was a number of seconds.
    Answered {
        /// The HTTP status, 100–999.
        status: u16,
        /// How long the receiver asks us to wait.
        retry_after: Option<Duration>,
    },
    /// No response: why.
    Unanswered(ErrorClass),
}

/// What an attempt came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// The receiver has it.
    Delivered,
    /// To be tried again, if the schedule has attempts left.
    Retry {
        /// The class shown to the customer.
        class: ErrorClass,
        /// The receiver's wish, when it gave one.
        retry_after: Option<Duration>,
    },
    /// The receiver said 410: the webhook is disabled.
    Gone,
    /// The egress guard forbids the target. Retried like any failure: the name may resolve
    /// elsewhere tomorrow.
    Refused,
}

/// The outcome of an attempt with these facts.
pub const fn classify(facts: AttemptFacts) -> Outcome {
    match facts {
        AttemptFacts::Unanswered(ErrorClass::Refused) => Outcome::Refused,
        AttemptFacts::Unanswered(class) => Outcome::Retry { class, retry_after: None },
        AttemptFacts::Answered { status: 200..=299, .. } => Outcome::Delivered,
        AttemptFacts::Answered { status: 410, .. } => Outcome::Gone,
        AttemptFacts::Answered { status, retry_after } => {
            Outcome::Retry { class: class_of(status), retry_after }
        }
    }
}

const fn class_of(status: u16) -> ErrorClass {
    match status {
        0..=199 => ErrorClass::Http1xx,
        300..=399 => ErrorClass::Http3xx,
        400..=499 => ErrorClass::Http4xx,
        _ => ErrorClass::Http5xx,
    }
}

impl Outcome {
    /// The class of the failure, or `None` after a success.
    pub const fn error_class(self) -> Option<ErrorClass> {
        match self {
            Self::Delivered => None,
            Self::Retry { class, .. } => Some(class),
            Self::Gone => Some(ErrorClass::Http4xx),
            Self::Refused => Some(ErrorClass::Refused),
        }
    }

    /// The outcome's word: `delivered`, `retry`, `gone` or `refused`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Delivered => "delivered",
            Self::Retry { .. } => "retry",
            Self::Gone => "gone",
            Self::Refused => "refused",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn only_2xx_delivers_and_only_410_ends(status in 100u16..1000) {
            let outcome = classify(AttemptFacts::Answered { status, retry_after: None });
            prop_assert_eq!(outcome == Outcome::Delivered, (200..300).contains(&status));
            prop_assert_eq!(outcome == Outcome::Gone, status == 410);
            prop_assert_eq!(outcome.error_class().is_none(), outcome == Outcome::Delivered);
        }
    }
}
