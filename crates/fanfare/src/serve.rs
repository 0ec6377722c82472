//! `fanfare serve`: the server, until a signal.

use anyhow::Context as _;

use crate::cli::ConfigArgs;
use crate::config::{self, Config};
use crate::exit::{Exit, Failure};
use crate::node::Node;
use crate::signals::Signals;
use crate::{logging, output};

/// Runs the server until SIGTERM or Ctrl-C and ends it in order.
pub(crate) fn run(args: &ConfigArgs) -> Result<Exit, Failure> {
    let loaded = config::load(&args.inputs())?;
    logging::start(&loaded.config);
    let runtime = tokio::runtime::Runtime::new().context("the runtime cannot be started")?;
    let ended = runtime.block_on(serve(&loaded.config));
    // Nothing that still runs may keep the process: everything that matters was waited for.
    runtime.shutdown_background();
    ended
}

async fn serve(config: &Config) -> Result<Exit, Failure> {
    let mut signals = Signals::listen().context("signals cannot be listened to")?;
    let node = tokio::select! {
        started = Node::start(config) => started?,
        _ = signals.next() => return Ok(Exit::Interrupted),
    };
    output::print(&greeting(&node))?;
    tracing::info!(
        version = env!("CARGO_PKG_VERSION"),
        address = %node.addr,
        database = %config.database,
        "serving"
    );
    let signal = signals.next().await;
    tracing::info!(signal, grace = ?config.shutdown_grace, "stopping; a second signal ends at once");
    tokio::select! {
        () = node.stop() => {
            tracing::info!("stopped");
            Ok(Exit::Done)
        }
        signal = signals.next() => {
            tracing::warn!(signal, "ended at once");
            Ok(Exit::Interrupted)
        }
    }
}

/// What the standard output says at the start.
fn greeting(node: &Node) -> String {
    let made = &node.bootstrapped;
    let mut text = String::new();
    if made.created {
        text += &format!("organization: {}\n", made.organization.id);
    }
    if let Some(key) = &made.generated_key {
        text += &format!("API key: {}\n", key.expose());
        text += "This key is shown only now. It may do everything; keep it safe.\n";
    }
    if let Some(link) = &node.setup {
        text += &format!("sign in: {link}\n");
        text += "This link lets whoever has it become the owner, once, within a week.\n";
    }
    text + &format!("Listening on {}\n", node.url())
}
