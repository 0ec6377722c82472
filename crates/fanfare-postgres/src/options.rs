//! How a store is opened.

use std::time::Duration;

/// Bounds and habits of one node's store.
#[derive(Debug, Clone)]
pub struct PostgresOptions {
    /// Where the database is: `postgres://user:password@host:port/database`, with the parameters
    /// that libpq knows.
    pub url: String,
    /// Sessions with the database that one node has at most. How they are shared: an eighth of
    /// them, at least one and at most two, is kept for each of accepting, delivering, the launch
    /// domain, and everything else; what is left is for whoever comes first.
    pub sessions: usize,
    /// How long an operation waits for its turn to be written, and then for a free session, before
    /// it is refused.
    pub patience: Duration,
    /// How long a statement may take before the database ends it.
    pub statement_timeout: Duration,
    /// How long a connection may take to be made.
    pub connect_timeout: Duration,
    /// Accepts and pieces of work that may wait to be written; more are refused at once.
    pub queued: usize,
    /// Bytes of the bodies among them; more are refused at once.
    pub queued_bytes: usize,
    /// Accepts that are on their way to the database at a time.
    pub accepting: usize,
    /// Transactions of the launch domain that run at a time, each of another organization.
    pub working: usize,
    /// How long deliveries that were handed over in memory are leased to this node.
    pub lease: Duration,
    /// How often a node looks for webhooks that others changed.
    pub watch: Duration,
}

impl PostgresOptions {
    /// The product's bounds and habits, on this database.
    pub fn new(url: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            sessions: 16,
            patience: Duration::from_secs(2),
            statement_timeout: Duration::from_secs(10),
            connect_timeout: Duration::from_secs(5),
            queued: 20_000,
            queued_bytes: 32 * 1024 * 1024,
            accepting: 2,
            working: 6,
            lease: Duration::from_secs(120),
            watch: Duration::from_millis(400),
        }
    }
}
