//! The schema: numbered, forward-only steps, each applied once and recorded with a checksum.

use fanfare_model::Timestamp;
use rusqlite::{Connection, OptionalExtension};

use crate::fault::Fault;

/// The steps, in order; the number of a step is its place, counted from 1. A step that was
/// released is never changed.
pub(crate) const STEPS: &[(&str, &str)] = &[
    ("base", include_str!("../migrations/0001_base.sql")),
    ("launch", include_str!("../migrations/0002_launch.sql")),
    ("people", include_str!("../migrations/0003_people.sql")),
    ("rollups", include_str!("../migrations/0004_rollups.sql")),
    ("inbound", include_str!("../migrations/0005_inbound.sql")),
    ("channel", include_str!("../migrations/0006_channel.sql")),
    ("feed", include_str!("../migrations/0007_feed.sql")),
    ("notify", include_str!("../migrations/0008_notify.sql")),
];

/// The version of a database, 0 for an empty one; an error when it is newer than this program
/// or its steps are not ours.
pub(crate) fn version(connection: &Connection) -> Result<usize, Fault> {
    let exists: bool = connection.query_row(
        "SELECT count(*) > 0 FROM sqlite_schema WHERE name = 'schema_versions'",
        [],
        |row| row.get(0),
    )?;
    if !exists {
        return Ok(0);
    }
    let mut steps = connection
        .prepare("SELECT version, name, checksum FROM schema_versions ORDER BY version")?;
    let mut rows = steps.query([])?;
    let mut version = 0;
    while let Some(row) = rows.next()? {
        let (number, name, sum): (usize, String, i64) = (row.get(0)?, row.get(1)?, row.get(2)?);
        let Some((_, sql)) = STEPS.get(number.wrapping_sub(1)) else {
            return Err(Fault::failed(format!(
                "the database has schema {number}, this version of fanfare knows schemas up to \
                 {}: start the newer version that wrote it",
                STEPS.len()
            )));
        };
        if checksum(sql) != sum {
            return Err(Fault::corrupt(format!(
                "schema step {number} ({name}) is not the one that this version has"
            )));
        }
        version = number;
    }
    Ok(version)
}

/// Applies the steps that are missing, all in one transaction.
pub(crate) fn migrate(connection: &Connection, now: Timestamp) -> Result<(), Fault> {
    connection.execute_batch("BEGIN IMMEDIATE")?;
    let applied = apply_missing(connection, now);
    if applied.is_ok() {
        connection.execute_batch("COMMIT")?;
    } else if !connection.is_autocommit() {
        connection.execute_batch("ROLLBACK")?;
    }
    applied
}

fn apply_missing(connection: &Connection, now: Timestamp) -> Result<(), Fault> {
    connection.execute_batch(
        "CREATE TABLE IF NOT EXISTS schema_versions (
             version INTEGER PRIMARY KEY, name TEXT NOT NULL, checksum INTEGER NOT NULL,
             applied_at INTEGER NOT NULL
         ) STRICT",
    )?;
    let have = version(connection)?;
    for (index, (name, sql)) in STEPS.iter().enumerate().skip(have) {
        connection.execute_batch(sql)?;
        connection.execute(
            "INSERT INTO schema_versions VALUES (?1, ?2, ?3, ?4)",
            (index + 1, name, checksum(sql), now.as_millis()),
        )?;
    }
    Ok(())
}

/// A file that holds tables of something else is left alone.
pub(crate) fn refuse_foreign(connection: &Connection) -> Result<(), Fault> {
    let foreign: Option<String> = connection
        .query_row(
            "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' \
             LIMIT 1",
            [],
            |row| row.get(0),
        )
        .optional()?;
    match foreign {
        Some(name) if version(connection)? == 0 => {
            Err(Fault::failed(format!("the file holds another database (it has a table {name})")))
        }
        _ => Ok(()),
    }
}

/// FNV-1a: enough to notice an edited file.
fn checksum(text: &str) -> i64 {
    let hash = text.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    });
    hash.cast_signed()
}
