//! How many requests an organization may make: GCRA (the leaky bucket as a meter, ITU-T I.371),
//! one time per organization and no timer.
//!
//! Off by default. When it is on, every answer to a known key carries `X-RateLimit-Limit`,
//! `-Remaining` and `-Reset` (Unix seconds at which the whole burst is there again), and a
//! request beyond it gets `429` with `Retry-After`. Memory is one number per organization.

#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::time::Duration;

use fanfare_model::OrganizationId;
use parking_lot::Mutex;
use tokio::time::Instant;

/// How much an organization may ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RateLimit {
    /// Requests per second in the long run; at least 1.
    pub per_second: u32,
    /// Requests at once after a pause; at least 1.
    pub burst: u32,
}

/// What one request was told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Allowance {
    /// The burst.
    pub(crate) limit: u32,
    /// Requests that may follow at once.
    pub(crate) remaining: u32,
    /// Until the whole burst is there again.
    pub(crate) reset: Duration,
    /// `Some`: refused, and how long to wait.
    pub(crate) retry_after: Option<Duration>,
}

const SHARDS: usize = 16;

/// The meters of all organizations.
#[derive(Debug)]
pub(crate) struct RateLimiter {
    burst: u32,
    /// Nanoseconds between two requests at the long-run rate.
    interval: u64,
    origin: Instant,
    /// Per organization the theoretical arrival time (TAT) in nanoseconds after `origin`.
    shards: [Mutex<HashMap<OrganizationId, u64>>; SHARDS],
}

impl RateLimiter {
    pub(crate) fn new(limit: RateLimit) -> Self {
        Self {
            burst: limit.burst.max(1),
            interval: 1_000_000_000 / u64::from(limit.per_second.max(1)),
            origin: Instant::now(),
            shards: Default::default(),
        }
    }

    /// Counts one request, unless it is beyond the limit.
    pub(crate) fn check(&self, organization: OrganizationId) -> Allowance {
        let now = u64::try_from(self.origin.elapsed().as_nanos()).unwrap_or(u64::MAX);
        let tolerance = self.interval * u64::from(self.burst);
        let shard = organization.as_u128() as usize % SHARDS;
        let mut meters = self.shards[shard].lock();
        let meter = meters.entry(organization).or_default();
        let next = (*meter).max(now) + self.interval;
        let ahead = next - now;
        let refused = ahead > tolerance;
        if !refused {
            *meter = next;
        }
        let used = (*meter).saturating_sub(now);
        Allowance {
            limit: self.burst,
            remaining: u32::try_from(tolerance.saturating_sub(used) / self.interval)
                .unwrap_or(u32::MAX),
            reset: Duration::from_nanos(used),
            retry_after: refused.then(|| Duration::from_nanos(ahead - tolerance)),
        }
    }
}
