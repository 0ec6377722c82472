//! The launch: experiences, their distributions, orders and consumers. Mostly to be read, with
//! what is done by hand while a launch runs.

mod consumers;
mod distribution;
mod experiences;
mod orders;
mod words;

use crate::ask::Answer;
use crate::chrome::Chrome;
use crate::pages::confirm::Confirm;

pub(crate) use consumers::{consumer, consumers};
pub(crate) use distribution::{admit, ask_draw, ask_settle, distribution, draw, settle};
pub(crate) use experiences::{
    activate, ask_cancel, ask_complete, cancel, complete, experience, experiences,
};
pub(crate) use orders::{ask_cancel_order, cancel_order, fulfil, order, orders, pay};

/// Asks again before a thing at `place` is told to `act`, which cannot be taken back.
fn ask_again(
    chrome: Chrome,
    text: String,
    button: &'static str,
    act: &str,
    place: String,
) -> Answer {
    let action = format!("{place}/{act}");
    let (texts, fields) = (vec![text], Vec::new());
    Confirm { chrome, texts, action, fields, button, danger: true, back: place }.ask()
}
