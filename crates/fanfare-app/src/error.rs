//! What front ends answer when a use case says no.
//!
//! The part for the customer and the part for the operator have different types: a
//! [`FieldError`] or a message cannot be filled with an [`OperatorContext`] by accident.

use std::borrow::Cow;
use std::fmt;
use std::time::Duration;

use fanfare_model::Scope;
use fanfare_store::StoreError;

macro_rules! error_codes {
    ($($variant:ident $text:literal $meaning:literal,)*) => {
        /// A stable code for programs; its text is a word in `snake_case` that never changes
        /// its meaning. The codes of the front ends' own refusals are here too, so that there is
        /// one table.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum ErrorCode {
            $(#[doc = $meaning] $variant,)*
        }

        impl ErrorCode {
            /// Every code.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The text in JSON and in the address of the code's help page.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text,)* }
            }

            /// What it means, in one sentence, for the help page.
            pub const fn meaning(self) -> &'static str {
                match self { $(Self::$variant => $meaning,)* }
            }
        }
    };
}

error_codes! {
    MalformedJson "malformed_json" "The body is not the JSON it should be.",
    ValidationFailed "validation_failed" "A field has a value it may not have; `details` says which and why.",
    Unauthorized "unauthorized" "The API key is missing, unknown or revoked.",
    Forbidden "forbidden" "The API key lacks the scope this needs.",
    NotFound "not_found" "There is no such thing in this organization.",
    MethodNotAllowed "method_not_allowed" "The path exists, but not with this method.",
    RequestTimeout "request_timeout" "The request did not arrive whole in time.",
    Conflict "conflict" "What is stored stands against it; the message says what.",
    IllegalTransition "illegal_transition" "The status a thing has does not allow this; the message says from what, to what and why.",
    LimitReached "limit_reached" "The organization has as many of these as it may have.",
    IdempotencyKeyReused "idempotency_key_reused" "The Idempotency-Key was used before with another request.",
    IdempotencyInProgress "idempotency_in_progress" "A request with this Idempotency-Key is still running; try again shortly.",
    PayloadTooLarge "payload_too_large" "The body, or an event's data, is larger than allowed.",
    UnsupportedMediaType "unsupported_media_type" "The body must be application/json.",
    HeadersTooLarge "headers_too_large" "The request's headers are larger than allowed.",
    RateLimited "rate_limited" "Too many requests; wait as long as Retry-After says.",
    Internal "internal" "We failed. The request id helps us find out why.",
    Unavailable "unavailable" "This cannot be taken now and nothing was done; try again as Retry-After says.",
}

impl fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A complaint about one field, for the customer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldError {
    /// Which one, as a path in the request: `events[2]`, `data.consumer_id`.
    pub field: String,
    /// What is wrong and what would be right. It may repeat what was given, except for secrets.
    pub message: String,
}

impl FieldError {
    /// A complaint about this field.
    pub fn new(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self { field: field.into(), message: message.into() }
    }
}

/// What only the operator may read: causes, addresses, store messages. It goes to the log.
#[derive(Clone, PartialEq, Eq)]
pub struct OperatorContext(String);

impl OperatorContext {
    /// A context with this text.
    pub fn new(text: impl fmt::Display) -> Self {
        Self(text.to_string())
    }

