//! What is played: a crowd that comes, a launch in which every event type happens, a burst, and an
//! outage that outlives its retries.

use std::sync::atomic::Ordering;
use std::time::Duration;

use anyhow::bail;
use fanfare_model::DistributionId;
use serde_json::Value;
use tokio::time::Instant;

use super::launch::{self, CROWD, WINNERS};
use super::ledger::{Book, Part};
use super::lines;
use super::promises::{self, Recorded};
use super::stage::{LOST_CAUSE, Stage};
use super::{SCHEDULE, summary};
use crate::draw::Record;
use crate::screen::{Look, short, thousands};

/// How long anything may take before the demo gives up on it.
pub(super) const PATIENCE: Duration = Duration::from_secs(60);
/// Between two looks at what the server recorded.
pub(super) const LOOK_EVERY: Duration = Duration::from_millis(50);

/// Plays everything and sums it up; whether everything was as promised, and the large draw.
pub(super) async fn play(stage: &mut Stage) -> anyhow::Result<(bool, DistributionId)> {
    introduce(stage);
    let draw = crowd(stage).await?;
    every_type(stage).await?;
    let (burst, draw) = burst(stage, draw).await?;
    let recorded = outlast(stage).await?;
    let book = stage.ledger.read(Clone::clone);
    let promises = promises::judge(&book, &recorded, &draw, stage)?;
    summary::show(stage, &book, &recorded, burst, &promises);
    Ok((promises.iter().all(|promise| promise.kept), draw.id()))
}

fn introduce(stage: &Stage) {
    let screen = stage.screen;
    screen.heading(concat!("Fanfare ", env!("CARGO_PKG_VERSION"), ": the demo"));
    screen.paragraph(
        "A server on a temporary database, a shop and two receivers, all in this process. \
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

/// Lets a crowd enter a draw, and waits until all of its events have arrived.
async fn crowd(stage: &mut Stage) -> anyhow::Result<DistributionId> {
    stage.screen.heading(&format!("{} consumers enter a draw", thousands(CROWD)));
    stage.quiet.store(true, Ordering::Relaxed);
    let began = Instant::now();
    let draw = launch::crowd(stage).await?;
    let entered = began.elapsed();
    stage.note(began, Part::Crowd).await?;
    all_arrive(stage).await?;
    stage.quiet.store(false, Ordering::Relaxed);
    let events = stage.ledger.read(|book| book.accepted.len());
    let text = format!(
        "all created and entered after {}, their {} events delivered and verified after {}",
        short(entered),
        thousands(events),
        short(began.elapsed())
    );
    done(stage, &text);
    Ok(draw)
}

fn done(stage: &Stage, text: &str) {
    let screen = stage.screen;
    for line in crate::config::wrap(text, screen.width().max(40) - 6) {
        screen.line(&format!("  {}", screen.paint(Look::Green, &line)));
    }
}

/// Plays the story until all of it has arrived.
async fn every_type(stage: &mut Stage) -> anyhow::Result<()> {
    stage.screen.heading("A small launch: every event type happens");
    stage.screen.line(&lines::columns(stage.screen));
    launch::story(stage).await?;
    all_arrive(stage).await
}

/// Waits until the shop has heard of everything at least once.
async fn all_arrive(stage: &Stage) -> anyhow::Result<()> {
    let name = stage.shop.receiver.name();
    let all_arrived = |book: &Book| book.at(name).count() >= book.accepted.len();
    if !stage.ledger.wait(PATIENCE, all_arrived).await {
        bail!("not every event arrived within {PATIENCE:?}");
    }
    Ok(())
}

/// Draws many winners at once; how long it took until the last one's event had arrived, and what is
/// published of the draw.
async fn burst(stage: &mut Stage, id: DistributionId) -> anyhow::Result<(Duration, Record)> {
    let count = thousands(WINNERS);
    let text = format!("The draw: {count} of {} win in one instant", thousands(CROWD));
    stage.screen.heading(&text);
    stage.quiet.store(true, Ordering::Relaxed);
    let (acknowledged, record) = launch::draw(stage, id).await?;
    all_arrive(stage).await?;
    stage.quiet.store(false, Ordering::Relaxed);
    let name = stage.shop.receiver.name();
    let last = stage.ledger.read(|book| book.latencies(name, Part::Burst).last().copied());
    let took = last.unwrap_or_default();
    let rate = WINNERS as f64 / took.as_secs_f64().max(1e-6);
    let text = format!(
        "the first of them on disk and acknowledged after {}, all {count} selected, delivered and \
         verified after {} ({} per second)",
        short(acknowledged),
        short(took),
        thousands(rate as usize)
    );
    done(stage, &text);
    Ok((took, record))
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
