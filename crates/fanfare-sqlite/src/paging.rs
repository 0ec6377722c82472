//! A page's way through rows, in this database's terms.

use std::ops::Deref;

use fanfare_store::{Page, PageRequest};
use rusqlite::{Row, Rows};

use crate::fault::Fault;

/// A [`fanfare_store::Travel`] through rows of this database.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Travel(fanfare_store::Travel);

impl Deref for Travel {
    type Target = fanfare_store::Travel;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl Travel {
    pub(crate) fn new(page: &PageRequest) -> Self {
        Self(fanfare_store::Travel::new(page))
    }

    /// The same, but only within these bounds as well.
    pub(crate) fn within(self, above: Option<u128>, below: Option<u128>) -> Self {
        Self(self.0.within(above, below))
    }

    /// The same, but only changes from this one on.
    pub(crate) fn since_change(self, first: Option<i64>) -> Self {
        Self(self.0.since_change(first))
    }

    /// Ids are greater than this; nothing stands for no bound.
    pub(crate) fn above(&self) -> Vec<u8> {
        self.bounds().0.map_or_else(Vec::new, |id| id.to_be_bytes().to_vec())
    }

    /// Ids are less than this; more bytes than an id has stand for no bound.
    pub(crate) fn below(&self) -> Vec<u8> {
        self.bounds().1.map_or_else(|| vec![0xff; 17], |id| id.to_be_bytes().to_vec())
    }

    /// The page, from rows in the order of travel.
    pub(crate) fn collect<T>(
        &self,
        mut rows: Rows<'_>,
        read: impl Fn(&Row<'_>) -> Result<T, Fault>,
    ) -> Result<Page<T>, Fault> {
        let mut items = Vec::new();
        while !self.is_full(&items) {
            let Some(row) = rows.next()? else { break };
            items.push(read(row)?);
        }
        Ok(self.finish(items))
    }
}
