//! Housekeeping in bounded steps.

use std::time::Duration;

use async_trait::async_trait;
use fanfare_model::Timestamp;
use fanfare_store::{Backlog, MaintenanceStore, StoreError};
use rusqlite::OptionalExtension;

use crate::fault::Fault;
use crate::writer::Tx;
use crate::{SqliteStore, claim, idempotency, inbound, webhook_ops};

/// Events a step of the retention looks at for each one that it may delete; those with a
/// pending delivery are passed over.
const LOOKED_AT: usize = 10;
/// Deleted webhooks that a step looks at.
const WEBHOOKS: i64 = 100;

struct Old {
    seq: i64,
    fanout: i64,
    first_delivery: i64,
}

/// One step: gives how many events were deleted.
fn expire(tx: &mut Tx<'_, '_>, before: Timestamp, limit: usize) -> Result<usize, Fault> {
    let look_at = limit.saturating_mul(LOOKED_AT);
    let old = old_events(tx, before, look_at)?;
    let reached_end = old.len() < look_at;
    let mut deleted = 0;
    for event in &old {
        if deleted == limit {
            break;
        }
        tx.state.expired_to = event.seq;
        if !is_pending(tx, event)? {
            delete_event(tx, event)?;
            deleted += 1;
        }
    }
    if deleted < limit {
        if reached_end {
            // The next round begins with what was passed over.
            tx.state.expired_to = 0;
        }
        expire_rest(tx, before, limit)?;
    }
    if deleted > 0 {
        // The numbers of rows that are gone must never be given again.
        tx.write_meta()?;
    }
    Ok(deleted)
}

pub(crate) const OLD_EVENTS: &str = "SELECT seq, fanout, first_delivery, accepted_at FROM events \
     WHERE seq > ?1 ORDER BY seq LIMIT ?2";

fn old_events(tx: &Tx<'_, '_>, before: Timestamp, limit: usize) -> Result<Vec<Old>, Fault> {
    let mut list = tx.connection.prepare_cached(OLD_EVENTS)?;
    let mut rows = list.query((tx.state.expired_to, limit as i64))?;
    let mut old = Vec::new();
    while let Some(row) = rows.next()? {
        let accepted_at: i64 = row.get(3)?;
        if accepted_at >= before.as_millis() {
            break;
        }
        old.push(Old { seq: row.get(0)?, fanout: row.get(1)?, first_delivery: row.get(2)? });
    }
    Ok(old)
}

fn is_pending(tx: &Tx<'_, '_>, event: &Old) -> Result<bool, Fault> {
    let at_once = tx
        .connection
        .prepare_cached(
            "SELECT 1 FROM deliveries WHERE seq >= ?1 AND seq < ?1 + ?2 AND +status = 0",
        )?
        .exists((event.first_delivery, event.fanout))?;
    let again = tx
        .connection
        .prepare_cached(
            "SELECT 1 FROM deliveries INDEXED BY deliveries_again \
             WHERE event = ?1 AND origin <> 0 AND +status = 0",
        )?
        .exists([event.seq])?;
    Ok(at_once || again)
}

fn delete_event(tx: &Tx<'_, '_>, event: &Old) -> Result<(), Fault> {
    for table in ["attempts", "notices"] {
        tx.connection
            .prepare_cached(&format!(
                "DELETE FROM {table} WHERE delivery >= ?1 AND delivery < ?1 + ?2"
            ))?
            .execute((event.first_delivery, event.fanout))?;
        tx.connection
            .prepare_cached(&format!(
                "DELETE FROM {table} WHERE delivery IN (SELECT seq FROM deliveries \
                 INDEXED BY deliveries_again WHERE event = ?1 AND origin <> 0)"
            ))?
            .execute([event.seq])?;
    }
    tx.connection
        .prepare_cached("DELETE FROM deliveries WHERE seq >= ?1 AND seq < ?1 + ?2")?
        .execute((event.first_delivery, event.fanout))?;
    tx.connection
        .prepare_cached(
            "DELETE FROM deliveries WHERE seq IN (SELECT seq FROM deliveries \
             INDEXED BY deliveries_again WHERE event = ?1 AND origin <> 0)",
        )?
        .execute([event.seq])?;
    tx.connection.prepare_cached("DELETE FROM events WHERE seq = ?1")?.execute([event.seq])?;
    Ok(())
}

