//! The launch: experiences, their distributions, orders and consumers. Mostly to be read, with
//! what is done by hand while a launch runs.

mod consumers;
mod distribution;
mod experiences;
mod orders;
mod words;

use askama::Template;

use crate::ask::{Answer, page};
use crate::chrome::Chrome;

pub(crate) use consumers::{consumer, consumers};
pub(crate) use distribution::{admit, ask_draw, ask_settle, distribution, draw, settle};
pub(crate) use experiences::{
    activate, ask_cancel, ask_complete, cancel, complete, experience, experiences,
};
pub(crate) use orders::{ask_cancel_order, cancel_order, fulfil, order, orders, pay};

/// A page that asks before something that cannot be taken back. Its form is sent to where it
/// stands.
#[derive(Template)]
#[template(path = "launch/confirm.html")]
struct ConfirmPage {
    chrome: Chrome,
    /// What will happen, in a sentence.
    told: String,
    /// What the button says.
    button: &'static str,
    /// Where one gets without doing it.
    back: String,
    /// Whether a reason may be given.
    reason: bool,
}

fn confirm(chrome: Chrome, told: String, button: &'static str, back: String) -> Answer {
    page(&ConfirmPage { chrome, told, button, back, reason: false })
}
