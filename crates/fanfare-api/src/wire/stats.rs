//! Figures of a webhook.

use std::collections::BTreeMap;

use fanfare_app::{Percentiles, StatsPoint, WebhookStats};
use fanfare_model::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

/// The figures of a webhook over a window. They may lag by a second.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = WebhookStats)]
pub(crate) struct StatsJson {
    /// `1h`, `24h`, `7d` or `30d`.
    #[schema(value_type = String, example = "24h")]
    window: &'static str,
    /// The window's beginning.
    #[schema(value_type = String, format = DateTime)]
    since: Timestamp,
    /// Its end.
    #[schema(value_type = String, format = DateTime)]
    until: Timestamp,
    /// Attempts: `succeeded + retried + failed`.
    attempts: u64,
    /// Deliveries that succeeded.
    succeeded: u64,
    /// Attempts that failed and were to be repeated.
    retried: u64,
    /// Deliveries given up.
    failed: u64,
    /// Of the deliveries that ended, the share that succeeded, 0 to 1; `null` when none ended.
    #[schema(required)]
    success_rate: Option<f64>,
    /// How long attempts took, in milliseconds; `null` without attempts.
    #[schema(required)]
    latency_ms: Option<LatencyJson>,
    /// Attempts by HTTP status of the response.
    response_codes: BTreeMap<String, u64>,
    /// Attempts by class of failure.
    error_classes: BTreeMap<&'static str, u64>,
    /// The length of one point of the series, in seconds.
    step_seconds: u64,
    /// The whole window, step by step, quiet ones included.
    series: Vec<PointJson>,
}

/// Percentiles in milliseconds.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Latency)]
struct LatencyJson {
    p50: f64,
    p95: f64,
    p99: f64,
}

/// A stretch of the series.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = StatsPoint)]
struct PointJson {
    /// Its beginning.
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
    succeeded: u64,
    retried: u64,
    failed: u64,
}

impl From<WebhookStats> for StatsJson {
    fn from(stats: WebhookStats) -> Self {
        let codes = stats.codes.iter().map(|(code, count)| (code.to_string(), *count));
        let errors = stats.errors.iter().map(|(class, count)| (class.as_str(), *count));
        Self {
            window: stats.window.as_str(),
            since: stats.since,
            until: stats.until,
            attempts: stats.attempts,
            succeeded: stats.succeeded,
            retried: stats.retried,
            failed: stats.failed,
            success_rate: stats.success_rate,
            latency_ms: stats.latency.map(|Percentiles { p50, p95, p99 }| LatencyJson {
                p50,
                p95,
                p99,
            }),
            response_codes: codes.collect(),
            error_classes: errors.collect(),
            step_seconds: stats.window.step().as_secs(),
            series: stats.series.into_iter().map(Into::into).collect(),
        }
    }
}

impl From<StatsPoint> for PointJson {
    fn from(point: StatsPoint) -> Self {
        let StatsPoint { at, succeeded, retried, failed } = point;
        Self { at, succeeded, retried, failed }
    }
}
