//! A page's way through rows, in this database's terms.

use fanfare_store::Page;
pub(crate) use fanfare_store::Travel;
use tokio_postgres::Row;
use uuid::Uuid;

use crate::fault::Fault;

/// What a way through rows is in this database.
pub(crate) trait OfRows {
    /// Ids are greater than this; the least UUID stands for no bound.
    fn above(&self) -> Uuid;

    /// Ids are less than this; the greatest UUID, which no id is, stands for no bound.
    fn below(&self) -> Uuid;

    /// How many rows tell a page and whether the list goes on: for `LIMIT`.
    fn limit(&self) -> i64;

    /// The page, from rows in the order of travel, of which [`OfRows::limit`] were asked for.
    fn collect<T>(
        &self,
        rows: &[Row],
        read: impl Fn(&Row) -> Result<T, Fault>,
    ) -> Result<Page<T>, Fault>;
}

impl OfRows for Travel {
    fn above(&self) -> Uuid {
        Uuid::from_u128(self.bounds().0.unwrap_or(0))
    }

    fn below(&self) -> Uuid {
        Uuid::from_u128(self.bounds().1.unwrap_or(u128::MAX))
    }

    fn limit(&self) -> i64 {
        i64::try_from(self.rows()).unwrap_or(i64::MAX)
    }

    fn collect<T>(
        &self,
        rows: &[Row],
        read: impl Fn(&Row) -> Result<T, Fault>,
    ) -> Result<Page<T>, Fault> {
        Ok(self.finish(rows.iter().map(read).collect::<Result<_, _>>()?))
    }
}
