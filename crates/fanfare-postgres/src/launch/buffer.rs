//! What a transaction has written and not yet sent.

use std::collections::HashMap;
use std::hash::Hash;

/// Rows by key: the last of each, in the order in which the keys came first.
pub(super) struct Buffer<K, V> {
    places: HashMap<K, usize>,
    rows: Vec<V>,
}

impl<K, V> Default for Buffer<K, V> {
    fn default() -> Self {
        Self { places: HashMap::new(), rows: Vec::new() }
    }
}

impl<K: Hash + Eq, V> Buffer<K, V> {
    pub(super) fn get(&self, key: &K) -> Option<&V> {
        self.rows.get(*self.places.get(key)?)
    }

    pub(super) fn put(&mut self, key: K, row: V) {
        let end = self.rows.len();
        let place = *self.places.entry(key).or_insert(end);
        match self.rows.get_mut(place) {
            Some(before) => *before = row,
            None => self.rows.push(row),
        }
    }

    /// Everything; nothing is left.
    pub(super) fn take(&mut self) -> Vec<V> {
        self.places.clear();
        std::mem::take(&mut self.rows)
    }
}

/// Who has names that are unique, as far as a transaction knows. What it says holds for the rows as
/// they will be at the end: what is in the database may be older.
pub(super) struct Names<I> {
    holders: HashMap<String, Option<I>>,
    names: HashMap<I, String>,
}

impl<I> Default for Names<I> {
    fn default() -> Self {
        Self { holders: HashMap::new(), names: HashMap::new() }
    }
}

impl<I: Hash + Eq + Copy> Names<I> {
    /// Who has a name; `Some(None)`: nobody.
    pub(super) fn holder(&self, name: &str) -> Option<Option<I>> {
        self.holders.get(name).copied()
    }

    /// Somebody, or nobody, has this name.
    pub(super) fn learn(&mut self, name: &str, holder: Option<I>) {
        self.holders.insert(name.to_owned(), holder);
        if let Some(holder) = holder {
            self.names.insert(holder, name.to_owned());
        }
    }

    /// From now on `holder` has this name, or none.
    pub(super) fn give(&mut self, holder: I, name: Option<&str>) {
        if let Some(before) = self.names.remove(&holder) {
            self.holders.insert(before, None);
        }
        if let Some(name) = name {
            self.learn(name, Some(holder));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_row_of_a_key_counts_in_the_place_of_the_first() {
        let mut buffer = Buffer::default();
        for (key, row) in [("a", 1), ("b", 2), ("a", 3)] {
            buffer.put(key, row);
        }
        assert_eq!((buffer.get(&"a"), buffer.get(&"c")), (Some(&3), None));
        assert_eq!(buffer.take(), [3, 2]);
        assert!(buffer.take().is_empty() && buffer.get(&"a").is_none());
        buffer.put("b", 4);
        assert_eq!(buffer.take(), [4]);
    }

    #[test]
    fn a_name_that_is_given_up_is_free() {
        let mut names = Names::default();
        assert_eq!(names.holder("x"), None);
        names.learn("x", None);
        assert_eq!(names.holder("x"), Some(None));
        names.give(1, Some("x"));
        names.give(1, Some("y"));
        names.give(2, Some("x"));
        assert_eq!((names.holder("x"), names.holder("y")), (Some(Some(2)), Some(Some(1))));
        names.give(1, None);
        assert_eq!((names.holder("x"), names.holder("y")), (Some(Some(2)), Some(None)));
    }
}
