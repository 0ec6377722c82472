//! What runs while the demo plays: the server, two receivers, and a watcher that writes down and
//! shows what arrives.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::Context as _;
use fanfare_model::EventType;
use serde_json::{Value, json};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::ledger::Ledger;
use super::lines;
use super::receiver::{Arrival, Manner, Receiver};
use crate::client::{Api, Server};
use crate::clock::system_clock;
use crate::config::Config;
use crate::node::Node;
use crate::screen::Screen;

/// The event type at which the good receiver fails once.
pub(super) const STONE: EventType = EventType::OrderCreated;
/// The one event type that the other receiver subscribes to.
pub(super) const LOST_CAUSE: EventType = EventType::OrderPaid;
/// The event type of the burst.
pub(super) const BURST: EventType = EventType::DistributionWinnerSelected;
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
    /// Attempts that a delivery gets.
    pub(super) attempts: u8,
    /// What was accepted and what arrived.
    pub(super) ledger: Arc<Ledger>,
    /// The receiver that works.
    pub(super) shop: Hook,
    /// The receiver that does not.
    pub(super) outage: Hook,
    /// Leaves good arrivals of the burst's type off the screen.
    pub(super) quiet: Arc<AtomicBool>,
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
        Ok(Self { screen, api, url, key, attempts, ledger, shop, outage, quiet, node, tasks, stop })
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
            let before = self.ledger.arrive(arrival.clone());
            let part_of_burst = arrival.event_type == BURST && arrival.status == 200;
            if !(part_of_burst && self.quiet.load(Ordering::Relaxed)) {
                let line = lines::arrival(self.screen, &arrival, before.as_ref(), self.attempts);
                self.screen.line(&line);
            }
        }
    }
}
