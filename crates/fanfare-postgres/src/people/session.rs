//! Sessions of people, which have nothing to do with sessions of the database but that they are
//! kept by one.

use fanfare_model::{SessionId, Timestamp, UserId};
use fanfare_store::{FoundSession, Session as SignedIn, Swept};
use tokio_postgres::Row;

use super::{hash, membership, user};
use crate::cells::Cells;
use crate::fault::Fault;
use crate::ids::uuid;
use crate::session::{Params, Session};

const MINUTE_MS: i64 = 60_000;

const COLUMNS: &str = "id, hash, user_id, looks_at, created_at, expires_at, last_seen_at, \
     confirmed_at, ip, user_agent";

fn signed_in(row: &Row) -> Result<SignedIn, Fault> {
    let cells = Cells(row);
    Ok(SignedIn {
        id: cells.id("id"),
        hash: hash(row, "hash")?,
        user_id: cells.id("user_id"),
        organization_id: cells.maybe_id("looks_at"),
        created_at: cells.time("created_at"),
        expires_at: cells.time("expires_at"),
        last_seen_at: cells.time("last_seen_at"),
        confirmed_at: cells.maybe_time("confirmed_at"),
        ip: cells.get("ip"),
        user_agent: cells.get("user_agent"),
    })
}

pub(super) async fn one(session: &Session, id: SessionId) -> Result<Option<SignedIn>, Fault> {
    let sql = format!("SELECT {COLUMNS} FROM sessions WHERE id = $1");
    let row = session.find(&sql, &[&uuid(id)]).await?;
    row.as_ref().map(signed_in).transpose()
}

pub(crate) async fn of_user(session: &Session, user: UserId) -> Result<Vec<SignedIn>, Fault> {
    let sql = format!("SELECT {COLUMNS} FROM sessions WHERE user_id = $1 ORDER BY id DESC");
    session.query(&sql, &[&uuid(user)]).await?.iter().map(signed_in).collect()
}

pub(crate) async fn by_hash(
    session: &Session,
    wanted: &[u8; 32],
) -> Result<Option<FoundSession>, Fault> {
    let sql = format!("SELECT {COLUMNS} FROM sessions WHERE hash = $1");
    let row = session.find(&sql, &[&&wanted[..]]).await?;
    let Some(found) = row.as_ref().map(signed_in).transpose()? else { return Ok(None) };
    let Some(user) = user::one(session, found.user_id).await? else { return Ok(None) };
    let memberships = membership::of_user(session, user.id).await?;
    Ok(Some(FoundSession { session: found, user, memberships }))
}

pub(super) async fn put(session: &Session, signed_in: &SignedIn) -> Result<(), Fault> {
    let sql = format!(
        "INSERT INTO sessions ({COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) \
         ON CONFLICT (id) DO UPDATE SET hash = excluded.hash, \
             looks_at = excluded.looks_at, expires_at = excluded.expires_at, \
             last_seen_at = excluded.last_seen_at, confirmed_at = excluded.confirmed_at"
    );
    let params: Params<'_> = &[
        &uuid(signed_in.id),
        &&signed_in.hash[..],
        &uuid(signed_in.user_id),
        &signed_in.organization_id.map(uuid),
        &signed_in.created_at.as_millis(),
        &signed_in.expires_at.as_millis(),
        &signed_in.last_seen_at.as_millis(),
        &signed_in.confirmed_at.map(Timestamp::as_millis),
        &signed_in.ip,
        &signed_in.user_agent,
    ];
    session.execute(&sql, params).await.map(drop)
}

pub(super) async fn delete(session: &Session, id: SessionId) -> Result<(), Fault> {
    session.execute("DELETE FROM sessions WHERE id = $1", &[&uuid(id)]).await.map(drop)
}

pub(crate) async fn touch(session: &Session, id: SessionId, now: Timestamp) -> Result<(), Fault> {
    let minute = now.as_millis().div_euclid(MINUTE_MS) * MINUTE_MS;
    let sql = "UPDATE sessions SET last_seen_at = greatest(last_seen_at, $2) WHERE id = $1 \
         RETURNING user_id, looks_at";
    let Some(row) = session.find(sql, &[&uuid(id), &minute]).await? else { return Ok(()) };
    let cells = Cells(&row);
    let (user, organization): (uuid::Uuid, Option<uuid::Uuid>) =
        (cells.get("user_id"), cells.get("looks_at"));
    let sql = "UPDATE memberships SET last_active_at = $3 \
         WHERE organization_id = $1 AND user_id = $2 AND coalesce(last_active_at, -1) < $3";
    session.execute(sql, &[&organization, &user, &minute]).await.map(drop)
}

/// Removes what has ended; of each at most so many.
pub(crate) async fn sweep(
    session: &Session,
    [now, idle_before, attempts_before]: [Timestamp; 3],
    limit: i64,
) -> Result<Swept, Fault> {
    let remove = async |table: &str, key: &str, column: &str, before: Timestamp| {
        let sql = format!(
            "DELETE FROM {table} WHERE {key} = ANY (ARRAY(SELECT {key} FROM {table} \
             WHERE {column} <= $1 ORDER BY {column} LIMIT $2 FOR UPDATE SKIP LOCKED))"
        );
        session.execute(&sql, &[&before.as_millis(), &limit]).await
    };
    Ok(Swept {
        sessions: remove("sessions", "id", "expires_at", now).await?
            + remove("sessions", "id", "last_seen_at", idle_before).await?,
        links: remove("links", "id", "expires_at", now).await?,
        attempts: remove("sign_in_attempts", "key", "since", attempts_before).await?,
    })
}
