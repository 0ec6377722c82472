//! Moving a whole installation from one backend to another: what its rows are, whatever keeps them.
//!
//! An installation is a list of [`KINDS`]. A row of a kind is a list of values, in the order of its
//! columns; it names what it belongs to by public ids, so that it means the same everywhere. A row
//! has exactly one text form ([`Kind::line`]): two rows are the same when their lines are.
//!
//! Promises: a [`Source`] gives every row of a kind once, as of one moment, and can go on after any
//! row it gave. A [`Target`] takes a chunk of rows together with the note that it has them, so that
//! whoever goes on after a kill neither loses nor doubles one.
//!
//! Left out: files, checksums, and how far it is; those are the command's. Sessions, links that work
//! once and counted attempts to sign in do not travel: everybody signs in again.

mod kinds;
mod line;

use async_trait::async_trait;

use crate::StoreError;

pub use kinds::{Column, Holds, KINDS, Kind};
pub use line::LineError;

/// What a row has in one column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// Nothing.
    Null,
    /// A number, a time in milliseconds, a code.
    Int(i64),
    /// Yes or no.
    Bool(bool),
    /// A text.
    Text(String),
    /// Bytes.
    Bytes(Vec<u8>),
    /// The 128 bits of an id.
    Id(u128),
    /// Several ids.
    Ids(Vec<u128>),
    /// Several numbers.
    Ints(Vec<i64>),
}

/// One row: a value for each column of its kind.
pub type Row = Vec<Value>;

/// Where a source stands in a kind; only the source that gave it reads it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place(pub String);

/// How much is read at once: as soon as one of the two is reached, it is enough.
#[derive(Debug, Clone, Copy)]
pub struct Portion {
    /// Rows.
    pub rows: usize,
    /// Bytes in texts and other values of no fixed length.
    pub bytes: usize,
}

/// Rows in the source's order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Portioned {
    /// The rows.
    pub rows: Vec<Row>,
    /// Where to go on; `None`: these were the last.
    pub next: Option<Place>,
}

/// An installation that is read. Nobody else writes to it meanwhile.
pub trait Source {
    /// A text that is another one as soon as anything was written.
    ///
    /// # Errors
    /// When the database cannot be read.
    fn state(&self) -> Result<String, StoreError>;

    /// How many rows of a kind there are.
    ///
    /// # Errors
    /// When the database cannot be read.
    fn count(&self, kind: &Kind) -> Result<u64, StoreError>;

    /// The rows of a kind after a place, or from the first on.
    ///
    /// # Errors
    /// When the database cannot be read, or [`StoreError::Corrupt`] when a row belongs to nothing:
    /// the text says which.
    fn read(
        &self,
        kind: &Kind,
        after: Option<&Place>,
        portion: Portion,
    ) -> Result<Portioned, StoreError>;
}

/// How far a target is with an export.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Begun {
    /// It has so many chunks of each of [`KINDS`].
    Chunks(Vec<u64>),
    /// It has everything and was verified before.
    Finished,
}

/// An installation that is written.
#[async_trait]
pub trait Target: Send {
    /// Begins or continues to take over the export with this name.
    ///
    /// # Errors
    /// [`StoreError::Failed`] when it holds an installation already, or a part of another export.
    async fn begin(&mut self, export: &str) -> Result<Begun, StoreError>;

    /// Writes a chunk, counted from 0, and notes that it is written, together.
    ///
    /// # Errors
    /// Then nothing was written; also when the chunk is not the next one.
    async fn write(
        &mut self,
        kind: &'static Kind,
        chunk: u64,
        rows: &[Row],
    ) -> Result<(), StoreError>;

    /// The rows with the keys of these, as they are stored, in the same order; those that it does
    /// not have are left out.
    ///
    /// # Errors
    /// When the database cannot be read.
    async fn read_back(
        &mut self,
        kind: &'static Kind,
        rows: &[Row],
    ) -> Result<Vec<Row>, StoreError>;

    /// How many rows of a kind it has.
    ///
    /// # Errors
    /// When the database cannot be read.
    async fn count(&mut self, kind: &'static Kind) -> Result<u64, StoreError>;

    /// Makes sure that every pending delivery waits, and lets servers start. Gives how many wait.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`] when what waits is not what is pending.
    async fn finish(&mut self) -> Result<u64, StoreError>;
}
