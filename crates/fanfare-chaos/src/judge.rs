//! Holds the ledger and the tables against the promises.
//!
//! - Nothing acknowledged is lost: every webhook that matched answered 200 to it, or got all
//!   attempts.
//! - One event for each key, one delivery for each event and webhook: the ids of answers and
//!   arrivals.
//! - The same bytes each time, signed: digests and signatures of arrivals.
//! - No attempt too early, none beyond the schedule: times of arrivals; times and counts in tables.
//! - One live lease at a time: the trigger's rows; arrivals that no fault explains.
//! - Nothing is left over: the queue is empty, no delivery is pending.

#[cfg(test)]
mod tests;

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use tokio::time::Instant;

use crate::ledger::{Ack, Arrival, Fault, Pages};
use crate::receiver::Manners;
use crate::tables::Tables;

/// What holds in a scenario.
#[derive(Debug, Clone)]
pub(crate) struct Rules {
    /// The schedule's waits.
    pub(crate) waits: Vec<Duration>,
    /// How much times may differ that are of different clocks or took different ways.
    pub(crate) tolerance: Duration,
    /// How long a request may have waited until the receiver read it, perhaps after its sender gave
    /// it up. It says nothing of the times in tables, which are the senders'.
    pub(crate) lag: Duration,
    /// How long after its end a fault may explain that an attempt is made again: as long as what
    /// was begun during the fault may live, a lease.
    pub(crate) echo: Duration,
    /// How the receiver answers.
    pub(crate) manners: Manners,
    /// Whether the tables show the queue and the claims.
    pub(crate) queue_shown: bool,
}

/// What became of a scenario.
#[derive(Debug, Default, Clone)]
pub struct Figures {
    /// How many faults were injected.
    pub faults: usize,
    /// How many events were acknowledged.
    pub acknowledged: usize,
    /// How many deliveries were answered with success.
    pub delivered: usize,
    /// How many acknowledged events did not reach a webhook that they match.
    pub lost: usize,
    /// How often a delivery was claimed whose lease was alive, or arrived again without a cause.
    pub double_claims: usize,
    /// How many attempts came earlier than the schedule allows.
    pub early: usize,
    /// How many requests arrived again, with the same attempt number.
    pub duplicates: usize,
    /// How many deliveries were taken over because their leases had ended.
    pub takeovers: usize,
    /// The longest time from the end of a fault until all that was acknowledged before had arrived.
    pub recovery: Duration,
    /// What else there is to say.
    pub notes: Vec<String>,
    /// The promises that broke; empty when all is well.
    pub broken: Vec<String>,
}

impl Figures {
    fn expect(&mut self, holds: bool, otherwise: impl FnOnce() -> String) {
        if !holds {
            self.broken.push(otherwise());
        }
    }
}

/// Whether everything acknowledged has come to its end at the receiver.
pub(crate) fn is_settled(pages: &Pages, rules: &Rules) -> bool {
    unsettled(pages, rules).is_empty()
}

/// The figures of a scenario that is over.
pub(crate) fn judge(pages: &Pages, tables: &Tables, rules: &Rules) -> Figures {
    let (recovery, after) = recovery(pages).unwrap_or_default();
    let mut figures = Figures {
        faults: pages.faults.len(),
        acknowledged: pages.acks.len(),
        broken: pages.wrong.clone(),
        recovery,
        takeovers: tables.takeovers,
        notes: vec![format!("{} refused, {} unanswered", pages.refused, pages.unanswered)],
        ..Figures::default()
    };
    if !after.is_empty() {
        figures.notes.push(format!("longest recovery: {after}"));
    }
    let lost = unsettled(pages, rules);
    figures.lost = lost.len();
    figures.expect(lost.is_empty(), || format!("lost, among others: {}", sample(&lost)));
    identities(pages, &mut figures);
    let attempts = by_attempt(pages);
    let early = early(&attempts, rules);
    figures.early = early.len() + tables.early;
    figures.expect(early.is_empty(), || format!("early arrivals: {}", sample(&early)));
    figures.expect(tables.early == 0, || format!("{} early attempts recorded", tables.early));
    let again: usize = attempts.values().map(|arrivals| arrivals.len() - 1).sum();
    figures.duplicates = again;
    let unexplained = unexplained(&attempts, &pages.faults, rules);
    figures.double_claims = tables.double_claims + unexplained.len();
    figures.expect(unexplained.is_empty(), || {
        format!("arrived again without a cause: {}", sample(&unexplained))
    });
    figures.expect(tables.double_claims == 0, || {
        format!("{} live leases were taken", tables.double_claims)
    });
    against_tables(pages, tables, rules, &mut figures);
    figures
}

