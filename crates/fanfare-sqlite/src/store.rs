//! Opening, asking, closing.

use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread::JoinHandle;

use fanfare_model::IdSource;
use fanfare_store::{Handover, StoreError};
use parking_lot::Mutex;
use rusqlite::Connection;

use crate::checkpoint::{self, Log};
use crate::connection::{open_checkpointer, open_reader, open_writer};
use crate::fault::Fault;
use crate::queue::{Manner, Queue};
use crate::reader::Readers;
use crate::sweep::Sweeper;
use crate::writer::{self, Tx, Writer};
use crate::{Role, SqliteOptions, schema, start};

/// The embedded store. See the crate's text for what it promises.
pub struct SqliteStore {
    pub(crate) readers: Readers,
    role: Role,
    queue: Arc<Queue>,
    log: Arc<Log>,
    sweeper: Arc<Sweeper>,
    path: PathBuf,
    threads: Mutex<Vec<JoinHandle<()>>>,
    /// Held until the process ends or the store is closed.
    lock: Mutex<Option<File>>,
}

impl std::fmt::Debug for SqliteStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SqliteStore").field("path", &self.path).finish_non_exhaustive()
    }
}

impl SqliteStore {
    /// Opens the database at this path, which is created when it does not exist.
    ///
    /// As [`Role::Server`] it brings the schema up to date, makes everything due that an
    /// earlier process had leased, and keeps other servers out until it is closed. Blocks for
    /// as long as that takes.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] when another server has the database open or the disk says
    /// no; [`StoreError::Failed`] when the file belongs to a newer version or to something else.
    pub fn open(
        path: impl AsRef<Path>,
        options: SqliteOptions,
        handover: Arc<dyn Handover>,
        ids: Arc<IdSource>,
    ) -> Result<Self, StoreError> {
        Self::try_open(path.as_ref(), options, handover, ids).map_err(StoreError::from)
    }

    fn try_open(
        path: &Path,
        options: SqliteOptions,
        handover: Arc<dyn Handover>,
        ids: Arc<IdSource>,
    ) -> Result<Self, Fault> {
        let mut lock = match options.role {
            Role::Server => Some(lock_server(path)?.ok_or_else(|| already_open(path))?),
            Role::Tool => None,
        };
        let connection = open_writer(path, &options)?;
        schema::refuse_foreign(&connection)?;
        if schema::version(&connection)? < schema::STEPS.len() {
            if lock.is_none() {
                lock = Some(lock_server(path)?.ok_or_else(|| {
                    Fault::failed("a server of another version has this database open")
                })?);
            }
            schema::migrate(&connection, ids.now())?;
        }
        let state = match options.role {
            Role::Server => start::take_over(&connection, &ids)?,
            Role::Tool => start::empty(),
        };
        if options.role == Role::Tool {
            lock = None;
        }
        let readers = Readers::open(path, &options)?;
        let log = Log::new(&options);
        let sweeper = Sweeper::new();
        let queue = Arc::new(Queue::new(options.queued, options.queued_bytes));
        let role = options.role;
        let writer = Writer {
            connection,
            state,
            queue: queue.clone(),
            handover,
            ids: ids.clone(),
            log: log.clone(),
            sweeper: sweeper.clone(),
            options,
        };
        let threads = Mutex::new(start_threads(path, writer, role)?);
        let path = path.to_owned();
        Ok(Self { readers, role, queue, log, sweeper, path, threads, lock: Mutex::new(lock) })
    }

    /// Writes what waits, with its figures, and lets go of the database. Operations that come
    /// later are refused. Blocks until it is done; a second call does nothing.
    pub fn close(&self) {
        self.queue.close();
        self.log.close();
        self.sweeper.close();
        for thread in self.threads.lock().drain(..) {
            if thread.join().is_err() {
                tracing::error!("a thread of the store ended with a panic");
            }
        }
        self.readers.close();
        if self.role == Role::Server
            && let Some(lock) = self.lock.lock().take()
        {
            match Connection::open(&self.path) {
                Ok(connection) => checkpoint::finish(&connection),
                Err(error) => tracing::warn!(%error, "the log was not emptied"),
            }
            drop(lock);
        }
    }

