//! The figures of a launch: pure, from records to figures.

use std::collections::{HashMap, HashSet};

use serde::Serialize;

use super::ledger::{Kind, Told};
use super::polling::Polled;
use super::{Size, WEBHOOKS};
use crate::clock::milliseconds;
use crate::event_key::EventKey;
use crate::load::{Ack, Report};
use crate::run::figures::Used;
use crate::run::records::percentile;
use crate::sink::Receipt;

/// What the witnesses say.
pub(super) struct Records {
    /// Joins that were answered, by consumer.
    pub(super) joins: Vec<Ack>,
    /// Payments that were answered, by order.
    pub(super) payments: Vec<Ack>,
    /// The draw, if its request was answered.
    pub(super) draw: Vec<Ack>,
    /// What the server says that happened.
    pub(super) events: Vec<Told>,
    /// What the receiver got.
    pub(super) receipts: Vec<Receipt>,
}

/// Times from when a request was due, in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Times {
    pub(super) count: usize,
    pub(super) p50: f64,
    pub(super) p99: f64,
    pub(super) p999: f64,
    pub(super) most: f64,
}

/// What one webhook got.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Lag {
    /// What it asked for.
    pub(super) events: String,
    /// Receipts.
    pub(super) received: u64,
    /// The longest from a join to its receipt, in milliseconds.
    pub(super) largest: f64,
    /// The same of the join that came last.
    pub(super) last: f64,
}

/// One launch. Times in milliseconds.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::run) struct LaunchFigures {
    pub(super) consumers: usize,
    pub(super) seconds: u64,
    /// From a join to its answer.
    pub(super) join_answer: Times,
    /// From a payment to its answer.
    pub(super) payment_answer: Times,
    /// From the request for the draw to its answer.
    pub(super) draw_answer: Times,
    /// From a join to each receipt of `distribution.joined`.
    pub(super) joined_receipt: Times,
    /// From the request for the draw to each receipt of `distribution.winner_selected`.
    pub(super) selected_receipt: Times,
    /// From a payment to the receipt of `order.paid`.
    pub(super) paid_receipt: Times,
    pub(super) webhooks: Vec<Lag>,
    /// Answers 429 and 503, after which the load tried again.
    pub(super) refused: u64,
    /// Requests that were answered otherwise than they should be, or not at all.
    pub(super) failed: u64,
    /// Events that webhooks are owed.
    pub(super) events: usize,
    /// Deliveries that were received.
    pub(super) deliveries: u64,
    /// Deliveries that were owed and did not come, and changes that were acknowledged and told by
    /// no event.
    pub(super) lost: u64,
    /// Deliveries that came again, and changes that were told by more than one event.
    pub(super) duplicates: u64,
    /// Signatures that were verified; all of them good, or the run fails.
    pub(super) verified: u64,
    /// The server's processor time, in microseconds, all of it.
    pub(super) server_cpu: u64,
    /// The loads', together.
    pub(super) load_cpu: u64,
    pub(super) sink_cpu: u64,
    /// In MiB, until the last delivery, preparations included.
    pub(super) peak_memory: f64,
    /// Share of the machine's processor time that others used, in percent.
    pub(super) others: f64,
    pub(super) polling: Vec<Polled>,
}

impl LaunchFigures {
    /// Puts together what was recorded, reported and used.
    pub(super) fn new(
        records: &Records,
        size: Size,
        reports: &[Report],
        used: Used,
        verified: u64,
        polling: Vec<Polled>,
    ) -> Self {
        let answer = |acks: &[Ack]| {
            Times::new(acks.iter().map(|ack| ack.at.saturating_sub(ack.start)).collect())
        };
        let received = Received::new(records);
        let untold = untold(records, size);
        Self {
            consumers: size.consumers,
            seconds: size.seconds,
            join_answer: answer(&records.joins),
            payment_answer: answer(&records.payments),
            draw_answer: answer(&records.draw),
            joined_receipt: Times::new(received.joined),
            selected_receipt: Times::new(received.selected),
            paid_receipt: Times::new(received.paid),
            webhooks: received.lags,
            refused: reports.iter().map(|report| report.refused).sum(),
            failed: reports.iter().map(|report| report.failed).sum(),
            events: records.events.len(),
            deliveries: received.deliveries,
            lost: received.lost + untold,
            duplicates: received.again + told_again(&records.events),
            verified,
            server_cpu: used.server.unwrap_or(0),
            load_cpu: used.load,
            sink_cpu: used.sink,
            peak_memory: used.peak_memory.unwrap_or(0) as f64 / 1024.0,
            others: used.others,
            polling,
        }
    }
}

