//! How a store is opened.

use std::time::Duration;

/// Who opens the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Role {
    /// The one server process of this database: all operations, exclusively.
    #[default]
    Server,
    /// A command beside a running server: organizations, keys, and everything that only reads.
    /// Other changes are refused, because the server keeps webhooks and leases in memory.
    Tool,
}

/// Bounds and habits of the store.
#[derive(Debug, Clone)]
pub struct SqliteOptions {
    /// Who opens it.
    pub role: Role,
    /// Operations that may wait for the writer; more are refused at once.
    pub queued: usize,
    /// Bytes of the waiting operations' bodies; more are refused at once.
    pub queued_bytes: usize,
    /// Operations that share one transaction at most.
    pub batch: usize,
    /// Bytes of bodies that share one transaction, roughly, at most.
    pub batch_bytes: usize,
    /// How long a locked database is waited for before operations are refused.
    pub busy_timeout: Duration,
    /// Page cache of the writer, in KiB.
    pub cache_kib: u32,
    /// Connections for reading.
    pub readers: usize,
    /// The write-ahead log's pages are copied into the database once it grew by this many
    /// bytes, beside the writer.
    pub checkpoint_bytes: u64,
    /// Beyond this size the log is emptied, for which the writer stops for some milliseconds; its
    /// file may stay longer and is written over.
    pub log_bytes: u64,
    /// A delivery in memory that is older than this many others joins what waits, claimed; a
    /// start looks through as many rows at most.
    pub window: usize,
    /// The database may not grow beyond this many pages of 4 KiB, if given.
    pub max_pages: Option<u32>,
}

impl Default for SqliteOptions {
    fn default() -> Self {
        Self {
            role: Role::Server,
            queued: 20_000,
            queued_bytes: 32 * 1024 * 1024,
            batch: 1_000,
            batch_bytes: 4 * 1024 * 1024,
            busy_timeout: Duration::from_secs(2),
            cache_kib: 16 * 1024,
            readers: 3,
            checkpoint_bytes: 8 * 1024 * 1024,
            log_bytes: 16 * 1024 * 1024,
            window: 1 << 18,
            max_pages: None,
        }
    }
}
