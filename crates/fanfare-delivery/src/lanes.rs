//! Which delivery goes next. Pure: no I/O, time is an argument.
//!
//! Every webhook has a lane: a queue in the order of arrival, a limit on requests in flight and
//! a rate. Promises:
//!
//! - No lane has more requests in flight than its limit, all lanes together no more than the
//!   whole limit.
//! - While a place is free, a lane that has work, room and rate is served.
//! - When places are scarce, lanes take turns, one delivery each: a long queue waits longer,
//!   its neighbours do not.
//! - Within a lane the higher class goes first, with a share for the lower ones, and within a
//!   class the order is the order of arrival ([`queue`]).
//!
//! It knows nothing of connections, stores or signatures: `T` is whatever waits.

use std::cmp::Reverse;
mod queue;

use std::collections::{BinaryHeap, HashMap, VecDeque};
use std::hash::Hash;

use fanfare_model::catalogue::EventClass;
use tokio::time::Instant;

use self::queue::Queue;
use crate::pace::{Concurrency, Rate, Signal};

/// Every webhook's lane. `K` names a lane.
#[derive(Debug)]
pub(crate) struct Lanes<K, T> {
    lanes: HashMap<K, Lane<T>>,
    /// Lanes that may be served now, in turn; each is in here at most once.
    turns: VecDeque<K>,
    /// When lanes held back by their rate may go on.
    held: BinaryHeap<Reverse<(Instant, u64)>>,
    held_keys: HashMap<u64, K>,
    held_count: u64,
    in_flight: usize,
    limit: usize,
}

#[derive(Debug)]
struct Lane<T> {
    queue: Queue<T>,
    in_flight: u16,
    concurrency: Concurrency,
    rate: Option<Rate>,
    place: Place,
}

/// Where a lane stands in the taking of turns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// No work, or no room.
    Out,
    /// In `turns`.
    Waiting,
    /// In `held`, until its rate allows.
    Held,
}

/// What a lane is allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Allowance {
    /// Most requests in flight.
    pub(crate) in_flight: u16,
    /// Most requests per second.
    pub(crate) rate: Option<u32>,
}

/// The answer to [`Lanes::next`].
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Next<K, T> {
    /// This delivery of this lane, now counted as in flight.
    Go(K, T),
    /// Nothing until this time.
    WaitUntil(Instant),
    /// Nothing until something is pushed or finished.
    Nothing,
}

impl<K: Copy + Eq + Hash, T> Lanes<K, T> {
    /// No lanes yet; at most `limit` requests in flight over all of them.
    pub(crate) fn new(limit: usize) -> Self {
        Self {
            lanes: HashMap::new(),
            turns: VecDeque::new(),
            held: BinaryHeap::new(),
            held_keys: HashMap::new(),
            held_count: 0,
            in_flight: 0,
            limit,
        }
    }

    /// Adds work at the end of its class in its lane; a new lane gets this allowance.
    pub(crate) fn push(&mut self, key: K, class: EventClass, item: T, allowance: Allowance) {
        let lane = self.lanes.entry(key).or_insert_with(|| Lane::new(allowance));
        lane.queue.push(class, item);
        self.line_up(key);
    }

    /// Changes what an existing lane is allowed.
    pub(crate) fn allow(&mut self, key: K, allowance: Allowance) {
        if let Some(lane) = self.lanes.get_mut(&key) {
            lane.concurrency.set_cap(allowance.in_flight);
            lane.rate = allowance.rate.map(Rate::new);
            self.line_up(key);
        }
    }

    /// The next delivery to attempt.
    pub(crate) fn next(&mut self, now: Instant) -> Next<K, T> {
        self.let_go_of_held(now);
        while self.in_flight < self.limit {
            let Some(key) = self.turns.pop_front() else { break };
            if let Some(item) = self.take(key, now) {
                return Next::Go(key, item);
            }
        }
        match self.held.peek() {
            Some(Reverse((at, _))) if self.in_flight < self.limit => Next::WaitUntil(*at),
            _ => Next::Nothing,
        }
    }

