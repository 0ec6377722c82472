//! The launch itself, act by act.

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use anyhow::{Context as _, bail};
use fanfare_model::{Clock, DistributionId, EventType, limits};
use http::Method;
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use super::checkout;
use super::crew::{Act, Crew, Hand};
use super::plan::{Plan, cents, money};
use crate::client::Api;
use crate::draw::Record;
use crate::progress::Progress;

/// Between two looks at something that will be.
pub(super) const LOOK_EVERY: Duration = Duration::from_millis(100);
/// How long the server may take for the next step of what it does by itself.
pub(super) const PATIENCE: Duration = Duration::from_secs(120);
/// How long checking out may take: longer than any simulation, so that nobody runs out of time.
const CHECKOUT_SECONDS: u32 = 24 * 3_600;
/// What the auction asks, in cents.
const STARTING_PRICE: u64 = 10_000;
const INCREMENT: u64 = 500;
/// How often each bidder bids, and how often for each of these a bid that was too low is raised.
const ROUNDS: u32 = 3;
const RAISES: u32 = 5;

/// The stage of a launch: everything that was created, by id.
#[derive(Debug)]
pub(super) struct Launch {
    /// When the server had created the first of it.
    pub(super) since: String,
    /// The experience.
    pub(super) experience: String,
    /// The consumers, by their number.
    pub(super) consumers: Rc<Vec<String>>,
    /// The distributions.
    pub(super) queue: Option<String>,
    pub(super) draw: Option<String>,
    pub(super) auction: Option<String>,
}

/// Creates everything that takes part.
pub(super) async fn set_up(crew: &Crew, plan: Plan, clock: &dyn Clock) -> anyhow::Result<Launch> {
    let mut api = crew.api();
    let product = api.post("/api/products", &json!({"name": "Simulated sneaker"})).await?;
    let name = format!("Simulated launch of {} consumers", plan.consumers);
    let experience = json!({"name": name, "productIds": [product["id"]]});
    let experience = api.post("/api/experiences", &experience).await?;
    crew.tally().happened(EventType::ExperienceCreated, 1);
    let since = text(&product, "createdAt")?;
    let experience = text(&experience, "id")?;
    let mut create = async |wanted: bool, mut body: Value| -> anyhow::Result<Option<String>> {
        if !wanted {
            return Ok(None);
        }
        body["experienceId"] = experience.as_str().into();
        let made = api.post("/api/distributions", &body).await?;
        text(&made, "id").map(Some)
    };
    let queue = json!({"type": "queue", "name": "Queue",
        "admissionRate": plan.admission_rate(), "admissionExpiresAfter": CHECKOUT_SECONDS});
    let draw = json!({"type": "draw", "name": "Draw",
        "winnerCount": plan.winners(), "selectionExpiresAfter": CHECKOUT_SECONDS});
    let settle_at = clock.now() + Duration::from_secs(24 * 3_600);
    let auction = json!({"type": "auction", "name": "Auction", "currencyCode": "USD",
        "startingPrice": money(STARTING_PRICE), "minimumIncrement": money(INCREMENT),
        "settleAt": settle_at, "winExpiresAfter": CHECKOUT_SECONDS});
    let queue = create(plan.has_queue(), queue).await?;
    let draw = create(plan.has_draw(), draw).await?;
    let auction = create(plan.has_auction(), auction).await?;
    let consumers = Rc::new(register(crew, plan, &experience).await?);
    Ok(Launch { since, experience, consumers, queue, draw, auction })
}

/// Registers the crowd, many in one request.
async fn register(crew: &Crew, plan: Plan, experience: &str) -> anyhow::Result<Vec<String>> {
    let tag = experience.trim_start_matches("exp_").to_owned();
    let ids = Rc::new(std::cell::RefCell::new(vec![String::new(); plan.consumers as usize]));
    let numbers: Vec<u32> = (0..plan.consumers).collect();
    let chunks = numbers.chunks(limits::BATCH_ITEMS).map(<[u32]>::to_vec).collect();
    let filled = ids.clone();
    let work = async move |hand: &mut Hand, numbers: Vec<u32>| {
        let consumer = |number: &u32| {
            json!({
                "email": format!("c{number}.{tag}@simulated.example"),
                "fullName": format!("Consumer {number}"),
                "externalId": format!("{tag}-{number}"),
            })
        };
        let body = json!({"consumers": numbers.iter().map(consumer).collect::<Vec<_>>()});
        hand.steps = numbers.len();
        let made = hand.post("/api/consumers/batch", body).await?;
        let made = made.context("the consumers could not be created")?;
        for (number, item) in numbers.iter().zip(made["data"].as_array().into_iter().flatten()) {
            filled.borrow_mut()[*number as usize] = text(&item["item"], "id")?;
            hand.tally().happened(EventType::ConsumerCreated, 1);
        }
        Ok(())
    };
    crew.each(Act::new("registering", plan.consumers as usize), chunks, work).await?;
    Ok(Rc::unwrap_or_clone(ids).into_inner())
}