/// What is not tied to an event: old notices, idempotency records, deleted webhooks
/// without deliveries.
fn expire_rest(tx: &mut Tx<'_, '_>, before: Timestamp, limit: usize) -> Result<(), Fault> {
    let ms = before.as_millis();
    tx.connection
        .prepare_cached(
            "DELETE FROM notices WHERE (organization, id) IN (SELECT organization, id \
             FROM notices WHERE created_at < ?1 AND delivery IS NULL LIMIT ?2)",
        )?
        .execute((ms, limit as i64))?;
    idempotency::expire(tx, limit)?;
    inbound::expire(tx.connection, before, limit)?;
    let gone: Vec<i64> = tx
        .connection
        .prepare_cached(
            "SELECT key FROM webhooks WHERE deleted_at < ?1 AND NOT EXISTS \
             (SELECT 1 FROM deliveries d WHERE d.webhook = webhooks.key) \
             AND NOT EXISTS (SELECT 1 FROM notices n WHERE n.webhook = webhooks.key) LIMIT ?2",
        )?
        .query_map((ms, WEBHOOKS), |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    for key in gone {
        let tables = [
            "webhook_versions WHERE webhook",
            "stats WHERE webhook",
            "rollups WHERE kind = 0 AND subject",
            "webhooks WHERE key",
        ];
        for table in tables {
            tx.connection.prepare_cached(&format!("DELETE FROM {table} = ?1"))?.execute([key])?;
        }
    }
    Ok(())
}

fn cancel_unserved(tx: &mut Tx<'_, '_>, limit: usize, now: Timestamp) -> Result<usize, Fault> {
    let (mut webhook, mut cancelled) = (0_u32, 0);
    while cancelled < limit {
        let next = tx
            .connection
            .prepare_cached(claim::NEXT_WEBHOOK)?
            .query_row([webhook], |row| row.get(0))
            .optional()?;
        let Some(next) = next else { break };
        webhook = next;
        let status = tx.state.webhooks.get(&webhook).map(|webhook| webhook.status);
        if !status.is_some_and(fanfare_model::WebhookStatus::accepts) {
            cancelled += webhook_ops::cancel_waiting(tx, webhook, now, limit - cancelled)?;
        }
    }
    Ok(cancelled)
}

pub(crate) const BACKLOG: &str =
    "SELECT count(*) FROM deliveries INDEXED BY deliveries_due WHERE parked = 1";

#[async_trait]
impl MaintenanceStore for SqliteStore {
    async fn expire(&self, before: Timestamp, limit: usize) -> Result<usize, StoreError> {
        self.write(0, move |tx| expire(tx, before, limit)).await
    }

    async fn cancel_unserved(&self, limit: usize, now: Timestamp) -> Result<usize, StoreError> {
        self.write(0, move |tx| cancel_unserved(tx, limit, now)).await
    }

    async fn check(&self) -> Result<(), StoreError> {
        self.write(0, move |tx| {
            if tx.failing {
                // The last commit failed: only another one tells whether that is over.
                tx.write_meta()?;
            }
            Ok(())
        })
        .await
    }

    async fn take_turn(&self, _name: &'static str, _lasts: Duration) -> Result<bool, StoreError> {
        Ok(true)
    }

    async fn backlog(&self, now: Timestamp) -> Result<Backlog, StoreError> {
        let count = |connection: &rusqlite::Connection| {
            let count = connection.prepare_cached(BACKLOG)?.query_row([], |row| row.get(0));
            Ok(count?)
        };
        let in_index: u64 = self.readers.read(count).await?;
        let (claimed, oldest) = self
            .write(0, move |tx| {
                let lives = |until: Option<Timestamp>| until.is_none_or(|until| until > now);
                Ok((tx.state.leases.count_that(|lease| lives(lease.until)), claim::oldest_due(tx)?))
            })
            .await?;
        Ok(Backlog {
            waiting: in_index.saturating_sub(claimed as u64),
            oldest_due: oldest.filter(|due| *due <= now),
        })
    }
}
