//! A running server: store, engine, use cases and API, wired.
//!
//! Promises: when [`Node::start`] returns, requests are served; when it fails, nothing runs.
//! [`Node::stop`] takes no new request, lets those in flight, from clients and to receivers,
//! finish within the grace, gives back the rest without costing an attempt, and closes the store
//! last, when everybody who writes to it is done.

mod figures;

use std::fs::OpenOptions;
use std::io;
use std::net::SocketAddr;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use fanfare_api::{ApiOptions, ApiParts, ApiState, Front, Metrics, ServerLimits};
use fanfare_app::{App, AppOptions, AppParts, Bootstrapped};
use fanfare_delivery::{Engine, EngineOptions};
use fanfare_egress::{Egress, EgressLimits, EgressPolicy, SystemResolver};
use fanfare_model::{Clock, Entropy, IdSource};
use fanfare_signing::Keyring;
use fanfare_sqlite::{SqliteOptions, SqliteStore};
use fanfare_store::Store;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::clock::system_clock;
use crate::config::Config;
use crate::encryption_key;
use crate::entropy::OsEntropy;

use figures::NodeFigures;

/// A server that runs in this process.
pub(crate) struct Node {
    /// Where it listens; never port 0.
    pub(crate) addr: SocketAddr,
    /// What the first start made.
    pub(crate) bootstrapped: Bootstrapped,
    state: ApiState,
    engine: Arc<Engine>,
    store: Arc<SqliteStore>,
    tasks: TaskTracker,
    /// Ends the accept loop.
    stop_serving: CancellationToken,
    /// Ends the other loops.
    stop_loops: CancellationToken,
    grace: Duration,
}

impl Node {
    /// Starts everything on the current runtime.
    pub(crate) async fn start(config: &Config) -> anyhow::Result<Self> {
        // The port comes first: when it is taken, nothing is created.
        let listener = TcpListener::bind(config.listen)
            .await
            .with_context(|| format!("cannot listen on {}", config.listen))?;
        let addr = listener.local_addr().context("the listening socket has no address")?;
        let inner = Inner::open(config, addr).await?;
        let given = config.bootstrap_api_key.as_ref().map(fanfare_signing::ApiKey::expose);
        let bootstrapped = match inner.app.bootstrap(given).await {
            Ok(bootstrapped) => bootstrapped,
            Err(error) => {
                close(inner.store).await;
                return Err(error).context("the database cannot be prepared");
            }
        };
        Ok(inner.serve(listener, addr, bootstrapped, config.shutdown_grace))
    }

    /// Where it answers, for people.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.addr)
    }

    /// Ends in order; takes at most a little longer than the grace.
    pub(crate) async fn stop(self) {
        self.state.set_ready(false);
        self.stop_serving.cancel();
        self.stop_loops.cancel();
        self.tasks.close();
        // Clients and receivers share the grace: what is accepted now waits in the store.
        tokio::join!(self.tasks.wait(), self.engine.drain(self.grace));
        self.state.drain().await;
        close(self.store).await;
    }
}

/// What does the work, before anybody can ask for it.
struct Inner {
    app: App,
    engine: Arc<Engine>,
    store: Arc<SqliteStore>,
    clock: Arc<dyn Clock>,
    ids: Arc<IdSource>,
}

impl Inner {
    async fn open(config: &Config, addr: SocketAddr) -> anyhow::Result<Self> {
        let clock = system_clock();
        let entropy: Arc<dyn Entropy> = Arc::new(OsEntropy::new());
        let ids = Arc::new(IdSource::new(clock.clone(), entropy.clone()));
        let keyring = Arc::new(Keyring::new(&encryption_key::find(config, &*entropy)?));
        let egress = egress(config, Some(addr));
        let options = engine_options(config);
        let engine = Engine::new(options, egress.clone(), keyring.clone(), clock.clone(), entropy);
        let store = open_store(config, &engine, &ids).await?;
        let app = App::new(AppParts {
            store: store.clone(),
            clock: clock.clone(),
            ids: ids.clone(),
            egress,
            keyring,
            options: AppOptions { retention: config.retention },
        });
        Ok(Self { app, engine, store, clock, ids })
    }

