//! Copying the log into the database, beside the writer.
//!
//! A thread with its own connection copies what it can without stopping anybody (`PASSIVE`)
//! each time the log grew by some megabytes. Because the writer goes on meanwhile, the log is
//! hardly ever copied whole and could not start over; so when it is long, the thread copies
//! most of it and asks the writer to copy the small rest between two transactions, after which
//! the log starts from its beginning.
//!
//! After a person was erased the log is emptied to the last byte, as soon as no reader needs it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use parking_lot::{Condvar, Mutex};
use rusqlite::Connection;

use crate::connection::PAGE_BYTES;
use crate::queue::Queue;
use crate::{Role, SqliteOptions};

/// How long the log may stay uncopied after the last write.
const IDLE: Duration = Duration::from_secs(5);
/// A guess of how much log one changed row makes; what counts is measured when copying.
const BYTES_PER_CHANGE: u64 = 512;

/// How long the log may hold what was erased before it is tried again to empty it.
const ERASED_PATIENCE: Duration = Duration::from_millis(100);

/// How long the writer waits for readers at a time when it empties the log.
const READERS_PATIENCE: Duration = Duration::from_millis(5);

/// What writer and checkpointer tell each other.
#[derive(Debug)]
pub(crate) struct Log {
    checkpoint_bytes: u64,
    longest: u64,
    busy_timeout: Duration,
    changes: AtomicU64,
    noticed: AtomicU64,
    /// The rest is small: the writer is to empty the log.
    empty: AtomicBool,
    /// The log holds a person that was erased.
    erased: AtomicBool,
    wanted: Mutex<Wanted>,
    woken: Condvar,
}

#[derive(Debug, Default)]
struct Wanted {
    copy: bool,
    closed: bool,
}

impl Log {
    pub(crate) fn new(options: &SqliteOptions) -> Arc<Self> {
        Arc::new(Self {
            checkpoint_bytes: options.checkpoint_bytes,
            longest: options.log_bytes,
            busy_timeout: options.busy_timeout,
            changes: AtomicU64::new(0),
            noticed: AtomicU64::new(0),
            empty: AtomicBool::new(false),
            // An earlier process may have died before it emptied the log.
            erased: AtomicBool::new(options.role == Role::Server),
            wanted: Mutex::default(),
            woken: Condvar::new(),
        })
    }

    /// The writer committed; so many rows were changed since its connection was opened.
    pub(crate) fn written(&self, changes: u64) {
        self.changes.store(changes, Ordering::Relaxed);
        let new = changes - self.noticed.load(Ordering::Relaxed);
        if new * BYTES_PER_CHANGE >= self.checkpoint_bytes {
            self.noticed.store(changes, Ordering::Relaxed);
            self.wanted.lock().copy = true;
            self.woken.notify_one();
        }
    }

    /// The writer committed the erasure of a person: what is in the log must go soon.
    pub(crate) fn erased(&self) {
        self.erased.store(true, Ordering::Relaxed);
        self.wanted.lock().copy = true;
        self.woken.notify_one();
    }

    /// On the writer's connection, between transactions: lets the log start over if that was
    /// asked for and costs little.
    pub(crate) fn empty_if_asked(&self, connection: &Connection) {
        if !self.empty.swap(false, Ordering::Relaxed) {
            return;
        }
        let done = if self.erased.load(Ordering::Relaxed) {
            self.truncate(connection)
        } else {
            checkpoint(connection, "PASSIVE").map(drop)
        };
        if let Err(error) = done {
            tracing::debug!(%error, "the log was not emptied, trying again later");
        }
    }

    /// Empties the log to the last byte, unless a reader that lasts needs it.
    fn truncate(&self, connection: &Connection) -> rusqlite::Result<()> {
        connection.busy_timeout(READERS_PATIENCE)?;
        let copied = checkpoint(connection, "TRUNCATE");
        connection.busy_timeout(self.busy_timeout)?;
        self.erased.store(copied?.busy, Ordering::Relaxed);
        Ok(())
    }

    /// The thread ends.
    pub(crate) fn close(&self) {
        self.wanted.lock().closed = true;
        self.woken.notify_one();
    }

    /// The thread's work.
    pub(crate) fn run(&self, connection: &Connection, queue: &Queue) {
        let mut copied_at = 0;
        loop {
            let mut wanted = self.wanted.lock();
            while !wanted.copy && !wanted.closed {
                let erased = self.erased.load(Ordering::Relaxed);
                let patience = if erased { ERASED_PATIENCE } else { IDLE };
                let idle = self.woken.wait_for(&mut wanted, patience).timed_out();
                let behind = self.changes.load(Ordering::Relaxed) != copied_at;
                wanted.copy |= idle && (behind || erased);
            }
            if wanted.closed {
                return;
            }
            wanted.copy = false;
            drop(wanted);
            copied_at = self.changes.load(Ordering::Relaxed);
            self.copy(connection);
            if self.empty.load(Ordering::Relaxed) {
                queue.nudge();
            }
        }
    }

    fn copy(&self, connection: &Connection) {
        match checkpoint(connection, "PASSIVE") {
            Ok(Copied { pages, .. })
                if pages * PAGE_BYTES > self.longest || self.erased.load(Ordering::Relaxed) =>
            {
                // A second pass leaves the writer only what was written during the first.
                let second = checkpoint(connection, "PASSIVE");
                self.empty.store(second.is_ok(), Ordering::Relaxed);
            }
            Ok(copied) => tracing::trace!(copied.pages, copied.done, "copied the log"),
            Err(error) => tracing::warn!(%error, "could not copy the log, trying again later"),
        }
    }
}

struct Copied {
    /// Somebody was in the way: not everything was done.
    busy: bool,
    pages: u64,
    done: u64,
}

fn checkpoint(connection: &Connection, mode: &str) -> rusqlite::Result<Copied> {
    connection.query_row(&format!("PRAGMA wal_checkpoint({mode})"), [], |row| {
        let count = |index| row.get::<_, i64>(index).map(|pages| pages.max(0).cast_unsigned());
        Ok(Copied { busy: row.get(0)?, pages: count(1)?, done: count(2)? })
    })
}

/// At the end, when nobody writes any more: everything into the database, the log emptied.
pub(crate) fn finish(connection: &Connection) {
    if let Err(error) = checkpoint(connection, "TRUNCATE") {
        tracing::warn!(%error, "the log was not emptied; the next start reads it");
    }
}
