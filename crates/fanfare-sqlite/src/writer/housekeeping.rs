//! What the writer adds to transactions now and then: marks, leases of stragglers.

use super::Tx;
use crate::fault::Fault;
use crate::state::Lease;

/// Deliveries moved out of the window per transaction.
const STRAGGLERS: usize = 1_000;

impl Tx<'_, '_> {
    /// Notes how far the window and the numbers are.
    pub(crate) fn write_meta(&mut self) -> Result<(), Fault> {
        self.connection
            .prepare_cached("UPDATE meta SET live_from = ?1, next_event = ?2, next_delivery = ?3")?
            .execute((self.state.window.first(), self.state.next_event, self.state.window.end()))?;
        Ok(())
    }

    /// Moves deliveries that have been in memory for very long to what waits, claimed.
    pub(crate) fn park_stragglers(&mut self, longest: usize) -> Result<(), Fault> {
        for seq in self.state.window.stragglers(longest, STRAGGLERS) {
            let due_at = self
                .connection
                .prepare_cached("SELECT due_at FROM deliveries WHERE seq = ?1")?
                .query_row([seq], |row| row.get(0))?;
            self.connection
                .prepare_cached("UPDATE deliveries SET parked = 1 WHERE seq = ?1")?
                .execute([seq])?;
            if let Some(webhook) = self.state.end_row(seq) {
                let token = self.state.memory_lease;
                let lease = Lease { token, until: None, webhook, attempts: 0, due_at };
                self.state.set_lease(seq, Some(lease));
            }
        }
        Ok(())
    }
}
