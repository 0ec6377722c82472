//! Has the database remove old versions of rows in which a person was erased.
//!
//! PostgreSQL keeps what a row was until a `VACUUM` of its table. It runs beside those who read and
//! write, on a connection of its own, a while after an erasure, so that several share one. If it
//! fails, or the store closes before, the database's own vacuum does it later.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::sync::Notify;

use crate::PostgresStore;
use crate::fault::{Fault, describe};

/// How long erasures gather.
const GATHER: Duration = Duration::from_secs(5);

/// Tables to sweep.
#[derive(Default)]
pub(crate) struct Sweeper {
    tables: Mutex<BTreeSet<String>>,
    wanted: Notify,
}

impl Sweeper {
    /// Something was erased in these tables.
    pub(super) fn want(&self, tables: BTreeSet<String>) {
        if !tables.is_empty() {
            self.tables.lock().extend(tables);
            self.wanted.notify_one();
        }
    }
}

/// Sweeps until the store closes.
pub(crate) async fn run(store: Arc<PostgresStore>) {
    let forever = async {
        loop {
            store.sweeper.wanted.notified().await;
            tokio::time::sleep(GATHER).await;
            let tables = std::mem::take(&mut *store.sweeper.tables.lock());
            if let Err(fault) = sweep(&store, &tables).await {
                tracing::warn!(%fault, "the database sweeps later what was erased");
            }
        }
    };
    tokio::select! {
        () = forever => {}
        () = store.stop.cancelled() => {}
    }
}

/// A table that cannot be swept (its day may be over) does not keep the others from it.
async fn sweep(store: &PostgresStore, tables: &BTreeSet<String>) -> Result<(), Fault> {
    let (client, connection) = store.sessions.connector().connect().await?;
    let work = async {
        for table in tables {
            if let Err(error) = client.batch_execute(&format!("VACUUM fanfare.{table}")).await {
                tracing::debug!(table, error = describe(&error), "a table was not swept");
            }
        }
    };
    tokio::select! {
        () = work => Ok(()),
        ended = connection => Ok(ended?),
    }
}
