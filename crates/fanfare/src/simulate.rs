//! `fanfare simulate`: plays a launch against a running server, through its public API.
//!
//! **Promises.** What is done follows from the seed; only what the server does by its clock, and who
//! of several bidders comes first, depends on the time. At the end everything that the server says is held against what was done, and the
//! exit status tells. It ends by itself: every wait has an end.
//!
//! **Map.** `plan` is who does what, `play` and `checkout` the acts, `crew` shares the work out over
//! connections, `tally` counts, `lag` watches the webhooks, `judge` compares, `report` tells.

mod checkout;
mod crew;
mod judge;
mod lag;
mod plan;
mod play;
mod report;
mod tally;

use std::sync::Arc;

use anyhow::{Context as _, anyhow};
use tokio::task::LocalSet;
use tokio::time::Instant;

use crate::cli::{Format, SimulateArgs};
use crate::client::Server;
use crate::clock::system_clock;
use crate::exit::{Exit, Failure};
use crate::output;
use crate::screen::Screen;
use crate::signals::Signals;

use crew::Crew;
use lag::Lag;
use plan::Plan;
use report::Report;

/// Plays the launch.
pub(crate) fn run(args: &SimulateArgs) -> Result<Exit, Failure> {
    let server = args.server.server()?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.context("the runtime cannot be started")?;
    LocalSet::new().block_on(&runtime, async {
        let mut signals = Signals::listen().context("signals cannot be listened to")?;
        tokio::select! {
            kept = simulate(args, server) => Ok(if kept? { Exit::Done } else { Exit::Failed }),
            _ = signals.next() => {
                let error = anyhow!("interrupted; what was created stays as it is");
                Err(Failure { exit: Exit::Interrupted, error })
            }
        }
    })
}

/// Plays everything and tells; whether everything was as promised.
async fn simulate(args: &SimulateArgs, server: Arc<Server>) -> anyhow::Result<bool> {
    let plan = Plan { play: args.experience, consumers: args.consumers, seed: args.seed };
    let clock = system_clock();
    let crew = Crew::new(server.clone(), args.connections.into());
    let mut lag = Lag::new(crew.api(), clock.clone()).await?;
    let began = Instant::now();
    let launch = play::set_up(&crew, plan, &*clock).await?;
    let acts = async {
        play::open_and_join(&crew, plan, &launch, args.rate).await?;
        play::admit(&crew, plan, &launch).await?;
        play::bid(&crew, plan, &launch).await?;
        let draw = play::draw(&crew, &launch).await?;
        play::settle(&crew, &launch).await?;
        play::check_out_and_end(&crew, plan, &launch).await?;
        anyhow::Ok(draw)
    };
    let draw = tokio::select! {
        draw = acts => draw?,
        failed = lag.watch(&launch.since) => return failed.map(|()| false),
    };
    let took = began.elapsed();
    let webhooks = lag.catch_up(&launch.since).await?;
    let found = judge::find(&mut crew.api(), &launch).await?;
    let promises = judge::judge(&crew, plan, &launch, &found, draw.as_ref()).await?;
    let report = Report {
        url: server.url(),
        plan,
        launch: &launch,
        tally: &crew.tally(),
        found: &found,
        webhooks: &webhooks,
        promises: &promises,
        took,
    };
    match args.format {
        Format::Text => report.show(Screen::new()),
        Format::Json => {
            output::print(&report.json()).map_err(|failure| failure.error)?;
        }
    }
    Ok(report.kept())
}
