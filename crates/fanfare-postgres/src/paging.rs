//! From a request for a page to the rows to look at, and back.

use fanfare_store::{Order, Page, PageRequest};
use tokio_postgres::Row;
use uuid::Uuid;

use crate::fault::Fault;

/// How a page is walked: in which direction, between which ids (both left out), how far.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Travel {
    ascending: bool,
    /// The rows come in the list's order reversed.
    reversed: bool,
    above: Option<u128>,
    below: Option<u128>,
    limit: usize,
}

impl Travel {
    pub(crate) fn new(page: &PageRequest) -> Self {
        let reversed = page.before.is_some() && page.after.is_none();
        let (above, below) = match page.order {
            Order::Ascending => (page.after, page.before),
            Order::Descending => (page.before, page.after),
        };
        let ascending = (page.order == Order::Ascending) != reversed;
        Self { ascending, reversed, above, below, limit: page.limit.max(1) }
    }

    /// The same, but only within these bounds as well.
    pub(crate) fn within(mut self, above: Option<u128>, below: Option<u128>) -> Self {
        self.above = self.above.max(above);
        self.below = match (self.below, below) {
            (Some(one), Some(other)) => Some(one.min(other)),
            (one, other) => one.or(other),
        };
        self
    }

    pub(crate) const fn is_ascending(&self) -> bool {
        self.ascending
    }

    /// The word after `ORDER BY id`.
    pub(crate) const fn direction(&self) -> &'static str {
        if self.ascending { "ASC" } else { "DESC" }
    }

    /// Ids are greater than this; the least UUID stands for no bound.
    pub(crate) fn above(&self) -> Uuid {
        Uuid::from_u128(self.above.unwrap_or(0))
    }

    /// Ids are less than this; the greatest UUID, which no id is, stands for no bound.
    pub(crate) fn below(&self) -> Uuid {
        Uuid::from_u128(self.below.unwrap_or(u128::MAX))
    }

    /// The bounds of a list whose cursors are small positive numbers.
    pub(crate) fn numbers(&self) -> (i64, i64) {
        let number = |bound: u128| i64::try_from(bound).unwrap_or(i64::MAX);
        (self.above.map_or(0, number), self.below.map_or(i64::MAX, number))
    }

    /// The same, but only changes from this one on.
    pub(crate) fn since_change(self, first: Option<i64>) -> Self {
        let before = first.and_then(|first| u128::try_from(first).ok()?.checked_sub(1));
        self.within(before, None)
    }

    /// How many rows tell a page and whether the list goes on: for `LIMIT`.
    pub(crate) fn rows(&self) -> i64 {
        i64::try_from(self.limit).unwrap_or(i64::MAX).saturating_add(1)
    }

    /// Whether enough was found: one more than the page shows tells that the list goes on.
    pub(crate) const fn is_full<T>(&self, items: &[T]) -> bool {
        items.len() > self.limit
    }

    /// The page, from rows in the order of travel, of which [`Travel::rows`] were asked for.
    pub(crate) fn collect<T>(
        &self,
        rows: &[Row],
        read: impl Fn(&Row) -> Result<T, Fault>,
    ) -> Result<Page<T>, Fault> {
        Ok(self.finish(rows.iter().map(read).collect::<Result<_, _>>()?))
    }

    /// The page, from the items in the order of travel.
    pub(crate) fn finish<T>(&self, mut items: Vec<T>) -> Page<T> {
        let has_more = items.len() > self.limit;
        items.truncate(self.limit);
        if self.reversed {
            items.reverse();
        }
        Page { items, has_more }
    }
}
