//! `fanfare listen`: forwards events to a program on this machine.
//!
//! **Promises.** Events are forwarded in the feed's order, one after the other. What was answered,
//! with whatever status, is written down on this machine at once and committed at the server soon
//! after: a lost connection or an orderly end skips nothing and forwards nothing twice. Only an event
//! that was on its way to the program when this process was killed comes again. What the program
//! answered is reported to the server with the commit.
//!
//! **Map.** `group` finds or makes the group of the feed, `session` is the loop, `forward` posts,
//! `journal` writes down, `show` prints; `list` is what is shown on a terminal, `terminal` the
//! terminal.

mod forward;
mod group;
mod journal;
mod list;
mod session;
mod show;
mod terminal;

use std::io::{self, IsTerminal as _};
use std::pin::pin;

use anyhow::Context as _;
use tokio_util::sync::CancellationToken;

use crate::cli::Format;
use crate::client::Api;
use crate::exit::{Exit, Failure};
use crate::output;
use crate::remote::ListenArgs;
use crate::signals::Signals;

use forward::Forward;
use journal::Journal;
use session::{Keys, Session};
use show::Show;
use terminal::Terminal;

/// Forwards until a signal.
pub(crate) fn run(args: &ListenArgs) -> Result<Exit, Failure> {
    let place = args.server.place()?;
    let forward = args.forward_to.as_deref().map(|url| Forward::new(url, &args.header));
    let forward = forward.transpose()?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.context("the runtime cannot be started")?;
    runtime.block_on(async {
        let mut signals = Signals::listen().context("signals cannot be listened to")?;
        let stop = CancellationToken::new();
        let mut work = pin!(listen(args, place, forward, stop.clone()));
        tokio::select! {
            done = &mut work => return Ok(done?),
            _ = signals.next() => stop.cancel(),
        }
        // What is on its way to the program is waited for; a second signal does not.
        tokio::select! {
            done = work => Ok(done?),
            _ = signals.next() => Ok(Exit::Interrupted),
        }
    })
}

async fn listen(
    args: &ListenArgs,
    place: crate::profile::Place,
    forward: Option<Forward>,
    stop: CancellationToken,
) -> anyhow::Result<Exit> {
    let mut api = Api::new(place.server.clone());
    let group = group::ready(&mut api, &place, args.group.as_deref()).await?;
    if args.print_secret {
        output::print(&format!("{}\n", group.secret)).map_err(|failure| failure.error)?;
        return Ok(Exit::Done);
    }
    let mut show = Show::new(args.format, forward.as_ref());
    let mut keys = None;
    let is_terminal = io::stdin().is_terminal() && io::stdout().is_terminal();
    if is_terminal && args.format == Format::Text && !args.plain {
        let (terminal, pressed) = Terminal::open().context("the terminal takes no list")?;
        show = show.on(terminal);
        keys = Some(pressed);
    }
    let mut journal = Journal::of(&group)?;
    if args.skip_missed {
        session::skip(&mut api, &group.name).await?;
        journal.forget()?;
    }
    show.ready(&group.secret);
    let session = Session::begin(api, &group.name, &args.events, forward, journal, show).await?;
    session.run(&mut Keys::new(keys), &stop).await?;
    Ok(Exit::Done)
}
