//! What is played: every event type once, a burst, and an outage that outlives its retries.

use std::sync::atomic::Ordering;
use std::time::Duration;

use anyhow::{Context as _, bail};
use serde_json::{Value, json};
use tokio::time::Instant;

use super::ledger::Accepted;
use super::lines;
use super::promises::{self, Recorded};
use super::stage::{BURST, LOST_CAUSE, Stage};
use super::{SCHEDULE, summary};
use crate::screen::{Look, short, thousands};

/// Between two events of the first act, so that eyes can follow.
const PACE: Duration = Duration::from_millis(60);
/// Events of the burst.
const WINNERS: usize = 1_000;
/// How long anything may take before the demo gives up on it.
const PATIENCE: Duration = Duration::from_secs(60);
/// Between two looks at what the server recorded.
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// Plays everything and sums it up; whether everything was as promised.
pub(super) async fn play(stage: &mut Stage) -> anyhow::Result<bool> {
    introduce(stage);
    let types = every_type(stage).await?;
    let burst = launch(stage).await?;
    let recorded = outlast(stage).await?;
    let book = stage.ledger.read(Clone::clone);
    let promises = promises::judge(&book, &recorded, stage)?;
    summary::show(stage, &book, &recorded, (types, burst), &promises);
    Ok(promises.iter().all(|promise| promise.kept))
}

fn introduce(stage: &Stage) {
    let screen = stage.screen;
    screen.heading(concat!("Fanfare ", env!("CARGO_PKG_VERSION"), ": the demo"));
    screen.paragraph(
        "A server on a temporary database, a publisher and two receivers, all in this process. \
         Everything goes through the public HTTP API and real sockets.",
    );
    screen.blank();
    screen.row("server", &stage.url);
    screen.row("shop", &stage.shop.receiver.url());
    screen.row("", "subscribes to everything, verifies every signature, answers 200, once 500");
    screen.row("outage", &stage.outage.receiver.url());
    screen.row("", &format!("subscribes to {LOST_CAUSE}, verifies every signature, answers 503"));
    screen.row("schedule", &format!("{SCHEDULE}: shortened; normally 0s,1m,5m,30m,2h,12h"));
}

/// Publishes the catalogue's example of every type, one by one; how many there are.
async fn every_type(stage: &mut Stage) -> anyhow::Result<usize> {
    let types = stage.api.get("/api/event-types").await?;
    let types = types["data"].as_array().context("no list of event types")?.clone();
    stage.screen.heading("Every event type once");
    stage.screen.line(&lines::columns(stage.screen));
    for row in &types {
        let event = json!({"type": row["type"], "data": row["example"]["data"]});
        let sent = Instant::now();
        let receipt = stage.api.post("/api/events", &event).await?;
        note(stage, &receipt, sent, false)?;
        tokio::time::sleep(PACE).await;
    }
    let (ledger, name) = (&stage.ledger, stage.shop.receiver.name());
    let all = types.len();
    if !ledger.wait(PATIENCE, |book| book.at(name).count() >= all).await {
        bail!("not every event arrived within {PATIENCE:?}");
    }
    Ok(all)
}

