//! Which waiting deliveries are claimed, and until when.
//!
//! One process serves the database, so a claim is a matter of its memory: the row stays as it
//! is, due, until its result is recorded, and a process that dies leaves nothing to clean up.
//! What was claimed stays in the index of what waits; so that claims need not pass over it each
//! time, the place from which on each webhook has unclaimed rows is remembered.

use std::collections::{BTreeSet, HashMap};

use fanfare_model::Timestamp;

/// A claim on one row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Lease {
    pub(crate) token: u64,
    /// When it ends by itself; `None`: not while the process lives.
    pub(crate) until: Option<Timestamp>,
    pub(crate) webhook: u32,
    pub(crate) attempts: u8,
    /// The row's place in the index of what waits.
    pub(crate) due_at: i64,
}

/// A place in the index of what waits for one webhook: due time, then row.
pub(crate) type Place = (i64, i64);

/// All claims.
#[derive(Debug, Default)]
pub(crate) struct Leases {
    live: HashMap<i64, Lease>,
    ends: BTreeSet<(Timestamp, i64)>,
    /// Per webhook: every row before this place is claimed. None: look from the beginning.
    from: HashMap<u32, Place>,
}

impl Leases {
    pub(crate) fn get(&self, seq: i64) -> Option<&Lease> {
        self.live.get(&seq)
    }

    /// How many claims there are that `counts`.
    pub(crate) fn count_that(&self, counts: impl Fn(&Lease) -> bool) -> usize {
        self.live.values().filter(|lease| counts(lease)).count()
    }

    /// The same by webhook.
    pub(crate) fn count_by_webhook(&self, counts: impl Fn(&Lease) -> bool) -> HashMap<u32, u64> {
        let mut found = HashMap::new();
        for lease in self.live.values().filter(|lease| counts(lease)) {
            *found.entry(lease.webhook).or_default() += 1;
        }
        found
    }

    /// Sets or (`None`) ends the claim on a row; gives the one before.
    pub(crate) fn set(&mut self, seq: i64, lease: Option<Lease>) -> Option<Lease> {
        let before = match lease {
            Some(lease) => self.live.insert(seq, lease),
            None => self.live.remove(&seq),
        };
        if let Some(until) = before.and_then(|ended| ended.until) {
            self.ends.remove(&(until, seq));
        }
        if let Some(until) = lease.and_then(|lease| lease.until) {
            self.ends.insert((until, seq));
        }
        before
    }

    /// Ends the claim on a row that goes on waiting where it is.
    pub(crate) fn free(&mut self, seq: i64) -> Option<Lease> {
        let ended = self.set(seq, None)?;
        self.waits(ended.webhook, (ended.due_at, seq));
        Some(ended)
    }

    /// A row without a claim waits at this place.
    pub(crate) fn waits(&mut self, webhook: u32, place: Place) {
        if let Some(from) = self.from.get_mut(&webhook) {
            *from = place.min(*from);
        }
    }

    /// Where to begin to look for unclaimed rows.
    pub(crate) fn begin(&self, webhook: u32) -> Place {
        self.from.get(&webhook).copied().unwrap_or((i64::MIN, i64::MIN))
    }

    /// Every row before this place is claimed.
    pub(crate) fn claimed_before(&mut self, webhook: u32, place: Place) {
        self.from.insert(webhook, place);
    }

    /// The claims that have ended by now.
    pub(crate) fn ended(&self, now: Timestamp) -> Vec<i64> {
        self.ends.iter().take_while(|(until, _)| *until <= now).map(|(_, seq)| *seq).collect()
    }

    /// When the next claim that `counts` ends.
    pub(crate) fn next_end(&self, counts: impl Fn(&Lease) -> bool) -> Option<Timestamp> {
        let counts = |seq| self.live.get(seq).is_some_and(&counts);
        self.ends.iter().find(|(_, seq)| counts(seq)).map(|(until, _)| *until)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lease(until: i64) -> Lease {
        let until = Some(Timestamp::from_millis(until));
        Lease { token: 1, until, webhook: 7, attempts: 0, due_at: 50 }
    }

    #[test]
    fn claims_end_and_their_rows_are_found_again() {
        let at = Timestamp::from_millis;
        let mut leases = Leases::default();
        assert_eq!(leases.begin(7), (i64::MIN, i64::MIN));
        leases.set(3, Some(lease(100)));
        leases.set(4, Some(lease(90)));
        leases.set(5, Some(Lease { until: None, ..lease(0) }));
        leases.claimed_before(7, (60, 1));
        assert_eq!(leases.count_that(|_| true), 3);
        assert_eq!(leases.next_end(|_| true), Some(at(90)));
        assert_eq!(leases.next_end(|lease| lease.webhook != 7), None);
        assert!(leases.ended(at(89)).is_empty());
        assert_eq!(leases.ended(at(100)), [4, 3]);
        leases.set(4, None);
        assert_eq!(leases.begin(7), (60, 1), "its row waits no more");
        leases.free(3);
        assert_eq!(leases.begin(7), (50, 3));
        leases.waits(7, (70, 9));
        assert_eq!(leases.begin(7), (50, 3));
        leases.waits(8, (1, 1));
        assert_eq!(leases.begin(8), (i64::MIN, i64::MIN), "nothing is known of it");
        assert!(leases.ended(at(1_000)).is_empty());
        assert!(leases.get(5).is_some());
    }
}
