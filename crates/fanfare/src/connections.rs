//! `fanfare connections` and `fanfare stripe reconcile`: connections to providers, through a running
//! server's public API.

use anyhow::{Context as _, bail};
use fanfare_model::ConnectionId;
use http::Method;
use serde_json::{Value, json};

use crate::cli::{ConnectionsWhat, CreateConnectionArgs, Format, ReconcileArgs, StripeWhat};
use crate::client::{Api, Server};
use crate::config::{STRIPE_KEY_VARIABLE, client_variable};
use crate::exit::{Exit, Failure};
use crate::output;

/// Events that Stripe is asked for at a time, and that are handed on at a time: a request to the
/// server must not grow beyond what it takes.
const EVENTS: usize = 100;
const HANDED_ON: usize = 25;

/// Runs one of the commands.
pub(crate) fn run(what: &ConnectionsWhat) -> Result<Exit, Failure> {
    let asked = match what {
        ConnectionsWhat::List { asked, .. }
        | ConnectionsWhat::Rotate { asked, .. }
        | ConnectionsWhat::Delete { asked, .. } => asked,
        ConnectionsWhat::Create(args) => &args.asked,
    };
    let format = asked.format;
    let mut api = Api::new(asked.server.server()?);
    let text = blocking(async {
        match what {
            ConnectionsWhat::List { .. } => list(&mut api, format).await,
            ConnectionsWhat::Create(args) => Ok(shown(&create(&mut api, args).await?, format)),
            ConnectionsWhat::Rotate { id, overlap, .. } => {
                Ok(shown(&rotate(&mut api, *id, *overlap).await?, format))
            }
            ConnectionsWhat::Delete { id, .. } => {
                api.successful(Method::DELETE, &place(*id), None).await?;
                Ok(match format {
                    Format::Json => format!("{}\n", json!({"id": id, "deleted": true})),
                    Format::Text => {
                        format!("Removed {id} and everything that came in through it.\n")
                    }
                })
            }
        }
    })?;
    output::print(&text)
}

/// Runs `fanfare stripe …`.
pub(crate) fn stripe(what: &StripeWhat) -> Result<Exit, Failure> {
    let StripeWhat::Reconcile(args) = what;
    let key = client_variable(STRIPE_KEY_VARIABLE)
        .with_context(|| format!("no key of Stripe's: set {STRIPE_KEY_VARIABLE}"))?;
    // The operator names the server and its key: it is reached as the operator's own.
    let stripe = Server::new(&args.stripe_url, &key)?;
    let (mut stripe, mut api) = (Api::new(stripe), Api::new(args.asked.server.server()?));
    let text = blocking(reconcile(&mut stripe, &mut api, args))?;
    output::print(&text)
}

fn blocking<T>(work: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.context("the runtime cannot be started")?.block_on(work)
}

fn place(id: ConnectionId) -> String {
    format!("/api/integrations/connections/{id}")
}

/// A secret from the standard input: other users see arguments.
fn secret() -> anyhow::Result<String> {
    let mut line = String::new();
    std::io::stdin().read_line(&mut line).context("the standard input cannot be read")?;
    let secret = line.trim();
    if secret.is_empty() {
        bail!("no secret: give it on the standard input, in one line");
    }
    Ok(secret.to_owned())
}

fn shown(connection: &Value, format: Format) -> String {
    if format == Format::Json {
        return format!("{connection}\n");
    }
    let text = |name: &str| connection[name].as_str().unwrap_or_default();
    let state = match connection["hasSecret"] == true {
        true => "has a secret",
        false => "has no secret yet and refuses everything: `fanfare connections rotate`",
    };
    let until = match connection["previousSecretUntil"].as_str() {
        Some(until) => format!("The old secret is accepted as well until {until}.\n"),
        None => String::new(),
    };
    format!("id: {}\npath: {}\n{} {state}.\n{until}", text("id"), text("path"), text("name"))
}

async fn list(api: &mut Api, format: Format) -> anyhow::Result<String> {
    let all = api.get("/api/integrations/connections").await?;
    let all = all["data"].as_array().cloned().unwrap_or_default();
    if format == Format::Json {
        return Ok(all.iter().map(|one| format!("{one}\n")).collect());
    }
    let row = |one: &Value| {
        let text = |name: &str| one[name].as_str().unwrap_or_default().to_owned();
        let secret = if one["hasSecret"] == true { "set" } else { "missing" };
        [text("id"), text("provider"), secret.to_owned(), text("path"), text("name")]
    };
    let head = ["ID", "PROVIDER", "SECRET", "PATH", "NAME"].map(str::to_owned);
    let rows: Vec<_> = std::iter::once(head).chain(all.iter().map(row)).collect();
    Ok(output::columns(&rows))
}

async fn create(api: &mut Api, args: &CreateConnectionArgs) -> anyhow::Result<Value> {
    let mut body = json!({"provider": args.provider, "name": args.name});
    if args.secret_stdin {
        body["secret"] = json!(secret()?);
    }
    for (field, value) in [("account", &args.account), ("publicUrl", &args.public_url)] {
        if let Some(value) = value {
            body[field] = json!(value);
        }
    }
    if args.test_mode {
        body["livemode"] = json!(false);
    }
    api.post("/api/integrations/connections", &body).await
}

async fn rotate(api: &mut Api, id: ConnectionId, overlap: Option<u32>) -> anyhow::Result<Value> {
    let mut body = json!({"secret": secret()?});
    if let Some(seconds) = overlap {
        body["overlapSeconds"] = json!(seconds);
    }
    api.post(&format!("{}/rotate-secret", place(id)), &body).await
}

/// What the server did with the events.
#[derive(Default)]
struct Sum {
    seen: usize,
    new: u64,
    ignored: u64,
    duplicate: u64,
}

/// Reads Stripe's events since a time, newest first as Stripe lists them, and hands them on.
async fn reconcile(
    stripe: &mut Api,
    api: &mut Api,
    args: &ReconcileArgs,
) -> anyhow::Result<String> {
    let since = args.since.as_unix_seconds();
    let mut sum = Sum::default();
    let mut after = String::new();
    loop {
        let path = format!("/v1/events?limit={EVENTS}&created%5Bgte%5D={since}{after}");
        let page = stripe.get(&path).await.context("Stripe's list of events")?;
        let events = page["data"].as_array().context("Stripe's answer has no `data`")?;
        for some in events.chunks(HANDED_ON) {
            let path = format!("{}/events", place(args.connection));
            let taken = api.post(&path, &json!({"events": some})).await?;
            let count = |name: &str| taken[name].as_u64().unwrap_or_default();
            sum.seen += some.len();
            sum.new += count("new");
            sum.ignored += count("ignored");
            sum.duplicate += count("duplicate");
        }
        let last = events.last().and_then(|event| event["id"].as_str());
        match last {
            Some(last) if page["has_more"] == true => after = format!("&starting_after={last}"),
            _ => break,
        }
    }
    let Sum { seen, new, ignored, duplicate } = sum;
    if args.asked.format == Format::Json {
        let sum = json!({"seen": seen, "new": new, "ignored": ignored, "duplicate": duplicate});
        return Ok(format!("{sum}\n"));
    }
    Ok(format!(
        "{seen} events since {}: {new} never arrived and will be handled, {ignored} mean nothing \
         here, {duplicate} were known.\n",
        args.since
    ))
}
