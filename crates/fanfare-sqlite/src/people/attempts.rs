//! Attempts to sign in.

use fanfare_model::Timestamp;
use fanfare_store::Attempts;
use rusqlite::{Connection, params};

use crate::fault::Fault;
use crate::launch::find;

pub(super) fn one(connection: &Connection, key: &[u8; 32]) -> Result<Option<Attempts>, Fault> {
    let sql = "SELECT since, count FROM sign_in_attempts WHERE key = ?1";
    find(connection, sql, [&key[..]], |row| {
        Ok(Attempts { since: Timestamp::from_millis(row.get(0)?), count: row.get(1)? })
    })
}

pub(super) fn put(
    connection: &Connection,
    key: &[u8; 32],
    attempts: Option<Attempts>,
) -> Result<(), Fault> {
    match attempts {
        Some(attempts) => connection
            .prepare_cached(
                "INSERT INTO sign_in_attempts (key, since, count) VALUES (?1, ?2, ?3) \
                 ON CONFLICT (key) DO UPDATE SET since = excluded.since, count = excluded.count",
            )?
            .execute(params![&key[..], attempts.since.as_millis(), attempts.count])?,
        None => connection
            .prepare_cached("DELETE FROM sign_in_attempts WHERE key = ?1")?
            .execute([&key[..]])?,
    };
    Ok(())
}
