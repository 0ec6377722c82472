//! Events as rows.

use bytes::Bytes;
use fanfare_model::{EventId, EventType, Timestamp};
use fanfare_store::{Event, EventSource, EventSummary};
use rusqlite::Row;

use crate::fault::Fault;

/// The columns [`read`] takes.
pub(crate) const COLUMNS: &str = "seq, id, type, source, accepted_at, fanout, first_delivery, body";

/// An event with what only the database knows of it.
pub(crate) struct EventRow {
    pub(crate) seq: i64,
    pub(crate) first_delivery: i64,
    pub(crate) event: Event,
}

/// The number kept for a source.
pub(crate) const fn source_code(source: EventSource) -> u8 {
    match source {
        EventSource::Api => 0,
        EventSource::Test => 1,
    }
}

/// The source with this number.
pub(crate) fn source(code: u8) -> Result<EventSource, Fault> {
    match code {
        0 => Ok(EventSource::Api),
        1 => Ok(EventSource::Test),
        _ => Err(Fault::corrupt("an event's source is unknown")),
    }
}

/// The event type with this number.
pub(crate) fn event_type(index: u8) -> Result<EventType, Fault> {
    EventType::from_index(index).ok_or_else(|| Fault::corrupt("an event's type is unknown"))
}

/// Reads a row of [`COLUMNS`].
pub(crate) fn read(row: &Row<'_>) -> Result<EventRow, Fault> {
    let body = row.get_ref(7)?.as_blob().map_err(|e| Fault::corrupt(e.to_string()))?;
    Ok(EventRow {
        seq: row.get(0)?,
        first_delivery: row.get(6)?,
        event: Event {
            summary: EventSummary {
                id: EventId::from_bytes(row.get(1)?),
                event_type: event_type(row.get(2)?)?,
                source: source(row.get(3)?)?,
                accepted_at: Timestamp::from_millis(row.get(4)?),
                fanout: row.get(5)?,
            },
            body: Bytes::copy_from_slice(body),
        },
    })
}