    /// An attempt of this lane is over.
    ///
    /// Gives the lane's own next delivery when it may go at once and nobody's turn is passed
    /// over by that, so that whoever holds the connection goes on with it.
    pub(crate) fn finish(
        &mut self,
        key: K,
        signal: Signal,
        began: Instant,
        now: Instant,
    ) -> Option<T> {
        let scarce = self.in_flight >= self.limit && !self.turns.is_empty();
        self.in_flight -= 1;
        let lane = self.lanes.get_mut(&key)?;
        lane.in_flight -= 1;
        let busy = !lane.queue.is_empty();
        lane.concurrency.observe(signal, began, now, busy);
        if scarce || lane.place == Place::Held {
            self.line_up(key);
            return None;
        }
        if lane.place == Place::Waiting {
            // It is in line already and others may be before it; the caller asks for the next.
            return None;
        }
        self.take(key, now)
    }

    /// Takes everything that waits in a lane out of it.
    pub(crate) fn drain(&mut self, key: K) -> Vec<T> {
        let taken = self.lanes.get_mut(&key).map(|lane| lane.queue.drain());
        taken.unwrap_or_default()
    }

    /// Takes the first item out of a lane that `wanted` picks.
    pub(crate) fn remove(&mut self, key: K, wanted: impl Fn(&T) -> bool) -> Option<T> {
        self.lanes.get_mut(&key)?.queue.remove(wanted)
    }

    /// Forgets a lane whose webhook is gone, and gives what waited in it. Attempts still in
    /// flight finish as usual.
    pub(crate) fn forget(&mut self, key: K) -> Vec<T> {
        let waiting = self.drain(key);
        if self.lanes.get(&key).is_some_and(|lane| lane.in_flight == 0) {
            self.lanes.remove(&key);
        }
        waiting
    }

    /// The names of all lanes.
    pub(crate) fn keys(&self) -> Vec<K> {
        self.lanes.keys().copied().collect()
    }

    /// Requests in flight over all lanes.
    pub(crate) const fn in_flight(&self) -> usize {
        self.in_flight
    }

    /// What waits in all lanes.
    pub(crate) fn waiting(&self) -> usize {
        self.lanes.values().map(|lane| lane.queue.len()).sum()
    }

    /// How many requests a lane may have in flight now; `None` when there is no such lane.
    pub(crate) fn limit_of(&self, key: K) -> Option<u16> {
        self.lanes.get(&key).map(|lane| lane.concurrency.limit())
    }

    fn take(&mut self, key: K, now: Instant) -> Option<T> {
        let lane = self.lanes.get_mut(&key)?;
        lane.place = Place::Out;
        if lane.queue.is_empty() || !lane.has_room() {
            return None;
        }
        if let Some(Err(at)) = lane.rate.as_mut().map(|rate| rate.take(now)) {
            lane.place = Place::Held;
            self.held_count += 1;
            self.held_keys.insert(self.held_count, key);
            self.held.push(Reverse((at, self.held_count)));
            return None;
        }
        let item = lane.queue.pop()?;
        lane.in_flight += 1;
        self.in_flight += 1;
        self.line_up(key);
        Some(item)
    }

    fn line_up(&mut self, key: K) {
        let Some(lane) = self.lanes.get_mut(&key) else { return };
        if lane.place == Place::Out && !lane.queue.is_empty() && lane.has_room() {
            lane.place = Place::Waiting;
            self.turns.push_back(key);
        }
    }

    fn let_go_of_held(&mut self, now: Instant) {
        while let Some(Reverse((at, ticket))) = self.held.peek().copied() {
            if at > now {
                return;
            }
            self.held.pop();
            if let Some(key) = self.held_keys.remove(&ticket) {
                if let Some(lane) = self.lanes.get_mut(&key) {
                    lane.place = Place::Out;
                }
                self.line_up(key);
            }
        }
    }
}

impl<T> Lane<T> {
    fn new(allowance: Allowance) -> Self {
        Self {
            queue: Queue::new(),
            in_flight: 0,
            concurrency: Concurrency::new(allowance.in_flight),
            rate: allowance.rate.map(Rate::new),
            place: Place::Out,
        }
    }

    const fn has_room(&self) -> bool {
        self.in_flight < self.concurrency.limit()
    }
}

#[cfg(test)]
mod tests;
