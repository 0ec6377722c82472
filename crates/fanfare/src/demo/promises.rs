//! Whether everything was as promised, judged by what arrived and by what the API says.

use std::collections::HashSet;
use std::time::Duration;

use fanfare_model::EventType;
use serde_json::Value;

use super::SCHEDULE;
use super::launch::WINNERS;
use super::ledger::{Book, Part};
use super::receiver::Arrival;
use super::stage::{STONE, Stage};
use crate::draw::Record;
use crate::screen::thousands;

/// Jitter may add a tenth of a wait. What else is between two attempts is the first one's answer,
/// its record, a timer that fires when the next one is due, and a claim: milliseconds. A busy
/// machine may stretch them to this.
const SLACK: Duration = Duration::from_millis(500);

/// What the API says at the end.
pub(super) struct Recorded {
    /// Deliveries that wait.
    pub(super) pending: usize,
    /// Deliveries that were given up.
    pub(super) failed: Vec<Value>,
    /// What the organization was told.
    pub(super) notices: Vec<Value>,
    /// Where the good webhook stands.
    pub(super) shop_status: String,
    /// Where the other one stands.
    pub(super) outage_status: String,
}

/// One promise.
pub(super) struct Promise {
    /// What was promised, and what was seen.
    pub(super) text: String,
    /// Whether it was kept.
    pub(super) kept: bool,
}

/// Judges all of them.
pub(super) fn judge(
    book: &Book,
    recorded: &Recorded,
    draw: &Record,
    stage: &Stage,
) -> anyhow::Result<Vec<Promise>> {
    let (shop, outage) = (stage.shop.receiver.name(), stage.outage.receiver.name());
    let waits = SCHEDULE.parse::<fanfare_model::RetrySchedule>()?.delays().to_vec();
    let lost_causes: Vec<_> = book.at(outage).map(|(_, arrivals)| arrivals).collect();
    Ok(vec![
        every_type(book, shop),
        nothing_lost(book, shop),
        all_verified(book, shop, outage),
        same_bytes(book),
        stumble_mended(book, shop),
        six_in_time(&lost_causes, &waits),
        given_up(recorded, usize::from(stage.attempts)),
        winners_follow(book, draw),
    ])
}

fn every_type(book: &Book, shop: &str) -> Promise {
    let arrived: HashSet<_> = book.at(shop).map(|(_, arrivals)| arrivals[0].event_type).collect();
    let all = EventType::ALL.len();
    Promise {
        text: format!("the launch told of itself by {} of {all} event types", arrived.len()),
        kept: arrived.len() == all,
    }
}

/// Every winner was told of, and nobody else; and they are those that the seed decides.
fn winners_follow(book: &Book, draw: &Record) -> Promise {
    let told = book.accepted.values().filter(|it| it.part == Part::Burst);
    let told = told.filter(|it| it.event_type == EventType::DistributionWinnerSelected).count();
    let wrong = crate::draw::judge(draw).into_iter().find(|step| !step.holds);
    let text = match &wrong {
        None => "they follow from the seed that was committed to before anybody entered",
        Some(step) => &step.text,
    };
    Promise {
        text: format!("{} winners have an event each; {text}", thousands(told)),
        kept: told == WINNERS && wrong.is_none(),
    }
}

fn nothing_lost(book: &Book, shop: &str) -> Promise {
    let good = |event: &str| {
        let arrivals = book.at(shop).find(|(id, _)| *id == event).map(|(_, arrivals)| arrivals);
        arrivals.unwrap_or_default().iter().filter(|each| each.status == 200).count()
    };
    let counts: Vec<_> = book.accepted.keys().map(|event| good(event)).collect();
    let lost = counts.iter().filter(|count| **count == 0).count();
    let twice = counts.iter().filter(|count| **count > 1).count();
    let known = |(id, arrivals): &(&String, &[Arrival])| {
        let accepted = book.accepted.get(*id);
        accepted.is_some_and(|it| arrivals.iter().all(|each| each.event_type == it.event_type))
    };
    let all_known = book.at(shop).all(|each| known(&each));
    Promise {
        text: format!("every accepted event arrived once: {lost} lost, {twice} twice"),
        kept: lost == 0 && twice == 0 && all_known,
    }
}

