//! `fanfare-bench load`: publishes events as fast as they are acknowledged, or at a rate, or makes
//! one change after the other.
//!
//! One thread, hand-made requests over kept connections. Prints one line of JSON ([`Report`])
//! and writes a line `started-at acknowledged-at event` for each acknowledged event to `--out`.
//!
//! A *closed* load sends the next request when the last one of its connection is answered: it
//! finds out how much goes through. An *open* load sends on time, whatever the server does, and
//! counts from the moment an event was due, so that waiting for a slow server is not left out.
//! So does the load of *each*: one request for each id of a file, spread over a time.
//! The *raw* load signs bodies and posts them straight to a sink: what the machine allows.

mod connection;
mod pace;
mod report;
mod requests;
mod worker;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use anyhow::{Context as _, Result};
use tokio::task::JoinSet;

use pace::{Pace, Timing};
pub(crate) use report::{Ack, Report};
pub(crate) use requests::ENVELOPE_BYTES;
use requests::{Each, Publishing, Raw, Requests};
use worker::{Tally, Worker};

/// What a load is told.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    #[command(subcommand)]
    mode: Mode,
    /// The server, or with `raw` the sink; given several times, connections go to each in turn
    #[arg(long = "target", global = true, default_value = "127.0.0.1:8080")]
    targets: Vec<SocketAddr>,
    /// How many connections are used at once
    #[arg(long, global = true, default_value_t = 64)]
    connections: usize,
    /// The key that is presented to the server
    #[arg(long, global = true, default_value = "")]
    key: String,
    /// Where the acknowledgements go
    #[arg(long, global = true)]
    out: Option<PathBuf>,
    /// Give up after so many seconds
    #[arg(long, global = true, default_value_t = 120)]
    give_up_after: u64,
}

#[derive(Debug, Clone, clap::Subcommand)]
enum Mode {
    /// Sign bodies and post them to a sink, without a server
    Raw {
        /// How many in all
        #[arg(long)]
        events: u64,
        /// The secret to sign with
        #[arg(long)]
        secret: String,
    },
    /// Publish events, each connection the next one when its last one is acknowledged
    Closed {
        /// How many in all
        #[arg(long)]
        events: u64,
        /// How many in one request; `events` must be a multiple
        #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u64).range(1..))]
        batch: u64,
    },
    /// Publish one event per request at a fixed rate
    Open {
        /// Events per second
        #[arg(long, value_parser = clap::value_parser!(u64).range(1..))]
        rate: u64,
        /// For so many seconds
        #[arg(long)]
        seconds: u64,
    },
    /// Post one request for each id of a file, evenly spread over a time
    Each {
        /// A file with an id in each line
        #[arg(long)]
        ids: PathBuf,
        /// Where to; `{id}` stands for the id
        #[arg(long)]
        path: String,
        /// What; `{id}` stands for the id
        #[arg(long)]
        body: String,
        /// When to begin, in nanoseconds since 1970
        #[arg(long)]
        start: u64,
        /// Over how many seconds
        #[arg(long)]
        seconds: u64,
    },
}

/// Runs the load to its end.
///
/// # Errors
/// When the options do not fit together or the records cannot be written. What the server
/// refuses or fails is no error, it is in the report.
pub(crate) fn run(options: &Options) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let tally = runtime.block_on(load(options))?;
    if let Some(path) = &options.out {
        tally.write(path).with_context(|| format!("writing {}", path.display()))?;
    }
    let report = tally.report()?;
    println!("{}", serde_json::to_string(&report)?);
    Ok(())
}

async fn load(options: &Options) -> Result<Tally> {
    let Plan { events, batch, timing, requests } = plan(options)?;
    let pace = timing.map(|timing| Pace::keep(timing, events));
    let next = Arc::new(AtomicU64::new(0));
    let mut workers = JoinSet::new();
    for target in options.targets.iter().cycle().take(options.connections) {
        let worker = Worker {
            target: *target,
            requests: requests.clone(),
            next: Arc::clone(&next),
            events,
            batch,
            pace: pace.clone(),
        };
        workers.spawn(worker.run());
    }
    let mut tally = Tally::default();
    let collect = async {
        while let Some(ended) = workers.join_next().await {
            tally.add(ended.context("a connection's task")?);
        }
        anyhow::Ok(())
    };
    let limit = Duration::from_secs(options.give_up_after);
    tokio::time::timeout(limit, collect)
        .await
        .with_context(|| format!("not done after {} s", options.give_up_after))??;
    Ok(tally)
}

/// A mode, worked out.
struct Plan {
    events: u64,
    batch: u64,
    /// When events are due, when the load is open.
    timing: Option<Timing>,
    requests: Requests,
}

fn plan(options: &Options) -> Result<Plan> {
    // The name in requests; which of the targets it is does not matter.
    let target = *options.targets.first().context("--target is missing")?;
    let publishing = |batch| Requests::Publish(Publishing::new(target, &options.key, batch));
    Ok(match &options.mode {
        Mode::Raw { events, secret } => {
            let requests = Requests::Raw(Raw::new(target, secret)?);
            Plan { events: *events, batch: 1, timing: None, requests }
        }
        Mode::Closed { events, batch } => {
            anyhow::ensure!(
                events.is_multiple_of(*batch),
                "--events must be a multiple of --batch"
            );
            let requests = publishing(usize::try_from(*batch)?);
            Plan { events: *events, batch: *batch, timing: None, requests }
        }
        Mode::Open { rate, seconds } => {
            let (events, timing) = (rate * seconds, Timing::per_second(*rate));
            Plan { events, batch: 1, timing: Some(timing), requests: publishing(1) }
        }
        Mode::Each { ids, path, body, start, seconds } => {
            let text = std::fs::read_to_string(ids)
                .with_context(|| format!("reading {}", ids.display()))?;
            let ids: Vec<String> = text.lines().map(str::to_owned).collect();
            let events = ids.len() as u64;
            let interval = seconds * 1_000_000_000 / events.max(1);
            let each = Each::new(target, &options.key, (path, body), ids)?;
            let timing = Some(Timing { start: *start, interval });
            Plan { events, batch: 1, timing, requests: Requests::Each(each) }
        }
    })
}
