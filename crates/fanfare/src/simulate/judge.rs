//! Whether the server says what was done: promises, each kept or not.

use std::collections::{BTreeMap, HashSet};

use fanfare_model::EventType;
use serde::Serialize;
use serde_json::Value;
use tokio::time::{Instant, sleep};

use super::crew::Crew;
use super::plan::{Plan, money};
use super::play::{LOOK_EVERY, Launch, PATIENCE, pages, text};
use super::tally::Tally;
use crate::client::Api;
use crate::draw::{Record, judge as judge_draw};
use crate::progress::Progress;
use crate::screen::thousands;

/// One promise.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Promise {
    /// What was promised, and what was found.
    pub(super) text: String,
    /// Whether it was kept.
    pub(super) kept: bool,
}

/// Where those stand who took part in one distribution.
pub(super) type Counts = BTreeMap<String, u64>;

/// What the server says at the end.
#[derive(Debug, Default, Serialize)]
pub(super) struct Found {
    pub(super) queue: Option<Counts>,
    pub(super) draw: Option<Counts>,
    pub(super) auction: Option<Counts>,
}

impl Found {
    fn all(&self) -> impl Iterator<Item = &Counts> {
        [&self.queue, &self.draw, &self.auction].into_iter().flatten()
    }
}

/// Asks how everybody stands, once the server has ended what it ends by itself.
pub(super) async fn find(api: &mut Api, launch: &Launch) -> anyhow::Result<Found> {
    Ok(Found {
        queue: counts(api, launch.queue.as_deref()).await?,
        draw: counts(api, launch.draw.as_deref()).await?,
        auction: counts(api, launch.auction.as_deref()).await?,
    })
}

async fn counts(api: &mut Api, distribution: Option<&str>) -> anyhow::Result<Option<Counts>> {
    let Some(id) = distribution else { return Ok(None) };
    let (mut moved, mut fewest) = (Instant::now(), u64::MAX);
    loop {
        let shown = api.get(&format!("/api/distributions/{id}")).await?;
        let counts: Counts = serde_json::from_value(shown["participantCounts"].clone())?;
        let waiting = waiting(&counts);
        if waiting < fewest {
            (moved, fewest) = (Instant::now(), waiting);
        }
        if waiting == 0 || moved.elapsed() > PATIENCE {
            return Ok(Some(counts));
        }
        sleep(LOOK_EVERY).await;
    }
}

/// How many do not know yet what becomes of them.
fn waiting(counts: &Counts) -> u64 {
    let open = ["QUEUED", "ENTERED", "WINNING", "OUTBID"];
    open.iter().filter_map(|status| counts.get(*status)).sum()
}

/// Judges everything.
pub(super) async fn judge(
    crew: &Crew,
    plan: Plan,
    launch: &Launch,
    found: &Found,
    draw: Option<&Record>,
) -> anyhow::Result<Vec<Promise>> {
    let mut promises = Vec::new();
    if let Some(counts) = &found.queue {
        promises.extend(queue(&crew.tally(), plan, counts));
    }
    if let (Some(counts), Some(record)) = (&found.draw, draw) {
        promises.extend(draw_holds(plan, counts, record));
    }
    let mut api = crew.api();
    if let Some(auction) = &launch.auction {
        promises.push(highest_bid_won(crew, &mut api, auction).await?);
    }
    let left: u64 = found.all().map(waiting).sum();
    promises.push(Promise {
        text: format!("at the end everybody knew: {} still waited", thousands(count(left))),
        kept: left == 0,
    });
    promises.push(orders(crew, &mut api, launch).await?);
    promises.push(events(crew, &mut api, launch).await?);
    promises.push(no_surprises(&crew.tally()));
    Ok(promises)
}

fn no_surprises(tally: &Tally) -> Promise {
    let text = match tally.surprises {
        0 => "no request was refused or left without an answer".to_owned(),
        some => format!("{} requests were refused or got no answer", thousands(count(some))),
    };
    Promise { text, kept: tally.surprises == 0 }
}

fn queue(tally: &Tally, plan: Plan, counts: &Counts) -> [Promise; 2] {
    let at = |status: &str| counts.get(status).copied().unwrap_or(0);
    let all: u64 = counts.values().sum();
    let told = tally.events.get(&EventType::DistributionAdmitted).copied().unwrap_or(0);
    let still = told - u64::from(tally.admitted_and_left);
    let let_through = at("ADMITTED") + at("COMPLETED");
    [
        Promise {
            text: format!("each consumer joined the queue once: {}", thousands(count(all))),
            kept: all == u64::from(plan.consumers) && at("LEFT") == u64::from(tally.left),
        },
        Promise {
            text: format!(
                "{} were admitted, {} of them left, the others may check out or have: {}",
                thousands(count(told)),
                tally.admitted_and_left,
                thousands(count(let_through))
            ),
            kept: let_through == still
                && told >= u64::from(plan.admissions()).min(all - at("LEFT")),
        },
    ]
}

