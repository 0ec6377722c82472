//! `fanfare logs`: requests as the server answers them.

use std::time::Duration;

use serde_json::Value;
use tokio::time::sleep;

use super::args::{LogsWhat, TailArgs};
use super::with_server;
use crate::cli::Format;
use crate::client::Api;
use crate::exit::{Exit, Failure};
use crate::output;
use crate::screen::{Look, Screen};

/// How long the server may wait for a request to tell of, in seconds.
const WAIT: u8 = 20;
/// How long a server that is away is left alone.
const PAUSE: Duration = Duration::from_secs(1);

/// Runs one of the commands.
pub(super) fn run(what: &LogsWhat) -> Result<Exit, Failure> {
    let LogsWhat::Tail(args) = what;
    with_server(&args.server, async |api| tail(api, args).await)
}

/// Prints what is asked from now on. A connection that is lost is made again.
async fn tail(api: &mut Api, args: &TailArgs) -> anyhow::Result<Exit> {
    let first = api.get("/api/requests").await?;
    let mut cursor = cursor_of(&first);
    output::say("> Ready! Waiting for requests (^C to quit)");
    let mut lost = false;
    loop {
        let looked = api.get(&format!("/api/requests?after={cursor}&wait={WAIT}")).await;
        let page = match looked {
            Ok(page) => page,
            Err(error) => {
                if !lost {
                    output::say(&format!("> Connection lost, reconnecting: {error:#}"));
                }
                lost = true;
                sleep(PAUSE).await;
                continue;
            }
        };
        lost = false;
        if page["missed"] == true {
            output::say("> Some requests in between were missed");
        }
        for request in page["data"].as_array().into_iter().flatten() {
            if wanted(args, request) {
                let line = match args.format {
                    Format::Json => request.to_string(),
                    Format::Text => line(&Screen::new(), request),
                };
                output::print(&format!("{line}\n")).map_err(|failure| failure.error)?;
            }
        }
        cursor = cursor_of(&page);
    }
}

fn cursor_of(page: &Value) -> String {
    page["cursor"].as_str().unwrap_or_default().to_owned()
}

fn wanted(args: &TailArgs, request: &Value) -> bool {
    let text = |name: &str| request[name].as_str().unwrap_or_default();
    let status = request["status"].to_string();
    let is = |one: &String| one.eq_ignore_ascii_case(text("method"));
    (args.method.is_empty() || args.method.iter().any(is))
        && (args.status.is_empty() || args.status.iter().any(|start| status.starts_with(start)))
        && args.path.as_ref().is_none_or(|start| text("path").starts_with(start))
}

/// `2026-11-23 10:11:12 [200] GET /api/events [req_…] (3ms)`.
fn line(screen: &Screen, request: &Value) -> String {
    let text = |name: &str| request[name].as_str().unwrap_or_default();
    let time = text("time").get(..19).unwrap_or_default().replace('T', " ");
    let look = match request["status"].as_u64().unwrap_or_default() {
        0..=299 => Look::Green,
        300..=399 => Look::Cyan,
        400..=499 => Look::Yellow,
        _ => Look::Red,
    };
    let status = screen.paint(look, &format!("[{}]", request["status"]));
    let (method, path, id, took) =
        (text("method"), text("path"), text("id"), &request["durationMs"]);
    format!("{} {status} {method} {path} [{id}] ({took}ms)", screen.paint(Look::Dim, &time))
}
