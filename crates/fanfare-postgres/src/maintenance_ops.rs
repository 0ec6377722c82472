//! Housekeeping in bounded steps.
//!
//! Whole days that are over are dropped with everything in them. A day of which something still
//! waits stays until that has ended; meanwhile its other events are deleted, some with each step.
//! What began on the day on which the retention ends stays until the whole day is over.

use std::time::Duration;

use async_trait::async_trait;
use fanfare_model::{DeliveryStatus, Timestamp, limits};
use fanfare_store::{Backlog, MaintenanceStore, StoreError};

use crate::PostgresStore;
use crate::claim::LANES;
use crate::fault::Fault;
use crate::ids::{day_at, first_at};
use crate::pieces;
use crate::session::{Scope, Session};
use crate::shares::Purpose;
use crate::store::{read, transact};

const DAY_MS: i64 = 24 * 3600 * 1000;

/// One step: gives how many events were deleted, at most `limit`.
async fn expire(session: &Session, before: Timestamp, limit: usize) -> Result<usize, Fault> {
    let rows = i64::try_from(limit).unwrap_or(i64::MAX);
    let mut deleted = 0;
    let days = pieces::days(session).await?;
    for (place, day) in days.iter().copied().enumerate() {
        if day >= day_at(before.as_millis()) || deleted >= rows {
            break;
        }
        let waits = "SELECT 1 FROM waiting WHERE event_day = $1 LIMIT 1";
        deleted += match session.find(waits, &[&day]).await? {
            // A day's deliveries may be of the events of the day before.
            None if !waits_of_deliveries(session, &days[..=place]).await? => {
                drop_day(session, day, rows - deleted).await?
            }
            _ => delete_ended(session, day, rows - deleted).await?,
        };
    }
    if deleted < rows {
        expire_rest(session, before).await?;
    }
    Ok(usize::try_from(deleted).unwrap_or(usize::MAX))
}

/// Whether deliveries of the last of these days wait, which are of events of all of them.
async fn waits_of_deliveries(session: &Session, days: &[i32]) -> Result<bool, Fault> {
    let sql = "SELECT 1 FROM unnest($1::integer[]) AS of (event_day) CROSS JOIN LATERAL (
            SELECT 1 FROM waiting w WHERE w.event_day = of.event_day AND w.day = $2 LIMIT 1
        ) w LIMIT 1";
    let Some(day) = days.last() else { return Ok(false) };
    Ok(session.find(sql, &[&days, day]).await?.is_some())
}

/// Drops a day; gives how many events it had, counting at most `most`.
async fn drop_day(session: &Session, day: i32, most: i64) -> Result<i64, Fault> {
    let count = "SELECT count(*) FROM (SELECT 1 FROM events WHERE day = $1 LIMIT $2) e";
    let count: i64 = session.one(count, &[&day, &most]).await?.get(0);
    // Deliveries that were made on later days.
    let later = "WITH later AS (
            DELETE FROM deliveries WHERE event_day = $1 AND event_day < day
            RETURNING organization_id, day, id
        )
        DELETE FROM attempts a USING later l
        WHERE a.organization_id = l.organization_id AND a.day = l.day AND a.delivery_id = l.id";
    session.execute(later, &[&day]).await?;
    let ms = i64::from(day) * DAY_MS;
    let (first, end) = (first_at(ms), first_at(ms + DAY_MS));
    let bounds = (uuid::Uuid::from_u128(first), uuid::Uuid::from_u128(end));
    let notices = "DELETE FROM notices WHERE event_id >= $1 AND event_id < $2";
    session.execute(notices, &[&bounds.0, &bounds.1]).await?;
    pieces::drop_day(session, day).await?;
    Ok(count)
}

/// Deletes events of which nothing waits, with all that belongs to them.
async fn delete_ended(session: &Session, day: i32, most: i64) -> Result<i64, Fault> {
    let sql = "WITH old AS (
            SELECT e.organization_id, e.id FROM events e
            WHERE e.day = $1 AND NOT EXISTS (SELECT 1 FROM waiting w WHERE w.event_id = e.id
                                             AND w.event_day = $1)
            LIMIT $2
        ), gone AS (
            DELETE FROM events e USING old o
            WHERE e.organization_id = o.organization_id AND e.day = $1 AND e.id = o.id
        ), gone_deliveries AS (
            DELETE FROM deliveries d USING old o
            WHERE d.organization_id = o.organization_id AND d.event_id = o.id
            RETURNING d.organization_id, d.day, d.id
        ), gone_attempts AS (
            DELETE FROM attempts a USING gone_deliveries d
            WHERE a.organization_id = d.organization_id AND a.day = d.day
              AND a.delivery_id = d.id
        ), gone_notices AS (
            DELETE FROM notices WHERE event_id = ANY (ARRAY(SELECT id FROM old))
        )
        SELECT count(*) FROM old";
    Ok(session.one(sql, &[&day, &most]).await?.get(0))
}

