//! What requests and messages came to, counted for `/metrics`.

use std::collections::BTreeMap;

use fanfare_model::inbound::Provider;
use parking_lot::Mutex;

/// One number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InboundFigure {
    /// Who sent; `None`: nobody that we know.
    pub provider: Option<Provider>,
    /// What it came to: an outcome of a request, or the status of a handled message.
    pub outcome: &'static str,
    /// How often.
    pub count: u64,
}

/// The numbers. Both labels are of a few fixed words.
#[derive(Debug, Default)]
pub(crate) struct Figures(Mutex<BTreeMap<(Option<Provider>, &'static str), u64>>);

impl Figures {
    pub(crate) fn count(&self, provider: Option<Provider>, outcome: &'static str) {
        *self.0.lock().entry((provider, outcome)).or_default() += 1;
    }

    pub(crate) fn all(&self) -> Vec<InboundFigure> {
        let figure = |(key, count): (&(Option<Provider>, &'static str), &u64)| InboundFigure {
            provider: key.0,
            outcome: key.1,
            count: *count,
        };
        self.0.lock().iter().map(figure).collect()
    }
}
