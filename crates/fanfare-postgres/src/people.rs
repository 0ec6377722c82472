//! People as rows: one file per noun, and [`tx`], which is what work sees of them.
//!
//! A transaction of work first takes a lock of the whole installation, so that work runs one after
//! the other on all nodes together.

mod attempts;
pub(crate) mod link;
pub(crate) mod membership;
pub(crate) mod notice;
pub(crate) mod session;
pub(crate) mod tx;
pub(crate) mod user;

use tokio_postgres::Row;

use crate::fault::Fault;

/// A hash.
pub(crate) fn hash(row: &Row, column: &str) -> Result<[u8; 32], Fault> {
    let bytes: &[u8] = row.get(column);
    bytes.try_into().map_err(|_| Fault::corrupt(format!("column {column}: not 32 bytes")))
}