/// Publishes many events in one request; how long it took until the last one had arrived.
async fn launch(stage: &mut Stage) -> anyhow::Result<Duration> {
    let count = thousands(WINNERS);
    let text = format!("A launch: {count} winners are selected in one instant");
    stage.screen.heading(&text);
    let types = stage.api.get("/api/event-types").await?;
    let types = types["data"].as_array().context("no list of event types")?;
    let row =
        types.iter().find(|row| row["type"] == BURST.as_str()).context("no type for the burst")?;
    let event = |number: usize| {
        let mut data = row["example"]["data"].clone();
        data["consumer_id"] = format!("con_winner_{number:04}").into();
        json!({"type": BURST.as_str(), "data": data})
    };
    let events: Vec<_> = (1..=WINNERS).map(event).collect();
    stage.quiet.store(true, Ordering::Relaxed);
    let sent = Instant::now();
    let answer = stage.api.post("/api/events/batch", &json!({"events": events})).await?;
    let acknowledged = sent.elapsed();
    for receipt in answer["data"].as_array().context("no answers to the batch")? {
        note(stage, receipt, sent, true)?;
    }
    let name = stage.shop.receiver.name();
    let arrived = stage.ledger.wait(PATIENCE, |book| book.latencies(name, true).len() >= WINNERS);
    if !arrived.await {
        bail!("not every winner arrived within {PATIENCE:?}");
    }
    stage.quiet.store(false, Ordering::Relaxed);
    let last = stage.ledger.read(|book| book.latencies(name, true).last().copied());
    let took = last.unwrap_or_default();
    let rate = WINNERS as f64 / took.as_secs_f64().max(1e-6);
    let text = format!(
        "on disk and acknowledged after {}, all {count} delivered and verified after {} \
         ({} per second)",
        short(acknowledged),
        short(took),
        thousands(rate as usize)
    );
    let screen = stage.screen;
    for line in crate::config::wrap(&text, screen.width().max(40) - 6) {
        screen.line(&format!("  {}", screen.paint(Look::Green, &line)));
    }
    Ok(took)
}

/// Waits until the lost cause is given up and everything is recorded.
async fn outlast(stage: &mut Stage) -> anyhow::Result<Recorded> {
    stage.screen.heading("Meanwhile the outage goes on, and is tried again");
    stage.screen.line(&lines::columns(stage.screen));
    let (name, attempts) = (stage.outage.receiver.name(), usize::from(stage.attempts));
    let given_up = stage
        .ledger
        .wait(PATIENCE, |book| book.at(name).any(|(_, arrivals)| arrivals.len() >= attempts));
    if !given_up.await {
        bail!("attempt {attempts} did not come within {PATIENCE:?}");
    }
    let deadline = Instant::now() + PATIENCE;
    loop {
        let recorded = recorded(stage).await?;
        if recorded.pending == 0 && !recorded.notices.is_empty() {
            told(stage, &recorded);
            return Ok(recorded);
        }
        if Instant::now() > deadline {
            bail!("the server did not record every result within {PATIENCE:?}");
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

fn told(stage: &Stage, recorded: &Recorded) {
    let screen = stage.screen;
    let text = format!(
        "given up after {} attempts; the webhook is marked {}",
        stage.attempts, recorded.outage_status
    );
    screen.line(&format!("  {} {text}", screen.mark(false)));
    for notice in &recorded.notices {
        let text = format!("notice: {}", notice["message"].as_str().unwrap_or_default());
        for (index, line) in
            crate::config::wrap(&text, screen.width().max(40) - 6).iter().enumerate()
        {
            let lead = if index == 0 { "→" } else { " " };
            screen.line(&format!("  {} {line}", screen.paint(Look::Yellow, lead)));
        }
    }
}

/// What the API says about everything that happened.
async fn recorded(stage: &mut Stage) -> anyhow::Result<Recorded> {
    let list = |answer: Value| answer["data"].as_array().cloned().unwrap_or_default();
    let status = |webhook: &Value| webhook["status"].as_str().unwrap_or_default().to_owned();
    let api = &mut stage.api;
    let pending = list(api.get("/api/deliveries?status=pending&limit=100").await?).len();
    let failed = list(api.get("/api/deliveries?status=failed&limit=100").await?);
    let notices = list(api.get("/api/notices?limit=100").await?);
    let shop = api.get(&format!("/api/webhooks/{}", stage.shop.id)).await?;
    let outage = api.get(&format!("/api/webhooks/{}", stage.outage.id)).await?;
    let (shop_status, outage_status) = (status(&shop), status(&outage));
    Ok(Recorded { pending, failed, notices, shop_status, outage_status })
}

fn note(stage: &Stage, receipt: &Value, sent: Instant, burst: bool) -> anyhow::Result<()> {
    let event_type = receipt["type"].as_str().and_then(|text| text.parse().ok());
    let (Some(id), Some(event_type)) = (receipt["id"].as_str(), event_type) else {
        bail!("an event was not accepted: {receipt}");
    };
    stage.ledger.accept(id, Accepted { event_type, sent, burst });
    Ok(())
}