/// What is not tied to an event: other notices, kept answers.
async fn expire_rest(session: &Session, before: Timestamp) -> Result<(), Fault> {
    let before = before.as_millis();
    let notices = "DELETE FROM notices WHERE created_at < $1 AND event_id IS NULL";
    session.execute(notices, &[&before]).await?;
    Ok(())
}

impl PostgresStore {
    async fn expire_answers(&self, now: Timestamp) -> Result<(), StoreError> {
        let old = now.minus(limits::IDEMPOTENCY_RETENTION).as_millis();
        transact!(self, Scope::Product, |session| {
            let sql = "DELETE FROM idempotency WHERE ctid = ANY (ARRAY(
                SELECT ctid FROM idempotency WHERE at < $1 ORDER BY at LIMIT 10000))";
            session.execute(sql, &[&old]).await.map(drop)
        })
    }
}

#[async_trait]
impl MaintenanceStore for PostgresStore {
    async fn expire(&self, before: Timestamp, limit: usize) -> Result<usize, StoreError> {
        let deleted = transact!(self, Scope::Product, |session| {
            session.run("SET LOCAL lock_timeout = '2s'").await?;
            expire(&session, before, limit).await
        })?;
        if deleted < limit {
            self.expire_answers(self.ids.now()).await?;
        }
        Ok(deleted)
    }

    async fn cancel_unserved(&self, limit: usize, now: Timestamp) -> Result<usize, StoreError> {
        let sql = format!(
            "WITH RECURSIVE {LANES}, picked AS MATERIALIZED (
                SELECT p.delivery_id
                FROM lanes l
                LEFT JOIN webhooks h
                    ON h.organization_id = l.organization_id AND h.id = l.webhook_id
                CROSS JOIN LATERAL (
                    SELECT w.delivery_id FROM waiting w
                    WHERE w.webhook_id = l.webhook_id
                      AND (w.claim_at = w.due_at OR w.claim_at <= $1)
                    ORDER BY w.claim_at LIMIT $2
                    FOR UPDATE SKIP LOCKED
                ) p
                WHERE h.id IS NULL OR h.status = 3 OR h.deleted_at IS NOT NULL
                LIMIT $2
            ), ended AS (
                DELETE FROM waiting w USING picked p WHERE w.delivery_id = p.delivery_id
                RETURNING w.organization_id, w.day, w.delivery_id
            )
            UPDATE deliveries d SET status = $3, ended_badly = $3, due_at = NULL FROM ended e
            WHERE d.organization_id = e.organization_id AND d.day = e.day
              AND d.id = e.delivery_id"
        );
        let most = i64::try_from(limit).unwrap_or(i64::MAX);
        let cancelled = i16::from(DeliveryStatus::Cancelled.code());
        let done = transact!(self, Scope::Product, |session| {
            session.execute(&sql, &[&now.as_millis(), &most, &cancelled]).await
        })?;
        Ok(usize::try_from(done).unwrap_or(usize::MAX))
    }

    async fn check(&self) -> Result<(), StoreError> {
        let sql = "SELECT pg_is_in_recovery() OR current_setting('transaction_read_only')::boolean";
        let read_only: bool = read!(self, Purpose::Deliver.of(Scope::Product), |session| {
            Ok(session.one(sql, &[]).await?.get::<_, bool>(0))
        })?;
        if read_only {
            return Err(StoreError::Unavailable("the database takes no writes".into()));
        }
        Ok(())
    }

    async fn backlog(&self, now: Timestamp) -> Result<Backlog, StoreError> {
        let sql = "SELECT count(*) AS waiting, min(due_at) FILTER (WHERE due_at <= $1) AS oldest \
             FROM waiting WHERE claim_at = due_at OR claim_at <= $1";
        // It looks at every row: quicker in the order in which they lie than by an index.
        transact!(self, Scope::Product, |session| {
            session.run("SET LOCAL enable_seqscan = on").await?;
            let row = session.one(sql, &[&now.as_millis()]).await?;
            Ok(Backlog {
                waiting: crate::ids::unsigned(&row, "waiting"),
                oldest_due: row.get::<_, Option<i64>>("oldest").map(Timestamp::from_millis),
            })
        })
    }

    async fn take_turn(&self, name: &'static str, lasts: Duration) -> Result<bool, StoreError> {
        let sql = "INSERT INTO turns AS t (name, node, until) \
             VALUES ($1, $2, clock_timestamp() + $3::bigint * interval '1 millisecond') \
             ON CONFLICT (name) DO UPDATE SET node = excluded.node, until = excluded.until \
             WHERE t.node = excluded.node OR t.until <= clock_timestamp() RETURNING true";
        let ms = i64::try_from(lasts.as_millis()).unwrap_or(i64::MAX);
        transact!(self, Purpose::Work.of(Scope::Product), |session| {
            Ok(session.find(sql, &[&name, &self.figures.node, &ms]).await?.is_some())
        })
    }
}
