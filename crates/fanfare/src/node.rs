//! A running server: store, engine, use cases and API, wired.
//!
//! Promises: when [`Node::start`] returns, requests are served; when it fails, nothing runs.
//! [`Node::stop`] takes no new request, lets those in flight, from clients and to receivers,
//! finish within the grace, gives back the rest without costing an attempt, and closes the store
//! last, when everybody who writes to it is done.

mod figures;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use fanfare_api::{ApiOptions, ApiParts, ApiState, Front, Metrics, Peer, ServerLimits};
use fanfare_app::{App, AppOptions, AppParts, Bootstrapped};
use fanfare_dashboard::{DashboardParts, Origin};
use fanfare_delivery::{Engine, EngineOptions};
use fanfare_egress::{Egress, EgressLimits, EgressPolicy, SystemResolver};
use fanfare_inbound::{Inbound, InboundRate};
use fanfare_model::{Clock, Entropy, IdSource};
use fanfare_notify::Notifier;
use fanfare_signing::Keyring;
use fanfare_store::{Handover, NoHandover};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::config::{Config, Roles};
use crate::database::{self, Opened};
use crate::encryption_key;
use crate::entropy::OsEntropy;
use crate::mails;

use figures::NodeFigures;

/// A server that runs in this process.
pub(crate) struct Node {
    /// Where it listens; never port 0.
    pub(crate) addr: SocketAddr,
    /// What the first start made.
    pub(crate) bootstrapped: Bootstrapped,
    /// What its first owner opens, after the first start.
    pub(crate) setup: Option<String>,
    /// The use cases.
    pub(crate) app: App,
    state: ApiState,
    engine: Arc<Engine>,
    database: Opened,
    tasks: TaskTracker,
    /// Ends the accept loop.
    stop_serving: CancellationToken,
    /// Ends the other loops.
    stop_loops: CancellationToken,
    clock: Following,
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
        let inner = Box::pin(Inner::open(config, addr)).await?;
        let given = config.bootstrap_api_key.as_ref().map(fanfare_signing::ApiKey::expose);
        let bootstrapped = match inner.app.bootstrap(given).await {
            Ok(bootstrapped) => bootstrapped,
            Err(error) => {
                inner.database.close().await;
                return Err(error).context("the database cannot be prepared");
            }
        };
        let setup = bootstrapped.setup.as_ref().map(|link| config.link_at(addr, link));
        Ok(inner.serve(listener, addr, (bootstrapped, setup), config.shutdown_grace))
    }

    /// Where it answers, for people.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.addr)
    }

    /// Ends in order; takes at most a little longer than the grace.
    pub(crate) async fn stop(self) {
        self.state.set_ready(false);
        self.app.close_feed();
        self.stop_serving.cancel();
        self.stop_loops.cancel();
        self.tasks.close();
        // Clients and receivers share the grace: what is accepted now waits in the store.
        tokio::join!(self.tasks.wait(), self.engine.drain(self.grace));
        self.state.drain().await;
        self.database.close().await;
        self.clock.stop().await;
    }
}

/// What the clock does to follow the database's.
#[derive(Default)]
struct Following {
    tasks: TaskTracker,
    stop: CancellationToken,
}

impl Following {
    async fn stop(self) {
        self.stop.cancel();
        self.tasks.close();
        self.tasks.wait().await;
    }
}

/// What does the work, before anybody can ask for it.
struct Inner {
    app: App,
    engine: Arc<Engine>,
    database: Opened,
    clock: Arc<dyn Clock>,
    following: Following,
    ids: Arc<IdSource>,
    roles: Roles,
    origin: Origin,
    /// Sends mails, if they are configured.
    notifier: Option<Notifier>,
}

impl Inner {
    async fn open(config: &Config, addr: SocketAddr) -> anyhow::Result<Self> {
        let origin = origin(config, addr)?;
        let mails = mails::settings(config, addr)?;
        if mails.is_none() {
            tracing::warn!(
                "no mails are sent: notices are in the dashboard alone (set smtp_url or \
                 resend_api_key)"
            );
        }
        let following = Following::default();
        let clock = database::clock(config, &following.tasks, following.stop.clone()).await?;
        let notifier = mails.map(|mails| Notifier::new(&mails, clock.clone())).transpose()?;
        let entropy: Arc<dyn Entropy> = Arc::new(OsEntropy::new());
        let ids = Arc::new(IdSource::new(clock.clone(), entropy.clone()));
        let keyring = Arc::new(Keyring::new(&encryption_key::find(config, &*entropy)?));
        let egress = egress(config, Some(addr));
        let options = engine_options(config);
        let engine = Engine::new(options, egress.clone(), keyring.clone(), clock.clone(), entropy);
        // A node that does not deliver leaves everything to those that do.
        let handover: Arc<dyn Handover> =
            if config.roles.delivery { engine.clone() } else { Arc::new(NoHandover) };
        let database = Opened::server(config, handover, &ids).await?;
        let app = App::new(AppParts {
            store: database.store(),
            clock: clock.clone(),
            ids: ids.clone(),
            egress,
            keyring,
            options: AppOptions {
                retention: config.retention,
                schedule: config.retry_schedule.clone(),
                disable_after: config.disable_after,
                drain_within: config.drain_within,
                mails: notifier.is_some(),
            },
        });
        let roles = config.roles;
        Ok(Self { app, engine, database, clock, following, ids, roles, origin, notifier })
    }

