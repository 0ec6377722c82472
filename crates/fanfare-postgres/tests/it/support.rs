//! Stores on fresh databases.

use std::sync::Arc;

use fanfare_model::IdSource;
use fanfare_postgres::{PostgresOptions, PostgresStore, apply_schema};
use fanfare_store::{Handover, Store};
use fanfare_testkit::{ManualClock, SeededEntropy};

/// A fresh, empty database on the server of the test run, or on one of its own.
pub(crate) struct Database {
    pub(crate) url: String,
    pub(crate) ids: Arc<IdSource>,
    _database: fanfare_testdb::Database,
}

impl Database {
    /// Without our schema.
    pub(crate) fn empty() -> Self {
        let database = fanfare_testdb::Database::new();
        let entropy = Arc::new(SeededEntropy::new(7));
        let ids = Arc::new(IdSource::new(Arc::new(ManualClock::default()), entropy));
        Self { url: database.url.clone(), ids, _database: database }
    }

    /// With our schema.
    pub(crate) async fn new() -> Self {
        let database = Self::empty();
        apply_schema(&database.options()).await.expect("the schema");
        database
    }

    pub(crate) fn options(&self) -> PostgresOptions {
        PostgresOptions::new(&self.url)
    }

    pub(crate) async fn open(&self, handover: Arc<dyn Handover>) -> Arc<PostgresStore> {
        let store = PostgresStore::open(self.options(), handover, self.ids.clone()).await;
        store.expect("it opens")
    }
}

/// For the conformance suite.
pub(crate) async fn fresh(handover: Arc<dyn Handover>) -> (Arc<dyn Store>, Database) {
    let database = Database::new().await;
    let store = database.open(handover).await;
    (store, database)
}
