//! `fanfare demo`: the main job, without set-up.
//!
//! A server on a temporary database and two receivers, all in this process. Everything goes
//! through the public API over HTTP and through real sockets; only the retry schedule is
//! shortened, and the screen says so. At the end it is checked that everything was as promised;
//! with `--exit` the status tells.
//!
//! Map: `stage` is what runs, `acts` is what is played on it and `launch` its launch, `receiver` is
//! the other end, `ledger` remembers what arrived, `promises` judges it, `lines` and `summary` show
//! it.

mod acts;
mod launch;
mod ledger;
mod lines;
mod promises;
mod receiver;
mod stage;
mod summary;

use std::path::Path;
use std::time::Duration;

use anyhow::Context as _;

use crate::cli::DemoArgs;
use crate::config::{Config, Database};
use crate::exit::{Exit, Failure};
use crate::logging;
use crate::signals::Signals;

use crate::screen::Screen;
use stage::Stage;

/// The waits of the demo, in the place of `0s,1m,5m,30m,2h,12h`.
const SCHEDULE: &str = "0s,1s,2s,2s,3s,3s";

/// Plays the demo.
pub(crate) fn run(args: &DemoArgs) -> Result<Exit, Failure> {
    let runtime = tokio::runtime::Runtime::new().context("the runtime cannot be started")?;
    let ended = runtime.block_on(play(args.exit));
    runtime.shutdown_background();
    ended
}

async fn play(exit: bool) -> Result<Exit, Failure> {
    let mut signals = Signals::listen().context("signals cannot be listened to")?;
    let folder = tempfile::Builder::new().prefix("fanfare-demo-").tempdir();
    let folder = folder.context("no temporary folder can be made")?;
    let config = config(folder.path())?;
    logging::start(&config);
    let mut stage = Stage::set(&config, Screen::new()).await?;
    let played = tokio::select! {
        played = acts::play(&mut stage) => played,
        _ = signals.next() => {
            stage.strike().await;
            return Ok(Exit::Interrupted);
        }
    };
    let (kept, draw) = match played {
        Ok(played) => played,
        Err(error) => {
            stage.strike().await;
            return Err(error.into());
        }
    };
    if !exit {
        summary::go_on(&stage, draw);
        signals.next().await;
        stage.screen.blank();
    }
    tokio::select! {
        () = stage.strike() => {}
        _ = signals.next() => return Ok(Exit::Interrupted),
    }
    Ok(if kept { Exit::Done } else { Exit::Failed })
}

/// The demo's own settings; nothing from files or the environment.
fn config(folder: &Path) -> anyhow::Result<Config> {
    Ok(Config {
        listen: ([127, 0, 0, 1], 0).into(),
        database: Database::Sqlite(folder.join("demo.db")),
        allow_private_targets: vec!["127.0.0.0/8".parse().context("a network")?],
        allow_http_targets: true,
        retry_schedule: SCHEDULE.parse().context("a schedule")?,
        log: "error".to_owned(),
        shutdown_grace: Duration::from_secs(3),
        ..Config::default()
    })
}
