//! Columns and values: reading a row by the names of its columns, and the forms in which values
//! are kept.

use std::str::FromStr;

use fanfare_model::launch::{Metadata, Money};
use fanfare_model::{Id, IdKind, Timestamp};
use tokio_postgres::Row;
use tokio_postgres::types::FromSql;
use uuid::Uuid;

use crate::fault::Fault;
use crate::ids;

/// A row, read by name.
pub(crate) struct Cells<'r>(pub(crate) &'r Row);

impl<'r> Cells<'r> {
    pub(crate) fn get<T: FromSql<'r>>(&self, column: &str) -> T {
        self.0.get(column)
    }

    pub(crate) fn id<K: IdKind>(&self, column: &str) -> Id<K> {
        ids::id(self.get(column))
    }

    pub(crate) fn maybe_id<K: IdKind>(&self, column: &str) -> Option<Id<K>> {
        self.get::<Option<Uuid>>(column).map(ids::id)
    }

    pub(crate) fn time(&self, column: &str) -> Timestamp {
        Timestamp::from_millis(self.get(column))
    }

    pub(crate) fn maybe_time(&self, column: &str) -> Option<Timestamp> {
        self.get::<Option<i64>>(column).map(Timestamp::from_millis)
    }

    /// A count or number.
    pub(crate) fn number(&self, column: &str) -> Result<u32, Fault> {
        u32::try_from(self.get::<i64>(column)).map_err(|_| damaged(column, "out of range"))
    }

    pub(crate) fn maybe_number(&self, column: &str) -> Result<Option<u32>, Fault> {
        let number: Option<i64> = self.get(column);
        number.map(u32::try_from).transpose().map_err(|_| damaged(column, "out of range"))
    }

    /// A value kept as a small number.
    pub(crate) fn code<T>(&self, column: &str, of: fn(u8) -> Option<T>) -> Result<T, Fault> {
        let code = u8::try_from(self.get::<i16>(column)).ok();
        code.and_then(of).ok_or_else(|| damaged(column, "unknown code"))
    }

    /// A value kept as text.
    pub(crate) fn parsed<T: FromStr>(&self, column: &str) -> Result<T, Fault> {
        self.maybe_parsed(column)?.ok_or_else(|| damaged(column, "missing"))
    }

    pub(crate) fn maybe_parsed<T: FromStr>(&self, column: &str) -> Result<Option<T>, Fault> {
        let text: Option<&str> = self.get(column);
        text.map(str::parse).transpose().map_err(|_| damaged(column, "unreadable"))
    }

    /// 32 bytes: a seed or a rank.
    pub(crate) fn maybe_bytes(&self, column: &str) -> Result<Option<[u8; 32]>, Fault> {
        let bytes: Option<&[u8]> = self.get(column);
        bytes.map(<[u8; 32]>::try_from).transpose().map_err(|_| damaged(column, "not 32 bytes"))
    }

    pub(crate) fn metadata(&self) -> Result<Option<Metadata>, Fault> {
        let text: Option<&str> = self.get("metadata");
        let metadata = text.map(serde_json::from_str).transpose();
        metadata.map_err(|error| damaged("metadata", &error.to_string()))
    }
}

/// What a column holds is not what was written into it.
pub(crate) fn damaged(column: &str, what: &str) -> Fault {
    Fault::corrupt(format!("column {column}: {what}"))
}

/// A time as it is kept.
pub(crate) fn ms(time: Option<Timestamp>) -> Option<i64> {
    time.map(Timestamp::as_millis)
}

/// An id as it is kept.
pub(crate) fn maybe_uuid<K: IdKind>(id: Option<Id<K>>) -> Option<Uuid> {
    id.map(ids::uuid)
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

/// The elements of an array as the database reads them from a text.
pub(crate) fn array(elements: impl Iterator<Item = impl ToString>) -> String {
    let elements: Vec<_> = elements.map(|element| element.to_string()).collect();
    format!("{{{}}}", elements.join(","))
}