impl Times {
    fn new(mut nanoseconds: Vec<u64>) -> Self {
        nanoseconds.sort_unstable();
        let at = |share| milliseconds(percentile(&nanoseconds, share));
        let count = nanoseconds.len();
        Self { count, p50: at(0.5), p99: at(0.99), p999: at(0.999), most: at(1.0) }
    }
}

/// The receipts against the events.
#[derive(Default)]
struct Received {
    joined: Vec<u64>,
    selected: Vec<u64>,
    paid: Vec<u64>,
    lags: Vec<Lag>,
    deliveries: u64,
    lost: u64,
    again: u64,
}

/// An event and which webhooks have got it.
struct Known {
    told: Told,
    seen: u16,
}

impl Received {
    fn new(records: &Records) -> Self {
        let mut events: HashMap<EventKey, Known> = records
            .events
            .iter()
            .map(|told| (told.event, Known { told: *told, seen: 0 }))
            .collect();
        let causes = Causes::new(records);
        let mut found = Self::default();
        let mut counts = [0; WEBHOOKS.len()];
        let mut lags = [Longest::default(); WEBHOOKS.len()];
        for receipt in &records.receipts {
            let Some(known) = events.get_mut(&receipt.event) else {
                // The server does not know it: whatever it is, nobody is owed it.
                found.again += 1;
                continue;
            };
            let bit = 1 << receipt.webhook;
            if known.seen & bit != 0 || receipt.webhook >= WEBHOOKS.len() {
                found.again += 1;
                continue;
            }
            known.seen |= bit;
            found.deliveries += 1;
            counts[receipt.webhook] += 1;
            let Some(start) = causes.of(&known.told) else { continue };
            let wait = receipt.at.saturating_sub(start);
            match known.told.kind {
                Kind::Joined => {
                    lags[receipt.webhook].note(start, wait);
                    found.joined.push(wait);
                }
                Kind::Selected => found.selected.push(wait),
                Kind::Paid => found.paid.push(wait),
                Kind::Other => {}
            }
        }
        let owed: u64 = records.events.iter().map(|told| told.webhooks).sum();
        found.lost = owed.saturating_sub(found.deliveries);
        let each = WEBHOOKS.iter().zip(counts).zip(lags);
        found.lags = each.map(|((events, count), lag)| lag.of(events, count)).collect();
        found
    }
}

/// When the requests were due that events come from.
struct Causes {
    joins: HashMap<EventKey, u64>,
    payments: HashMap<EventKey, u64>,
    draw: Option<u64>,
}

impl Causes {
    fn new(records: &Records) -> Self {
        let by_key = |acks: &[Ack]| acks.iter().map(|ack| (ack.event, ack.start)).collect();
        let draw = records.draw.first().map(|ack| ack.start);
        Self { joins: by_key(&records.joins), payments: by_key(&records.payments), draw }
    }

    fn of(&self, told: &Told) -> Option<u64> {
        match told.kind {
            Kind::Joined => self.joins.get(&told.about).copied(),
            Kind::Paid => self.payments.get(&told.about).copied(),
            Kind::Selected => self.draw,
            Kind::Other => None,
        }
    }
}

/// The longest wait, and that of the last join.
#[derive(Clone, Copy, Default)]
struct Longest {
    largest: u64,
    last_start: u64,
    last: u64,
}

impl Longest {
    const fn note(&mut self, start: u64, wait: u64) {
        if wait > self.largest {
            self.largest = wait;
        }
        if start >= self.last_start {
            (self.last_start, self.last) = (start, wait);
        }
    }

    fn of(self, events: &[&str], received: u64) -> Lag {
        let (largest, last) = (milliseconds(self.largest), milliseconds(self.last));
        Lag { events: events.join(", "), received, largest, last }
    }
}

