//! Figures per webhook and minute, gathered in memory and written about once a second.

use std::collections::HashMap;

use fanfare_store::{Figure, Minute};

/// What is not yet written.
#[derive(Debug, Default)]
pub(crate) struct Figures(HashMap<(u32, i64), Minute>);

impl Figures {
    pub(crate) fn add(&mut self, webhook: u32, figure: &Figure) {
        self.0.entry((webhook, figure.minute())).or_default().add(figure);
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }

    /// Webhook, beginning of the minute, figures.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (u32, i64, &Minute)> {
        self.0.iter().map(|((webhook, minute), figures)| (*webhook, *minute, figures))
    }
}
