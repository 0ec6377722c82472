//! Databases of other versions and other programs.

use std::sync::Arc;

use fanfare_store::{NoHandover, StoreError};
use rusqlite::Connection;

use crate::support::{Folder, options};

fn refused(folder: &Folder) -> StoreError {
    folder.try_open(options(), Arc::new(NoHandover)).expect_err("refused")
}

fn change(folder: &Folder, sql: &str) {
    let connection = Connection::open(folder.path()).expect("it opens");
    connection.execute_batch(sql).expect("a change");
}

fn existing() -> Folder {
    let folder = Folder::new();
    folder.open(Arc::new(NoHandover)).close();
    folder
}

/// A schema that this version does not know is left alone.
#[test]
fn a_newer_schema_is_refused() {
    let folder = existing();
    change(&folder, "INSERT INTO schema_versions VALUES (99, 'tomorrow', 0, 0)");
    let error = refused(&folder);
    assert!(matches!(error, StoreError::Failed(_)));
    assert!(error.to_string().contains("schema 99"), "{error}");
    change(&folder, "DELETE FROM schema_versions WHERE version = 99");
    folder.try_open(options(), Arc::new(NoHandover)).unwrap();
}

/// A step that was edited after it was applied is noticed.
#[test]
fn a_changed_step_is_refused() {
    let folder = existing();
    change(&folder, "UPDATE schema_versions SET checksum = checksum + 1");
    assert!(matches!(refused(&folder), StoreError::Corrupt(_)));
}

/// Another program's database is not touched.
#[test]
fn a_foreign_database_is_refused() {
    let folder = Folder::new();
    change(&folder, "CREATE TABLE photos (id INTEGER)");
    assert!(refused(&folder).to_string().contains("photos"));
    let folder = Folder::new();
    std::fs::write(folder.path(), "not a database, but a text that is long enough for a header")
        .unwrap();
    assert!(matches!(refused(&folder), StoreError::Corrupt(_)), "{}", refused(&folder));
}

/// The state machine of the tables holds against whoever writes.
#[test]
fn the_tables_refuse_what_makes_no_sense() {
    let folder = existing();
    let connection = Connection::open(folder.path()).unwrap();
    for sql in [
        "INSERT INTO deliveries VALUES (1, 1, 1, 1, 0, 0, 0, 0, 1, 1, 0, x'')",
        "INSERT INTO deliveries VALUES (1, 1, 1, 1, 0, 0, 0, 0, 0, 4, 0, x'')",
        "UPDATE meta SET one = 2",
    ] {
        assert!(connection.execute_batch(sql).is_err(), "{sql}");
    }
}
