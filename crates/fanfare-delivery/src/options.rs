//! What the engine is told when it is made.

use std::time::Duration;

use fanfare_model::{RetrySchedule, limits};

/// Settings of an engine; the defaults are the product's.
#[derive(Debug, Clone)]
pub struct EngineOptions {
    /// When attempts are due.
    pub schedule: RetrySchedule,
    /// Time for one attempt, headers and body together.
    pub request_timeout: Duration,
    /// How long claimed deliveries are leased: for the attempt, and for what may be waited for before
    /// it. One that has not begun by then is left to whoever claims it next.
    pub lease: Duration,
    /// A webhook with nothing but failures for this long is disabled.
    pub disable_after: Duration,
    /// Most requests in flight over all webhooks.
    pub in_flight: usize,
    /// Most deliveries held in memory.
    pub held: usize,
    /// Most deliveries of one webhook held in memory; a slow webhook gets fewer.
    pub held_per_webhook: usize,
    /// Most bytes of bodies held in memory (shared bodies count once per delivery).
    pub held_bytes: usize,
    /// How long an idle connection is kept.
    pub idle: Duration,
    /// The longest wait between two looks into the store.
    pub poll: Duration,
}

impl Default for EngineOptions {
    fn default() -> Self {
        Self {
            schedule: RetrySchedule::default(),
            request_timeout: limits::REQUEST_TIMEOUT,
            lease: limits::REQUEST_TIMEOUT * 4,
            disable_after: limits::DISABLE_AFTER,
            in_flight: 1_024,
            held: 65_536,
            held_per_webhook: 10_000,
            held_bytes: 128 * 1024 * 1024,
            idle: Duration::from_secs(20),
            poll: Duration::from_secs(1),
        }
    }
}
