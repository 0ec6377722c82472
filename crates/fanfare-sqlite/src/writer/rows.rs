//! New events and deliveries, gathered and written many rows per statement.
//!
//! A statement that inserts 32 rows costs a third of 32 statements: cursors are opened once and
//! stay at the end of table and index. So that rows can be gathered across operations, they are
//! written when enough are there, before an operation that may read them, and before the commit.

use bytes::Bytes;
use fanfare_model::{EventId, Timestamp};
use rusqlite::{Connection, Statement};

use crate::attempt;

/// Rows per statement, largest first.
const SIZES: [usize; 3] = [32, 8, 1];
/// Bodies gathered before they are written: a statement keeps copies until it runs again.
const BODY_BYTES: usize = 256 * 1024;

const EVENT: &str = "INSERT INTO events (seq, organization, id, type, source, accepted_at, \
     fanout, first_delivery, body, person) VALUES ";
const EVENT_ROW: &str = "(?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
const EVENT_COLUMNS: usize = 10;
const DELIVERY: &str = "INSERT INTO deliveries (seq, event, webhook, organization, type, origin, \
     created_at, due_at, parked, attempt, status, attempts) VALUES ";
const DELIVERY_ROW: &str = "(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, 0)";
const DELIVERY_COLUMNS: usize = 10;

/// An event to be written.
pub(crate) struct EventRow {
    pub(crate) seq: i64,
    pub(crate) organization: i64,
    pub(crate) id: EventId,
    pub(crate) event_type: u8,
    pub(crate) source: u8,
    pub(crate) accepted_at: Timestamp,
    pub(crate) fanout: u32,
    pub(crate) first_delivery: i64,
    pub(crate) body: Bytes,
    pub(crate) person: Option<Box<str>>,
}

/// A delivery to be written.
#[derive(Debug, Clone, Copy)]
pub(crate) struct DeliveryRow {
    pub(crate) seq: i64,
    pub(crate) event: i64,
    pub(crate) webhook: u32,
    pub(crate) organization: i64,
    pub(crate) event_type: u8,
    pub(crate) origin: u8,
    pub(crate) created_at: Timestamp,
    /// Due now in the store; otherwise leased in memory.
    pub(crate) parked: bool,
}

/// The gathered rows and the statements that write them.
pub(crate) struct NewRows<'c> {
    events: Vec<EventRow>,
    body_bytes: usize,
    deliveries: Vec<DeliveryRow>,
    insert_events: Vec<Statement<'c>>,
    insert_deliveries: Vec<Statement<'c>>,
}

impl<'c> NewRows<'c> {
    pub(crate) fn prepare(connection: &'c Connection) -> rusqlite::Result<Self> {
        let statements = |head: &str, row: &str| {
            let prepare = |size: &usize| connection.prepare(&insert(head, row, *size));
            SIZES.iter().map(prepare).collect::<rusqlite::Result<Vec<_>>>()
        };
        Ok(Self {
            events: Vec::new(),
            body_bytes: 0,
            deliveries: Vec::new(),
            insert_events: statements(EVENT, EVENT_ROW)?,
            insert_deliveries: statements(DELIVERY, DELIVERY_ROW)?,
        })
    }

    pub(crate) fn push_event(&mut self, row: EventRow) -> rusqlite::Result<()> {
        self.body_bytes += row.body.len();
        self.events.push(row);
        let enough = self.events.len() >= SIZES[0] || self.body_bytes >= BODY_BYTES;
        if enough { self.write_events() } else { Ok(()) }
    }

    pub(crate) fn push_delivery(&mut self, row: DeliveryRow) -> rusqlite::Result<()> {
        self.deliveries.push(row);
        if self.deliveries.len() >= SIZES[0] { self.write_deliveries() } else { Ok(()) }
    }

    /// Writes what was gathered.
    pub(crate) fn flush(&mut self) -> rusqlite::Result<()> {
        self.write_events()?;
        self.write_deliveries()
    }

    /// Forgets what was gathered.
    pub(crate) fn clear(&mut self) {
        self.events.clear();
        self.body_bytes = 0;
        self.deliveries.clear();
    }

    fn write_events(&mut self) -> rusqlite::Result<()> {
        write(&self.events, &mut self.insert_events, EVENT_COLUMNS, bind_event)?;
        self.events.clear();
        self.body_bytes = 0;
        Ok(())
    }

