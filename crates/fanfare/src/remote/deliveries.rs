//! `fanfare deliveries`.

use serde_json::{Map, Value, json};

use super::args::{DeliveriesWhat, ResendArgs};
use super::lists::{Query, fetch, print_list, print_one, time_ago};
use super::with_server;
use crate::cli::Format;
use crate::client::Api;
use crate::exit::{Exit, Failure};
use crate::output;

const FIELDS: [&str; 6] = ["createdAt", "status", "responseCode", "errorClass", "eventType", "id"];

/// Runs one of the commands.
pub(super) fn run(what: &DeliveriesWhat) -> Result<Exit, Failure> {
    match what {
        DeliveriesWhat::List { filter, status, list } => with_server(&list.server, async |api| {
            let query = Query::default()
                .with("status", status.as_deref())
                .with("webhookId", filter.webhook.as_deref())
                .with("eventType", filter.event_type.as_deref())
                .since(filter.since);
            let items = fetch(api, "/api/deliveries", &query, list.limit as usize).await?;
            print_list(&items, FIELDS, list.format)?;
            Ok(Exit::Done)
        }),
        DeliveriesWhat::Get(one) => with_server(&one.server, async |api| {
            print_one(&api.get(&format!("/api/deliveries/{}", one.id)).await?, one.format)?;
            Ok(Exit::Done)
        }),
        DeliveriesWhat::Resend(args) => {
            with_server(&args.server, async |api| resend(api, args).await)
        }
    }
}

async fn resend(api: &mut Api, args: &ResendArgs) -> anyhow::Result<Exit> {
    if let Some(id) = &args.id {
        let made = api.post(&format!("/api/deliveries/{id}/resend"), &json!({})).await?;
        print_list(&[made], ["id", "webhookId", "eventType", "status"], args.format)?;
        return Ok(Exit::Done);
    }
    let mut filter = Map::new();
    filter.insert("status".into(), json!(["failed"]));
    if let Some(webhook) = &args.filter.webhook {
        filter.insert("webhookId".into(), json!(webhook));
    }
    if let Some(types) = &args.filter.event_type {
        filter.insert("eventType".into(), types.split(',').collect());
    }
    if let Some(ms) = args.filter.since {
        filter.insert("createdAfter".into(), json!(time_ago(ms)));
    }
    let body = json!({"filter": filter, "dryRun": args.dry_run});
    let done = api.post("/api/deliveries/resend", &body).await?;
    let text = match args.format {
        Format::Json => format!("{done}\n"),
        Format::Text => told(&done),
    };
    output::print(&text).map_err(|failure| failure.error)?;
    Ok(Exit::Done)
}

fn told(done: &Value) -> String {
    match (done["count"].as_u64(), done["id"].as_str()) {
        (Some(count), _) => format!("{count} deliveries would be sent again\n"),
        (None, Some(job)) => format!("The job {job} sends them again: GET /api/jobs/{job}\n"),
        (None, None) => format!("{done}\n"),
    }
}
