//! Figures of a webhook over a window, from what the store counts per minute.

use std::collections::BTreeMap;
use std::str::FromStr;
use std::time::Duration;

use fanfare_model::{ErrorClass, Timestamp, WebhookId};

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
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
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
        let _ = (caller, id, window);
        unimplemented!()
    }
}
