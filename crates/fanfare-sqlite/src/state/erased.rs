//! What erased persons could still come back from: receivers that got the old body, and requests
//! that ran meanwhile.

use std::collections::{HashSet, VecDeque};
use std::time::Duration;

use fanfare_model::{ConsumerId, Timestamp};

/// How long an answer to a request that began before an erasure may take to be kept.
const LATE: Duration = Duration::from_secs(3600);

/// See the file's text. A restart ends all of it: nothing sent or asked before it is answered.
#[derive(Debug, Default)]
pub(crate) struct Erased {
    /// Deliveries that are or may be under way with the old body.
    deliveries: HashSet<i64>,
    consumers: HashSet<ConsumerId>,
    by_time: VecDeque<(Timestamp, ConsumerId)>,
}

impl Erased {
    /// What is answered to this delivery is not kept. Gives whether that is new.
    pub(crate) fn add_delivery(&mut self, seq: i64) -> bool {
        self.deliveries.insert(seq)
    }

    /// The delivery's attempt has ended. Gives whether its answer must not be kept.
    pub(crate) fn end_delivery(&mut self, seq: i64) -> bool {
        !self.deliveries.is_empty() && self.deliveries.remove(&seq)
    }

    /// Forgets deliveries that are not under way any more.
    pub(crate) fn retain(&mut self, is_under_way: impl Fn(i64) -> bool) {
        self.deliveries.retain(|seq| is_under_way(*seq));
    }

    /// Answers that hold this consumer are not kept. Gives whether that is new.
    pub(crate) fn add_consumer(&mut self, id: ConsumerId, now: Timestamp) -> bool {
        while let Some((at, first)) = self.by_time.front()
            && now.since(*at) > LATE
        {
            self.consumers.remove(first);
            self.by_time.pop_front();
        }
        let new = self.consumers.insert(id);
        if new {
            self.by_time.push_back((now, id));
        }
        new
    }

    /// Takes the consumer back that was added last.
    pub(crate) fn remove_last_consumer(&mut self) {
        if let Some((_, last)) = self.by_time.pop_back() {
            self.consumers.remove(&last);
        }
    }

    /// Whether the consumer was erased lately.
    pub(crate) fn has_consumer(&self, id: ConsumerId) -> bool {
        self.consumers.contains(&id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn erased_consumers_are_remembered_for_a_while() {
        let at = |seconds| Timestamp::from_millis(0) + Duration::from_secs(seconds);
        let id = ConsumerId::from_u128;
        let mut erased = Erased::default();
        assert!(erased.add_consumer(id(1), at(0)));
        assert!(!erased.add_consumer(id(1), at(1)));
        assert!(erased.add_consumer(id(2), at(3_600)));
        assert!(erased.has_consumer(id(1)) && erased.has_consumer(id(2)));
        assert!(erased.add_consumer(id(3), at(3_601)));
        assert!(!erased.has_consumer(id(1)) && erased.has_consumer(id(2)));
        erased.remove_last_consumer();
        assert!(!erased.has_consumer(id(3)) && erased.has_consumer(id(2)));
    }

    #[test]
    fn a_delivery_ends_once() {
        let mut erased = Erased::default();
        assert!(!erased.end_delivery(7));
        assert!(erased.add_delivery(7) && !erased.add_delivery(7) && erased.add_delivery(8));
        assert!(erased.end_delivery(7) && !erased.end_delivery(7));
        erased.retain(|seq| seq != 8);
        assert!(!erased.end_delivery(8));
    }
}
