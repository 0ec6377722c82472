//! One scenario's world: a database, nodes on it, a receiver with two webhooks, publishers, and the
//! ledger between them.

use std::path::PathBuf;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use fanfare_testdb::{Cluster, make_database};
use fanfare_testkit::HttpClient;
use serde_json::json;
use tokio::time::Instant;

use crate::dice::Dice;
use crate::judge::{Figures, Rules, is_settled, judge};
use crate::ledger::Ledger;
use crate::node::{KEY, Node, Spec};
use crate::publisher::{ALL, CONSUMERS, Load, Rate};
use crate::receiver::{Manners, Receiver, SECRET};
use crate::{Setup, tables};

/// How long everything may take to come to its end after the last fault.
const SETTLING: Duration = Duration::from_secs(120);

/// The lease that nodes are given: the shortest one.
pub(crate) const LEASE: Duration = Duration::from_secs(6);

/// A scenario's wishes.
#[derive(Clone)]
pub(crate) struct Plan {
    /// The retry schedule, in milliseconds.
    pub(crate) waits: [u64; 6],
    /// See [`Rules::tolerance`].
    pub(crate) tolerance: Duration,
    /// See [`Rules::lag`].
    pub(crate) lag: Duration,
    /// See [`Rules::echo`].
    pub(crate) echo: Duration,
    /// How the receiver answers.
    pub(crate) manners: Manners,
    /// The port at which nodes reach the database, if it is not the database's own.
    pub(crate) via: Option<u16>,
    /// Variables of nodes.
    pub(crate) variables: Vec<(&'static str, String)>,
}

impl Default for Plan {
    fn default() -> Self {
        Self {
            waits: [0, 300, 600, 1_000, 1_000, 1_000],
            tolerance: Duration::from_millis(50),
            lag: Duration::ZERO,
            echo: Duration::from_secs(1),
            manners: Manners::default(),
            via: None,
            variables: Vec::new(),
        }
    }
}

/// Which database nodes are given.
pub(crate) enum Store {
    /// A file in the folder of the world, or in this one.
    Embedded(Option<PathBuf>),
    /// PostgreSQL, at this URL.
    Postgres(String),
}

/// Everything of a scenario. What is dropped first ends first.
pub(crate) struct World {
    pub(crate) nodes: Vec<Node>,
    pub(crate) receiver: Receiver,
    pub(crate) ledger: Arc<Ledger>,
    pub(crate) dice: Dice,
    /// Something of its own to say in the end.
    pub(crate) notes: Vec<String>,
    pub(crate) spec: Spec,
    rules: Rules,
    postgres: Option<String>,
    seed: u64,
    until: Instant,
    _folder: tempfile::TempDir,
}

/// An empty database for a scenario that breaks no database: on the server of the test run, if
/// there is one, otherwise on one of its own.
pub(crate) fn quiet_database(setup: &Setup) -> (Option<Cluster>, String) {
    let unique = tempfile::Builder::new().prefix("chaos_").tempdir().expect("a folder");
    let name = unique.path().file_name().expect("a name").to_string_lossy().to_lowercase();
    if let Some(server) = &setup.postgres {
        return (None, make_database(server, &name, None));
    }
    let cluster = Cluster::start(&[]);
    let url = cluster.database(&name, None);
    (Some(cluster), url)
}

impl World {
    /// Prepares the database, starts so many nodes and makes the webhooks.
    ///
    /// # Panics
    /// When something cannot be started.
    pub(crate) fn new(setup: &Setup, store: Store, nodes: usize, plan: &Plan) -> Self {
        let folder = tempfile::Builder::new().prefix("fanfare-chaos-").tempdir().expect("a folder");
        let (database, postgres) = match store {
            Store::Embedded(place) => {
                let place = place.as_deref().unwrap_or(folder.path());
                (format!("sqlite:{}", place.join("chaos.db").display()), None)
            }
            Store::Postgres(url) => (url.clone(), Some(url)),
        };
        let mut spec = Spec {
            binary: setup.binary.clone(),
            database,
            folder: folder.path().to_owned(),
            variables: variables(plan),
        };
        if let Some(url) = &postgres {
            spec.command(&["migrate", "apply"]);
            tables::watch_claims(url);
            spec.database = plan.via.map_or_else(|| url.clone(), |port| at_port(url, port));
        }
        let ledger = Arc::<Ledger>::default();
        let mut world = Self {
            nodes: Vec::new(),
            receiver: Receiver::start(Arc::clone(&ledger), plan.manners),
            ledger,
            dice: Dice::new(setup.seed),
            notes: Vec::new(),
            spec,
            rules: Rules {
                waits: plan.waits.map(Duration::from_millis).to_vec(),
                tolerance: plan.tolerance,
                lag: plan.lag,
                echo: plan.echo,
                manners: plan.manners,
                queue_shown: postgres.is_some(),
            },
            postgres,
            seed: setup.seed,
            until: Instant::now(),
            _folder: folder,
        };
        for _ in 0..nodes {
            world.add_node(world.spec.clone());
        }
        world.subscribe(ALL, "*");
        world.subscribe(CONSUMERS, "consumer.*");
        world.until = Instant::now() + setup.length;
        world
    }