    fn write_deliveries(&mut self) -> rusqlite::Result<()> {
        write(&self.deliveries, &mut self.insert_deliveries, DELIVERY_COLUMNS, bind_delivery)?;
        self.deliveries.clear();
        Ok(())
    }
}

fn insert(head: &str, row: &str, rows: usize) -> String {
    format!("{head}{}", vec![row; rows].join(", "))
}

fn write<T>(
    mut rows: &[T],
    statements: &mut [Statement<'_>],
    columns: usize,
    bind: fn(&mut Statement<'_>, usize, &T) -> rusqlite::Result<()>,
) -> rusqlite::Result<()> {
    for (size, statement) in SIZES.iter().zip(statements) {
        while let Some((chunk, rest)) = rows.split_at_checked(*size) {
            for (index, row) in chunk.iter().enumerate() {
                bind(statement, index * columns, row)?;
            }
            statement.raw_execute()?;
            rows = rest;
            if rows.is_empty() {
                return Ok(());
            }
        }
    }
    Ok(())
}

fn bind_event(to: &mut Statement<'_>, before: usize, row: &EventRow) -> rusqlite::Result<()> {
    to.raw_bind_parameter(before + 1, row.seq)?;
    to.raw_bind_parameter(before + 2, row.organization)?;
    to.raw_bind_parameter(before + 3, row.id.to_bytes())?;
    to.raw_bind_parameter(before + 4, row.event_type)?;
    to.raw_bind_parameter(before + 5, row.source)?;
    to.raw_bind_parameter(before + 6, row.accepted_at.as_millis())?;
    to.raw_bind_parameter(before + 7, row.fanout)?;
    to.raw_bind_parameter(before + 8, row.first_delivery)?;
    to.raw_bind_parameter(before + 9, &row.body[..])?;
    to.raw_bind_parameter(before + 10, row.person.as_deref())
}

fn bind_delivery(to: &mut Statement<'_>, before: usize, row: &DeliveryRow) -> rusqlite::Result<()> {
    to.raw_bind_parameter(before + 1, row.seq)?;
    to.raw_bind_parameter(before + 2, row.event)?;
    to.raw_bind_parameter(before + 3, row.webhook)?;
    to.raw_bind_parameter(before + 4, row.organization)?;
    to.raw_bind_parameter(before + 5, row.event_type)?;
    to.raw_bind_parameter(before + 6, row.origin)?;
    to.raw_bind_parameter(before + 7, row.created_at.as_millis())?;
    to.raw_bind_parameter(before + 8, row.created_at.as_millis())?;
    to.raw_bind_parameter(before + 9, row.parked)?;
    to.raw_bind_parameter(before + 10, &attempt::EMPTY[..])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema;

    fn row(seq: i64) -> DeliveryRow {
        DeliveryRow {
            seq,
            event: 1,
            webhook: 1,
            organization: 1,
            event_type: 0,
            origin: 0,
            created_at: Timestamp::from_millis(seq),
            parked: seq % 2 == 0,
        }
    }

    #[test]
    fn every_number_of_rows_is_written_once() {
        let connection = Connection::open_in_memory().unwrap();
        schema::migrate(&connection, Timestamp::from_millis(0)).unwrap();
        let mut rows = NewRows::prepare(&connection).unwrap();
        let mut next = 1;
        for count in (0..70).chain([130]) {
            for _ in 0..count {
                rows.push_delivery(row(next)).unwrap();
                next += 1;
            }
            rows.flush().unwrap();
            let (stored, right): (i64, i64) = connection
                .query_row(
                    "SELECT count(*), sum(created_at = seq AND parked = (seq % 2 = 0)) \
                     FROM deliveries",
                    [],
                    |row| Ok((row.get(0)?, row.get::<_, Option<i64>>(1)?.unwrap_or(0))),
                )
                .unwrap();
            assert_eq!((stored, right), (next - 1, next - 1));
        }
        rows.push_delivery(row(next)).unwrap();
        rows.clear();
        rows.flush().unwrap();
        let stored: i64 =
            connection.query_row("SELECT max(seq) FROM deliveries", [], |row| row.get(0)).unwrap();
        assert_eq!(stored, next - 1);
    }
}
