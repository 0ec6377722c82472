//! What the load acknowledged against what the sink received: pure, from records to findings.

use std::collections::HashMap;

use crate::event_key::EventKey;
use crate::load::Ack;
use crate::sink::{Receipt, WEBHOOKS};

/// What the two sets of records say together. Latencies in nanoseconds, sorted.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Findings {
    /// From the start of a request to its acknowledgement, one per event.
    pub(crate) publish: Vec<u64>,
    /// From the start of a request to the receipt, one per delivery.
    pub(crate) delivery: Vec<u64>,
    /// Deliveries that should have come and did not.
    pub(crate) lost: u64,
    /// Receipts of deliveries that had come before.
    pub(crate) duplicates: u64,
    /// Receipts of events that were not acknowledged.
    pub(crate) unacknowledged: u64,
    /// Start of the first request to the last acknowledgement.
    pub(crate) publish_span: u64,
    /// Start of the first request to the last receipt.
    pub(crate) delivery_span: u64,
}

/// Compares. Every acknowledged event is owed to every webhook in `healthy`.
pub(crate) fn compare(
    acks: &[Ack],
    receipts: &[Receipt],
    healthy: std::ops::Range<usize>,
) -> Findings {
    let mut events: HashMap<EventKey, (u64, u16)> =
        acks.iter().map(|ack| (ack.event, (ack.start, 0))).collect();
    let mut findings = Findings::default();
    let mut last_receipt = 0;
    for receipt in receipts.iter().filter(|receipt| healthy.contains(&receipt.webhook)) {
        last_receipt = last_receipt.max(receipt.at);
        let Some((start, seen)) = events.get_mut(&receipt.event) else {
            findings.unacknowledged += 1;
            continue;
        };
        const { assert!(WEBHOOKS <= 16, "a bit for each webhook") };
        let bit = 1_u16 << receipt.webhook;
        if *seen & bit != 0 {
            findings.duplicates += 1;
            continue;
        }
        *seen |= bit;
        findings.delivery.push(receipt.at.saturating_sub(*start));
    }
    let owed = (events.len() * healthy.len()) as u64;
    findings.lost = owed - findings.delivery.len() as u64;
    findings.publish = acks.iter().map(|ack| ack.at.saturating_sub(ack.start)).collect();
    findings.publish.sort_unstable();
    findings.delivery.sort_unstable();
    let first = acks.iter().map(|ack| ack.start).min().unwrap_or(0);
    let last_ack = acks.iter().map(|ack| ack.at).max().unwrap_or(0);
    findings.publish_span = last_ack.saturating_sub(first);
    findings.delivery_span = last_receipt.saturating_sub(first);
    findings
}

/// The value that this share of all values does not exceed (nearest rank); 0 if there is none.
pub(crate) fn percentile(sorted: &[u64], share: f64) -> u64 {
    let rank = (sorted.len() as f64 * share).ceil() as usize;
    sorted.get(rank.saturating_sub(1)).copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ack(number: u64, start: u64, at: u64) -> Ack {
        Ack { start, at, event: EventKey::numbered(number) }
    }

    fn receipt(number: u64, webhook: usize, at: u64) -> Receipt {
        Receipt { at, webhook, event: EventKey::numbered(number) }
    }

    #[test]
    fn what_was_acknowledged_and_did_not_come_is_lost() {
        let acks = [ack(1, 100, 110), ack(2, 105, 125)];
        let receipts = [receipt(1, 0, 130), receipt(1, 1, 120), receipt(2, 1, 150)];
        let findings = compare(&acks, &receipts, 0..2);
        assert_eq!((findings.lost, findings.duplicates), (1, 0));
        assert_eq!(findings.delivery, [20, 30, 45]);
        assert_eq!(findings.publish, [10, 20]);
        assert_eq!((findings.publish_span, findings.delivery_span), (25, 50));
    }

    #[test]
    fn what_came_again_is_no_second_delivery() {
        let receipts = [receipt(1, 0, 20), receipt(1, 0, 30), receipt(9, 0, 40)];
        let findings = compare(&[ack(1, 10, 15)], &receipts, 0..1);
        assert_eq!((findings.lost, findings.duplicates, findings.unacknowledged), (0, 1, 1));
        assert_eq!(findings.delivery, [10]);
    }

    #[test]
    fn a_webhook_that_hangs_is_owed_nothing() {
        let findings = compare(&[ack(1, 10, 15)], &[receipt(1, 1, 20)], 1..2);
        assert_eq!(findings.lost, 0);
    }

    #[test]
    fn percentiles_are_nearest_ranks() {
        let values: Vec<u64> = (1..=100).collect();
        assert_eq!(percentile(&values, 0.5), 50);
        assert_eq!(percentile(&values, 0.99), 99);
        assert_eq!(percentile(&values, 0.999), 100);
        assert_eq!(percentile(&[7], 0.5), 7);
        assert_eq!(percentile(&[], 0.5), 0);
    }
}
