//! Asking again before something that cannot be taken back: a page, so that it works without
//! scripts.

use askama::Template;

use crate::ask::{Answer, page};
use crate::chrome::Chrome;

/// A question before a change.
#[derive(Template)]
#[template(path = "confirm.html")]
pub(crate) struct Confirm {
    pub(crate) chrome: Chrome,
    /// What will happen, a paragraph each.
    pub(crate) texts: Vec<String>,
    /// Where the answer goes.
    pub(crate) action: String,
    /// What the answer carries.
    pub(crate) fields: Vec<(&'static str, String)>,
    /// The answer.
    pub(crate) button: &'static str,
    /// Whether it destroys something.
    pub(crate) danger: bool,
    /// Where it was asked.
    pub(crate) back: String,
}

impl Confirm {
    /// As a page.
    pub(crate) fn ask(&self) -> Answer {
        page(self)
    }
}
