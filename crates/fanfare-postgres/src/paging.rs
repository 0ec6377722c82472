//! A page's way through rows, in this database's terms.

use std::ops::Deref;

use fanfare_store::{Page, PageRequest};
use tokio_postgres::Row;
use uuid::Uuid;

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

    /// Ids are greater than this; the least UUID stands for no bound.
    pub(crate) fn above(&self) -> Uuid {
        Uuid::from_u128(self.bounds().0.unwrap_or(0))
    }

    /// Ids are less than this; the greatest UUID, which no id is, stands for no bound.
    pub(crate) fn below(&self) -> Uuid {
        Uuid::from_u128(self.bounds().1.unwrap_or(u128::MAX))
    }

    /// How many rows tell a page and whether the list goes on: for `LIMIT`.
    pub(crate) fn rows(&self) -> i64 {
        i64::try_from(self.0.rows()).unwrap_or(i64::MAX)
    }

    /// The page, from rows in the order of travel, of which [`Travel::rows`] were asked for.
    pub(crate) fn collect<T>(
        &self,
        rows: &[Row],
        read: impl Fn(&Row) -> Result<T, Fault>,
    ) -> Result<Page<T>, Fault> {
        Ok(self.finish(rows.iter().map(read).collect::<Result<_, _>>()?))
    }
}
