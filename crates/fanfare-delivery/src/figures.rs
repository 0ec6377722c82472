//! What the engine counts.

use std::sync::atomic::{AtomicU64, Ordering};

use fanfare_model::Outcome;

/// Counters since the start, and what is going on now.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct EngineFigures {
    /// Attempts that delivered.
    pub delivered: u64,
    /// Attempts that failed and are repeated or were the last.
    pub failed: u64,
    /// Attempts after which a delivery was given up.
    pub exhausted: u64,
    /// Attempts that the egress guard refused.
    pub refused: u64,
    /// Results whose lease had been lost: nothing was written.
    pub leases_lost: u64,
    /// Deliveries given back without an attempt.
    pub released: u64,
    /// Connections opened.
    pub connections: u64,
    /// Deliveries that wait in a lane now.
    pub waiting: u64,
    /// Requests in flight now.
    pub in_flight: u64,
    /// Deliveries held in memory now, in flight and unrecorded ones included.
    pub held: u64,
    /// Bytes of bodies held in memory now.
    pub held_bytes: u64,
    /// Lanes that have work now or had it since the start.
    pub lanes: u64,
}

#[derive(Debug, Default)]
pub(crate) struct Counters {
    delivered: AtomicU64,
    failed: AtomicU64,
    exhausted: AtomicU64,
    refused: AtomicU64,
    leases_lost: AtomicU64,
    released: AtomicU64,
    connections: AtomicU64,
}

fn add(counter: &AtomicU64, count: u64) {
    counter.fetch_add(count, Ordering::Relaxed);
}

impl Counters {
    pub(crate) fn attempt(&self, outcome: Outcome, exhausted: bool) {
        match outcome {
            Outcome::Delivered => add(&self.delivered, 1),
            Outcome::Refused => add(&self.refused, 1),
            Outcome::Retry { .. } | Outcome::Gone => add(&self.failed, 1),
        }
        if exhausted {
            add(&self.exhausted, 1);
        }
    }

    pub(crate) fn lease_lost(&self) {
        add(&self.leases_lost, 1);
    }

    pub(crate) fn released(&self, count: usize) {
        add(&self.released, count as u64);
    }

    pub(crate) fn connected(&self) {
        add(&self.connections, 1);
    }

    /// The counters; what is going on now is left at zero for the caller to fill in.
    pub(crate) fn read(&self) -> EngineFigures {
        let get = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        EngineFigures {
            delivered: get(&self.delivered),
            failed: get(&self.failed),
            exhausted: get(&self.exhausted),
            refused: get(&self.refused),
            leases_lost: get(&self.leases_lost),
            released: get(&self.released),
            connections: get(&self.connections),
            ..EngineFigures::default()
        }
    }
}