/// Opens, and lets everybody join.
pub(super) async fn open_and_join(
    crew: &Crew,
    plan: Plan,
    launch: &Launch,
    rate: Option<u32>,
) -> anyhow::Result<()> {
    let experience = format!("/api/experiences/{}", launch.experience);
    crew.api().post(&format!("{experience}/activate"), &json!({})).await?;
    crew.tally().happened(EventType::ExperienceActivated, 1);
    let mut joins = Vec::new();
    for consumer in plan.arrivals() {
        joins.extend(launch.queue.iter().map(|queue| (queue.clone(), consumer)));
        let enters = launch.draw.iter().filter(|_| plan.enters(consumer));
        joins.extend(enters.map(|draw| (draw.clone(), consumer)));
    }
    if joins.is_empty() {
        return Ok(());
    }
    let consumers = launch.consumers.clone();
    let work = async move |hand: &mut Hand, (distribution, consumer): (String, u32)| {
        let path = format!("/api/distributions/{distribution}/consumers");
        let body = json!({"consumerId": consumers[consumer as usize]});
        if hand.post(&path, body).await?.is_some() {
            let took = hand.due.elapsed();
            let mut tally = hand.tally();
            tally.joins.push(took);
            tally.happened(EventType::DistributionJoined, 1);
        }
        Ok(())
    };
    let began = Instant::now();
    crew.each(Act::new("joining", joins.len()).at_rate(rate), joins, work).await?;
    crew.tally().joining = began.elapsed();
    Ok(())
}

/// Some leave the queue, the others are admitted until it is as many as planned.
pub(super) async fn admit(crew: &Crew, plan: Plan, launch: &Launch) -> anyhow::Result<()> {
    let Some(queue) = &launch.queue else { return Ok(()) };
    let path = format!("/api/distributions/{queue}");
    let mut api = crew.api();
    // From here on by hand, so that the number does not depend on the time.
    let rate = json!({"admissionRate": null});
    let stopped = api.successful(Method::PATCH, &path, Some(&rate)).await?;
    let count = stopped["participantCounts"]["ADMITTED"].as_u64().unwrap_or(0);
    crew.tally().happened(EventType::DistributionAdmitted, count);
    let by_clock = u32::try_from(count)?;
    leave(crew, plan, launch, queue).await?;
    let mut wanted = plan.admissions().saturating_sub(by_clock);
    let progress = Progress::begin("admitting", wanted as usize);
    while wanted > 0 {
        let count = wanted.min(limits::BATCH_ITEMS as u32);
        let admitted = api.post(&format!("{path}/admit"), &json!({"count": count})).await?;
        let admitted = u32::try_from(admitted["accepted"].as_u64().unwrap_or(0))?;
        crew.tally().happened(EventType::DistributionAdmitted, admitted.into());
        progress.step(admitted as usize);
        if admitted == 0 {
            break;
        }
        wanted -= admitted;
    }
    progress.end();
    Ok(())
}

async fn leave(crew: &Crew, plan: Plan, launch: &Launch, queue: &str) -> anyhow::Result<()> {
    let leavers: Vec<u32> = (0..plan.consumers).filter(|one| plan.leaves(*one)).collect();
    let (consumers, queue) = (launch.consumers.clone(), queue.to_owned());
    let work = async move |hand: &mut Hand, consumer: u32| {
        let id = &consumers[consumer as usize];
        let path = format!("/api/distributions/{queue}/consumers/{id}");
        if let Some(left) = hand.send(Method::DELETE, &path, None).await? {
            let mut tally = hand.tally();
            tally.left += 1;
            tally.admitted_and_left += u32::from(left["admittedAt"].is_string());
        }
        Ok(())
    };
    crew.each(Act::new("leaving", leavers.len()), leavers, work).await
}

/// Bidders bid against each other, many at a time: who comes too late with an amount hears how much
/// it has to be, and raises it.
pub(super) async fn bid(crew: &Crew, plan: Plan, launch: &Launch) -> anyhow::Result<()> {
    let Some(auction) = &launch.auction else { return Ok(()) };
    let rounds = (0..ROUNDS).flat_map(|round| plan.bidders().map(move |bidder| (bidder, round)));
    let rounds: Vec<_> = rounds.collect();
    let path = format!("/api/distributions/{auction}/bids");
    let consumers = launch.consumers.clone();
    // What a bidder sees: the least acceptable amount, as far as it is known.
    let least = Rc::new(Cell::new(STARTING_PRICE));
    let work = async move |hand: &mut Hand, (bidder, round): (u32, u32)| {
        for raised in 0..RAISES {
            let above = plan.raise(bidder, round * RAISES + raised) - 1;
            let amount = least.get() + INCREMENT * above;
            let body = json!({"consumerId": consumers[bidder as usize], "amount": money(amount)});
            let Some(answer) = hand.ask(&Method::POST, &path, Some(&body)).await? else { break };
            let mut tally = hand.tally();
            if answer.is_success() {
                tally.happened(EventType::DistributionBidPlaced, 1);
                tally.bids += 1;
                tally.highest = tally.highest.max(amount);
                least.set(least.get().max(amount + INCREMENT));
                break;
            }
            let said = answer.json().unwrap_or_default();
            let asked = said["error"]["details"][0]["message"].as_str().and_then(least_acceptable);
            let Some(asked) = asked else {
                tally.surprise(format!("a bid was answered {}", answer.refusal()));
                break;
            };
            tally.low_bids += 1;
            least.set(least.get().max(asked));
        }
        Ok(())
    };
    crew.each(Act::new("bidding", rounds.len()), rounds, work).await
}

