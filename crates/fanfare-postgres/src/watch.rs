//! Watching for webhooks that other nodes changed.
//!
//! Promises: a change that was committed on any node is known here within a second, as long as the
//! database answers; none is missed when it does not answer for a while. A look asks for the rows
//! that were written by transactions that the look before may not have seen: those that had not
//! ended when it began, or began later.

use std::sync::Arc;

use fanfare_store::StoreError;

use crate::PostgresStore;
use crate::fault::Fault;
use crate::session::{Scope, Session};
use crate::shares::Purpose;
use crate::store::read;
use crate::webhook_row::{self, COLUMNS};

/// Up to where was looked: every transaction before this one had ended.
pub(crate) struct Seen(String);

async fn seen_now(session: &Session) -> Result<Seen, Fault> {
    let sql = "SELECT pg_snapshot_xmin(pg_current_snapshot())::text";
    Ok(Seen(session.one(sql, &[]).await?.get(0)))
}

/// Where watching begins, before anything is known.
pub(crate) async fn begin(store: &PostgresStore) -> Result<Seen, StoreError> {
    read!(store, Purpose::Work.of(Scope::Product), |session| seen_now(&session).await)
}

/// Looks again and again until the store is closed.
pub(crate) async fn run(store: Arc<PostgresStore>, mut seen: Seen) {
    loop {
        tokio::select! {
            () = tokio::time::sleep(store.options.watch) => {}
            () = store.stop.cancelled() => return,
        }
        match look(&store, &seen).await {
            Ok(now) => seen = now,
            Err(error) => tracing::debug!(%error, "changed webhooks were not looked for"),
        }
    }
}

pub(crate) async fn look(store: &PostgresStore, seen: &Seen) -> Result<Seen, StoreError> {
    let sql = format!(
        "SELECT {COLUMNS}, deleted_at IS NOT NULL AS deleted FROM webhooks \
         WHERE changed >= $1::text::xid8 ORDER BY changed"
    );
    let (now, rows) = read!(store, Purpose::Work.of(Scope::Product), |session| {
        // Before the rows: what they do not show yet is after it.
        let now = seen_now(&session).await?;
        Ok((now, session.query(&sql, &[&seen.0]).await?))
    })?;
    let mut wake = false;
    for row in &rows {
        let webhook = Arc::new(webhook_row::webhook(row)?);
        if row.get("deleted") {
            store.webhooks.forget(&webhook);
            continue;
        }
        let before = store.webhooks.known(webhook.id);
        let was_served = before.is_some_and(|before| before.status.is_served());
        let is_news = store.webhooks.learn(&webhook);
        wake |= is_news && webhook.status.is_served() && !was_served;
    }
    if wake {
        store.handover.wake();
    }
    Ok(now)
}