/// Pairs of event and path that neither were answered 200 nor got all attempts.
fn unsettled(pages: &Pages, rules: &Rules) -> Vec<String> {
    let last = rules.waits.len();
    let ended: HashSet<(&str, &str)> = pages
        .arrivals
        .iter()
        .filter(|arrival| arrival.status == 200 || arrival.attempt >= last)
        .map(|arrival| (&*arrival.event, &*arrival.path))
        .collect();
    let wanted = pages.acks.values().flat_map(|ack| ack.paths.iter().map(move |path| (ack, path)));
    let missing = wanted.filter(|(ack, path)| !ended.contains(&(&*ack.event, **path)));
    missing.map(|(ack, path)| format!("{} at {path}", ack.event)).collect()
}

/// Ids, keys, bodies and signatures fit together.
fn identities(pages: &Pages, figures: &mut Figures) {
    let mut events = HashMap::new();
    for ack in &pages.acks {
        if let Some((other, _)) = events.insert(&*ack.1.event, ack) {
            figures.broken.push(format!("{other} and {} are one event", ack.0));
        }
    }
    let mut deliveries: HashMap<&str, &Arrival> = HashMap::new();
    let mut of_pair: HashMap<(&str, &str), &Arrival> = HashMap::new();
    let mut bodies: HashMap<&str, u64> = HashMap::new();
    let mut wrong = Vec::new();
    for arrival in &pages.arrivals {
        let known = events.get(&*arrival.event);
        let fits = known.is_some_and(|(key, ack): &(&String, &Ack)| {
            **key == arrival.key && ack.paths.contains(&&*arrival.path)
        });
        let pair = (&*arrival.event, &*arrival.path);
        let first = of_pair.entry(pair).or_insert(arrival);
        let same = deliveries.entry(&arrival.delivery).or_insert(arrival);
        let body = bodies.entry(&arrival.event).or_insert(arrival.body);
        let single = first.delivery == arrival.delivery
            && (&same.event, &same.path) == (&arrival.event, &arrival.path);
        if !fits || !single || *body != arrival.body || !arrival.verified {
            wrong.push(format!("{arrival:?}"));
        }
    }
    figures.expect(wrong.is_empty(), || {
        format!("{} arrivals are not what was acknowledged: {}", wrong.len(), sample(&wrong))
    });
    figures.delivered = {
        let well = pages.arrivals.iter().filter(|arrival| arrival.status == 200);
        well.map(|arrival| &arrival.delivery).collect::<HashSet<_>>().len()
    };
}

type Attempts<'p> = HashMap<(&'p str, usize), Vec<&'p Arrival>>;

/// The arrivals of each attempt, in order.
fn by_attempt(pages: &Pages) -> Attempts<'_> {
    let mut attempts = Attempts::new();
    for arrival in &pages.arrivals {
        attempts.entry((&arrival.delivery, arrival.attempt)).or_default().push(arrival);
    }
    for arrivals in attempts.values_mut() {
        arrivals.sort_by_key(|arrival| arrival.at);
    }
    attempts
}

