//! The launch that the demo plays: a story in which every event type happens, and a crowd of whom
//! many win at once.

use std::time::Duration;

use anyhow::{Context as _, bail};
use fanfare_model::DistributionId;
use http::Method;
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use super::acts::{LOOK_EVERY, PATIENCE};
use super::ledger::Part;
use super::stage::Stage;
use crate::draw::Record;

/// How many enter the draw.
pub(super) const CROWD: usize = 2_000;
/// How many of them win.
pub(super) const WINNERS: usize = 1_000;
/// Between two requests of the story, so that eyes can follow.
const PACE: Duration = Duration::from_millis(60);
/// When nothing in the demo ends by itself any more.
const LATER: &str = "2100-01-01T00:00:00Z";

/// Plays the story: a launch as a shop sees it, every event type at least once.
pub(super) async fn story(stage: &mut Stage) -> anyhow::Result<()> {
    let mut shop = Shop { stage };
    let ada = shop.consumer("Ada", "ada@example.com").await?;
    let ben = shop.consumer("Ben", "ben@example.com").await?;
    let eve = shop.consumer("Eve", "eve@example.com").await?;
    let phone = json!({"phone": "+4915112345678"});
    shop.ask(Method::PATCH, &format!("/api/consumers/{ada}"), Some(&phone)).await?;

    let experience = shop.create("/api/experiences", &json!({"name": "Summer Drop"})).await?;
    let queue = json!({"experienceId": experience, "type": "queue", "name": "Front row"});
    let queue = shop.create("/api/distributions", &queue).await?;
    let draw = json!({"experienceId": experience, "type": "draw", "winnerCount": 1});
    let draw = shop.create("/api/distributions", &draw).await?;
    let auction = json!({"experienceId": experience, "type": "auction", "currencyCode": "EUR",
        "startingPrice": "100", "settleAt": LATER});
    let auction = shop.create("/api/distributions", &auction).await?;
    shop.say(&format!("/api/experiences/{experience}/activate"), &json!({})).await?;

    let (queue, draw) =
        (format!("/api/distributions/{queue}"), format!("/api/distributions/{draw}"));
    shop.say(&format!("{queue}/consumers"), &json!({"consumerId": ada})).await?;
    shop.say(&format!("{queue}/admit"), &json!({"count": 1})).await?;
    shop.say(&format!("{draw}/consumers"), &json!({"consumerId": ben})).await?;
    shop.say(&format!("{draw}/draw"), &json!({})).await?;
    let bid = json!({"consumerId": eve, "amount": "120"});
    shop.say(&format!("/api/distributions/{auction}/bids"), &bid).await?;

    let paid = shop.order(&ada, &queue).await?;
    shop.say(&format!("{paid}/pay"), &json!({"provider": "demo"})).await?;
    shop.say(&format!("{paid}/fulfill"), &json!({"trackingCarrier": "Demo parcels"})).await?;
    let cancelled = shop.order(&ben, &draw).await?;
    shop.say(&format!("{cancelled}/cancel"), &json!({"reason": "changed their mind"})).await?;

    shop.say(&format!("/api/experiences/{experience}/complete"), &json!({})).await?;
    let rained_off = shop.create("/api/experiences", &json!({"name": "Rooftop Drop"})).await?;
    shop.say(&format!("/api/experiences/{rained_off}/cancel"), &json!({})).await?;
    shop.ask(Method::DELETE, &format!("/api/consumers/{eve}"), None).await?;
    Ok(())
}

/// Who plays the story, slowly.
struct Shop<'s> {
    stage: &'s mut Stage,
}

impl Shop<'_> {
    async fn ask(
        &mut self,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> anyhow::Result<Value> {
        let answer = self.stage.ask(method, path, body, Part::Story).await?;
        sleep(PACE).await;
        Ok(answer)
    }

    async fn say(&mut self, path: &str, body: &Value) -> anyhow::Result<Value> {
        self.ask(Method::POST, path, Some(body)).await
    }

    /// Creates something; its id.
    async fn create(&mut self, path: &str, body: &Value) -> anyhow::Result<String> {
        id(&self.say(path, body).await?)
    }

    async fn consumer(&mut self, name: &str, email: &str) -> anyhow::Result<String> {
        self.create("/api/consumers", &json!({"fullName": name, "email": email})).await
    }

    /// Orders for somebody who may check out; the order's path.
    async fn order(&mut self, consumer: &str, distribution: &str) -> anyhow::Result<String> {
        let distribution = distribution.trim_start_matches("/api/distributions/");
        let order = json!({"consumerId": consumer, "distributionId": distribution,
            "totalAmount": "149.99", "currencyCode": "EUR"});
        Ok(format!("/api/orders/{}", self.create("/api/orders", &order).await?))
    }
}

/// Lets the crowd enter a draw; the draw.
pub(super) async fn crowd(stage: &mut Stage) -> anyhow::Result<DistributionId> {
    let mut say = async |path: &str, body: Value| stage.api.post(path, &body).await;
    let experience = id(&say("/api/experiences", json!({"name": "Grand Draw"})).await?)?;
    let draw = json!({"experienceId": experience, "type": "draw", "winnerCount": WINNERS});
    let draw = id(&say("/api/distributions", draw).await?)?;
    say(&format!("/api/experiences/{experience}/activate"), json!({})).await?;
    let people: Vec<_> =
        (1..=CROWD).map(|number| json!({"externalId": number.to_string()})).collect();
    for some in people.chunks(fanfare_model::limits::BATCH_ITEMS) {
        let made = say("/api/consumers/batch", json!({"consumers": some})).await?;
        let made = made["data"].as_array().context("no answers to the batch")?;
        let ids = made.iter().map(|one| id(&one["item"])).collect::<anyhow::Result<Vec<_>>>()?;
        let entering = json!({"consumerIds": ids});
        let entered = say(&format!("/api/distributions/{draw}/consumers/batch"), entering).await?;
        if entered["accepted"] != ids.len() {
            bail!("not everybody could enter the draw: {entered}");
        }
    }
    draw.parse().context("the draw's id")
}

/// Draws the winners, and notes their events; how long the answer took, and what is published of
/// the draw.
pub(super) async fn draw(
    stage: &mut Stage,
    id: DistributionId,
) -> anyhow::Result<(Duration, Record)> {
    let path = format!("/api/distributions/{id}/draw");
    let asked = Instant::now();
    let mut shown = stage.api.post(&path, &json!({})).await?;
    let acknowledged = asked.elapsed();
    while !shown["finishedAt"].is_string() {
        if asked.elapsed() > PATIENCE {
            bail!("the draw was not finished within {PATIENCE:?}");
        }
        sleep(LOOK_EVERY / 10).await;
        shown = stage.api.get(&format!("{path}?limit=1")).await?;
    }
    stage.note(asked, Part::Burst).await?;
    let record = Record::fetch(&mut stage.api, &id).await?;
    Ok((acknowledged, record))
}

fn id(made: &Value) -> anyhow::Result<String> {
    let id = made["id"].as_str().map(str::to_owned);
    id.with_context(|| format!("there is no id in {made}"))
}
