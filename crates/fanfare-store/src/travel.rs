//! From a request for a page to the rows to look at, and back.

use crate::{Order, Page, PageRequest};

/// How a page is walked: in which direction, between which ids (both left out), how far.
#[derive(Debug, Clone, Copy)]
pub struct Travel {
    ascending: bool,
    /// The rows come in the list's order reversed.
    reversed: bool,
    above: Option<u128>,
    below: Option<u128>,
    limit: usize,
}

impl Travel {
    /// The way through a list to this page.
    pub fn new(page: &PageRequest) -> Self {
        let reversed = page.before.is_some() && page.after.is_none();
        let (above, below) = match page.order {
            Order::Ascending => (page.after, page.before),
            Order::Descending => (page.before, page.after),
        };
        let ascending = (page.order == Order::Ascending) != reversed;
        Self { ascending, reversed, above, below, limit: page.limit.max(1) }
    }

    /// The same, but only within these bounds as well.
    #[must_use]
    pub fn within(mut self, above: Option<u128>, below: Option<u128>) -> Self {
        self.above = self.above.max(above);
        self.below = match (self.below, below) {
            (Some(one), Some(other)) => Some(one.min(other)),
            (one, other) => one.or(other),
        };
        self
    }

    /// The same, but only changes from this one on.
    #[must_use]
    pub fn since_change(self, first: Option<i64>) -> Self {
        let before = first.and_then(|first| u128::try_from(first).ok()?.checked_sub(1));
        self.within(before, None)
    }

    /// Whether it goes from small ids to great ones.
    pub const fn is_ascending(&self) -> bool {
        self.ascending
    }

    /// The word after `ORDER BY id`.
    pub const fn direction(&self) -> &'static str {
        if self.ascending { "ASC" } else { "DESC" }
    }

    /// Ids are greater than the first and less than the second of these, if there are any.
    pub const fn bounds(&self) -> (Option<u128>, Option<u128>) {
        (self.above, self.below)
    }

    /// The bounds of a list whose cursors are small positive numbers.
    pub fn numbers(&self) -> (i64, i64) {
        let number = |bound: u128| i64::try_from(bound).unwrap_or(i64::MAX);
        (self.above.map_or(0, number), self.below.map_or(i64::MAX, number))
    }

    /// How many rows tell a page and whether the list goes on.
    pub const fn rows(&self) -> usize {
        self.limit.saturating_add(1)
    }

    /// Whether enough was found: one more than the page shows tells that the list goes on.
    pub const fn is_full<T>(&self, items: &[T]) -> bool {
        items.len() > self.limit
    }

    /// The page, from the items in the order of travel.
    pub fn finish<T>(&self, mut items: Vec<T>) -> Page<T> {
        let has_more = items.len() > self.limit;
        items.truncate(self.limit);
        if self.reversed {
            items.reverse();
        }
        Page { items, has_more }
    }
}
