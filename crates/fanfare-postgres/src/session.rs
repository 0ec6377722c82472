//! Sessions with the database, and the pool of them.
//!
//! Promises: a session sees one organization, or everything when it works for the product; it is
//! told so before it is used. A session that broke, or was left inside a transaction because its
//! caller went away, is never used again. No call lasts much longer than the statement timeout,
//! even when the network swallows the answer. The pool mends itself: every call finds out anew
//! whether the database is there. No kind of caller keeps the others from it ([`crate::shares`]).

use std::collections::HashMap;
use std::ops::Deref;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use deadpool::managed::{self, Metrics, PoolError, RecycleError, RecycleResult, Timeouts};
use fanfare_model::OrganizationId;
use parking_lot::Mutex;
use tokio_postgres::types::ToSql;
use tokio_postgres::{Client, Row, Statement};
use tokio_util::task::TaskTracker;

use crate::PostgresOptions;
use crate::connect::Connector;
use crate::fault::{Fault, describe};
use crate::ids::uuid;
use crate::shares::{Errand, Place, Shares};

/// What a statement is given.
pub(crate) type Params<'p> = &'p [&'p (dyn ToSql + Sync)];

/// Beyond the statement timeout, this is waited for an answer before the session is given up.
pub(crate) const GRACE: Duration = Duration::from_secs(2);

/// For whom a session works.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scope {
    /// One organization: no row of another is seen.
    Organization(OrganizationId),
    /// The product itself: everything.
    Product,
}

/// A session, on loan from the pool.
pub(crate) struct Lent {
    session: managed::Object<Manager>,
    /// Given back after the session.
    _place: Place,
}

impl Deref for Lent {
    type Target = Session;

    fn deref(&self) -> &Session {
        &self.session
    }
}

/// A session with the database.
pub(crate) struct Session {
    client: Client,
    statements: Mutex<HashMap<String, Statement>>,
    scope: Mutex<Option<Scope>>,
    /// Between BEGIN and the answer to COMMIT or ROLLBACK, or after silence.
    unfinished: AtomicBool,
    longest: Duration,
}

impl Session {
    /// The rows that a statement gives. It is prepared once for each session.
    pub(crate) async fn query(&self, sql: &str, params: Params<'_>) -> Result<Vec<Row>, Fault> {
        self.answered(async {
            #[cfg(test)]
            crate::plans::before(&self.client, self.is_inside(), sql, params).await;
            let statement = self.prepared(sql).await?;
            Ok(self.client.query(&statement, params).await?)
        })
        .await
    }

    /// The row that a statement gives, if it gives one.
    pub(crate) async fn find(&self, sql: &str, params: Params<'_>) -> Result<Option<Row>, Fault> {
        Ok(self.query(sql, params).await?.pop())
    }

    /// The row that a statement always gives.
    pub(crate) async fn one(&self, sql: &str, params: Params<'_>) -> Result<Row, Fault> {
        let row = self.find(sql, params).await?;
        row.ok_or_else(|| Fault::failed("a statement gave no row"))
    }

    /// How many rows a statement changed.
    pub(crate) async fn execute(&self, sql: &str, params: Params<'_>) -> Result<u64, Fault> {
        self.answered(async {
            #[cfg(test)]
            crate::plans::before(&self.client, self.is_inside(), sql, params).await;
            let statement = self.prepared(sql).await?;
            Ok(self.client.execute(&statement, params).await?)
        })
        .await
    }

    /// Several statements without parameters, not prepared.
    pub(crate) async fn run(&self, sql: &str) -> Result<(), Fault> {
        self.answered(async { Ok(self.client.batch_execute(sql).await?) }).await
    }

    /// Begins a transaction (READ COMMITTED).
    pub(crate) async fn begin(&self) -> Result<(), Fault> {
        self.unfinished.store(true, Ordering::Relaxed);
        self.run("BEGIN").await
    }

    /// Commits. After an error nobody knows whether it happened.
    pub(crate) async fn commit(&self) -> Result<(), Fault> {
        self.run("COMMIT").await?;
        self.unfinished.store(false, Ordering::Relaxed);
        Ok(())
    }

    /// Undoes the transaction; a session that cannot is not used again.
    pub(crate) async fn roll_back(&self) {
        if self.run("ROLLBACK").await.is_ok() {
            self.unfinished.store(false, Ordering::Relaxed);
        }
    }

    /// Whether it is inside a transaction.
    #[cfg(test)]
    fn is_inside(&self) -> bool {
        self.unfinished.load(Ordering::Relaxed)
    }

    async fn prepared(&self, sql: &str) -> Result<Statement, Fault> {
        if let Some(known) = self.statements.lock().get(sql) {
            return Ok(known.clone());
        }
        let statement = self.client.prepare(sql).await?;
        self.statements.lock().insert(sql.to_owned(), statement.clone());
        Ok(statement)
    }