/// How many changes were acknowledged and told by no event.
fn untold(records: &Records, size: Size) -> u64 {
    let told: HashSet<(Kind, EventKey)> =
        records.events.iter().map(|told| (told.kind, told.about)).collect();
    let missing =
        |acks: &[Ack], kind| acks.iter().filter(|ack| !told.contains(&(kind, ack.event))).count();
    let selected = told.iter().filter(|(kind, _)| *kind == Kind::Selected).count();
    let winners = (records.draw.len() * size.winners).saturating_sub(selected);
    (missing(&records.joins, Kind::Joined) + missing(&records.payments, Kind::Paid) + winners)
        as u64
}

/// How many events tell what another one has told.
fn told_again(events: &[Told]) -> u64 {
    let mut told = HashSet::new();
    let mut is_new = |event: &&Told| told.insert((event.kind, event.about));
    events.iter().filter(|event| event.kind != Kind::Other).filter(|event| !is_new(event)).count()
        as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIZE: Size = Size { consumers: 2, winners: 1, orders: 1, seconds: 1, polled: 2 };

    fn key(number: u64) -> EventKey {
        EventKey::numbered(number)
    }

    fn ack(about: u64, start: u64, at: u64) -> Ack {
        Ack { start, at, event: key(about) }
    }

    fn told(event: u64, kind: Kind, about: u64, webhooks: u64) -> Told {
        Told { event: key(event), kind, about: key(about), webhooks }
    }

    fn receipt(event: u64, webhook: usize, at: u64) -> Receipt {
        Receipt { at, webhook, event: key(event) }
    }

    /// Consumers 1 and 2 join, order 7 is paid, 2 wins draw 9; events 11 to 14.
    fn records() -> Records {
        let ms = 1_000_000;
        Records {
            joins: vec![ack(1, 100 * ms, 101 * ms), ack(2, 200 * ms, 203 * ms)],
            payments: vec![ack(7, 150 * ms, 152 * ms)],
            draw: vec![ack(9, 160 * ms, 170 * ms)],
            events: vec![
                told(11, Kind::Joined, 1, 2),
                told(12, Kind::Joined, 2, 2),
                told(13, Kind::Paid, 7, 1),
                told(14, Kind::Selected, 2, 1),
            ],
            receipts: vec![
                receipt(11, 0, 110 * ms),
                receipt(11, 1, 140 * ms),
                receipt(12, 0, 204 * ms),
                receipt(12, 1, 205 * ms),
                receipt(13, 2, 155 * ms),
                receipt(14, 0, 190 * ms),
            ],
        }
    }

    fn figures(records: &Records) -> LaunchFigures {
        LaunchFigures::new(records, SIZE, &[], Used::default(), 0, Vec::new())
    }

    #[test]
    fn times_run_from_the_request_that_caused_the_event() {
        let found = figures(&records());
        assert_eq!((found.join_answer.p50, found.join_answer.most), (1.0, 3.0));
        assert_eq!((found.joined_receipt.p50, found.joined_receipt.most), (5.0, 40.0));
        assert_eq!((found.selected_receipt.p99, found.paid_receipt.p99), (30.0, 5.0));
        let lags: Vec<_> = found.webhooks.iter().map(|lag| (lag.largest, lag.last)).collect();
        assert_eq!(lags, [(10.0, 4.0), (40.0, 5.0), (0.0, 0.0)]);
        assert_eq!((found.events, found.deliveries, found.lost, found.duplicates), (4, 6, 0, 0));
    }

    #[test]
    fn what_is_owed_and_did_not_come_is_lost() {
        let mut records = records();
        records.receipts.pop();
        assert_eq!(figures(&records).lost, 1);
    }

    #[test]
    fn a_change_without_an_event_is_lost() {
        for missing in 0..4 {
            let mut records = records();
            records.events.remove(missing);
            let event = key(11 + missing as u64);
            records.receipts.retain(|receipt| receipt.event != event);
            assert_eq!(figures(&records).lost, 1, "event {missing}");
        }
    }

    #[test]
    fn twice_is_a_second_receipt_a_second_event_or_an_unknown_one() {
        let mut records = records();
        records.receipts.push(receipt(11, 0, 0));
        assert_eq!(figures(&records).duplicates, 1);
        records.receipts.push(receipt(99, 0, 0));
        records.events.push(told(15, Kind::Selected, 2, 0));
        assert_eq!(figures(&records).duplicates, 3);
        assert_eq!(figures(&records).lost, 0);
    }
}