    /// The text, for a log.
    pub fn for_log(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for OperatorContext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Why a use case did nothing. `Display` shows the customer's part alone.
#[derive(Clone, thiserror::Error)]
#[error("{}: {}", .0.code, .0.message)]
pub struct AppError(Box<Parts>);

#[derive(Clone)]
struct Parts {
    code: ErrorCode,
    message: Cow<'static, str>,
    details: Vec<FieldError>,
    retry_after: Option<Duration>,
    context: Option<OperatorContext>,
}

impl AppError {
    /// An error with this code and this message for the customer.
    pub fn new(code: ErrorCode, message: impl Into<Cow<'static, str>>) -> Self {
        Self(Box::new(Parts {
            code,
            message: message.into(),
            details: Vec::new(),
            retry_after: None,
            context: None,
        }))
    }

    /// Fields with values they may not have. There should be at least one.
    pub fn invalid(details: Vec<FieldError>) -> Self {
        let mut error = Self::new(ErrorCode::ValidationFailed, "the request has invalid fields");
        error.0.details = details;
        error
    }

    /// One field with a value it may not have.
    pub fn invalid_field(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self::invalid(vec![FieldError::new(field, message)])
    }

    /// What is stored stands against the value of this field; the message goes on after its name.
    pub fn conflict(field: &str, message: impl Into<String>) -> Self {
        let message = message.into();
        let mut error = Self::new(ErrorCode::Conflict, format!("`{field}` {message}"));
        error.0.details = vec![FieldError::new(field, message)];
        error
    }

    /// The caller lacks this scope.
    pub fn forbidden(scope: Scope) -> Self {
        let message = format!("this needs an API key with the scope {}", scope.as_str());
        Self::new(ErrorCode::Forbidden, message)
    }

    /// There is no such thing in the caller's organization; `what` is its noun.
    pub fn not_found(what: &'static str) -> Self {
        Self::new(ErrorCode::NotFound, format!("no such {what}"))
    }

    /// We failed; only the operator is told how.
    pub fn internal(context: OperatorContext) -> Self {
        Self::new(ErrorCode::Internal, "something failed on our side").with_context(context)
    }

    /// Not now: nothing was done, the same request may succeed after `retry_after`.
    pub fn unavailable(retry_after: Duration, context: OperatorContext) -> Self {
        let message = "this cannot be taken right now and nothing was done; please try again";
        let mut error = Self::new(ErrorCode::Unavailable, message).with_context(context);
        error.0.retry_after = Some(retry_after);
        error
    }

    /// The same error with something for the operator.
    #[must_use]
    pub fn with_context(mut self, context: OperatorContext) -> Self {
        self.0.context = Some(context);
        self
    }

    /// The same error with a time to wait before trying again.
    #[must_use]
    pub fn with_retry_after(mut self, wait: Duration) -> Self {
        self.0.retry_after = Some(wait);
        self
    }

    /// The code.
    pub fn code(&self) -> ErrorCode {
        self.0.code
    }

    /// The message for the customer.
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// The fields it is about; empty when it is about the request as a whole.
    pub fn details(&self) -> &[FieldError] {
        &self.0.details
    }

    /// How long to wait before trying again: `Retry-After`.
    pub fn retry_after(&self) -> Option<Duration> {
        self.0.retry_after
    }

    /// What to log; never shown to the customer.
    pub fn context(&self) -> Option<&OperatorContext> {
        self.0.context.as_ref()
    }
}

impl fmt::Debug for AppError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AppError")
            .field("code", &self.0.code)
            .field("message", &self.0.message)
            .field("details", &self.0.details)
            .field("context", &self.0.context)
            .finish()
    }
}

/// How long customers are asked to wait when the store cannot take anything.
const STORE_RETRY_AFTER: Duration = Duration::from_secs(2);

impl From<StoreError> for AppError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Unavailable(_) => {
                Self::unavailable(STORE_RETRY_AFTER, OperatorContext::new(error))
            }
            StoreError::LimitReached { .. } => {
                Self::new(ErrorCode::LimitReached, error.to_string())
            }
            StoreError::Refused(refused) => {
                let known = ErrorCode::ALL.iter().find(|code| code.as_str() == refused.code);
                Self::new(known.copied().unwrap_or(ErrorCode::Conflict), refused.message)
            }
            StoreError::Corrupt(_) | StoreError::Failed(_) => {
                Self::internal(OperatorContext::new(error))
            }
        }
    }
}

#[cfg(test)]
mod tests;
