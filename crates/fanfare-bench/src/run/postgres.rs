//! The PostgreSQL that servers are measured on: a private one, with settings as for production.

use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};

use anyhow::{Context as _, Result, ensure};
use fanfare_testdb::{Cluster, administer};

use super::measure::Setting;

/// As an administrator would set it on a machine with this much memory; durability as it comes.
const SETTINGS: &[&str] =
    &["shared_buffers=1GB", "max_wal_size=4GB", "wal_compression=lz4", "checkpoint_timeout=15min"];

/// A running PostgreSQL.
pub(crate) struct Postgres {
    cluster: Cluster,
    /// How many servers share a database.
    pub(super) nodes: usize,
    /// Whether there is a million deliveries before anything is measured.
    history: bool,
    made: AtomicU32,
}

impl Postgres {
    /// Starts it.
    pub(crate) fn start(nodes: usize, history: bool) -> Self {
        Self { cluster: Cluster::start(SETTINGS), nodes, history, made: AtomicU32::new(0) }
    }

    /// A new database with the schema; gives its URL.
    ///
    /// # Errors
    /// When the schema is not applied.
    pub(super) fn new_database(&self, setting: &Setting) -> Result<String> {
        let number = self.made.fetch_add(1, Ordering::Relaxed);
        let url = self.cluster.database(&format!("bench_{number}"), None);
        let output = Command::new(&setting.server)
            .env_clear()
            .args(["migrate", "apply"])
            .env("FANFARE_DATABASE_URL", &url)
            .output()
            .context("running migrate")?;
        let text = String::from_utf8_lossy(&output.stderr);
        ensure!(output.status.success(), "migrate failed: {text}");
        Ok(url)
    }

    /// Puts history into the database of this URL, if there is to be any, and has PostgreSQL look at
    /// it. The webhook of which it is the history is known by the end of its URL.
    pub(super) fn fill(&self, url: &str) {
        if self.history {
            administer(url, include_str!("history.sql"));
        }
    }

    /// Whether servers have history.
    pub(super) const fn history(&self) -> bool {
        self.history
    }

    /// Its process.
    pub(super) fn pid(&self) -> Option<u32> {
        self.cluster.pid()
    }
}
