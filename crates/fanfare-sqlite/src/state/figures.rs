//! Figures by minute, gathered in memory and written about once a second.

use std::collections::HashMap;

use fanfare_store::{Figure, StatsWidth, Tally};

/// Whose figures they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Subject {
    /// A webhook's, by its key.
    Webhook(u32),
    /// What an organization accepted, by its key; what its webhooks did is added when it is
    /// written.
    Organization(i64),
}

/// What is not yet written.
#[derive(Debug, Default)]
pub(crate) struct Figures(HashMap<(Subject, i64), Tally>);

impl Figures {
    pub(crate) fn add(&mut self, subject: Subject, figure: &Figure) {
        self.0.entry((subject, figure.begin(StatsWidth::Minute))).or_default().add(figure);
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }

    /// Whose, beginning of the minute, figures.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (Subject, i64, &Tally)> {
        self.0.iter().map(|((subject, minute), tally)| (*subject, *minute, tally))
    }
}