    /// Starts the loops and the API.
    fn serve(
        self,
        listener: TcpListener,
        addr: SocketAddr,
        bootstrapped: Bootstrapped,
        grace: Duration,
    ) -> Node {
        let Self { app, engine, store, clock, ids } = self;
        let dyn_store: Arc<dyn Store> = store.clone();
        engine.start(dyn_store.clone());
        let figures = NodeFigures::new(engine.clone());
        let connections = Arc::default();
        let state = ApiState::new(ApiParts {
            app: app.clone(),
            store: dyn_store.clone(),
            clock: clock.clone(),
            ids,
            metrics: Metrics::new(Arc::clone(&connections), figures.clone()),
            options: ApiOptions::default(),
        });
        let front = Front::new(state.clone(), fanfare_api::router(state.clone()));
        let limits = ServerLimits { grace, ..ServerLimits::default() };

        let tasks = TaskTracker::new();
        let (stop_serving, stop_loops) = (CancellationToken::new(), CancellationToken::new());
        let stop = stop_serving.clone();
        tasks.spawn(fanfare_api::serve_counted(listener, front, limits, connections, stop));
        let (jobs, stop) = (app.clone(), stop_loops.clone());
        tasks.spawn(async move { jobs.run_jobs(stop).await });
        let (launches, stop) = (app.clone(), stop_loops.clone());
        tasks.spawn(async move { launches.run_launch(stop).await });
        let stop = stop_loops.clone();
        tasks.spawn(async move { app.run_housekeeping(stop).await });
        tasks.spawn(figures.keep(dyn_store, clock, stop_loops.clone()));
        state.set_ready(true);
        Node { addr, bootstrapped, state, engine, store, tasks, stop_serving, stop_loops, grace }
    }
}

/// The way out under the configured policy. `listening`: where we are, to be refused as a target.
pub(crate) fn egress(config: &Config, listening: Option<SocketAddr>) -> Egress {
    let own = listening.filter(|addr| !addr.ip().is_unspecified());
    let local = own.filter(|addr| addr.ip().is_loopback());
    let own = own.map(|addr| addr.to_string());
    let local = local.map(|addr| format!("localhost:{}", addr.port()));
    let policy = EgressPolicy {
        allow_private: config.allow_private_targets.clone(),
        allow_http: config.allow_http_targets,
        own_hosts: config.own_hosts.iter().cloned().chain(own).chain(local).collect(),
        extra_denied: config.deny_targets.clone(),
        extra_ports: config.target_ports.clone(),
        nat64: config.nat64_prefixes.clone(),
    };
    Egress::new(policy, Arc::new(SystemResolver), EgressLimits::default())
}

fn engine_options(config: &Config) -> EngineOptions {
    EngineOptions {
        schedule: config.retry_schedule.clone(),
        request_timeout: config.request_timeout,
        disable_after: config.disable_after,
        ..EngineOptions::default()
    }
}

async fn open_store(
    config: &Config,
    engine: &Arc<Engine>,
    ids: &Arc<IdSource>,
) -> anyhow::Result<Arc<SqliteStore>> {
    let path = config.database.path().to_owned();
    let (handover, ids) = (engine.clone(), ids.clone());
    create_for_owner(&path).with_context(|| format!("cannot create {}", path.display()))?;
    let opening = tokio::task::spawn_blocking(move || {
        SqliteStore::open(&path, SqliteOptions::default(), handover, ids)
    });
    let opened = opening.await.context("opening the database did not finish")?;
    let store = opened.with_context(|| format!("cannot open {}", config.database))?;
    Ok(Arc::new(store))
}

/// Makes an empty database that only its owner can read, unless there is one: it will hold
/// customers' data. SQLite gives its other files the same mode.
fn create_for_owner(path: &Path) -> io::Result<()> {
    let created = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
    match created {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        other => other.map(drop),
    }
}

async fn close(store: Arc<SqliteStore>) {
    if tokio::task::spawn_blocking(move || store.close()).await.is_err() {
        tracing::error!("closing the database did not finish");
    }
}
