//! Connections, what came in through them and what it told, as rows.

pub(crate) mod connection;
pub(crate) mod message;
pub(crate) mod told;

use fanfare_model::Timestamp;
use tokio_postgres::Row;

use crate::fault::Fault;

/// A value kept as a small number.
fn code<T>(row: &Row, column: &str, of: fn(u8) -> Option<T>) -> Result<T, Fault> {
    let code = u8::try_from(row.get::<_, i16>(column)).ok();
    code.and_then(of).ok_or_else(|| Fault::corrupt(format!("column {column}: unknown code")))
}

fn small(code: u8) -> i16 {
    i16::from(code)
}

fn time(row: &Row, column: &str) -> Timestamp {
    Timestamp::from_millis(row.get(column))
}

fn maybe_time(row: &Row, column: &str) -> Option<Timestamp> {
    row.get::<_, Option<i64>>(column).map(Timestamp::from_millis)
}
