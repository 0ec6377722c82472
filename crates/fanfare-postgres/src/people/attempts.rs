//! Attempts to sign in.

use fanfare_store::Attempts;

use crate::cells::Cells;
use crate::fault::Fault;
use crate::session::Session;

pub(super) async fn one(session: &Session, key: &[u8; 32]) -> Result<Option<Attempts>, Fault> {
    let sql = "SELECT since, count FROM sign_in_attempts WHERE key = $1";
    let Some(row) = session.find(sql, &[&&key[..]]).await? else { return Ok(None) };
    let cells = Cells(&row);
    Ok(Some(Attempts { since: cells.time("since"), count: cells.number("count")? }))
}

pub(super) async fn put(
    session: &Session,
    key: &[u8; 32],
    attempts: Option<Attempts>,
) -> Result<(), Fault> {
    let Some(attempts) = attempts else {
        let sql = "DELETE FROM sign_in_attempts WHERE key = $1";
        return session.execute(sql, &[&&key[..]]).await.map(drop);
    };
    let sql = "INSERT INTO sign_in_attempts (key, since, count) VALUES ($1, $2, $3) \
         ON CONFLICT (key) DO UPDATE SET since = excluded.since, count = excluded.count";
    let (since, count) = (attempts.since.as_millis(), i64::from(attempts.count));
    session.execute(sql, &[&&key[..], &since, &count]).await.map(drop)
}
