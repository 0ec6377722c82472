//! Figures per webhook and minute, written while attempts are recorded, not by scanning.

use std::collections::BTreeMap;

use async_trait::async_trait;
use fanfare_model::{ErrorClass, OrganizationId, Timestamp, WebhookId};

use crate::StoreError;

/// Upper bounds of the latency buckets, in milliseconds; one more bucket holds the rest.
pub const LATENCY_BUCKETS_MS: [u32; 15] =
    [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 20_000, 30_000];

/// The attempts of one webhook within one minute.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct StatsBucket {
    /// The minute's beginning.
    pub minute: Timestamp,
    /// Deliveries that succeeded.
    pub succeeded: u64,
    /// Attempts that failed and will be repeated.
    pub retried: u64,
    /// Deliveries given up.
    pub failed: u64,
    /// Attempts by status code of the response.
    pub codes: BTreeMap<u16, u64>,
    /// Attempts by class of failure.
    pub errors: BTreeMap<ErrorClass, u64>,
    /// Attempts by duration: see [`LATENCY_BUCKETS_MS`].
    pub latency: [u64; LATENCY_BUCKETS_MS.len() + 1],
}

/// Figures.
#[async_trait]
pub trait StatsStore: Send + Sync {
    /// The minutes with attempts in `since ≤ minute < until`, in order. May lag by a second;
    /// after a crash at most the last second's figures are missing (never the deliveries).
    async fn webhook_stats(
        &self,
        organization: OrganizationId,
        webhook: WebhookId,
        since: Timestamp,
        until: Timestamp,
    ) -> Result<Vec<StatsBucket>, StoreError>;
}
