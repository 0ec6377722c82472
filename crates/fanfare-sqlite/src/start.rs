//! What happens when a server opens its database: learning what the writer must know, and
//! taking over what an earlier process had leased, so that nothing waits for leases to end.

use fanfare_model::{IdSource, OrganizationId};
use rusqlite::Connection;

use crate::fault::Fault;
use crate::mail_ops;
use crate::state::{State, Tenant};
use crate::webhook_row;

/// The state of a tool, which keeps nothing by heart.
pub(crate) fn empty() -> State {
    State::new(1, 1, 1)
}

/// The state of a server.
pub(crate) fn take_over(connection: &Connection, ids: &IdSource) -> Result<State, Fault> {
    let numbers: (i64, i64) = connection.query_row(
        "SELECT max(next_event, coalesce((SELECT max(seq) + 1 FROM events), 1)), \
                max(next_delivery, coalesce((SELECT max(seq) + 1 FROM deliveries), 1)) FROM meta",
        [],
        |row| Ok((row.get(0)?, row.get(1)?)),
    )?;
    connection.execute_batch("BEGIN IMMEDIATE")?;
    let taken_over = connection.execute(RECLAIM_MEMORY, [])?;
    connection.execute(mail_ops::RECLAIM, [])?;
    connection.execute("UPDATE meta SET live_from = ?1", [numbers.1])?;
    connection.execute_batch("COMMIT")?;
    if taken_over > 0 {
        tracing::info!(taken_over, "took over deliveries that were in memory");
    }
    // Random, so that a lease of an earlier process never looks like one of this.
    let lease = u64::from(u32::from_be_bytes(ids.random())) << 24 | 1;
    let mut state = State::new(numbers.0, numbers.1, lease);
    state.last_change =
        connection.query_row("SELECT last_change FROM meta", [], |row| row.get(0))?;
    state.changes_reserved = state.last_change;
    load_tenants(connection, &mut state)?;
    webhook_row::load_all(connection, &mut state)?;
    state.undo.clear();
    Ok(state)
}

/// Deliveries that were only in the memory of an earlier process.
pub(crate) const RECLAIM_MEMORY: &str = "UPDATE deliveries SET parked = 1 \
     WHERE seq >= (SELECT live_from FROM meta) AND parked = 0 AND status = 0";

fn load_tenants(connection: &Connection, state: &mut State) -> Result<(), Fault> {
    let mut tenants = connection.prepare("SELECT key, id FROM organizations")?;
    let mut rows = tenants.query([])?;
    while let Some(row) = rows.next()? {
        let id = OrganizationId::from_bytes(row.get(1)?);
        state.tenants.insert(id, Tenant { key: row.get(0)?, webhooks: Vec::new() });
    }
    Ok(())
}