/// Attempts that arrived earlier than the schedule allows after the first arrival of the attempt
/// before, or that the schedule does not have.
fn early(attempts: &Attempts<'_>, rules: &Rules) -> Vec<String> {
    let too_early = |(delivery, number): &(&str, usize), at: Instant| {
        let Some(wait) = number.checked_sub(1).and_then(|before| rules.waits.get(before)) else {
            return true;
        };
        let before = attempts.get(&(*delivery, number - 1));
        before.is_some_and(|before| at + rules.tolerance + rules.lag < before[0].at + *wait)
    };
    let all = attempts.iter().filter(|(key, arrivals)| too_early(key, arrivals[0].at));
    all.map(|((delivery, number), _)| format!("{delivery} attempt {number}")).collect()
}

/// Attempts that arrived again though nothing was broken between the two arrivals.
fn unexplained(attempts: &Attempts<'_>, faults: &[Fault], rules: &Rules) -> Vec<String> {
    let explained = |first: &Arrival, again: &Arrival| {
        faults.iter().any(|fault| fault.from <= again.at && first.at <= fault.until + rules.echo)
    };
    let pairs = attempts.values().flat_map(|arrivals| arrivals.windows(2));
    let without = pairs.filter(|pair| !explained(pair[0], pair[1]));
    without.map(|pair| format!("{} attempt {}", pair[0].delivery, pair[0].attempt)).collect()
}

/// The longest recovery, and after what; none without faults.
fn recovery(pages: &Pages) -> Option<(Duration, String)> {
    let mut first: HashMap<(&str, &str), Instant> = HashMap::new();
    for arrival in &pages.arrivals {
        let known = first.entry((&arrival.event, &arrival.path)).or_insert(arrival.at);
        *known = arrival.at.min(*known);
    }
    let mut pairs: Vec<(Instant, Instant)> = pages
        .acks
        .values()
        .flat_map(|ack| ack.paths.iter().map(move |path| (ack, path)))
        .filter_map(|(ack, path)| Some((ack.at, *first.get(&(&*ack.event, *path))?)))
        .collect();
    pairs.sort_unstable();
    let after = |fault: &Fault| {
        let before = pairs.partition_point(|(acked, _)| *acked <= fault.until);
        let last = pairs[..before].iter().map(|(_, arrived)| *arrived).max();
        last.map_or(Duration::ZERO, |last| last.saturating_duration_since(fault.until))
    };
    pages.faults.iter().map(|fault| (after(fault), fault.what.clone())).max()
}

/// The tables say what the ledger says.
fn against_tables(pages: &Pages, tables: &Tables, rules: &Rules, figures: &mut Figures) {
    let wanted: usize = pages.acks.values().map(|ack| ack.paths.len()).sum();
    figures.expect(tables.deliveries == wanted, || {
        format!("{} deliveries for {wanted} that were promised", tables.deliveries)
    });
    figures.expect(tables.pending + tables.waiting == 0, || {
        format!("{} pending and {} waiting are left over", tables.pending, tables.waiting)
    });
    figures.expect(tables.succeeded + tables.failed + tables.pending == tables.deliveries, || {
        format!("deliveries are neither of these: {tables:?}")
    });
    figures.expect(tables.most_attempts <= rules.waits.len(), || {
        format!("{} attempts were recorded", tables.most_attempts)
    });
    figures.expect(tables.gaps == 0, || format!("{} attempts out of order", tables.gaps));
    let doomed = |ack: &&Ack| rules.manners.fate(&ack.event).failures == usize::MAX;
    let hopeless: usize = pages.acks.values().filter(doomed).map(|ack| ack.paths.len()).sum();
    figures.expect(tables.failed >= hopeless, || {
        format!("{} were given up, {hopeless} had to be", tables.failed)
    });
    if rules.queue_shown {
        figures.notes.push(format!("{} ended leases taken over", tables.takeovers));
    }
}

fn sample(all: &[String]) -> String {
    all.iter().take(3).map(String::as_str).collect::<Vec<_>>().join("; ")
}
