//! Figures of a webhook and of an organization; what waits.

use std::collections::BTreeMap;

use fanfare_app::{BacklogView, OrganizationStats, Percentiles, StatsPoint, WebhookStats};
use fanfare_model::Timestamp;
use fanfare_store::{EventSource, Outcomes};
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
    /// Outcomes by type of event; attempts recorded before types were counted are in none.
    event_types: BTreeMap<&'static str, OutcomesJson>,
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

impl From<Percentiles> for LatencyJson {
    fn from(Percentiles { p50, p95, p99 }: Percentiles) -> Self {
        Self { p50, p95, p99 }
    }
}

/// What attempts led to.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Outcomes)]
struct OutcomesJson {
    /// Deliveries that succeeded.
    succeeded: u64,
    /// Attempts that failed and were to be repeated.
    retried: u64,
    /// Deliveries given up.
    failed: u64,
}

impl From<Outcomes> for OutcomesJson {
    fn from(Outcomes { succeeded, retried, failed }: Outcomes) -> Self {
        Self { succeeded, retried, failed }
    }
}

/// A stretch of the series.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = StatsPoint)]
struct PointJson {
    /// Its beginning.
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
    succeeded: u64,
    retried: u64,
    failed: u64,
    /// How long its attempts took, in milliseconds; `null` without attempts.
    #[schema(required)]
    latency_ms: Option<LatencyJson>,
}

impl From<WebhookStats> for StatsJson {
    fn from(stats: WebhookStats) -> Self {
        let codes = stats.codes.iter().map(|(code, count)| (code.to_string(), *count));
        let types = stats.types.iter();
        let types = types.map(|(event_type, counts)| (event_type.as_str(), (*counts).into()));
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
            latency_ms: stats.latency.map(Into::into),
            response_codes: codes.collect(),
            error_classes: errors.collect(),
            event_types: types.collect(),
            step_seconds: stats.window.step().as_secs(),
            series: stats.series.into_iter().map(Into::into).collect(),
        }
    }
}

impl From<StatsPoint> for PointJson {
    fn from(point: StatsPoint) -> Self {
        let StatsPoint { at, succeeded, retried, failed, latency } = point;
        Self { at, succeeded, retried, failed, latency_ms: latency.map(Into::into) }
    }
}

/// The figures of an organization over a window. They may lag by a second.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = OrganizationStats)]
pub(crate) struct OrganizationStatsJson {
    /// The sum over its webhooks, deleted ones included.
    deliveries: StatsJson,
    /// The events it accepted.
    events: AcceptedJson,
}

/// Events that were accepted.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = AcceptedEvents)]
struct AcceptedJson {
    /// How many.
    accepted: u64,
    /// The same per minute, over the whole window.
    per_minute: f64,
    /// By source: `api`, `test`.
    #[schema(value_type = BTreeMap<String, u64>)]
    sources: BTreeMap<EventSource, u64>,
    /// By type.
    event_types: BTreeMap<&'static str, u64>,
    /// For each point of the deliveries' series.
    series: Vec<u64>,
}

impl From<OrganizationStats> for OrganizationStatsJson {
    fn from(stats: OrganizationStats) -> Self {
        let types = stats.types.iter().map(|(event_type, count)| (event_type.as_str(), *count));
        let events = AcceptedJson {
            accepted: stats.accepted,
            per_minute: stats.accepted_per_minute,
            event_types: types.collect(),
            sources: stats.sources,
            series: stats.series,
        };
        Self { deliveries: stats.deliveries.into(), events }
    }
}

/// What waits for a webhook.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Backlog)]
pub(crate) struct BacklogJson {
    /// Deliveries that wait, due or not; those on their way are left out. Counted up to 10,000.
    waiting: u64,
    /// Whether there are more than were counted.
    more: bool,
    /// When the oldest due one of them was due; `null` when none is due.
    #[schema(value_type = Option<String>, format = DateTime, required)]
    oldest_due_at: Option<Timestamp>,
    /// When the next one becomes due that is not due yet.
    #[schema(value_type = Option<String>, format = DateTime, required)]
    next_due_at: Option<Timestamp>,
    /// Deliveries made per minute, over the last five whole minutes.
    made_per_minute: f64,
    /// Deliveries ended per minute, over the same time.
    ended_per_minute: f64,
    /// When nothing would wait if it went on like that, in seconds; `null` when it does not get
    /// less. A lower bound when more waits than was counted.
    #[schema(required)]
    drains_in_seconds: Option<u64>,
}

impl From<BacklogView> for BacklogJson {
    fn from(view: BacklogView) -> Self {
        let backlog = view.backlog;
        Self {
            waiting: backlog.waiting,
            more: backlog.more,
            oldest_due_at: backlog.oldest_due,
            next_due_at: backlog.next_due,
            made_per_minute: view.made_per_minute,
            ended_per_minute: view.ended_per_minute,
            drains_in_seconds: view.drains_in.map(|drains| drains.as_secs()),
        }
    }
}
