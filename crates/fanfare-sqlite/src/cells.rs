//! Columns and values: reading a row from left to right, and the forms in which values are kept.

use std::str::FromStr;

use fanfare_model::launch::{Metadata, Money};
use fanfare_model::{Id, IdKind, Timestamp};
use rusqlite::Row;
use rusqlite::types::FromSql;

use crate::fault::Fault;

/// A row, read column by column.
pub(crate) struct Cells<'a, 's> {
    row: &'a Row<'s>,
    next: usize,
}

impl<'a, 's> Cells<'a, 's> {
    pub(crate) const fn new(row: &'a Row<'s>) -> Self {
        Self { row, next: 0 }
    }

    /// Leaves columns out.
    pub(crate) const fn skip(&mut self, columns: usize) -> &mut Self {
        self.next += columns;
        self
    }

    pub(crate) fn get<T: FromSql>(&mut self) -> Result<T, Fault> {
        self.next += 1;
        Ok(self.row.get(self.next - 1)?)
    }

    pub(crate) fn id<K: IdKind>(&mut self) -> Result<Id<K>, Fault> {
        Ok(Id::from_bytes(self.get()?))
    }

    pub(crate) fn maybe_id<K: IdKind>(&mut self) -> Result<Option<Id<K>>, Fault> {
        Ok(self.get::<Option<_>>()?.map(Id::from_bytes))
    }

    pub(crate) fn time(&mut self) -> Result<Timestamp, Fault> {
        Ok(Timestamp::from_millis(self.get()?))
    }

    pub(crate) fn maybe_time(&mut self) -> Result<Option<Timestamp>, Fault> {
        Ok(self.get::<Option<_>>()?.map(Timestamp::from_millis))
    }

    /// A value kept as a small number.
    pub(crate) fn code<T>(&mut self, of: fn(u8) -> Option<T>) -> Result<T, Fault> {
        let code: u8 = self.get()?;
        of(code).ok_or_else(|| self.damaged("unknown code"))
    }

    /// A value kept as text.
    pub(crate) fn parsed<T: FromStr>(&mut self) -> Result<T, Fault> {
        self.maybe_parsed()?.ok_or_else(|| self.damaged("missing"))
    }

    pub(crate) fn maybe_parsed<T: FromStr>(&mut self) -> Result<Option<T>, Fault> {
        let row = self.row;
        let cell = row.get_ref(self.next)?.as_str_or_null();
        self.next += 1;
        let Some(text) = cell.map_err(|error| self.damaged(&error.to_string()))? else {
            return Ok(None);
        };
        text.parse().map(Some).map_err(|_| self.damaged("unreadable"))
    }

    pub(crate) fn metadata(&mut self) -> Result<Option<Metadata>, Fault> {
        let row = self.row;
        let cell = row.get_ref(self.next)?.as_str_or_null();
        self.next += 1;
        let text = cell.map_err(|error| self.damaged(&error.to_string()))?;
        let metadata = text.map(serde_json::from_str).transpose();
        metadata.map_err(|error| self.damaged(&error.to_string()))
    }

    fn damaged(&self, what: &str) -> Fault {
        let column = self.row.as_ref().column_name(self.next - 1).unwrap_or("?").to_owned();
        Fault::corrupt(format!("column {column}: {what}"))
    }
}

/// A time as it is kept.
pub(crate) fn ms(time: Option<Timestamp>) -> Option<i64> {
    time.map(Timestamp::as_millis)
}

/// An id as it is kept.
pub(crate) fn blob<K: IdKind>(id: Option<Id<K>>) -> Option<[u8; 16]> {
    id.map(Id::to_bytes)
}

/// An amount as it is kept.
pub(crate) fn amount(money: Option<Money>) -> Option<String> {
    money.map(|money| money.to_string())
}

/// Metadata as it is kept.
pub(crate) fn json(metadata: Option<&Metadata>) -> Result<Option<String>, Fault> {
    let text = metadata.map(serde_json::to_string).transpose();
    text.map_err(|error| Fault::failed(error.to_string()))
}
