//! How far back a list or a chart looks: `range=24h` in the URL.

use std::time::Duration;

use fanfare_model::Timestamp;

use crate::form::Pairs;
use crate::list::{self, Choice};

/// The name in the URL.
const NAME: &str = "range";

/// A stretch of time that ends now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Range {
    /// The last hour.
    Hour,
    /// The last 24 hours.
    Day,
    /// The last 7 days.
    Week,
    /// The last 30 days.
    Month,
}

impl Range {
    /// Every range, shortest first.
    pub(crate) const ALL: [Self; 4] = [Self::Hour, Self::Day, Self::Week, Self::Month];

    /// The word in the URL.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Hour => "1h",
            Self::Day => "24h",
            Self::Week => "7d",
            Self::Month => "30d",
        }
    }

    /// For people.
    pub(crate) const fn label(self) -> &'static str {
        match self {
            Self::Hour => "Last hour",
            Self::Day => "Last 24 hours",
            Self::Week => "Last 7 days",
            Self::Month => "Last 30 days",
        }
    }

    /// The one that is asked for; `None` when none is, or none that there is.
    pub(crate) fn of(query: &Pairs) -> Option<Self> {
        Self::ALL.into_iter().find(|range| range.as_str() == query.get(NAME))
    }

    /// When it began.
    pub(crate) fn since(self, now: Timestamp) -> Timestamp {
        let hours = match self {
            Self::Hour => 1,
            Self::Day => 24,
            Self::Week => 7 * 24,
            Self::Month => 30 * 24,
        };
        now.minus(Duration::from_secs(hours * 3_600))
    }
}

/// All ranges, the one in the query chosen.
pub(crate) fn choices(query: &Pairs) -> Vec<Choice> {
    list::choices(query, NAME, Range::ALL.map(|range| (range.as_str(), range.label())))
}
