//! Commands that ask a running server or tell it something, through its public API only.
//!
//! **Promises.** The result is on the standard output, what there is to say beside it on the standard
//! error. With `--format json` a result is one JSON value in a line as the API gave it, a list one
//! line for each item. Every list ends: at `--limit`.

mod args;
mod deliveries;
mod events;
mod lists;
mod logs;
mod open;
mod trigger;
mod verify;
mod webhooks;

use anyhow::{Context as _, anyhow};

use crate::client::Api;
use crate::exit::{Exit, Failure};
use crate::listen;
use crate::profile::ServerArgs;
use crate::signals::Signals;

pub(crate) use args::{ListenArgs, RemoteWhat};
pub(crate) use open::browse;

/// Runs one of the commands.
pub(crate) fn run(what: &RemoteWhat) -> Result<Exit, Failure> {
    match what {
        RemoteWhat::Listen(args) => listen::run(args),
        RemoteWhat::Trigger(args) => trigger::run(args),
        RemoteWhat::Events { what } => events::run(what),
        RemoteWhat::Deliveries { what } => deliveries::run(what),
        RemoteWhat::Webhooks { what } => webhooks::run(what),
        RemoteWhat::Logs { what } => logs::run(what),
        RemoteWhat::Verify(args) => verify::run(args),
        RemoteWhat::Open(args) => open::run(args),
    }
}

/// Does something with a server, until it is done or a signal comes.
fn with_server(
    server: &ServerArgs,
    work: impl AsyncFnOnce(&mut Api) -> anyhow::Result<Exit>,
) -> Result<Exit, Failure> {
    let mut api = Api::new(server.server()?);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.context("the runtime cannot be started")?;
    runtime.block_on(async {
        let mut signals = Signals::listen().context("signals cannot be listened to")?;
        tokio::select! {
            done = work(&mut api) => Ok(done?),
            _ = signals.next() => {
                Err(Failure { exit: Exit::Interrupted, error: anyhow!("interrupted") })
            }
        }
    })
}
