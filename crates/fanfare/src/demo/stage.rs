//! What runs while the demo plays: the server, two receivers, and a watcher that writes down and
//! shows what arrives.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::Context as _;
use fanfare_model::EventType;
use http::Method;
use serde_json::{Value, json};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::ledger::{Accepted, Ledger, Part};
use super::lines;
use super::receiver::{Arrival, Manner, Receiver};
use crate::client::{Api, Server};
use crate::clock::system_clock;
use crate::config::Config;
use crate::node::Node;
use crate::screen::Screen;

/// The event type at which the good receiver fails once.
pub(super) const STONE: EventType = EventType::OrderFulfilled;
/// The one event type that the other receiver subscribes to.
pub(super) const LOST_CAUSE: EventType = EventType::OrderPaid;
/// The secret of the seed's page; not one that Standard Webhooks could use.
const SEED_SECRET: &str = "whsec_your_secret_key";

/// A receiver and the id of its webhook.
pub(super) struct Hook {
    /// The receiver.
    pub(super) receiver: Receiver,
    /// Its webhook's id.
    pub(super) id: String,
}

/// Everything that runs.
pub(super) struct Stage {
    /// Where it is shown.
    pub(super) screen: Screen,
    /// The public API.
    pub(super) api: Api,
    /// Its address.
    pub(super) url: String,
    /// The key in use.
    pub(super) key: String,
    /// What opens the dashboard, signed in.
    pub(super) sign_in: String,
    /// Attempts that a delivery gets.
    pub(super) attempts: u8,
    /// What was accepted and what arrived.
    pub(super) ledger: Arc<Ledger>,
    /// The receiver that works.
    pub(super) shop: Hook,
    /// The receiver that does not.
    pub(super) outage: Hook,
    /// Leaves first attempts that succeed off the screen.
    pub(super) quiet: Arc<AtomicBool>,
    /// The last event that was noted, as a cursor of the list of events.
    noted: Option<String>,
    node: Node,
    tasks: TaskTracker,
    stop: CancellationToken,
}

impl Stage {
    /// Starts everything and registers both webhooks through the API.
    pub(super) async fn set(config: &Config, screen: Screen) -> anyhow::Result<Self> {
        let node = Node::start(config).await?;
        let key = node.bootstrapped.generated_key.as_ref().context("a new database has no key")?;
        let key = key.expose().to_owned();
        let url = node.url();
        let sign_in = sign_in(config, &node).await?;
        let mut api = Api::new(Server::new(&url, &key)?);

        let (tasks, stop) = (TaskTracker::new(), CancellationToken::new());
        let (arrivals, arrived) = unbounded_channel();
        let clock = system_clock();
        let start = |name, manner| {
            let ends = (&tasks, stop.clone());
            Receiver::start(name, manner, clock.clone(), arrivals.clone(), ends)
        };
        let shop = start("shop", Manner::StumblesAt(STONE)).await?;
        let outage = start("outage", Manner::Down).await?;
        let shop = register(&mut api, shop, json!(["*"]), None).await?;
        let secret = Some(SEED_SECRET);
        let outage = register(&mut api, outage, json!([LOST_CAUSE.as_str()]), secret).await?;

        let (ledger, quiet) = (Arc::<Ledger>::default(), Arc::<AtomicBool>::default());
        let attempts = config.retry_schedule.attempts();
        let watcher = Watcher { ledger: ledger.clone(), quiet: quiet.clone(), screen, attempts };
        tasks.spawn(watcher.watch(arrived, stop.clone()));
        let noted = None;
        Ok(Self {
            screen,
            api,
            url,
            key,
            sign_in,
            attempts,
            ledger,
            shop,
            outage,
            quiet,
            noted,
            node,
            tasks,
            stop,
        })
    }

    /// Asks the server for something, and notes the events that tell of it.
    pub(super) async fn ask(
        &mut self,
        method: Method,
        path: &str,
        body: Option<&Value>,
        part: Part,
    ) -> anyhow::Result<Value> {
        let sent = Instant::now();
        let answer = self.api.successful(method, path, body).await?;
        self.note(sent, part).await?;
        Ok(answer)
    }

    /// Notes the events that were accepted since the last time, for a request that was sent then.
    pub(super) async fn note(&mut self, sent: Instant, part: Part) -> anyhow::Result<()> {
        loop {
            let after = self.noted.as_deref().map(|cursor| format!("&after={cursor}"));
            let path = format!("/api/events?sort=createdAt&limit=100{}", after.unwrap_or_default());
            let page = self.api.get(&path).await?;
            for event in page["data"].as_array().into_iter().flatten() {
                let event_type = event["type"].as_str().and_then(|text| text.parse().ok());
                let event_type = event_type.context("an event has no type")?;
                let id = event["id"].as_str().context("an event has no id")?;
                self.ledger.accept(id, Accepted { event_type, sent, part });
            }
            if let Some(cursor) = page["pageInfo"]["endCursor"].as_str() {
                self.noted = Some(cursor.to_owned());
            }
            if page["pageInfo"]["hasNextPage"] != true {
                return Ok(());
            }
        }
    }

    /// Ends everything, the server first.
    pub(super) async fn strike(self) {
        let Self { api, node, tasks, stop, .. } = self;
        drop(api);
        node.stop().await;
        stop.cancel();
        tasks.close();
        tasks.wait().await;
    }
}

/// Creates a webhook; without a secret the API makes one and shows it this once.
async fn register(
    api: &mut Api,
    receiver: Receiver,
    events: Value,
    secret: Option<&str>,
) -> anyhow::Result<Hook> {
    let mut body = json!({"url": receiver.url(), "events": events});
    if let Some(secret) = secret {
        body["secret"] = secret.into();
    }
    let created = api.post("/api/webhooks", &body).await?;
    let shown = created["secret"].as_str().or(secret).context("no secret was shown")?;
    receiver.learn(shown)?;
    let id = created["id"].as_str().context("a webhook has no id")?.to_owned();
    Ok(Hook { receiver, id })
}

/// Writes down and shows.
struct Watcher {
    ledger: Arc<Ledger>,
    quiet: Arc<AtomicBool>,
    screen: Screen,
    attempts: u8,
}

impl Watcher {
    async fn watch(self, mut arrived: UnboundedReceiver<Arrival>, stop: CancellationToken) {
        while let Some(Some(arrival)) = stop.run_until_cancelled(arrived.recv()).await {
            // Asked first: who waits for this arrival may want the next ones to be quiet.
            let is_quiet = self.quiet.load(Ordering::Relaxed);
            let before = self.ledger.arrive(arrival.clone());
            if !is_quiet || arrival.status != 200 || arrival.attempt > 1 {
                let line = lines::arrival(self.screen, &arrival, before.as_ref(), self.attempts);
                self.screen.line(&line);
            }
        }
    }
}

/// A link that signs in as an owner made for the demo.
async fn sign_in(config: &Config, node: &Node) -> anyhow::Result<String> {
    const EMAIL: &str = "demo@fanfare.example";
    let organization = node.bootstrapped.organization.id;
    node.app
        .add_member_without_password(organization, EMAIL, "Demo", fanfare_model::Role::Owner)
        .await?;
    let link = node.app.sign_in_link(EMAIL).await?;
    Ok(config.link_at(node.addr, &link))
}
