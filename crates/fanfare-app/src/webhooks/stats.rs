//! Figures of a webhook or an organization over a window, from what the store counts per minute
//! and hour.

use std::collections::BTreeMap;
use std::str::FromStr;
use std::time::Duration;

use fanfare_model::{ErrorClass, EventType, Scope, Timestamp, WebhookId};
use fanfare_store::{EventSource, LATENCY_BUCKETS_MS, Outcomes, StatsBucket, StatsWidth};

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

    /// Of which buckets its figures are the sum: at most 1,440 of them.
    const fn width(self) -> StatsWidth {
        match self {
            Self::Hour | Self::Day => StatsWidth::Minute,
            Self::Week | Self::Month => StatsWidth::Hour,
        }
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
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct StatsPoint {
    /// Its beginning; it is [`StatsWindow::step`] long.
    pub at: Timestamp,
    /// Deliveries that succeeded.
    pub succeeded: u64,
    /// Attempts that failed and were to be repeated.
    pub retried: u64,
    /// Deliveries given up.
    pub failed: u64,
    /// How long its attempts took; `None` without attempts.
    pub latency: Option<Percentiles>,
}

/// The figures of a webhook, or of all webhooks of an organization.
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
    /// Outcomes by type of event. Attempts recorded before types were counted are in none.
    pub types: BTreeMap<EventType, Outcomes>,
    /// The whole window, step by step, quiet ones included.
    pub series: Vec<StatsPoint>,
}

/// The figures of an organization.
#[derive(Debug, Clone, PartialEq)]
pub struct OrganizationStats {
    /// The sum over its webhooks, deleted ones included.
    pub deliveries: WebhookStats,
    /// Events accepted.
    pub accepted: u64,
    /// Events accepted per minute, over the whole window.
    pub accepted_per_minute: f64,
    /// Events accepted by source.
    pub sources: BTreeMap<EventSource, u64>,
    /// Events accepted by type.
    pub types: BTreeMap<EventType, u64>,
    /// Events accepted, for each point of the series in `deliveries`.
    pub series: Vec<u64>,
}

/// The last 24 hours of a webhook, small enough to stand in a list.
#[derive(Debug, Clone, PartialEq)]
pub struct Sparkline {
    /// The webhook.
    pub webhook_id: WebhookId,
    /// Of the deliveries that ended, the share that succeeded, 0 to 1; `None` when none ended.
    pub success_rate: Option<f64>,
    /// How long attempts took; `None` without attempts.
    pub latency: Option<Percentiles>,
    /// 24 hours, quiet ones and the running one included.
    pub points: Vec<StatsPoint>,
}