    async fn answered<T>(&self, call: impl Future<Output = Result<T, Fault>>) -> Result<T, Fault> {
        match tokio::time::timeout(self.longest, call).await {
            Ok(answer) => answer,
            Err(_) => {
                self.unfinished.store(true, Ordering::Relaxed);
                Err(Fault::Away("the database does not answer".into()))
            }
        }
    }

    async fn work_for(&self, scope: Scope) -> Result<(), Fault> {
        if *self.scope.lock() == Some(scope) {
            return Ok(());
        }
        let name = match scope {
            Scope::Organization(id) => uuid(id).to_string(),
            Scope::Product => "*".to_owned(),
        };
        *self.scope.lock() = None;
        self.query("SELECT set_config('fanfare.organization', $1, false)", &[&name]).await?;
        *self.scope.lock() = Some(scope);
        Ok(())
    }
}

/// Makes sessions for the pool.
pub(crate) struct Manager {
    connector: Connector,
    statement_timeout: Duration,
    connect_timeout: Duration,
    connections: TaskTracker,
}

impl Manager {
    async fn connect(&self) -> Result<Session, Fault> {
        let away = |error: tokio_postgres::Error| Fault::Away(describe(&error));
        let (client, connection) = self.connector.connect().await.map_err(away)?;
        self.connections.spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!(error = describe(&error), "a session with the database ended");
            }
        });
        let session = Session {
            client,
            statements: Mutex::default(),
            scope: Mutex::default(),
            unfinished: AtomicBool::new(false),
            longest: self.statement_timeout + GRACE,
        };
        // A plan that is made while a day's piece is empty is kept until the database has looked at
        // the piece again. Every statement finds its rows by an index and in its order, so that none
        // is to get a plan that is only good for a small table.
        let set_up = format!(
            "SET search_path = fanfare; SET statement_timeout = {ms}; \
             SET idle_in_transaction_session_timeout = {ms}; SET synchronous_commit = on; \
             SET timezone = 'UTC'; SET jit = off; SET plan_cache_mode = force_generic_plan; \
             SET enable_seqscan = off; SET enable_bitmapscan = off; SET enable_mergejoin = off",
            ms = self.statement_timeout.as_millis()
        );
        session.run(&set_up).await?;
        Ok(session)
    }
}

impl managed::Manager for Manager {
    type Type = Session;
    type Error = Fault;

    async fn create(&self) -> Result<Session, Fault> {
        tokio::time::timeout(self.connect_timeout, self.connect())
            .await
            .unwrap_or_else(|_| Err(Fault::Away("the database does not answer".into())))
    }

    async fn recycle(&self, session: &mut Session, _: &Metrics) -> RecycleResult<Fault> {
        if session.client.is_closed() || session.unfinished.load(Ordering::Relaxed) {
            return Err(RecycleError::message("it is not to be used again"));
        }
        Ok(())
    }
}

/// The sessions of a node.
#[derive(Clone)]
pub(crate) struct Sessions {
    pool: managed::Pool<Manager>,
    shares: Shares,
    connector: Connector,
    connections: TaskTracker,
}

impl Sessions {
    /// Connects to nothing yet.
    pub(crate) fn new(options: &PostgresOptions) -> Result<Self, Fault> {
        let connector = Connector::new(options)?;
        let connections = TaskTracker::new();
        let manager = Manager {
            connector: connector.clone(),
            connections: connections.clone(),
            statement_timeout: options.statement_timeout,
            connect_timeout: options.connect_timeout,
        };
        let pool = managed::Pool::builder(manager)
            .max_size(options.sessions)
            .timeouts(Timeouts {
                // Whoever has a place never waits.
                wait: None,
                create: Some(options.connect_timeout),
                recycle: None,
            })
            .runtime(deadpool::Runtime::Tokio1)
            .build()
            .map_err(|error| Fault::failed(error.to_string()))?;
        let shares = Shares::new(options.sessions, options.patience);
        Ok(Self { pool, shares, connector, connections })
    }

    /// A session for this errand.
    pub(crate) async fn get(&self, errand: impl Into<Errand>) -> Result<Lent, Fault> {
        let errand = errand.into();
        let place = self.shares.take(errand.purpose).await?;
        let session = match self.pool.get().await {
            Ok(session) => session,
            Err(PoolError::Backend(fault)) => return Err(fault),
            Err(error) => return Err(Fault::Away(error.to_string())),
        };
        session.work_for(errand.scope).await?;
        Ok(Lent { session, _place: place })
    }

    /// How connections are made, for one outside of the pool.
    pub(crate) const fn connector(&self) -> &Connector {
        &self.connector
    }

    /// No more sessions; waits a moment for those that there are to end.
    pub(crate) async fn close(&self) {
        self.shares.close();
        self.pool.close();
        self.connections.close();
        if tokio::time::timeout(GRACE, self.connections.wait()).await.is_err() {
            tracing::debug!("sessions with the database are still open");
        }
    }
}
