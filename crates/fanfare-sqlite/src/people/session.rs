//! Sessions.

use fanfare_model::{SessionId, Timestamp, UserId};
use fanfare_store::{FoundSession, Session, Swept};
use rusqlite::{Connection, Row, params};

use super::{membership, user};
use crate::cells::{Cells, ms};
use crate::fault::Fault;
use crate::launch::{find, gather};

const MINUTE_MS: i64 = 60_000;

const COLUMNS: &str = "s.id, s.hash, s.user, o.id, s.created_at, s.expires_at, s.last_seen_at, \
     s.confirmed_at, s.ip, s.user_agent";
const TABLES: &str = "sessions s LEFT JOIN organizations o ON o.key = s.organization";

fn read(cells: &mut Cells<'_, '_>) -> Result<Session, Fault> {
    Ok(Session {
        id: cells.id()?,
        hash: cells.get()?,
        user_id: cells.id()?,
        organization_id: cells.maybe_id()?,
        created_at: cells.time()?,
        expires_at: cells.time()?,
        last_seen_at: cells.time()?,
        confirmed_at: cells.maybe_time()?,
        ip: cells.get()?,
        user_agent: cells.get()?,
    })
}

fn row(row: &Row<'_>) -> Result<Session, Fault> {
    read(&mut Cells::new(row))
}

pub(super) fn one(connection: &Connection, id: SessionId) -> Result<Option<Session>, Fault> {
    let sql = format!("SELECT {COLUMNS} FROM {TABLES} WHERE s.id = ?1");
    find(connection, &sql, [id.to_bytes()], row)
}

pub(crate) fn of_user(connection: &Connection, user: UserId) -> Result<Vec<Session>, Fault> {
    let sql = format!("SELECT {COLUMNS} FROM {TABLES} WHERE s.user = ?1 ORDER BY s.id DESC");
    gather(connection, &sql, [user.to_bytes()], usize::MAX, |r| row(r).map(Some))
}

pub(crate) fn by_hash(
    connection: &Connection,
    hash: &[u8; 32],
) -> Result<Option<FoundSession>, Fault> {
    let sql = format!(
        "SELECT {COLUMNS}, {} FROM {TABLES} JOIN users u ON u.id = s.user WHERE s.hash = ?1",
        user::COLUMNS
    );
    let found = find(connection, &sql, [&hash[..]], |row| {
        let mut cells = Cells::new(row);
        Ok((read(&mut cells)?, user::read(&mut cells)?))
    })?;
    let Some((session, user)) = found else { return Ok(None) };
    let memberships = membership::of_user(connection, user.id)?;
    Ok(Some(FoundSession { session, user, memberships }))
}

pub(super) fn put(
    connection: &Connection,
    organization: Option<i64>,
    session: &Session,
) -> Result<(), Fault> {
    connection
        .prepare_cached(
            "INSERT INTO sessions (id, hash, user, organization, created_at, expires_at, \
                 last_seen_at, confirmed_at, ip, user_agent) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10) \
             ON CONFLICT (id) DO UPDATE SET hash = excluded.hash, \
                 organization = excluded.organization, expires_at = excluded.expires_at, \
                 last_seen_at = excluded.last_seen_at, confirmed_at = excluded.confirmed_at",
        )?
        .execute(params![
            session.id.to_bytes(),
            &session.hash[..],
            session.user_id.to_bytes(),
            organization,
            session.created_at.as_millis(),
            session.expires_at.as_millis(),
            session.last_seen_at.as_millis(),
            ms(session.confirmed_at),
            session.ip,
            session.user_agent,
        ])?;
    Ok(())
}

pub(super) fn delete(connection: &Connection, id: SessionId) -> Result<(), Fault> {
    connection.prepare_cached("DELETE FROM sessions WHERE id = ?1")?.execute([id.to_bytes()])?;
    Ok(())
}

pub(crate) fn touch(connection: &Connection, id: SessionId, now: Timestamp) -> Result<(), Fault> {
    let minute = now.as_millis().div_euclid(MINUTE_MS) * MINUTE_MS;
    connection
        .prepare_cached(
            "UPDATE sessions SET last_seen_at = ?2 WHERE id = ?1 AND last_seen_at < ?2",
        )?
        .execute(params![id.to_bytes(), minute])?;
    connection
        .prepare_cached(
            "UPDATE memberships SET last_active_at = ?2 FROM sessions s WHERE s.id = ?1 \
             AND memberships.organization = s.organization AND memberships.user = s.user \
             AND coalesce(memberships.last_active_at, -1) < ?2",
        )?
        .execute(params![id.to_bytes(), minute])?;
    Ok(())
}

/// Removes what has ended; of each at most so many.
pub(crate) fn sweep(
    connection: &Connection,
    [now, idle_before, attempts_before]: [Timestamp; 3],
    limit: usize,
) -> Result<Swept, Fault> {
    let remove = |sql: &str, before: Timestamp| -> Result<u64, Fault> {
        let removed =
            connection.prepare_cached(sql)?.execute(params![before.as_millis(), limit])?;
        Ok(removed as u64)
    };
    let old = "DELETE FROM sessions WHERE id IN \
         (SELECT id FROM sessions WHERE expires_at <= ?1 LIMIT ?2)";
    let idle = "DELETE FROM sessions WHERE id IN \
         (SELECT id FROM sessions WHERE last_seen_at <= ?1 LIMIT ?2)";
    let links = "DELETE FROM links WHERE id IN \
         (SELECT id FROM links WHERE expires_at <= ?1 LIMIT ?2)";
    let attempts = "DELETE FROM sign_in_attempts WHERE key IN \
         (SELECT key FROM sign_in_attempts WHERE since <= ?1 LIMIT ?2)";
    Ok(Swept {
        sessions: remove(old, now)? + remove(idle, idle_before)?,
        links: remove(links, now)?,
        attempts: remove(attempts, attempts_before)?,
    })
}
