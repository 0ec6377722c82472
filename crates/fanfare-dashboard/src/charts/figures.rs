//! The figures of a webhook or an organization, drawn.

use fanfare_app::{StatsPoint, StatsWindow, WebhookStats};
use fanfare_store::Outcomes;

use super::bars::{Ranked, ranked, stacked};
use super::lines::lines;
use super::{Bucket, Figure, Series, Unit};
use crate::range;
use crate::ui::{counted, milliseconds, percent, stamp};

/// Rows of a ranked list at most.
const MOST: usize = 8;

/// Deliveries by outcome, latency, attempts by answer, outcomes by event type.
pub(crate) fn of_deliveries(stats: &WebhookStats) -> Vec<Figure> {
    vec![by_outcome(stats), latency(stats), by_answer(stats), by_type(stats)]
}

/// Deliveries by outcome over time.
pub(crate) fn by_outcome(stats: &WebhookStats) -> Figure {
    let pick = |of: fn(&StatsPoint) -> u64| {
        stats.series.iter().map(|point| Some(of(point) as f64)).collect::<Vec<_>>()
    };
    let series = [
        Series { label: "Delivered", class: "succeeded", values: pick(|point| point.succeeded) },
        Series { label: "Retried", class: "retried", values: pick(|point| point.retried) },
        Series { label: "Given up", class: "failed", values: pick(|point| point.failed) },
    ];
    let summary = format!(
        "{}: {} delivered, {} repeated, {} given up.",
        range::label(stats.window),
        counted(stats.succeeded, "event"),
        counted(stats.retried, "attempt"),
        stats.failed,
    );
    stacked("Deliveries by outcome", summary, &buckets(stats), &series)
}

fn latency(stats: &WebhookStats) -> Figure {
    let pick = |of: fn(fanfare_app::Percentiles) -> f64| {
        stats.series.iter().map(|point| point.latency.map(of)).collect::<Vec<_>>()
    };
    let series = [
        Series { label: "p50", class: "p50", values: pick(|latency| latency.p50) },
        Series { label: "p95", class: "p95", values: pick(|latency| latency.p95) },
        Series { label: "p99", class: "p99", values: pick(|latency| latency.p99) },
    ];
    let summary = match stats.latency {
        Some(all) => format!(
            "{}: half of the attempts took at most {}, 95 % at most {}, 99 % at most {}.",
            range::label(stats.window),
            milliseconds(all.p50),
            milliseconds(all.p95),
            milliseconds(all.p99)
        ),
        None => "No attempts.".to_owned(),
    };
    lines("Latency of attempts", summary, &buckets(stats), &series, Unit::Milliseconds)
}

fn by_answer(stats: &WebhookStats) -> Figure {
    let class = |code: u16| if (200..300).contains(&code) { "succeeded" } else { "failed" };
    let codes = stats.codes.iter();
    let codes = codes.map(|(code, count)| (code.to_string(), class(*code), *count));
    // A failure with a status is counted by its status already.
    let silent = stats.errors.iter().filter(|(class, _)| !class.as_str().starts_with("http_"));
    let silent = silent.map(|(class, count)| (class.as_str().to_owned(), "failed", *count));
    let all = codes.chain(silent);
    let all = all.map(|(name, class, count)| Ranked { name, parts: vec![(class, count as f64)] });
    let summary = match stats.success_rate {
        Some(rate) => format!("{} of what ended was delivered.", percent(rate)),
        None => "Nothing has ended yet.".to_owned(),
    };
    ranked("Attempts by answer", summary, "Answer", all.collect(), MOST)
}

fn by_type(stats: &WebhookStats) -> Figure {
    let parts = |outcomes: &Outcomes| {
        vec![
            ("succeeded", outcomes.succeeded as f64),
            ("retried", outcomes.retried as f64),
            ("failed", outcomes.failed as f64),
        ]
    };
    let all = stats.types.iter();
    let all = all
        .map(|(name, outcomes)| Ranked { name: name.as_str().to_owned(), parts: parts(outcomes) });
    let summary = format!("{}.", counted(stats.types.len() as u64, "event type"));
    ranked("Attempts by event type", summary, "Event type", all.collect(), MOST)
}

fn buckets(stats: &WebhookStats) -> Vec<Bucket> {
    let bucket = |point: &StatsPoint| {
        let long = stamp(point.at);
        let short = match stats.window {
            StatsWindow::Hour | StatsWindow::Day => long.get(11..16),
            StatsWindow::Week | StatsWindow::Month => long.get(5..10),
        };
        Bucket {
            short: short.unwrap_or_default().to_owned(),
            long: long.get(..16).unwrap_or_default().to_owned(),
        }
    };
    stats.series.iter().map(bucket).collect()
}
