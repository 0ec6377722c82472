//! `fanfare open`: a page of the server, in a browser.

use std::process::{Command, Stdio};

use anyhow::Context as _;

use super::args::OpenArgs;
use crate::exit::{Exit, Failure};
use crate::output;

/// Opens it.
pub(super) fn run(args: &OpenArgs) -> Result<Exit, Failure> {
    let server = args.server.server()?;
    let url = format!("{}/{}", server.url(), args.path.trim_start_matches('/'));
    output::print(&format!("{url}\n"))?;
    if !args.print {
        browse(&url)?;
    }
    Ok(Exit::Done)
}

/// Has the desktop open a URL.
pub(crate) fn browse(url: &str) -> anyhow::Result<()> {
    let program = if cfg!(target_os = "macos") { "open" } else { "xdg-open" };
    let mut command = Command::new(program);
    command.arg(url).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let started = command.status();
    started.map(drop).with_context(|| format!("{program}, which opens browsers, cannot be started"))
}