    /// Starts one more node.
    pub(crate) fn add_node(&mut self, spec: Spec) {
        self.nodes.push(Node::start(spec));
    }

    fn subscribe(&self, path: &str, events: &str) {
        let webhook = json!({"url": self.receiver.url(path), "events": [events], "secret": SECRET});
        let answer = self.client(0).post("/api/webhooks", &webhook.to_string());
        let answer = answer.expect("the node answers");
        assert_eq!(answer.status, 201, "{}", answer.text());
    }

    /// A client of a node.
    pub(crate) fn client(&self, node: usize) -> HttpClient {
        HttpClient::new(self.nodes[node].addr, Some(KEY))
    }

    /// Begins to publish to all nodes.
    pub(crate) fn publish(&self, rate: Rate) -> Load {
        let addresses: Vec<_> = self.nodes.iter().map(|node| node.addr).collect();
        Load::begin(&addresses, &self.ledger, rate, self.seed)
    }

    /// Whether the scenario's time is not over.
    pub(crate) fn goes_on(&self) -> bool {
        Instant::now() < self.until
    }

    /// Waits for a while between these two.
    pub(crate) fn pause(&self, least_ms: u64, most_ms: u64) {
        let bounds = (Duration::from_millis(least_ms), Duration::from_millis(most_ms));
        thread::sleep(self.dice.between(bounds.0, bounds.1));
    }

    /// Any node.
    pub(crate) fn any_node(&self) -> usize {
        self.dice.below(self.nodes.len())
    }

    /// Kills a node and starts it again after a pause.
    pub(crate) fn kill_and_start(&mut self, node: usize, least_ms: u64, most_ms: u64) {
        let ledger = Arc::clone(&self.ledger);
        ledger.fault(format!("node {node} killed"), || {
            self.nodes[node].kill();
            self.pause(least_ms, most_ms);
            self.nodes[node].launch();
            self.nodes[node].wait_until_ready();
        });
    }

    /// Waits until this holds; `false`: it did not in time.
    pub(crate) fn eventually(&self, time: Duration, mut holds: impl FnMut(&Self) -> bool) -> bool {
        let deadline = Instant::now() + time;
        loop {
            if holds(self) {
                return true;
            }
            if Instant::now() > deadline {
                return false;
            }
            self.receiver.forget();
            thread::sleep(Duration::from_millis(50));
        }
    }

    /// Ends the load, waits until everything has come to its end, and judges.
    pub(crate) fn finish(self, load: Load) -> Figures {
        load.end();
        self.settle()
    }

    /// Waits until everything has come to its end, and judges.
    pub(crate) fn settle(self) -> Figures {
        self.eventually(SETTLING, |world| {
            world.ledger.look(|pages| is_settled(pages, &world.rules))
        });
        let left = |world: &Self| match &world.postgres {
            Some(url) => tables::waiting(url) == 0,
            None => tables::nothing_pending(world.nodes[0].addr),
        };
        self.eventually(SETTLING, left);
        let tables = match &self.postgres {
            Some(url) => tables::of_postgres(url, &self.rules.waits, self.rules.tolerance),
            None => tables::of_api(self.nodes[0].addr),
        };
        let mut figures = self.ledger.look(|pages| judge(pages, &tables, &self.rules));
        for node in &self.nodes {
            let log = node.log_text();
            let panics = log.lines().filter(|line| line.contains("panicked at"));
            figures.broken.extend(panics.map(|line| format!("a node panicked: {line}")));
        }
        if !figures.broken.is_empty() {
            figures.notes.push(keep_logs(&self.nodes));
        }
        figures.notes.extend(self.notes);
        figures
    }
}

/// Copies the logs to where they outlive the world, and says where.
fn keep_logs(nodes: &[Node]) -> String {
    let kept = tempfile::Builder::new().prefix("fanfare-chaos-logs-").tempdir();
    let Ok(kept) = kept.map(tempfile::TempDir::keep) else { return "logs are not kept".to_owned() };
    for node in nodes {
        let name = node.addr.port().to_string();
        let _shown_as_missing = std::fs::write(kept.join(name), node.log_text());
    }
    format!("logs: {}", kept.display())
}

fn variables(plan: &Plan) -> Vec<(&'static str, String)> {
    let waits: Vec<_> = plan.waits.iter().map(|wait| format!("{wait}ms")).collect();
    let usual = [
        ("FANFARE_RETRY_SCHEDULE", waits.join(",")),
        ("FANFARE_LEASE", format!("{}s", LEASE.as_secs())),
        ("FANFARE_REQUEST_TIMEOUT", "1s".to_owned()),
        ("FANFARE_SHUTDOWN_GRACE", "5s".to_owned()),
    ];
    usual.into_iter().chain(plan.variables.iter().cloned()).collect()
}

/// The same database, reached at another port.
pub(crate) fn at_port(url: &str, port: u16) -> String {
    let (before, name) = url.rsplit_once('/').expect("a URL with a database");
    let (host, _) = before.rsplit_once(':').expect("a URL with a port");
    format!("{host}:{port}/{name}")
}
