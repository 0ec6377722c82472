//! Stores in temporary folders.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use fanfare_model::IdSource;
use fanfare_sqlite::{SqliteOptions, SqliteStore};
use fanfare_store::{Handover, StoreError};
use fanfare_testkit::{ManualClock, SeededEntropy};

/// A folder with a database.
pub(crate) struct Folder {
    folder: tempfile::TempDir,
    pub(crate) clock: ManualClock,
}

impl Folder {
    pub(crate) fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap(), clock: ManualClock::default() }
    }

    pub(crate) fn path(&self) -> PathBuf {
        self.folder.path().join("fanfare.db")
    }

    pub(crate) fn open(&self, handover: Arc<dyn Handover>) -> Arc<SqliteStore> {
        Arc::new(self.try_open(options(), handover).unwrap())
    }

    pub(crate) fn try_open(
        &self,
        options: SqliteOptions,
        handover: Arc<dyn Handover>,
    ) -> Result<SqliteStore, StoreError> {
        let entropy = Arc::new(SeededEntropy::new(7));
        let ids = Arc::new(IdSource::new(Arc::new(self.clock.clone()), entropy));
        SqliteStore::open(self.path(), options, handover, ids)
    }
}

/// Quick to give up on a locked database.
pub(crate) fn options() -> SqliteOptions {
    SqliteOptions { busy_timeout: Duration::from_millis(50), ..SqliteOptions::default() }
}
