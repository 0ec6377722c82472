//! The database: which backend, opened and closed. Only here is a backend named.

use std::fs::OpenOptions;
use std::io;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context as _, bail};
use fanfare_model::{Clock, IdSource};
use fanfare_postgres::{DatabaseClock, PostgresOptions, PostgresStore, PostgresTarget};
use fanfare_sqlite::{Role, SqliteOptions, SqliteSource, SqliteStore};
use fanfare_store::transfer::{Source, Target};
use fanfare_store::{Handover, Store};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::clock::system_clock;
use crate::config::{Config, Database};

/// The clock that everything on this database shares: the machine's for the embedded store, the
/// database's where several nodes must agree. It follows the database until `stop`.
pub(crate) async fn clock(
    config: &Config,
    tasks: &TaskTracker,
    stop: CancellationToken,
) -> anyhow::Result<Arc<dyn Clock>> {
    match &config.database {
        Database::Sqlite(_) => Ok(system_clock()),
        Database::Postgres(url) => {
            let clock = DatabaseClock::start(&postgres_options(config, url)).await;
            let clock = clock.with_context(|| format!("cannot reach {}", config.database))?;
            tasks.spawn(clock.clone().follow(stop));
            Ok(clock)
        }
    }
}

/// What the configuration says of a PostgreSQL database.
pub(crate) fn postgres_options(config: &Config, url: &str) -> PostgresOptions {
    let mut options = PostgresOptions::new(url);
    options.sessions = config.database_sessions;
    options.lease = config.lease();
    options
}

/// The installation that an export reads.
pub(crate) fn source(config: &Config) -> anyhow::Result<Box<dyn Source>> {
    let Database::Sqlite(path) = &config.database else {
        bail!(
            "`fanfare export` reads the embedded store (sqlite:…), not {}: PostgreSQL has pg_dump",
            config.database
        );
    };
    let source = SqliteSource::open(path);
    let source = source.context("stop the server of a database before you export it")?;
    Ok(Box::new(source))
}

/// The database that an import fills.
pub(crate) async fn target(config: &Config) -> anyhow::Result<Box<dyn Target>> {
    let Database::Postgres(url) = &config.database else {
        bail!(
            "`fanfare import` fills a PostgreSQL database (postgres://…), not {}",
            config.database
        );
    };
    let target = PostgresTarget::open(&postgres_options(config, url)).await;
    let target = target.with_context(|| format!("cannot open {}", config.database))?;
    Ok(Box::new(target))
}

/// An open database.
pub(crate) enum Opened {
    /// The embedded store.
    Sqlite(Arc<SqliteStore>),
    /// The store for several nodes.
    Postgres(Arc<PostgresStore>),
}

impl Opened {
    /// Opens it for a server, and makes it first if it is embedded.
    pub(crate) async fn server(
        config: &Config,
        handover: Arc<dyn Handover>,
        ids: &Arc<IdSource>,
    ) -> anyhow::Result<Self> {
        if let Database::Sqlite(path) = &config.database {
            create_for_owner(path).with_context(|| format!("cannot create {}", path.display()))?;
        }
        Self::open(config, SqliteOptions::default(), handover, ids).await
    }

    /// Opens it for a command beside a running server.
    pub(crate) async fn tool(
        config: &Config,
        handover: Arc<dyn Handover>,
        ids: &Arc<IdSource>,
    ) -> anyhow::Result<Self> {
        let options = SqliteOptions { role: Role::Tool, ..SqliteOptions::default() };
        Self::open(config, options, handover, ids).await
    }

    async fn open(
        config: &Config,
        options: SqliteOptions,
        handover: Arc<dyn Handover>,
        ids: &Arc<IdSource>,
    ) -> anyhow::Result<Self> {
        let ids = ids.clone();
        let opened = match &config.database {
            Database::Sqlite(path) => {
                let path = path.clone();
                let opening = tokio::task::spawn_blocking(move || {
                    SqliteStore::open(&path, options, handover, ids)
                });
                let opened = opening.await.context("opening the database did not finish")?;
                opened.map(|store| Self::Sqlite(Arc::new(store)))
            }
            Database::Postgres(url) => {
                let options = postgres_options(config, url);
                PostgresStore::open(options, handover, ids).await.map(Self::Postgres)
            }
        };
        opened.with_context(|| format!("cannot open {}", config.database))
    }

    /// The store.
    pub(crate) fn store(&self) -> Arc<dyn Store> {
        match self {
            Self::Sqlite(store) => store.clone(),
            Self::Postgres(store) => store.clone(),
        }
    }

    /// Closes it: what was accepted before is written first.
    pub(crate) async fn close(self) {
        match self {
            Self::Sqlite(store) => {
                if tokio::task::spawn_blocking(move || store.close()).await.is_err() {
                    tracing::error!("closing the database did not finish");
                }
            }
            Self::Postgres(store) => store.close().await,
        }
    }
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
