//! A page for each error code, from `docs/errors/<code>.md`.

use fanfare_app::ErrorCode;

use super::markup::{blocks, inline};
use super::shell;
use crate::error::status_of;

/// Names the file of every code: a code without one does not compile.
macro_rules! pages {
    ($($variant:ident $file:literal,)*) => {
        /// The text of a code's page.
        pub(super) const fn markdown(code: ErrorCode) -> &'static str {
            match code {
                $(ErrorCode::$variant => {
                    include_str!(concat!("../../../../docs/errors/", $file, ".md"))
                })*
            }
        }
    };
}

pages! {
    MalformedJson "malformed_json",
    ValidationFailed "validation_failed",
    Unauthorized "unauthorized",
    Forbidden "forbidden",
    NotFound "not_found",
    MethodNotAllowed "method_not_allowed",
    RequestTimeout "request_timeout",
    Conflict "conflict",
    IllegalTransition "illegal_transition",
    LimitReached "limit_reached",
    IdempotencyKeyReused "idempotency_key_reused",
    IdempotencyInProgress "idempotency_in_progress",
    PayloadTooLarge "payload_too_large",
    UnsupportedMediaType "unsupported_media_type",
    HeadersTooLarge "headers_too_large",
    RateLimited "rate_limited",
    Internal "internal",
    Unavailable "unavailable",
}

/// The page of a code, whole.
pub(super) fn page(code: ErrorCode) -> String {
    let crumbs = "<p class=\"crumbs\"><a href=\"/docs/errors\">Errors</a></p>";
    shell::around("errors", code.as_str(), "", &format!("{crumbs}{}", blocks(markdown(code), 1)))
}

/// The list of all codes.
pub(super) fn index() -> String {
    shell::around("errors", "Errors", "", &format!("<h1>Errors</h1>{}", table()))
}

/// All codes with their status and meaning, by status.
pub(super) fn table() -> String {
    let row = |code: &ErrorCode| {
        format!(
            "<tr><td><a href=\"/docs/errors/{code}\"><code>{code}</code></a></td><td>{}</td>\
             <td>{}</td></tr>",
            status_of(*code).as_u16(),
            inline(code.meaning())
        )
    };
    let mut codes = ErrorCode::ALL.to_vec();
    codes.sort_by_key(|code| status_of(*code));
    let rows: String = codes.iter().map(row).collect();
    format!(
        "<div class=\"scroll\"><table><thead><tr><th>Code</th><th>Status</th><th>Meaning</th></tr>\
         </thead><tbody>{rows}</tbody></table></div>"
    )
}
