//! A page's way through rows, in this database's terms.

use fanfare_store::Page;
pub(crate) use fanfare_store::Travel;
use rusqlite::{Row, Rows};

use crate::fault::Fault;

/// What a way through rows is in this database.
pub(crate) trait OfRows {
    /// Ids are greater than this; nothing stands for no bound.
    fn above(&self) -> Vec<u8>;

    /// Ids are less than this; more bytes than an id has stand for no bound.
    fn below(&self) -> Vec<u8>;

    /// The page, from rows in the order of travel.
    fn collect<T>(
        &self,
        rows: Rows<'_>,
        read: impl Fn(&Row<'_>) -> Result<T, Fault>,
    ) -> Result<Page<T>, Fault>;
}

impl OfRows for Travel {
    fn above(&self) -> Vec<u8> {
        self.bounds().0.map_or_else(Vec::new, |id| id.to_be_bytes().to_vec())
    }

    fn below(&self) -> Vec<u8> {
        self.bounds().1.map_or_else(|| vec![0xff; 17], |id| id.to_be_bytes().to_vec())
    }

    fn collect<T>(
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