/// The amount in `must be at least 105.00 USD`.
fn least_acceptable(message: &str) -> Option<u64> {
    cents(message.strip_prefix("must be at least ")?.split(' ').next()?)
}

/// Selects the winners, and gives what is published of the draw.
pub(super) async fn draw(crew: &Crew, launch: &Launch) -> anyhow::Result<Option<Record>> {
    let Some(draw) = &launch.draw else { return Ok(None) };
    let path = format!("/api/distributions/{draw}/draw");
    let mut api = crew.api();
    let mut shown = api.post(&path, &json!({})).await?;
    let total =
        shown["winnerCount"].as_u64().unwrap_or(0).min(shown["entrants"].as_u64().unwrap_or(0));
    let progress = Progress::begin("drawing", usize::try_from(total)?);
    let (mut moved, mut seen) = (Instant::now(), 0);
    loop {
        let selected = usize::try_from(shown["selected"].as_u64().unwrap_or(0))?;
        if selected > seen {
            progress.step(selected - seen);
            (moved, seen) = (Instant::now(), selected);
        }
        if shown["finishedAt"].is_string() {
            break;
        }
        if moved.elapsed() > PATIENCE {
            bail!("the draw stands still at {seen} of {total} winners");
        }
        sleep(LOOK_EVERY).await;
        shown = api.get(&format!("{path}?limit=1")).await?;
    }
    progress.end();
    crew.tally().happened(EventType::DistributionWinnerSelected, seen as u64);
    let id: DistributionId = draw.parse().context("the draw's id")?;
    Record::fetch(&mut api, &id).await.map(Some)
}

/// Ends the auction.
pub(super) async fn settle(crew: &Crew, launch: &Launch) -> anyhow::Result<()> {
    let Some(auction) = &launch.auction else { return Ok(()) };
    let settled =
        crew.api().post(&format!("/api/distributions/{auction}/settle"), &json!({})).await?;
    anyhow::ensure!(settled["status"] == "SETTLED", "the auction is {}", settled["status"]);
    Ok(())
}

/// Those who may check out do what they planned, and the experience ends.
pub(super) async fn check_out_and_end(
    crew: &Crew,
    plan: Plan,
    launch: &Launch,
) -> anyhow::Result<()> {
    let (mut api, mut buyers) = (crew.api(), Vec::new());
    for (distribution, status) in
        [(&launch.queue, "ADMITTED"), (&launch.draw, "SELECTED"), (&launch.auction, "WON")]
    {
        if let Some(id) = distribution {
            for consumer in who_is(&mut api, id, status).await? {
                buyers.push((id.clone(), consumer));
            }
        }
    }
    checkout::all(crew, plan, launch, buyers).await?;
    api.post(&format!("/api/experiences/{}/complete", launch.experience), &json!({})).await?;
    crew.tally().happened(EventType::ExperienceCompleted, 1);
    Ok(())
}

/// Polls for everybody with a status, as a shop does.
async fn who_is(api: &mut Api, distribution: &str, status: &str) -> anyhow::Result<Vec<String>> {
    let path = format!("/api/distributions/{distribution}/consumers?status={status}");
    let mut found = Vec::new();
    pages(api, &path, |participant| {
        found.push(text(participant, "consumerId")?);
        Ok(())
    })
    .await?;
    Ok(found)
}

/// Goes through all pages of a list, oldest first.
pub(super) async fn pages(
    api: &mut Api,
    path: &str,
    mut take: impl FnMut(&Value) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let mut after = String::new();
    loop {
        let page = api.get(&format!("{path}&sort=createdAt&limit=100{after}")).await?;
        for item in page["data"].as_array().into_iter().flatten() {
            take(item)?;
        }
        match (&page["pageInfo"]["hasNextPage"], page["pageInfo"]["endCursor"].as_str()) {
            (Value::Bool(true), Some(cursor)) => after = format!("&after={cursor}"),
            _ => return Ok(()),
        }
    }
}

/// A field that must be a text.
pub(super) fn text(value: &Value, field: &str) -> anyhow::Result<String> {
    let found = value[field].as_str().map(str::to_owned);
    found.with_context(|| format!("there is no `{field}` in {value}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refused_bid_says_the_least_acceptable_amount() {
        assert_eq!(least_acceptable("must be at least 105.00 USD"), Some(10_500));
        assert_eq!(least_acceptable("is required"), None);
    }
}
