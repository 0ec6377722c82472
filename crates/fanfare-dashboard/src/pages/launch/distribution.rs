//! A distribution: its rules, who takes part, and what is done by hand.

use askama::Template;
use axum::extract::State;
use fanfare_app::{AdmitInput, AppError, DistributionView};
use fanfare_model::kinds;
use fanfare_model::launch::machine::{DistributionMove, Move as _};
use fanfare_model::launch::{
    Distribution, DistributionKind, DistributionRules, DistributionStatus, Participant,
    ParticipantStatus,
};
use fanfare_model::{DistributionId, Timestamp};
use fanfare_store::{Listed, ParticipantFilter, SortKey};

use super::{ask_again, words};
use crate::ask::{Answer, Ask, PathId, page};
use crate::chrome::Chrome;
use crate::link;
use crate::list::{Pager, request_by_number};
use crate::nav::Place;
use crate::state::Dashboard;
use crate::ui::{Markup, count, counted, since, stamp};

#[derive(Template)]
#[template(path = "launch/distribution.html")]
struct ShowPage {
    chrome: Chrome,
    id: String,
    kind: &'static str,
    badge: Markup,
    experience: String,
    product: Option<String>,
    rules: Vec<(&'static str, String)>,
    commitment: Option<String>,
    counts: Vec<Count>,
    rows: Vec<Row>,
    pager: Pager,
    narrowed: bool,
    is_draw: bool,
    may_admit: bool,
    may_draw: bool,
    may_settle: bool,
}

/// How many have a status: also the way to see only them.
struct Count {
    href: String,
    label: &'static str,
    count: String,
    chosen: bool,
}

struct Row {
    number: u32,
    consumer: String,
    badge: Markup,
    amount: Option<String>,
    joined: Markup,
    expires: Option<Markup>,
    order: Option<String>,
}

/// `GET /distributions/{id}`
pub(crate) async fn distribution(
    State(dashboard): State<Dashboard>,
    PathId(id): PathId<kinds::Distribution>,
    ask: Ask,
) -> Answer {
    let view = dashboard.app().distribution(ask.caller(), id).await?;
    let distribution = &view.distribution;
    let status: Vec<ParticipantStatus> =
        ask.query.all("status").filter_map(|text| text.parse().ok()).collect();
    let narrowed = !status.is_empty();
    let filter = ParticipantFilter { status, ..ParticipantFilter::default() };
    let asked = request_by_number(&ask.query)?;
    let (caller, key) = (ask.caller(), SortKey::Created);
    let found = dashboard.app().participants(caller, distribution.id, filter, key, asked).await?;
    let pager =
        Pager::by_number(&ask, &asked, &found, |one: &Listed<Participant>| one.item.number.into());
    let may = |by: DistributionMove| by.from(distribution.status).is_ok();
    let kind = distribution.kind();
    let is_taking =
        matches!(distribution.status, DistributionStatus::Open | DistributionStatus::Closed);
    let experience = distribution.experience_id.to_string();
    let chrome = ask
        .page(&name(distribution), Place::Experiences)
        .below("Experiences", "/experiences")
        .below("Experience", format!("/experiences/{experience}"));
    page(&ShowPage {
        id: distribution.id.to_string(),
        kind: words::kind(kind),
        badge: words::of_distribution(distribution.status).html(),
        experience,
        product: distribution.product_id.map(|id| id.to_string()),
        rules: rules(distribution),
        commitment: view.commitment(),
        counts: counts(&view, &ask),
        rows: found.items.iter().map(|one| row(&one.item, distribution, &ask)).collect(),
        pager,
        narrowed,
        is_draw: kind == DistributionKind::Draw,
        may_admit: kind == DistributionKind::Queue && is_taking,
        may_draw: kind == DistributionKind::Draw && may(DistributionMove::Draw),
        may_settle: kind == DistributionKind::Auction && may(DistributionMove::Settle),
        chrome,
    })
}

fn name(distribution: &Distribution) -> String {
    let kind = words::kind(distribution.kind());
    distribution.name.clone().unwrap_or_else(|| kind.to_owned())
}

fn counts(view: &DistributionView, ask: &Ask) -> Vec<Count> {
    let chosen = ask.query.get("status");
    let all: u64 = view.counts.iter().map(|(_, count)| u64::from(*count)).sum();
    let everybody = Count {
        href: ask.path().to_owned(),
        label: "All",
        count: count(all),
        chosen: chosen.is_empty(),
    };
    let each = view.counts.iter().map(|(status, number)| Count {
        href: link::with(ask.path(), [("status", status.as_str())]),
        label: words::of_participant(*status).text,
        count: count((*number).into()),
        chosen: status.as_str() == chosen,
    });
    std::iter::once(everybody).chain(each).collect()
}

fn row(participant: &Participant, distribution: &Distribution, ask: &Ask) -> Row {
    let currency = match &distribution.rules {
        DistributionRules::Auction(auction) => Some(auction.currency),
        DistributionRules::Queue(_) | DistributionRules::Draw(_) => None,
    };
    let amount = participant.amount.zip(currency);
    let expires = participant.expires_at.filter(|_| participant.status.may_check_out());
    Row {
        number: participant.number,
        consumer: participant.consumer_id.to_string(),
        badge: words::of_participant(participant.status).html(),
        amount: amount.map(|(amount, currency)| format!("{amount} {currency}")),
        joined: since(participant.joined_at, ask.now),
        expires: expires.map(|at| since(at, ask.now)),
        order: participant.order_id.map(|id| id.to_string()),
    }
}

/// The rules in words, for people.
fn rules(distribution: &Distribution) -> Vec<(&'static str, String)> {
    let time = |at: Option<Timestamp>, none: &str| at.map_or_else(|| none.to_owned(), stamp);
    let span = |seconds: Option<u32>| match seconds {
        Some(seconds) => {
            let span = std::time::Duration::from_secs(seconds.into());
            format!("within {}", crate::ui::duration(span))
        }
        None => "without an end".to_owned(),
    };
    let mut rules = vec![
        ("Opens", time(distribution.open_at, "with its experience")),
        ("Closes", time(distribution.close_at, "with its experience")),
        (
            "Joined",
            match distribution.capacity {
                Some(most) => {
                    format!("{} of {}", count(distribution.joined.into()), count(most.into()))
                }
                None => count(distribution.joined.into()),
            },
        ),
    ];
    match &distribution.rules {
        DistributionRules::Queue(queue) => {
            let rate = |rate: u32| format!("{} a minute", count(rate.into()));
            rules.push(("Admits", queue.admission_rate.map_or("by hand".to_owned(), rate)));
            rules.push(("Check-out", span(queue.admission_expires_after)));
        }
        DistributionRules::Draw(draw) => {
            rules.push(("Winners", count(draw.winner_count.into())));
            rules.push(("Selected so far", count(draw.state.selected.into())));
            rules.push(("Draws", time(draw.draw_at, "by hand")));
            rules.push(("Check-out", span(draw.selection_expires_after)));
            let replaced = if draw.replace_expired { "replaced" } else { "not replaced" };
            rules.push(("Expired winners", replaced.to_owned()));
        }
        DistributionRules::Auction(auction) => {
            let currency = auction.currency;
            rules.push(("Starting price", format!("{} {currency}", auction.starting_price)));
            rules.push(("Least step", format!("{} {currency}", auction.minimum_increment)));
            let highest = auction.highest.map(|bid| format!("{} {currency}", bid.amount));
            rules.push(("Highest bid", highest.unwrap_or_else(|| "none yet".to_owned())));
            rules.push(("Bids", count(auction.bid_count.into())));
            rules.push(("Settles", stamp(auction.settle_at)));
            rules.push(("Check-out", span(auction.win_expires_after)));
        }
    }
    rules
}

fn place(id: DistributionId) -> String {
    format!("/distributions/{id}")
}

/// `POST /distributions/{id}/admit`
pub(crate) async fn admit(
    State(dashboard): State<Dashboard>,
    PathId(queue): PathId<kinds::Distribution>,
    ask: Ask,
) -> Answer {
    // What is no number is refused by the use case, with its bounds.
    let wanted = ask.form.get("count").trim().parse().unwrap_or(0);
    let admitted = dashboard.app().admit(ask.caller(), queue, AdmitInput::Count(wanted)).await;
    match admitted {
        Ok(admitted) => {
            let count = counted(admitted.len() as u64, "consumer");
            Ok(ask.done(&place(queue), format!("{count} admitted.")))
        }
        Err(error) => ask.refused(&place(queue), error),
    }
}

/// `GET /distributions/{id}/draw`
pub(crate) async fn ask_draw(
    State(dashboard): State<Dashboard>,
    PathId(id): PathId<kinds::Distribution>,
    ask: Ask,
) -> Answer {
    let view = dashboard.app().distribution(ask.caller(), id).await?;
    let entered = view.counts.iter().find(|(status, _)| *status == ParticipantStatus::Entered);
    let entered = counted(entered.map_or(0, |(_, count)| u64::from(*count)), "entrant");
    let told = format!(
        "The winners are selected now, among {entered}, by the seed that was committed to. Nobody \
         can enter after that. This cannot be taken back."
    );
    let chrome = ask.page("Draw the winners?", Place::Experiences);
    ask_again(chrome, told, "Draw Winners", "draw", place(view.distribution.id))
}

/// `POST /distributions/{id}/draw`
pub(crate) async fn draw(
    State(dashboard): State<Dashboard>,
    PathId(draw): PathId<kinds::Distribution>,
    ask: Ask,
) -> Answer {
    let drawn = dashboard.app().draw_now(ask.caller(), draw).await;
    told(&ask, draw, drawn.map(drop), "The winners are being selected.")
}

/// `GET /distributions/{id}/settle`
pub(crate) async fn ask_settle(
    State(dashboard): State<Dashboard>,
    PathId(id): PathId<kinds::Distribution>,
    ask: Ask,
) -> Answer {
    let view = dashboard.app().distribution(ask.caller(), id).await?;
    let told = "The highest bid wins now, if it reaches the reserve price. Nobody can bid after \
                that. This cannot be taken back.";
    let chrome = ask.page("Settle the auction?", Place::Experiences);
    ask_again(chrome, told.to_owned(), "Settle Auction", "settle", place(view.distribution.id))
}

/// `POST /distributions/{id}/settle`
pub(crate) async fn settle(
    State(dashboard): State<Dashboard>,
    PathId(auction): PathId<kinds::Distribution>,
    ask: Ask,
) -> Answer {
    let settled = dashboard.app().settle(ask.caller(), auction).await;
    told(&ask, auction, settled.map(drop), "The auction is settled.")
}

fn told(ask: &Ask, id: DistributionId, done: Result<(), AppError>, text: &str) -> Answer {
    match done {
        Ok(()) => Ok(ask.done(&place(id), text)),
        Err(error) => ask.refused(&place(id), error),
    }
}