/// Points of a [`Sparkline`].
const HOURS: u32 = 24;

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
        let bounds = window.bounds(self.now());
        let buckets = self.store().webhook_stats(organization, id, window.width(), bounds).await?;
        Ok(WebhookStats::of(window, bounds, &buckets))
    }

    /// The figures of the caller's organization. Needs `webhooks:read`. They may lag by a second.
    pub async fn organization_stats(
        &self,
        caller: &Caller,
        window: StatsWindow,
    ) -> Result<OrganizationStats, AppError> {
        caller.require(Scope::WebhooksRead)?;
        let bounds = window.bounds(self.now());
        let organization = caller.organization_id;
        let buckets = self.store().organization_stats(organization, window.width(), bounds).await?;
        Ok(OrganizationStats::of(window, bounds, &buckets))
    }

    /// The last 24 hours of every webhook of the caller's organization, oldest webhook first, in
    /// one call. Needs `webhooks:read`. They may lag by a second.
    pub async fn sparklines(&self, caller: &Caller) -> Result<Vec<Sparkline>, AppError> {
        caller.require(Scope::WebhooksRead)?;
        let organization = caller.organization_id;
        let hour = Duration::from_millis(StatsWidth::Hour.millis().cast_unsigned());
        let until = StatsWidth::Hour.begin(self.now()) + hour;
        let bounds = (until.minus(hour * HOURS), until);
        let buckets = self.store().stats_of_webhooks(organization, StatsWidth::Hour, bounds);
        let mut of: BTreeMap<WebhookId, Vec<StatsBucket>> = BTreeMap::new();
        for (webhook, bucket) in buckets.await? {
            of.entry(webhook).or_default().push(bucket);
        }
        let line = |webhook_id| {
            let buckets = of.remove(&webhook_id).unwrap_or_default();
            let sum = sum(&buckets);
            Sparkline {
                webhook_id,
                success_rate: success_rate(&sum),
                latency: percentiles(&sum.latency),
                points: series(bounds, hour, &buckets),
            }
        };
        Ok(self.all_webhooks(caller).await?.iter().map(|webhook| webhook.id).map(line).collect())
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

/// A window's beginning and end.
type Bounds = (Timestamp, Timestamp);

impl WebhookStats {
    fn of(window: StatsWindow, (since, until): Bounds, buckets: &[StatsBucket]) -> Self {
        let sum = sum(buckets);
        Self {
            window,
            since,
            until,
            attempts: sum.succeeded + sum.failed + sum.retried,
            succeeded: sum.succeeded,
            retried: sum.retried,
            failed: sum.failed,
            success_rate: success_rate(&sum),
            latency: percentiles(&sum.latency),
            codes: sum.codes,
            errors: sum.errors,
            types: sum.types,
            series: series((since, until), window.step(), buckets),
        }
    }
}

impl OrganizationStats {
    fn of(window: StatsWindow, bounds: Bounds, buckets: &[StatsBucket]) -> Self {
        let deliveries = WebhookStats::of(window, bounds, buckets);
        let mut stats = Self {
            accepted: 0,
            accepted_per_minute: 0.0,
            sources: BTreeMap::new(),
            types: BTreeMap::new(),
            series: vec![0; deliveries.series.len()],
            deliveries,
        };
        for bucket in buckets {
            let place = place(bounds.0, window.step(), bucket);
            for ((source, event_type), count) in &bucket.accepted {
                stats.accepted += count;
                *stats.sources.entry(*source).or_default() += count;
                *stats.types.entry(*event_type).or_default() += count;
                if let Some(point) = stats.series.get_mut(place) {
                    *point += count;
                }
            }
        }
        stats.accepted_per_minute = stats.accepted as f64 * 60.0 / window.length().as_secs_f64();
        stats
    }
}

/// Every step of the window; each of its points is the sum of the buckets that begin in it.
fn series((since, until): Bounds, step: Duration, buckets: &[StatsBucket]) -> Vec<StatsPoint> {
    let points = (until.since(since).as_millis() / step.as_millis()) as u32;
    let mut sums = vec![StatsBucket::default(); points as usize];
    for bucket in buckets {
        if let Some(sum) = sums.get_mut(place(since, step, bucket)) {
            add(sum, bucket);
        }
    }
    let point = |(index, sum): (u32, StatsBucket)| StatsPoint {
        at: since + step * index,
        succeeded: sum.succeeded,
        retried: sum.retried,
        failed: sum.failed,
        latency: percentiles(&sum.latency),
    };
    (0..points).zip(sums).map(point).collect()
}

fn place(since: Timestamp, step: Duration, bucket: &StatsBucket) -> usize {
    (bucket.at.since(since).as_millis() / step.as_millis()) as usize
}

fn sum(buckets: &[StatsBucket]) -> StatsBucket {
    let mut sum = StatsBucket::default();
    buckets.iter().for_each(|bucket| add(&mut sum, bucket));
    sum
}

fn success_rate(sum: &StatsBucket) -> Option<f64> {
    let ended = sum.succeeded + sum.failed;
    (ended > 0).then(|| sum.succeeded as f64 / ended as f64)
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
    for (event_type, counts) in &bucket.types {
        let mine = sum.types.entry(*event_type).or_default();
        mine.succeeded += counts.succeeded;
        mine.retried += counts.retried;
        mine.failed += counts.failed;
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
