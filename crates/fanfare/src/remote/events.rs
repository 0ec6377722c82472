//! `fanfare events`.

use std::collections::HashSet;
use std::time::Duration;

use anyhow::bail;
use serde_json::{Value, json};
use tokio::time::sleep;

use super::args::{EventsWhat, OneArgs};
use super::lists::{Query, fetch, print_list, print_one};
use super::with_server;
use crate::cli::Format;
use crate::client::Api;
use crate::exit::{Exit, Failure};
use crate::output;

const FIELDS: [&str; 4] = ["timestamp", "type", "id", "webhookCount"];
/// Between two looks.
const LOOK: Duration = Duration::from_secs(1);
/// Events that one look reads at most, and as many that are remembered.
const LOOKED_AT: usize = 1_000;

/// Runs one of the commands.
pub(super) fn run(what: &EventsWhat) -> Result<Exit, Failure> {
    match what {
        EventsWhat::List { event_type, since, list } => with_server(&list.server, async |api| {
            let query = Query::default().with("type", event_type.as_deref()).since(*since);
            let items = fetch(api, "/api/events", &query, list.limit as usize).await?;
            print_list(&items, FIELDS, list.format)?;
            Ok(Exit::Done)
        }),
        EventsWhat::Get(one) => with_server(&one.server, async |api| {
            print_one(&api.get(&format!("/api/events/{}", one.id)).await?, one.format)?;
            Ok(Exit::Done)
        }),
        EventsWhat::Tail { event_type, format, server } => {
            with_server(server, async |api| tail(api, event_type.as_deref(), *format).await)
        }
        EventsWhat::Resend { webhook, one } => {
            with_server(&one.server, async |api| resend(api, webhook.as_deref(), one).await)
        }
    }
}

/// Prints what is new, look by look.
async fn tail(api: &mut Api, event_type: Option<&str>, format: Format) -> anyhow::Result<Exit> {
    let query = Query::default().with("type", event_type);
    let id = |item: &Value| item["id"].as_str().unwrap_or_default().to_owned();
    let newest = fetch(api, "/api/events", &query, 100).await?;
    let mut known: HashSet<String> = newest.iter().map(id).collect();
    output::say("Waiting for events (Ctrl-C to quit)");
    loop {
        sleep(LOOK).await;
        let mut items = fetch(api, "/api/events", &query, 100).await?;
        if items.len() == 100 && !items.iter().any(|item| known.contains(&id(item))) {
            items = fetch(api, "/api/events", &query, LOOKED_AT).await?;
        }
        // Newest first.
        let all: Vec<_> = items.into_iter().filter(|item| !known.contains(&id(item))).collect();
        if known.len() > 10 * LOOKED_AT {
            let newest = fetch(api, "/api/events", &query, LOOKED_AT).await?;
            known = newest.iter().map(id).collect();
        }
        for item in all.iter().rev() {
            known.insert(id(item));
            let text = match format {
                Format::Json => format!("{item}\n"),
                Format::Text => {
                    let field = |name| item[name].as_str().unwrap_or_default();
                    format!("{}  {} [{}]\n", field("timestamp"), field("type"), field("id"))
                }
            };
            output::print(&text).map_err(|failure| failure.error)?;
        }
    }
}

/// Sends the last delivery to each webhook again.
async fn resend(api: &mut Api, webhook: Option<&str>, one: &OneArgs) -> anyhow::Result<Exit> {
    let event = api.get(&format!("/api/events/{}", one.id)).await?;
    let mut made = Vec::new();
    for outcome in event["outcomes"].as_array().into_iter().flatten() {
        if webhook.is_some_and(|webhook| outcome["webhookId"] != webhook) {
            continue;
        }
        let last = outcome["deliveries"].as_array().and_then(|all| all.last());
        if let Some(id) = last.and_then(|delivery| delivery["id"].as_str()) {
            made.push(api.post(&format!("/api/deliveries/{id}/resend"), &json!({})).await?);
        }
    }
    if made.is_empty() {
        bail!("no webhook had a delivery of {}: there is nothing to send again", one.id);
    }
    print_list(&made, ["id", "webhookId", "eventType", "status"], one.format)?;
    Ok(Exit::Done)
}
