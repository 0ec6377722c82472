//! Which deliveries are handed over in memory and not recorded yet.
//!
//! A window over the newest rows: for each its webhook's key while it is live, else 0. Rows
//! that stay live while the window grows past its longest join what waits, claimed, so that the
//! window, and what a start has to look through, stays short.

use std::collections::VecDeque;

/// The window.
#[derive(Debug)]
pub(crate) struct Window {
    first: i64,
    rows: VecDeque<u32>,
}

impl Window {
    /// An empty window; the next row is this one.
    pub(crate) fn starting_at(first: i64) -> Self {
        Self { first, rows: VecDeque::new() }
    }

    /// The number of the next row.
    pub(crate) fn end(&self) -> i64 {
        self.first + self.rows.len() as i64
    }

    /// The least row that may be live.
    pub(crate) const fn first(&self) -> i64 {
        self.first
    }

    /// Appends the next row: live for this webhook, or (0) not.
    pub(crate) fn push(&mut self, webhook: u32) {
        self.rows.push_back(webhook);
    }

    /// The webhook of a live row.
    pub(crate) fn get(&self, seq: i64) -> Option<u32> {
        let index = usize::try_from(seq.checked_sub(self.first)?).ok()?;
        self.rows.get(index).copied().filter(|webhook| *webhook != 0)
    }

    /// Sets a row's webhook; 0 ends it.
    pub(crate) fn set(&mut self, seq: i64, webhook: u32) {
        if let Ok(index) = usize::try_from(seq - self.first)
            && let Some(row) = self.rows.get_mut(index)
        {
            *row = webhook;
        }
    }

    /// Drops rows from the end until this one is the next.
    pub(crate) fn truncate(&mut self, end: i64) {
        self.rows.truncate(usize::try_from(end - self.first).unwrap_or(0));
    }

    /// Forgets rows at the beginning that are no longer live.
    pub(crate) fn advance(&mut self) {
        while self.rows.front() == Some(&0) {
            self.rows.pop_front();
            self.first += 1;
        }
    }

    /// Live rows that keep the window longer than it should be: the oldest, at most so many.
    pub(crate) fn stragglers(&self, longest: usize, limit: usize) -> Vec<i64> {
        let excess = self.rows.len().saturating_sub(longest);
        let rows = self.rows.iter().take(excess).zip(self.first..);
        rows.filter(|(webhook, _)| **webhook != 0).map(|(_, seq)| seq).take(limit).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_is_live_from_push_to_end() {
        let mut window = Window::starting_at(10);
        for webhook in [5, 0, 6] {
            window.push(webhook);
        }
        assert_eq!(
            [9, 10, 11, 12, 13].map(|seq| window.get(seq)),
            [None, Some(5), None, Some(6), None]
        );
        window.set(10, 0);
        window.set(99, 7);
        window.set(1, 7);
        window.advance();
        assert_eq!((window.first(), window.end()), (12, 13));
        window.push(8);
        window.truncate(13);
        assert_eq!((window.get(13), window.end()), (None, 13));
    }

    #[test]
    fn stragglers_are_the_oldest_live_rows_beyond_the_longest_window() {
        let mut window = Window::starting_at(1);
        for _ in 0..100 {
            window.push(1);
        }
        assert!(window.stragglers(100, 10).is_empty());
        window.push(0);
        window.push(0);
        assert_eq!(window.stragglers(100, 10), [1, 2]);
        assert_eq!(window.stragglers(100, 1), [1]);
        window.set(1, 0);
        assert_eq!(window.stragglers(100, 10), [2]);
    }
}
