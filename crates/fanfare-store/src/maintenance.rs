//! Housekeeping in bounded steps.

use std::time::Duration;

use async_trait::async_trait;
use fanfare_model::Timestamp;

use crate::StoreError;

/// How much waits in the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Backlog {
    /// Deliveries that wait in the store, due or not (those in memory left out).
    pub waiting: u64,
    /// When the oldest due one of them was due; `None` when none is due.
    pub oldest_due: Option<Timestamp>,
}

/// Housekeeping.
#[async_trait]
pub trait MaintenanceStore: Send + Sync {
    /// Deletes at most `limit` events that were accepted before `before` with their deliveries,
    /// attempts and notices, then old idempotency records; events with a pending
    /// delivery stay. Gives the number of events deleted: fewer than `limit` means done. A store
    /// that keeps whole days apart may keep what was accepted on the day of `before`.
    async fn expire(&self, before: Timestamp, limit: usize) -> Result<usize, StoreError>;
    /// Cancels at most `limit` waiting deliveries of disabled or deleted webhooks; fewer means
    /// done.
    async fn cancel_unserved(&self, limit: usize, now: Timestamp) -> Result<usize, StoreError>;
    /// Writes nothing; an error means that an accept would fail too.
    async fn check(&self) -> Result<(), StoreError>;
    /// Takes or keeps the turn to do what one node at a time does, for so long. `false`: another
    /// node has it. A store of a single process always gives it. Turns save work; they are not
    /// what keeps it from being done twice.
    async fn take_turn(&self, name: &'static str, lasts: Duration) -> Result<bool, StoreError>;
    /// How much waits.
    async fn backlog(&self, now: Timestamp) -> Result<Backlog, StoreError>;
}
