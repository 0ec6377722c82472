//! Connections for reading, on blocking threads.
//!
//! A read sees the database as of one commit. As many reads run at a time as there are
//! connections; a bounded number waits.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use fanfare_store::StoreError;
use parking_lot::Mutex;
use rusqlite::Connection;
use tokio::sync::Semaphore;

use crate::SqliteOptions;
use crate::connection::open_reader;
use crate::fault::Fault;

/// Reads that may wait for a connection; more are refused at once.
const WAITING: usize = 1_000;

/// The pool.
pub(crate) struct Readers {
    free: Arc<Semaphore>,
    connections: Arc<Mutex<Vec<Connection>>>,
    waiting: AtomicUsize,
}

impl Readers {
    pub(crate) fn open(path: &Path, options: &SqliteOptions) -> Result<Self, Fault> {
        let count = options.readers.max(1);
        let connections: Vec<_> =
            (0..count).map(|_| open_reader(path, options)).collect::<Result<_, _>>()?;
        Ok(Self {
            free: Arc::new(Semaphore::new(count)),
            connections: Arc::new(Mutex::new(connections)),
            waiting: AtomicUsize::new(0),
        })
    }

    /// Runs a read within one snapshot.
    pub(crate) async fn read<T: Send + 'static>(
        &self,
        read: impl FnOnce(&Connection) -> Result<T, Fault> + Send + 'static,
    ) -> Result<T, StoreError> {
        let permit = {
            let waiting = Waiting::enter(&self.waiting)?;
            let permit = self.free.clone().acquire_owned().await;
            drop(waiting);
            permit.map_err(|_| closed())?
        };
        let connections = self.connections.clone();
        let done = tokio::task::spawn_blocking(move || {
            let _permit = permit;
            let connection = connections.lock().pop().ok_or_else(closed)?;
            let result = snapshot(&connection, read);
            connections.lock().push(connection);
            result.map_err(StoreError::from)
        });
        done.await.map_err(|error| StoreError::Failed(format!("a read ended early: {error}")))?
    }

    /// Closes the connections once the reads that run are over; later ones are refused.
    pub(crate) fn close(&self) {
        self.free.close();
        self.connections.lock().clear();
    }
}

fn closed() -> StoreError {
    StoreError::Unavailable("the store is closed".into())
}

fn snapshot<T>(
    connection: &Connection,
    read: impl FnOnce(&Connection) -> Result<T, Fault>,
) -> Result<T, Fault> {
    connection.prepare_cached("BEGIN")?.execute([])?;
    let result = read(connection);
    connection.prepare_cached("COMMIT")?.execute([])?;
    result
}

struct Waiting<'a>(&'a AtomicUsize);

impl<'a> Waiting<'a> {
    fn enter(waiting: &'a AtomicUsize) -> Result<Self, StoreError> {
        if waiting.fetch_add(1, Ordering::Relaxed) >= WAITING {
            waiting.fetch_sub(1, Ordering::Relaxed);
            return Err(StoreError::Unavailable("too many reads are waiting".into()));
        }
        Ok(Self(waiting))
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}
