//! The figures of one run of one scenario.

use std::fmt;

use serde::Serialize;

use super::records::{Findings, percentile};
use crate::clock::milliseconds;

/// One run. Times in milliseconds, processor times in microseconds.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Figures {
    /// Acknowledged events per second, from the first request to the last acknowledgement.
    pub(crate) events_per_second: f64,
    /// Deliveries per second, from the first request to the last receipt.
    pub(crate) deliveries_per_second: f64,
    /// From the start of a request (open load: when it was due) to its acknowledgement.
    pub(crate) publish_p50: f64,
    /// As above.
    pub(crate) publish_p99: f64,
    /// From the same moment to the receipt.
    pub(crate) p50: f64,
    /// As above.
    pub(crate) p99: f64,
    /// As above.
    pub(crate) p999: f64,
    /// The server's processor time, all of it, per delivery; none in the raw run.
    pub(crate) server_cpu: Option<f64>,
    /// PostgreSQL's processor time, all of it, per delivery; none on the embedded store.
    pub(crate) database_cpu: Option<f64>,
    /// The load's processor time per event.
    pub(crate) load_cpu: f64,
    /// The sink's processor time per delivery.
    pub(crate) sink_cpu: f64,
    /// The most memory the server had, in MiB; none in the raw run.
    pub(crate) peak_memory: Option<f64>,
    /// Acknowledged and not delivered to a healthy webhook.
    pub(crate) lost: u64,
    /// Delivered more than once.
    pub(crate) duplicates: u64,
    /// Events that were not acknowledged although they were sent, and not refused either.
    pub(crate) failed: u64,
    /// Answers 429 and 503, after which the load tried again.
    pub(crate) refused: u64,
    /// Signatures that were verified; all of them good, or the run fails.
    pub(crate) verified: u64,
    /// Share of the machine's processor time that receivers which misbehave took, in percent; none
    /// without them.
    pub(crate) zoo: Option<f64>,
    /// The same for what has nothing to do with the run.
    pub(crate) others: f64,
}

/// What was used, in microseconds of processor time; memory in KiB.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Used {
    pub(crate) server: Option<u64>,
    /// 0 on the embedded store.
    pub(crate) database: u64,
    pub(crate) load: u64,
    pub(crate) sink: u64,
    pub(crate) peak_memory: Option<u64>,
    /// Percent of the machine.
    pub(crate) zoo: Option<f64>,
    /// Percent of the machine.
    pub(crate) others: f64,
}

/// What was counted while it ran.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Counted {
    pub(crate) failed: u64,
    pub(crate) refused: u64,
    pub(crate) verified: u64,
}

impl Figures {
    /// Puts together what was found, used and counted.
    pub(crate) fn new(findings: &Findings, used: Used, counted: Counted) -> Self {
        let deliveries = findings.delivery.len() as u64;
        let events = findings.publish.len() as u64;
        let publish = |share| milliseconds(percentile(&findings.publish, share));
        let delivery = |share| milliseconds(percentile(&findings.delivery, share));
        Self {
            events_per_second: rate(events, findings.publish_span),
            deliveries_per_second: rate(deliveries, findings.delivery_span),
            publish_p50: publish(0.5),
            publish_p99: publish(0.99),
            p50: delivery(0.5),
            p99: delivery(0.99),
            p999: delivery(0.999),
            server_cpu: used.server.map(|cpu| per(cpu, deliveries)),
            database_cpu: (used.database > 0).then(|| per(used.database, deliveries)),
            load_cpu: per(used.load, events),
            sink_cpu: per(used.sink, deliveries),
            peak_memory: used.peak_memory.map(|kib| kib as f64 / 1024.0),
            lost: findings.lost,
            duplicates: findings.duplicates,
            failed: counted.failed,
            refused: counted.refused,
            verified: counted.verified,
            zoo: used.zoo,
            others: used.others,
        }
    }
}

impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{:.0} events/s, {:.0} deliveries/s, p50 {:.1} ms, p99 {:.1} ms, lost {}, twice {}",
            self.events_per_second,
            self.deliveries_per_second,
            self.p50,
            self.p99,
            self.lost,
            self.duplicates
        )
    }
}

/// How many per second, of so many in a span of nanoseconds.
fn rate(count: u64, span: u64) -> f64 {
    if span == 0 { 0.0 } else { count as f64 * 1e9 / span as f64 }
}

fn per(sum: u64, count: u64) -> f64 {
    if count == 0 { 0.0 } else { sum as f64 / count as f64 }
}

/// The middle value; of an even number, the lower of the two. 0 if there is none.
pub(crate) fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted.get(sorted.len().saturating_sub(1) / 2).copied().unwrap_or(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_per_second_and_per_delivery() {
        let findings = Findings {
            publish: vec![1_000_000, 3_000_000],
            delivery: vec![2_000_000; 4],
            publish_span: 500_000_000,
            delivery_span: 1_000_000_000,
            ..Findings::default()
        };
        let used = Used { server: Some(120), load: 20, sink: 24, ..Used::default() };
        let figures = Figures::new(&findings, used, Counted::default());
        assert_eq!((figures.events_per_second, figures.deliveries_per_second), (4.0, 4.0));
        assert_eq!((figures.publish_p50, figures.p99), (1.0, 2.0));
        assert_eq!(
            (figures.server_cpu, figures.load_cpu, figures.sink_cpu),
            (Some(30.0), 10.0, 6.0)
        );
    }

    #[test]
    fn the_median_is_the_middle() {
        assert_eq!(median(&[3.0, 1.0, 2.0]), 2.0);
        assert_eq!(median(&[4.0, 1.0]), 1.0);
        assert_eq!(median(&[]), 0.0);
    }
}