    /// Has the writer run a function in its next transaction. `bytes`: what it holds.
    pub(crate) async fn write<T: Send + 'static>(
        &self,
        bytes: usize,
        run: impl FnMut(&mut Tx<'_, '_>) -> Result<T, Fault> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.server_only()?;
        self.enqueue(bytes, Manner::Reads, run).await
    }

    /// The same for what happens thousands of times a second: it reads no event and no delivery
    /// that was made in the same transaction.
    pub(crate) async fn write_hot<T: Send + 'static>(
        &self,
        bytes: usize,
        run: impl FnMut(&mut Tx<'_, '_>) -> Result<T, Fault> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.server_only()?;
        self.enqueue(bytes, Manner::OnlyAdds, run).await
    }

    /// The same for what nobody waits for: it may take some milliseconds longer.
    pub(crate) async fn write_patiently<T: Send + 'static>(
        &self,
        bytes: usize,
        run: impl FnMut(&mut Tx<'_, '_>) -> Result<T, Fault> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.server_only()?;
        self.enqueue(bytes, Manner::CanWait, run).await
    }

    fn server_only(&self) -> Result<(), StoreError> {
        if self.role == Role::Server {
            return Ok(());
        }
        Err(StoreError::Failed("only the server of this database may change this".into()))
    }

    /// The same for what tools may do beside a server.
    pub(crate) async fn write_as_any<T: Send + 'static>(
        &self,
        bytes: usize,
        run: impl FnMut(&mut Tx<'_, '_>) -> Result<T, Fault> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.enqueue(bytes, Manner::Reads, run).await
    }

    async fn enqueue<T: Send + 'static>(
        &self,
        bytes: usize,
        manner: Manner,
        run: impl FnMut(&mut Tx<'_, '_>) -> Result<T, Fault> + Send + 'static,
    ) -> Result<T, StoreError> {
        match writer::enqueue(&self.queue, bytes, manner, run)?.await {
            Ok(answer) => answer.map_err(StoreError::from),
            Err(_) => Err(StoreError::Unavailable("the store ended".into())),
        }
    }
}

impl Drop for SqliteStore {
    fn drop(&mut self) {
        self.close();
    }
}

/// Takes the lock that one server holds; `None` when another has it. The lock is the operating
/// system's: it ends with the process, however that ends.
pub(crate) fn lock_server(path: &Path) -> Result<Option<File>, Fault> {
    let mut name = path.as_os_str().to_owned();
    name.push(".lock");
    let file = File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .open(&name)
        .map_err(|error| Fault::Away(format!("{}: {error}", Path::new(&name).display())))?;
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(error)) => {
            Err(Fault::Away(format!("{}: {error}", Path::new(&name).display())))
        }
    }
}

pub(crate) fn already_open(path: &Path) -> Fault {
    Fault::Away(format!(
        "another server has {} open; one database is served by one process",
        path.display()
    ))
}

fn start_threads(path: &Path, writer: Writer, role: Role) -> Result<Vec<JoinHandle<()>>, Fault> {
    let no_thread = |error: std::io::Error| Fault::Away(format!("no thread: {error}"));
    let mut threads = Vec::new();
    if role == Role::Server {
        let connection = open_checkpointer(path)?;
        let (log, queue) = (writer.log.clone(), writer.queue.clone());
        let copying = std::thread::Builder::new().name("sqlite-log".into());
        threads.push(copying.spawn(move || log.run(&connection, &queue)).map_err(no_thread)?);
        let connection = open_reader(path, &writer.options)?;
        let (sweeper, queue, log) =
            (writer.sweeper.clone(), writer.queue.clone(), writer.log.clone());
        let sweeping = std::thread::Builder::new().name("sqlite-sweep".into());
        let run = move || sweeper.run(&connection, &queue, &log);
        threads.push(sweeping.spawn(run).map_err(no_thread)?);
    }
    let (ready, is_ready) = std::sync::mpsc::channel();
    let writing = std::thread::Builder::new().name("sqlite-writer".into());
    threads.push(writing.spawn(move || writer.run(&ready)).map_err(no_thread)?);
    is_ready.recv().unwrap_or_else(|_| Err(Fault::failed("the writer did not start")))?;
    Ok(threads)
}