    /// Starts the loops and the API.
    fn serve(
        self,
        listener: TcpListener,
        addr: SocketAddr,
        (bootstrapped, setup): (Bootstrapped, Option<String>),
        grace: Duration,
    ) -> Node {
        let Self { app, engine, database, clock, following, ids, roles, origin, notifier } = self;
        let store = database.store();
        if roles.delivery {
            engine.start(store.clone());
        }
        let inbound = Inbound::new(app.clone(), clock.clone(), InboundRate::default());
        let figures = NodeFigures::new(engine.clone(), inbound.clone());
        let connections = Arc::default();
        let state = ApiState::new(ApiParts {
            app: app.clone(),
            store: store.clone(),
            clock: clock.clone(),
            ids: ids.clone(),
            metrics: Metrics::new(Arc::clone(&connections), figures.clone()),
            options: ApiOptions::default(),
        });
        let (stop_serving, stop_loops) = (CancellationToken::new(), CancellationToken::new());
        let dashboard = roles.dashboard.then(|| {
            fanfare_dashboard::router(DashboardParts {
                app: app.clone(),
                clock: clock.clone(),
                ids: ids.clone(),
                origin,
                peer: |extensions| extensions.get::<Peer>().map(|peer| peer.0),
                stop: stop_serving.clone(),
            })
        });
        let coming_in = inbound.router(|noted| noted.get::<Peer>().map(|peer| peer.0));
        let front = front(&state, roles.api.then_some(coming_in), dashboard);
        let limits = ServerLimits { grace, ..ServerLimits::default() };

        let tasks = TaskTracker::new();
        let stop = stop_serving.clone();
        tasks.spawn(fanfare_api::serve_counted(listener, front, limits, connections, stop));
        if roles.scheduler {
            let (jobs, stop) = (app.clone(), stop_loops.clone());
            tasks.spawn(async move { jobs.run_jobs(stop).await });
            let (launches, stop) = (app.clone(), stop_loops.clone());
            tasks.spawn(async move { launches.run_launch(stop).await });
            let (telling, stop) = (app.clone(), stop_loops.clone());
            tasks.spawn(async move { telling.run_notices(stop).await });
            if let Some(notifier) = notifier {
                let (mailing, stop) = (app.clone(), stop_loops.clone());
                tasks.spawn(async move { notifier.run(&mailing, stop).await });
            }
            let (keeping, stop) = (app.clone(), stop_loops.clone());
            tasks.spawn(async move { keeping.run_housekeeping(stop).await });
            let stop = stop_loops.clone();
            tasks.spawn(async move { inbound.run(stop).await });
        }
        let (counting, stop) = (app.clone(), stop_loops.clone());
        tasks.spawn(async move { counting.run_tallies(stop).await });
        let stop = stop_loops.clone();
        let using = app.clone();
        tasks.spawn(async move { using.run_key_usage(stop).await });
        tasks.spawn(figures.keep(store, clock, stop_loops.clone()));
        state.set_ready(true);
        Node {
            addr,
            bootstrapped,
            setup,
            app,
            state,
            engine,
            database,
            tasks,
            stop_serving,
            stop_loops,
            clock: following,
            grace,
        }
    }
}

/// Where people reach the dashboard: the public URL, else where this server listens.
fn origin(config: &Config, addr: SocketAddr) -> anyhow::Result<Origin> {
    let listening = || format!("http://{addr}").parse::<url::Url>().ok();
    let url = config.public_urls.first().cloned().or_else(listening);
    url.as_ref().and_then(Origin::of).context("the public URL has no host")
}

/// What this node answers with: the API with what comes in from providers, the pages, or both on
/// one port.
fn front(
    state: &ApiState,
    coming_in: Option<axum::Router>,
    dashboard: Option<axum::Router>,
) -> Front {
    let beside = |other| match dashboard {
        Some(dashboard) => fanfare_dashboard::beside(dashboard, other, fanfare_api::PREFIXES),
        None => other,
    };
    match coming_in {
        Some(coming_in) => {
            let api = fanfare_api::router(state.clone()).merge(coming_in);
            Front::new(state.clone(), beside(api))
        }
        None => Front::operations(state.clone(), beside),
    }
}

/// The way out under the configured policy. `listening`: where we are, to be refused as a target.
pub(crate) fn egress(config: &Config, listening: Option<SocketAddr>) -> Egress {
    let own = listening.filter(|addr| !addr.ip().is_unspecified());
    let local = own.filter(|addr| addr.ip().is_loopback());
    let own = own.map(|addr| addr.to_string());
    let local = local.map(|addr| format!("localhost:{}", addr.port()));
    let public = config.public_urls.iter().filter_map(url::Url::host_str);
    let policy = EgressPolicy {
        allow_private: config.allow_private_targets.clone(),
        allow_http: config.allow_http_targets,
        own_hosts: public.map(str::to_owned).chain(own).chain(local).collect(),
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
        lease: config.lease(),
        disable_after: config.disable_after,
        ..EngineOptions::default()
    }
}
