//! Components that templates show: small, typed, and safe to write out.
//!
//! What a component makes is [`Markup`], which the escaper lets through; everything that goes into
//! one is escaped. Components without a decision are macros in `templates/ui.html`.

mod badge;
mod errors;
mod json;
mod time;

use askama::Template;
use askama::filters::Safe;

pub(crate) use badge::{Badge, Tone};
pub(crate) use errors::Errors;
pub(crate) use json::json_tree;
pub(crate) use time::{duration, milliseconds, since, stamp};

/// Markup that a component made.
pub(crate) type Markup = Safe<String>;

/// What a component's template makes. Writing into a string cannot fail.
pub(crate) fn markup(template: &impl Template) -> Markup {
    Safe(template.render().unwrap_or_default())
}

/// A link of a row of links, such as tabs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Link {
    pub(crate) label: String,
    pub(crate) href: String,
    pub(crate) here: bool,
}

/// A number with thin spaces between its thousands: `1 234 567`.
pub(crate) fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3 * 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push('\u{2009}');
        }
        out.push(digit);
    }
    out
}

/// `1 webhook`, `2 webhooks`.
pub(crate) fn counted(number: u64, noun: &str) -> String {
    format!("{} {noun}{}", count(number), if number == 1 { "" } else { "s" })
}

/// A share as a percentage with one decimal, never rounded up to 100.
pub(crate) fn percent(share: f64) -> String {
    let tenths = (share * 1_000.0).floor() / 10.0;
    if tenths >= 100.0 { "100 %".to_owned() } else { format!("{tenths:.1} %") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_for_people() {
        assert_eq!(count(0), "0");
        assert_eq!(count(1_234_567), "1\u{2009}234\u{2009}567");
        assert_eq!(counted(1, "webhook"), "1 webhook");
        assert_eq!(counted(1_000, "event"), "1\u{2009}000 events");
        assert_eq!((percent(1.0), percent(0.9999)), ("100 %".into(), "99.9 %".into()));
    }
}
