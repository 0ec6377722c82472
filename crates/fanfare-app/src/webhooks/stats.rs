//! Figures of a webhook over a window, from what the store counts per minute.

use std::collections::BTreeMap;
use std::str::FromStr;
use std::time::Duration;

use fanfare_model::{ErrorClass, Scope, Timestamp, WebhookId};
use fanfare_store::{LATENCY_BUCKETS_MS, StatsBucket};

use crate::{App, AppError, Caller};

/// How far back figures go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum StatsWindow {
    /// `1h`, by the minute.
    Hour,
    /// `24h`, by 15 minutes.
    #[default]
    Day,
    /// `7d`, by 2 hours.
    Week,
    /// `30d`, by 6 hours.
    Month,
}

impl StatsWindow {
    /// Every window.
    pub const ALL: [Self; 4] = [Self::Hour, Self::Day, Self::Week, Self::Month];

    /// The text in a query.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Hour => "1h",
            Self::Day => "24h",
            Self::Week => "7d",
            Self::Month => "30d",
        }
    }

    /// Its length.
    pub const fn length(self) -> Duration {
        Duration::from_secs(match self {
            Self::Hour => 3_600,
            Self::Day => 24 * 3_600,
            Self::Week => 7 * 24 * 3_600,
            Self::Month => 30 * 24 * 3_600,
        })
    }

    /// The length of one point of its series.
    pub const fn step(self) -> Duration {
        Duration::from_secs(match self {
            Self::Hour => 60,
            Self::Day => 15 * 60,
            Self::Week => 2 * 3_600,
            Self::Month => 6 * 3_600,
        })
    }
}

impl FromStr for StatsWindow {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let known = Self::ALL.into_iter().find(|window| window.as_str() == text);
        known.ok_or_else(|| "expected one of 1h, 24h, 7d, 30d".to_owned())
    }
}

/// How long attempts took, in milliseconds, interpolated within the store's buckets.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Percentiles {
    /// Half of the attempts took at most this long.
    pub p50: f64,
    /// 95 of 100 did.
    pub p95: f64,
    /// 99 of 100 did.
    pub p99: f64,
}

/// A stretch of the series.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct StatsPoint {
    /// Its beginning; it is [`StatsWindow::step`] long.
    pub at: Timestamp,
    /// Deliveries that succeeded.
    pub succeeded: u64,
    /// Attempts that failed and were to be repeated.
    pub retried: u64,
    /// Deliveries given up.
    pub failed: u64,
}

/// The figures of a webhook.
#[derive(Debug, Clone, PartialEq)]
pub struct WebhookStats {
    /// The window asked for.
    pub window: StatsWindow,
    /// Its beginning, on a whole step.
    pub since: Timestamp,
    /// Its end.
    pub until: Timestamp,
    /// Attempts: `succeeded + retried + failed`.
    pub attempts: u64,
    /// Deliveries that succeeded.
    pub succeeded: u64,
    /// Attempts that failed and were to be repeated.
    pub retried: u64,
    /// Deliveries given up.
    pub failed: u64,
    /// Of the deliveries that ended, the share that succeeded, 0 to 1; `None` when none ended.
    pub success_rate: Option<f64>,
    /// How long attempts took; `None` without attempts.
    pub latency: Option<Percentiles>,
    /// Attempts by status code of the response.
    pub codes: BTreeMap<u16, u64>,
    /// Attempts by class of failure.
    pub errors: BTreeMap<ErrorClass, u64>,
    /// The whole window, step by step, quiet ones included.
    pub series: Vec<StatsPoint>,
}

impl App {
    /// The figures of a webhook. Needs `webhooks:read`. They may lag by a second.
    pub async fn webhook_stats(
        &self,
        caller: &Caller,
        id: WebhookId,
        window: StatsWindow,
    ) -> Result<WebhookStats, AppError> {
        caller.require(Scope::WebhooksRead)?;
        let organization = caller.organization_id;
        if self.store().webhook(organization, id).await?.is_none() {
            return Err(AppError::not_found("webhook"));
        }
        let (since, until) = window.bounds(self.now());
        let buckets = self.store().webhook_stats(organization, id, since, until).await?;
        Ok(WebhookStats::of(window, since, until, &buckets))
    }
}

impl StatsWindow {
    /// From a whole step to a whole step, the running one included: always the same number of
    /// points, none of them cut.
    fn bounds(self, now: Timestamp) -> (Timestamp, Timestamp) {
        let step = self.step().as_millis() as i64;
        let running = now.as_millis().div_euclid(step) * step;
        let until = Timestamp::from_millis(running.saturating_add(step));
        (until.minus(self.length()), until)
    }
}

impl WebhookStats {
    fn of(
        window: StatsWindow,
        since: Timestamp,
        until: Timestamp,
        buckets: &[StatsBucket],
    ) -> Self {
        let step = window.step();
        let points = (window.length().as_millis() / step.as_millis()) as usize;
        let mut series: Vec<StatsPoint> = (0..points as u32)
            .map(|index| StatsPoint { at: since + step * index, ..StatsPoint::default() })
            .collect();
        let mut sum = StatsBucket::default();
        for bucket in buckets {
            let place = bucket.minute.since(since).as_millis() / step.as_millis();
            if let Some(point) = series.get_mut(place as usize) {
                point.succeeded += bucket.succeeded;
                point.retried += bucket.retried;
                point.failed += bucket.failed;
            }
            add(&mut sum, bucket);
        }
        let ended = sum.succeeded + sum.failed;
        Self {
            window,
            since,
            until,
            attempts: ended + sum.retried,
            succeeded: sum.succeeded,
            retried: sum.retried,
            failed: sum.failed,
            success_rate: (ended > 0).then(|| sum.succeeded as f64 / ended as f64),
            latency: percentiles(&sum.latency),
            codes: sum.codes,
            errors: sum.errors,
            series,
        }
    }
}

fn add(sum: &mut StatsBucket, bucket: &StatsBucket) {
    sum.succeeded += bucket.succeeded;
    sum.retried += bucket.retried;
    sum.failed += bucket.failed;
    for (code, count) in &bucket.codes {
        *sum.codes.entry(*code).or_default() += count;
    }
    for (class, count) in &bucket.errors {
        *sum.errors.entry(*class).or_default() += count;
    }
    for (sum, count) in sum.latency.iter_mut().zip(&bucket.latency) {
        *sum += count;
    }
}

fn percentiles(latency: &[u64]) -> Option<Percentiles> {
    let total: u64 = latency.iter().sum();
    let at = |share: f64| percentile(latency, total, share);
    (total > 0).then(|| Percentiles { p50: at(0.50), p95: at(0.95), p99: at(0.99) })
}

/// Where the share of attempts is reached, supposing that each bucket is filled evenly. The last
/// bucket has no upper bound: its lower one is the answer, which is the attempts' time limit.
fn percentile(latency: &[u64], total: u64, share: f64) -> f64 {
    let rank = share * total as f64;
    let mut before = 0.0;
    let mut lower = 0.0;
    for (count, upper) in latency.iter().zip(LATENCY_BUCKETS_MS) {
        let (count, upper) = (*count as f64, f64::from(upper));
        if count > 0.0 && before + count >= rank {
            return lower + (upper - lower) * ((rank - before) / count);
        }
        before += count;
        lower = upper;
    }
    lower
}

#[cfg(test)]
mod tests;
