//! `fanfare-bench run --launch`: a launch as it is meant to be, on one server.
//!
//! Before the clock starts, consumers are created, all of them enter a draw, some of them are
//! admitted by another queue and have an order each. Then, together: every consumer joins the
//! queue, one per request and on time whatever the server does; the orders are paid, evenly over
//! the same time; in the middle the draw is drawn. Three webhooks receive `distribution.*`, the
//! last of them `order.*` as well.
//!
//! **Promises.** What is counted as lost or twice is settled by three witnesses: what the loads
//! were answered, the server's own list of events, and what the receiver got. Every latency runs
//! from the moment at which the request that caused it was due.
//!
//! Afterwards, with nothing else going on, pages of long lists are polled.

pub(super) mod api;
mod figures;
mod ledger;
mod polling;
mod shop;
mod table;

use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, Result};
use tempfile::TempDir;

use self::api::Api;
pub(super) use self::figures::LaunchFigures;
use self::figures::Records;
use self::shop::Shop;
use super::loading::Loading;
use super::machine::Deadline;
use super::measure::{self, Setting, Spent};
use super::receiver::{RECEIPTS, Sink};
use super::server::Server;
use crate::clock;
use crate::event_key::EventKey;
use crate::load::{Ack, Report};
use crate::sink::Receipt;

pub(super) use self::table::render;

/// What each webhook receives.
const WEBHOOKS: [&[&str]; 3] =
    [&["distribution.*"], &["distribution.*"], &["distribution.*", "order.*"]];
/// Connections of those who join: enough not to wait for one another while the server takes less
/// than a seventh of a second.
const JOINING: usize = 256;
/// The same for those who pay.
const PAYING: usize = 8;
/// How long the loads may take longer than their time.
const LATE: u64 = 60;
/// From starting the loads to the first request.
const RUN_UP: u64 = 1_000_000_000;
/// How long the draw may take until everybody who did not win has lost.
const DRAW_LIMIT: Duration = Duration::from_secs(60);

/// How big a launch is.
#[derive(Debug, Clone, Copy)]
pub(super) struct Size {
    /// Who joins the queue and stands in the draw.
    pub(super) consumers: usize,
    /// Who wins the draw.
    pub(super) winners: usize,
    /// Orders that get paid.
    pub(super) orders: usize,
    /// For how long; the draw is in the middle.
    pub(super) seconds: u64,
    /// How many consumers there are when pages are polled.
    pub(super) polled: usize,
}

impl Size {
    /// The whole launch, or a tenth of it in a tenth of the time.
    pub(super) const fn new(quick: bool) -> Self {
        let part = if quick { 10 } else { 1 };
        Self {
            consumers: 100_000 / part,
            winners: 5_000 / part,
            orders: 1_000 / part,
            seconds: 60 / part as u64,
            polled: 1_000_000 / part,
        }
    }
}

