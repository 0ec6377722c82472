//! The launch domain as rows: one file per noun, which reads and writes it, and [`tx`], which is
//! what work sees of them.
//!
//! **Keys.** A distribution has a small key; its participants and bids are in the table's own
//! order by `key << 32 | number`, so that joining appends, and an index of theirs holds the
//! number without naming it. Everything else refers by public id.
//!
//! **Change numbers** come from [`Tx::next_change`]: they grow in the order of commits and are
//! at least the time of the change, shifted, so that one index by change serves "changed since"
//! as well. A list that is filtered by status and sorted by change merges one range per status,
//! so that a row is in one index by change and not in two.

pub(crate) mod bid;
pub(crate) mod consumer;
pub(crate) mod distribution;
pub(crate) mod due;
pub(crate) mod erase;
pub(crate) mod experience;
pub(crate) mod opened;
pub(crate) mod order;
pub(crate) mod participant;
#[cfg(test)]
mod plans;
pub(crate) mod product;
pub(crate) mod tx;

use fanfare_model::Timestamp;
use rusqlite::{Connection, Params, Row};

use crate::fault::Fault;
use crate::writer::Tx;

/// Change numbers of one millisecond.
const CHANGES_SHIFT: u32 = 20;
/// The latest time that a change number can hold, in milliseconds.
const LATEST: i64 = (1 << 42) - 1;
/// How far ahead change numbers are reserved: a minute of them.
const RESERVED: i64 = 60_000 << CHANGES_SHIFT;

/// No change made at this time or later has a smaller number.
pub(crate) fn first_change(at: Timestamp) -> i64 {
    at.as_millis().clamp(0, LATEST) << CHANGES_SHIFT
}

impl Tx<'_, '_> {
    /// The number of a change made at this time: greater than every one before, those that an
    /// earlier process gave included.
    fn next_change(&mut self, at: Timestamp) -> Result<i64, Fault> {
        let next = first_change(at).max(self.state.last_change + 1);
        if next > self.state.changes_reserved {
            let reserved = next + RESERVED;
            self.connection
                .prepare_cached("UPDATE meta SET last_change = ?1")?
                .execute([reserved])?;
            self.state.changes_reserved = reserved;
        }
        self.state.last_change = next;
        Ok(next)
    }
}

/// A statement that makes a row or replaces all of it but its key: `columns` begin with
/// `organization, id`.
fn upsert(table: &str, columns: &str) -> String {
    let names: Vec<_> = columns.split(", ").collect();
    let values = vec!["?"; names.len()].join(", ");
    let sets: Vec<_> = names[2..].iter().map(|name| format!("{name} = excluded.{name}")).collect();
    format!(
        "INSERT INTO {table} ({columns}) VALUES ({values}) \
         ON CONFLICT (organization, id) DO UPDATE SET {}",
        sets.join(", ")
    )
}

/// Whether a statement finds anything.
pub(crate) fn exists(
    connection: &Connection,
    sql: &str,
    params: impl Params,
) -> Result<bool, Fault> {
    Ok(connection.prepare_cached(sql)?.exists(params)?)
}

/// The first row of a statement.
pub(crate) fn find<T>(
    connection: &Connection,
    sql: &str,
    params: impl Params,
    read: impl FnOnce(&Row<'_>) -> Result<T, Fault>,
) -> Result<Option<T>, Fault> {
    let mut statement = connection.prepare_cached(sql)?;
    let mut rows = statement.query(params)?;
    rows.next()?.map(read).transpose()
}

/// The first `limit` rows of a statement that are wanted.
pub(crate) fn gather<T>(
    connection: &Connection,
    sql: &str,
    params: impl Params,
    limit: usize,
    mut read: impl FnMut(&Row<'_>) -> Result<Option<T>, Fault>,
) -> Result<Vec<T>, Fault> {
    let mut statement = connection.prepare_cached(sql)?;
    let mut rows = statement.query(params)?;
    let mut items = Vec::new();
    while items.len() < limit
        && let Some(row) = rows.next()?
    {
        items.extend(read(row)?);
    }
    Ok(items)
}