fn all_verified(book: &Book, shop: &str, outage: &str) -> Promise {
    let good = |arrival: &&Arrival| {
        let standard = match arrival.receiver {
            name if name == shop => arrival.standard_verified == Some(true),
            name if name == outage => arrival.standard_verified.is_none(),
            _ => false,
        };
        arrival.seed_verified && standard
    };
    let (all, good) = (book.attempts().count(), book.attempts().filter(good).count());
    Promise {
        text: format!(
            "every request verifies: {} of {} by X-Fanfare-Signature, those to {shop} by \
             Standard Webhooks too (the secret of {outage} is not of their form)",
            thousands(good),
            thousands(all)
        ),
        kept: all == good && all > 0,
    }
}

fn same_bytes(book: &Book) -> Promise {
    let repeated: Vec<_> = book.arrived.values().filter(|arrivals| arrivals.len() > 1).collect();
    let same =
        |arrivals: &&Vec<Arrival>| arrivals.windows(2).all(|pair| pair[0].body == pair[1].body);
    Promise {
        text: "every attempt of a delivery had the same id and the same bytes".to_owned(),
        kept: !repeated.is_empty() && repeated.iter().all(same),
    }
}

fn stumble_mended(book: &Book, shop: &str) -> Promise {
    let of_stone = book.at(shop).filter(|(_, arrivals)| arrivals[0].event_type == STONE);
    let answers: Vec<Vec<u16>> = of_stone
        .map(|(_, arrivals)| arrivals.iter().map(|arrival| arrival.status).collect())
        .collect();
    Promise {
        text: format!("{shop} failed {STONE} once, and got it again"),
        kept: answers == [[500, 200]],
    }
}

fn six_in_time(lost_causes: &[&[Arrival]], waits: &[Duration]) -> Promise {
    let gaps = |arrivals: &[Arrival]| -> Vec<Duration> {
        arrivals.windows(2).map(|pair| pair[1].at.saturating_duration_since(pair[0].at)).collect()
    };
    let wanted = waits.get(1..).unwrap_or_default();
    let in_time = |gaps: &[Duration]| {
        gaps.len() == wanted.len()
            && gaps
                .iter()
                .zip(wanted)
                .all(|(gap, wait)| wait <= gap && *gap <= wait.mul_f64(1.1) + SLACK)
    };
    let all: Vec<_> = lost_causes.iter().map(|arrivals| gaps(arrivals)).collect();
    let shown = all.first().map_or(String::new(), |gaps| {
        let texts: Vec<_> = gaps.iter().map(|gap| format!("{:.2}", gap.as_secs_f64())).collect();
        texts.join(", ")
    });
    Promise {
        text: format!("{} attempts, none early: waits of {shown} s", waits.len()),
        kept: all.len() == 1 && all.iter().all(|gaps| in_time(gaps)),
    }
}

fn given_up(recorded: &Recorded, attempts: usize) -> Promise {
    let Recorded { failed, notices, shop_status, outage_status, pending } = recorded;
    let told = notices.iter().map(|notice| &notice["deliveryId"]);
    let lost = failed.iter().map(|delivery| &delivery["id"]);
    let whole = failed.iter().all(|delivery| delivery["attemptCount"] == attempts);
    Promise {
        text: format!(
            "then the delivery failed, its webhook was marked {outage_status}, and one notice \
             told so; the other webhook stayed {shop_status}"
        ),
        kept: failed.len() == 1
            && whole
            && told.eq(lost)
            && *pending == 0
            && outage_status == "failed"
            && shop_status == "active",
    }
}
