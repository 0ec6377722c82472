//! Loops that one node at a time runs, of all that share a store.
//!
//! Promises: whoever has a turn keeps it while it asks; when it dies another node has it within ten
//! seconds. A node that was stopped and goes on may act once more before it asks again: turns save
//! work, transactions keep it from being done twice.

use std::time::Duration;

use fanfare_store::Store;

/// How long a turn lasts that nobody asks for again.
const LASTS: Duration = Duration::from_secs(8);
/// How often a loop asks: often enough to keep its turn, and to take over one that ended.
pub(crate) const TURN_EVERY: Duration = Duration::from_secs(2);

/// A loop's turn.
pub(crate) struct Turn {
    name: &'static str,
}

impl Turn {
    /// The turn of the loop with this name.
    pub(crate) const fn new(name: &'static str) -> Self {
        Self { name }
    }

    /// Asks for the turn; a store that does not answer gives none.
    pub(crate) async fn is_ours(&self, store: &dyn Store) -> bool {
        match store.take_turn(self.name, LASTS).await {
            Ok(ours) => ours,
            Err(error) => {
                tracing::debug!(%error, name = self.name, "asking for a turn failed");
                false
            }
        }
    }
}
