//! `fanfare webhooks`.

use serde_json::{Value, json};

use super::args::{OneArgs, WebhooksWhat};
use super::lists::{Query, fetch, print_list, print_one};
use super::with_server;
use crate::cli::Format;
use crate::exit::{Exit, Failure};
use crate::output;

const FIELDS: [&str; 4] = ["id", "status", "url", "events"];

/// Runs one of the commands.
pub(super) fn run(what: &WebhooksWhat) -> Result<Exit, Failure> {
    match what {
        WebhooksWhat::List { status, list } => with_server(&list.server, async |api| {
            let query = Query::default().with("status", status.as_deref());
            let items = fetch(api, "/api/webhooks", &query, list.limit as usize).await?;
            print_list(&items, FIELDS, list.format)?;
            Ok(Exit::Done)
        }),
        WebhooksWhat::Create { target, events, description, format, server } => {
            with_server(server, async |api| {
                let mut body = json!({"url": target, "events": events});
                if let Some(description) = description {
                    body["description"] = json!(description);
                }
                let made = api.post("/api/webhooks", &body).await?;
                show_secret(&made, *format)?;
                Ok(Exit::Done)
            })
        }
        WebhooksWhat::Test { event_type, one } => {
            act(one, "test", &json!({"type": event_type}), print_one)
        }
        WebhooksWhat::Pause(one) => act(one, "pause", &json!({}), show),
        WebhooksWhat::Resume(one) => act(one, "resume", &json!({}), show),
        WebhooksWhat::RotateSecret(one) => act(one, "rotate-secret", &json!({}), show_secret),
    }
}

/// Posts to a webhook and shows the answer.
fn act(
    one: &OneArgs,
    verb: &str,
    body: &Value,
    show: impl FnOnce(&Value, Format) -> anyhow::Result<()>,
) -> Result<Exit, Failure> {
    with_server(&one.server, async |api| {
        let done = api.post(&format!("/api/webhooks/{}/{verb}", one.id), body).await?;
        show(&done, one.format)?;
        Ok(Exit::Done)
    })
}

fn show(webhook: &Value, format: Format) -> anyhow::Result<()> {
    print_list(std::slice::from_ref(webhook), FIELDS, format)
}

fn show_secret(webhook: &Value, format: Format) -> anyhow::Result<()> {
    if format == Format::Json {
        return print_one(webhook, format);
    }
    show(webhook, format)?;
    if let Some(secret) = webhook["secret"].as_str() {
        output::say("The signing secret, which is shown only now:");
        output::print(&format!("{secret}\n")).map_err(|failure| failure.error)?;
    }
    Ok(())
}
