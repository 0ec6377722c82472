//! Events as rows.

use bytes::Bytes;
use fanfare_model::{EventType, Timestamp};
use fanfare_store::{Event, EventSource, EventSummary};
use tokio_postgres::Row;

use crate::fault::Fault;
use crate::ids::id;

/// The columns [`event`] takes, of `events e`.
pub(crate) const COLUMNS: &str = "e.id, e.type, e.source, e.accepted_at, e.fanout, e.body";

/// The number kept for a source.
pub(crate) const fn source_code(source: EventSource) -> i16 {
    match source {
        EventSource::Api => 0,
        EventSource::Test => 1,
    }
}

fn source(code: i16) -> Result<EventSource, Fault> {
    match code {
        0 => Ok(EventSource::Api),
        1 => Ok(EventSource::Test),
        _ => Err(Fault::corrupt("an event's source is unknown")),
    }
}

/// The event type with this number.
pub(crate) fn event_type(index: i16) -> Result<EventType, Fault> {
    let index = u8::try_from(index).unwrap_or(u8::MAX);
    EventType::from_index(index).ok_or_else(|| Fault::corrupt("an event's type is unknown"))
}

/// Reads a row of [`COLUMNS`].
pub(crate) fn event(row: &Row) -> Result<Event, Fault> {
    Ok(Event {
        summary: EventSummary {
            id: id(row.get("id")),
            event_type: event_type(row.get("type"))?,
            source: source(row.get("source"))?,
            accepted_at: Timestamp::from_millis(row.get("accepted_at")),
            fanout: row.get::<_, i32>("fanout").cast_unsigned(),
        },
        body: Bytes::copy_from_slice(row.get("body")),
    })
}
