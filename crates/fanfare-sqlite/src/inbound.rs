//! Connections, what came in through them and what it told, as rows.

pub(crate) mod connection;
pub(crate) mod message;
#[cfg(test)]
mod plans;
pub(crate) mod told;

use fanfare_model::Timestamp;
use fanfare_model::launch::Consumer;
use fanfare_store::erasure::traces;
use rusqlite::{Connection, params};

use crate::fault::Fault;

pub(crate) const OLD_MESSAGES: &str = "DELETE FROM inbound_messages WHERE key IN (SELECT key \
     FROM inbound_messages WHERE received_at < ?1 AND due_at IS NULL LIMIT ?2)";
pub(crate) const OLD_SENT: &str = "DELETE FROM sent_messages WHERE key IN (SELECT key \
     FROM sent_messages WHERE at < ?1 LIMIT ?2)";

/// Removes what ended before, at most so many of each.
pub(crate) fn expire(
    connection: &Connection,
    before: Timestamp,
    limit: usize,
) -> Result<(), Fault> {
    for sql in [OLD_MESSAGES, OLD_SENT] {
        connection.prepare_cached(sql)?.execute((before.as_millis(), limit as i64))?;
    }
    Ok(())
}

pub(crate) const KEPT: &str = "UPDATE inbound_messages SET body = x'' \
     WHERE organization = ?1 AND status IN (0, 3) \
     AND instr(lower(CAST(body AS TEXT)), ?2) > 0";

/// Takes the bodies of kept messages that name a person.
pub(crate) fn erase(
    connection: &Connection,
    organization: i64,
    person: &Consumer,
) -> Result<(), Fault> {
    let mut empty = connection.prepare_cached(KEPT)?;
    for trace in traces(person) {
        empty.execute(params![organization, trace])?;
    }
    Ok(())
}