fn draw_holds(plan: Plan, counts: &Counts, record: &Record) -> [Promise; 2] {
    let at = |status: &str| counts.get(status).copied().unwrap_or(0);
    let (all, won) = (counts.values().sum::<u64>(), at("SELECTED") + at("COMPLETED"));
    let wrong: Vec<_> = judge_draw(record).into_iter().filter(|step| !step.holds).collect();
    let text = match wrong.first() {
        None => "the winners follow from the seed that was committed to".to_owned(),
        Some(step) => format!("the draw can be recomputed: {}", step.text),
    };
    [
        Promise {
            text: format!("{} of {} entrants won", thousands(count(won)), thousands(count(all))),
            kept: won == u64::from(plan.winners()).min(all),
        },
        Promise { text, kept: wrong.is_empty() },
    ]
}

async fn highest_bid_won(crew: &Crew, api: &mut Api, auction: &str) -> anyhow::Result<Promise> {
    let path = format!("/api/distributions/{auction}/consumers?status=WON,COMPLETED");
    let mut winners = Vec::new();
    pages(api, &path, |winner| {
        winners.push(winner["amount"].clone());
        Ok(())
    })
    .await?;
    let highest = money(crew.tally().highest);
    Ok(Promise {
        text: format!("the highest of {} bids, {highest}, won the auction", crew.tally().bids),
        kept: winners == [Value::from(highest)],
    })
}

/// Every order that was paid is paid, and nothing else is.
async fn orders(crew: &Crew, api: &mut Api, launch: &Launch) -> anyhow::Result<Promise> {
    let mut found: BTreeMap<String, u64> = BTreeMap::new();
    for distribution in [&launch.queue, &launch.draw, &launch.auction].into_iter().flatten() {
        let path = format!("/api/orders?distributionId={distribution}");
        pages(api, &path, |order| {
            let status = order["status"].as_str().unwrap_or_default().to_owned();
            *found.entry(status).or_default() += 1;
            Ok(())
        })
        .await?;
    }
    let at = |status: &str| found.get(status).copied().unwrap_or(0);
    let did = crew.tally().orders;
    let all: u64 = found.values().sum();
    Ok(Promise {
        text: format!(
            "{} orders stand as they were left: {} paid, {} cancelled",
            thousands(count(all)),
            thousands(count(at("paid") + at("fulfilled"))),
            thousands(count(at("cancelled")))
        ),
        kept: all == did.created
            && at("paid") + at("fulfilled") == did.paid
            && at("fulfilled") == did.fulfilled
            && at("cancelled") == did.cancelled,
    })
}

/// Every change that was made has its event, and no event is there without one.
async fn events(crew: &Crew, api: &mut Api, launch: &Launch) -> anyhow::Result<Promise> {
    let expected = crew.tally().events.clone();
    let total = count(expected.values().sum());
    let progress = Progress::begin("checking", total);
    let mut found: BTreeMap<EventType, u64> = BTreeMap::new();
    let ours: HashSet<&str> = launch.consumers.iter().map(String::as_str).collect();
    let path = format!("/api/events?createdAfter={}", launch.since);
    pages(api, &path, |event| {
        let data = &event["data"];
        let is_ours = data["experience_id"] == launch.experience.as_str()
            || data["consumer_id"].as_str().is_some_and(|id| ours.contains(id));
        // Others may change things meanwhile.
        if is_ours && let Ok(event_type) = text(event, "type")?.parse() {
            *found.entry(event_type).or_default() += 1;
            progress.step(1);
        }
        Ok(())
    })
    .await?;
    progress.end();
    let wrong: Vec<_> = EventType::ALL
        .into_iter()
        .filter_map(|event_type| {
            let told = |counts: &BTreeMap<_, u64>| counts.get(&event_type).copied().unwrap_or(0);
            let (found, expected) = (told(&found), told(&expected));
            (found != expected).then(|| format!("{expected} {event_type}, told {found}"))
        })
        .collect();
    let wrong_ones =
        if wrong.is_empty() { "none is missing or too many" } else { &wrong.join("; ") };
    Ok(Promise {
        text: format!("{} changes have an event each: {wrong_ones}", thousands(total)),
        kept: wrong.is_empty(),
    })
}

fn count(number: u64) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests;