/// Plays the launch once.
///
/// # Errors
/// When a process cannot be started or ends early, something cannot be prepared, or a signature
/// was wrong. What is refused, lost or late is no error, it is a figure.
pub(super) fn play(setting: &Setting, size: Size) -> Result<LaunchFigures> {
    let folder = tempfile::Builder::new().prefix("bench-").tempdir_in(&setting.folder)?;
    let mut sink = Sink::start(&setting.bench, folder.path(), None)?;
    let server = Server::start(setting, folder.path())?;
    let mut api = Api::new(server.addr);
    let shop = Shop::open(&mut api, size)?;
    for (number, events) in WEBHOOKS.into_iter().enumerate() {
        server.create_webhook(&sink.url(number), super::receiver::SECRET, events)?;
    }
    let begin = ledger::end(&mut api)?;
    measure::rest(&server)?;
    println!("   prepared; {} s of launch", size.seconds);

    let before = Spent::now(Some(&server), &sink, None)?;
    let reports = load(setting, &shop, size, &folder, &server)?;
    for report in &reports {
        if let Some(failure) = &report.first_failure {
            println!("   {} requests failed; the first: {failure}", report.failed);
        }
    }
    let changes = reports.iter().map(|report| report.acked).sum::<u64>() - reports[DRAW].acked;
    let winners = size.winners as u64 * reports[DRAW].acked;
    let owed = (changes + winners) * WEBHOOKS.len() as u64 + reports[PAYMENTS].acked;
    sink.wait_for(owed, 0..WEBHOOKS.len())?;
    // The server has closed the connection that was idle for a minute.
    let mut api = Api::new(server.addr);
    if reports[DRAW].acked > 0 {
        wait_for_draw(&mut api, &shop)?;
    }
    measure::rest(&server)?;
    let after = Spent::now(Some(&server), &sink, None)?;
    let loads = reports.iter().map(|report| report.cpu).sum();
    let peak_memory = server.peak_memory()?;
    let used = after.less(before, loads, Some(peak_memory))?;
    let verified = sink.finish()?.verified;

    let records = Records {
        joins: read(&folder, JOINS)?,
        payments: read(&folder, PAYMENTS)?,
        draw: read(&folder, DRAW)?,
        events: ledger::since(&mut api, begin.as_deref())?,
        receipts: measure::read(&folder.path().join(RECEIPTS), Receipt::parse)?,
    };
    let polling = polling::measure(&mut api, &shop, size)?;
    Ok(LaunchFigures::new(&records, size, &reports, used, verified, polling))
}

/// The loads, by their place in lists.
const LOADS: [&str; 3] = ["joins", "payments", "draw"];
const JOINS: usize = 0;
const PAYMENTS: usize = 1;
const DRAW: usize = 2;

/// Joins, payments and the draw, each by a process of its own, from one moment on.
fn load(
    setting: &Setting,
    shop: &Shop,
    size: Size,
    folder: &TempDir,
    server: &Server,
) -> Result<Vec<Report>> {
    let start = clock::now() + RUN_UP;
    let middle = start + size.seconds * 1_000_000_000 / 2;
    let join = format!("/api/distributions/{}/consumers", shop.queue);
    let pay = r#"{"provider":"bench","reference":"{id}"}"#;
    let draw = [shop.draw.clone()];
    let each = [
        (join.as_str(), r#"{"consumerId":"{id}"}"#, shop.consumers.as_slice(), start, JOINING),
        ("/api/orders/{id}/pay", pay, shop.orders.as_slice(), start, PAYING),
        ("/api/distributions/{id}/draw", "{}", draw.as_slice(), middle, 1),
    ];
    let mut loads = Vec::new();
    for (name, (path, body, ids, start, connections)) in LOADS.iter().zip(each) {
        let file = folder.path().join(format!("{name}.ids"));
        std::fs::write(&file, ids.join("\n")).context("writing ids")?;
        let mode = [
            "each".to_owned(),
            "--ids".to_owned(),
            file.display().to_string(),
            "--path".to_owned(),
            path.to_owned(),
            "--body".to_owned(),
            body.to_owned(),
            "--start".to_owned(),
            start.to_string(),
            "--seconds".to_owned(),
            size.seconds.to_string(),
        ];
        let bounds = (connections, size.seconds + LATE);
        let out = folder.path().join(name);
        loads.push(Loading::start(&setting.bench, &server.addrs, &mode, bounds, &out)?);
    }
    loads.into_iter().map(Loading::finish).collect()
}

/// Waits until nobody stands in the draw any more.
fn wait_for_draw(api: &mut Api, shop: &Shop) -> Result<()> {
    let deadline = Deadline::after(DRAW_LIMIT);
    let path = format!("/api/distributions/{}", shop.draw);
    while api.get(&path)?["participantCounts"]["ENTERED"].as_u64().unwrap_or(0) > 0 {
        deadline.nap(Duration::from_millis(100)).context("the draw")?;
    }
    Ok(())
}

fn read(folder: &TempDir, load: usize) -> Result<Vec<Ack>> {
    measure::read(&folder.path().join(Path::new(LOADS[load])), Ack::parse)
}

/// The key of an id that the server gave.
fn key_of(id: &str) -> Result<EventKey> {
    EventKey::of_id(id).with_context(|| format!("{id:?} is no id"))
}
