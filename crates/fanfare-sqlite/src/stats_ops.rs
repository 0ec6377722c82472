//! Figures, read and expired; what waits for each webhook.

use std::collections::HashMap;

use async_trait::async_trait;
use fanfare_model::{OrganizationId, Timestamp, WebhookId};
use fanfare_store::{
    BACKLOG_COUNTED, StatsBucket, StatsStore, StatsWidth, StoreError, WebhookBacklog,
};
use rusqlite::{Connection, OptionalExtension, Row};

use crate::fault::Fault;
use crate::writer::{ORGANIZATION_HOUR, ORGANIZATION_MINUTE, Tx, WEBHOOK_HOUR, decode};
use crate::{SqliteStore, claim};

pub(crate) const MINUTES: &str = "SELECT s.minute, s.figures, w.id FROM organizations o \
     JOIN webhooks w ON w.organization = o.key AND w.id = ?2 \
     JOIN stats s ON s.webhook = w.key AND s.minute >= ?3 AND s.minute < ?4 \
     WHERE o.id = ?1 ORDER BY s.minute";
pub(crate) const HOURS: &str = "SELECT r.at, r.figures, w.id FROM organizations o \
     JOIN webhooks w ON w.organization = o.key AND w.id = ?2 \
     JOIN rollups r ON r.kind = ?5 AND r.subject = w.key AND r.at >= ?3 AND r.at < ?4 \
     WHERE o.id = ?1 ORDER BY r.at";
pub(crate) const OF_ORGANIZATION: &str = "SELECT r.at, r.figures FROM organizations o \
     JOIN rollups r ON r.kind = ?2 AND r.subject = o.key AND r.at >= ?3 AND r.at < ?4 \
     WHERE o.id = ?1 ORDER BY r.at";
pub(crate) const MINUTES_OF_ALL: &str = "SELECT s.minute, s.figures, w.id FROM organizations o \
     JOIN webhooks w ON w.organization = o.key \
     JOIN stats s ON s.webhook = w.key AND s.minute >= ?2 AND s.minute < ?3 \
     WHERE o.id = ?1 ORDER BY w.organization, w.id, s.minute";
pub(crate) const HOURS_OF_ALL: &str = "SELECT r.at, r.figures, w.id FROM organizations o \
     JOIN webhooks w ON w.organization = o.key \
     JOIN rollups r ON r.kind = ?4 AND r.subject = w.key AND r.at >= ?2 AND r.at < ?3 \
     WHERE o.id = ?1 ORDER BY w.organization, w.id, r.at";

pub(crate) const COUNT_WAITING: &str = "SELECT count(*) FROM (SELECT 1 FROM deliveries \
     INDEXED BY deliveries_due WHERE parked = 1 AND webhook = ?1 LIMIT ?2)";
pub(crate) const NEXT_DUE: &str = "SELECT due_at FROM deliveries INDEXED BY deliveries_due \
     WHERE parked = 1 AND webhook = ?1 AND due_at > ?2 ORDER BY due_at LIMIT 1";

fn bucket(row: &Row<'_>) -> Result<StatsBucket, Fault> {
    let text = row.get_ref(1)?.as_str().map_err(|error| Fault::corrupt(error.to_string()))?;
    Ok(decode(text)?.into_bucket(row.get(0)?))
}

/// What the writer knows of a webhook's queue.
struct Known {
    key: u32,
    id: WebhookId,
    /// Rows of the index that are claimed.
    claimed: u64,
    oldest: Option<Timestamp>,
}

fn known(
    tx: &Tx<'_, '_>,
    organization: OrganizationId,
    now: Timestamp,
) -> Result<Vec<Known>, Fault> {
    let lives = |until: Option<Timestamp>| until.is_none_or(|until| until > now);
    let claimed: HashMap<u32, u64> = tx.state.leases.count_by_webhook(|lease| lives(lease.until));
    let tenant = tx.state.tenants.get(&organization);
    let mut known = Vec::new();
    for key in tenant.map_or(&[][..], |tenant| &tenant.webhooks) {
        let Some(webhook) = tx.state.webhooks.get(key) else { continue };
        known.push(Known {
            key: *key,
            id: webhook.id,
            claimed: claimed.get(key).copied().unwrap_or(0),
            oldest: claim::oldest_due_of(tx, *key)?,
        });
    }
    Ok(known)
}

fn backlog(
    connection: &Connection,
    known: &Known,
    now: Timestamp,
) -> Result<WebhookBacklog, Fault> {
    let most = BACKLOG_COUNTED + known.claimed + 1;
    let rows: u64 = connection
        .prepare_cached(COUNT_WAITING)?
        .query_row((known.key, most.cast_signed()), |row| row.get(0))?;
    let next: Option<i64> = connection
        .prepare_cached(NEXT_DUE)?
        .query_row((known.key, now.as_millis()), |row| row.get(0))
        .optional()?;
    let waiting = rows.saturating_sub(known.claimed);
    Ok(WebhookBacklog {
        webhook_id: known.id,
        waiting: waiting.min(BACKLOG_COUNTED),
        more: waiting > BACKLOG_COUNTED,
        oldest_due: known.oldest.filter(|due| *due <= now),
        next_due: next.map(Timestamp::from_millis),
    })
}

/// Deletes at most `limit` rows of each table.
fn expire(tx: &mut Tx<'_, '_>, before: (i64, i64), limit: usize) -> Result<usize, Fault> {
    tx.write_figures()?;
    let (minutes, hours) = before;
    let limit = limit as i64;
    let of_webhooks = tx
        .connection
        .prepare_cached(
            "DELETE FROM stats WHERE (webhook, minute) IN (SELECT s.webhook, s.minute \
             FROM webhooks w JOIN stats s ON s.webhook = w.key AND s.minute < ?1 LIMIT ?2)",
        )?
        .execute((minutes, limit))?;
    let mut gone = of_webhooks;
    let sums = [
        (WEBHOOK_HOUR, "webhooks", hours),
        (ORGANIZATION_MINUTE, "organizations", minutes),
        (ORGANIZATION_HOUR, "organizations", hours),
    ];
    for (kind, subjects, before) in sums {
        let left = limit.saturating_sub(gone as i64);
        gone += tx
            .connection
            .prepare_cached(&format!(
                "DELETE FROM rollups WHERE (kind, subject, at) IN (SELECT r.kind, r.subject, r.at \
                 FROM {subjects} s JOIN rollups r \
                 ON r.kind = ?1 AND r.subject = s.key AND r.at < ?2 LIMIT ?3)"
            ))?
            .execute((kind, before, left))?;
    }
    Ok(gone)
}

impl SqliteStore {
    /// Brings the tables up to date; when that is not possible they show what they have.
    async fn write_gathered(&self) {
        let _may_lag = self.write(0, |tx| tx.write_figures()).await;
    }
}

#[async_trait]
impl StatsStore for SqliteStore {
    async fn webhook_stats(
        &self,
        organization: OrganizationId,
        webhook: WebhookId,
        width: StatsWidth,
        (since, until): (Timestamp, Timestamp),
    ) -> Result<Vec<StatsBucket>, StoreError> {
        self.write_gathered().await;
        self.readers
            .read(move |connection| {
                let (of, id) = (organization.to_bytes(), webhook.to_bytes());
                let (from, to) = (since.as_millis(), until.as_millis());
                let mut buckets = Vec::new();
                let mut list = connection.prepare_cached(match width {
                    StatsWidth::Minute => MINUTES,
                    StatsWidth::Hour => HOURS,
                })?;
                let mut rows = match width {
                    StatsWidth::Minute => list.query((of, id, from, to))?,
                    StatsWidth::Hour => list.query((of, id, from, to, WEBHOOK_HOUR))?,
                };
                while let Some(row) = rows.next()? {
                    buckets.push(bucket(row)?);
                }
                Ok(buckets)
            })
            .await
    }

    async fn organization_stats(
        &self,
        organization: OrganizationId,
        width: StatsWidth,
        (since, until): (Timestamp, Timestamp),
    ) -> Result<Vec<StatsBucket>, StoreError> {
        self.write_gathered().await;
        let kind = match width {
            StatsWidth::Minute => ORGANIZATION_MINUTE,
            StatsWidth::Hour => ORGANIZATION_HOUR,
        };
        self.readers
            .read(move |connection| {
                let mut list = connection.prepare_cached(OF_ORGANIZATION)?;
                let bounds = (since.as_millis(), until.as_millis());
                let mut rows = list.query((organization.to_bytes(), kind, bounds.0, bounds.1))?;
                let mut buckets = Vec::new();
                while let Some(row) = rows.next()? {
                    buckets.push(bucket(row)?);
                }
                Ok(buckets)
            })
            .await
    }

    async fn stats_of_webhooks(
        &self,
        organization: OrganizationId,
        width: StatsWidth,
        (since, until): (Timestamp, Timestamp),
    ) -> Result<Vec<(WebhookId, StatsBucket)>, StoreError> {
        self.write_gathered().await;
        self.readers
            .read(move |connection| {
                let (id, from, to) =
                    (organization.to_bytes(), since.as_millis(), until.as_millis());
                let mut list = connection.prepare_cached(match width {
                    StatsWidth::Minute => MINUTES_OF_ALL,
                    StatsWidth::Hour => HOURS_OF_ALL,
                })?;
                let mut rows = match width {
                    StatsWidth::Minute => list.query((id, from, to))?,
                    StatsWidth::Hour => list.query((id, from, to, WEBHOOK_HOUR))?,
                };
                let mut buckets = Vec::new();
                while let Some(row) = rows.next()? {
                    buckets.push((WebhookId::from_bytes(row.get(2)?), bucket(row)?));
                }
                Ok(buckets)
            })
            .await
    }

    async fn webhook_backlogs(
        &self,
        organization: OrganizationId,
        now: Timestamp,
    ) -> Result<Vec<WebhookBacklog>, StoreError> {
        let known = self.write(0, move |tx| known(tx, organization, now)).await?;
        self.readers
            .read(move |connection| {
                known.iter().map(|known| backlog(connection, known, now)).collect()
            })
            .await
    }

    async fn expire_stats(
        &self,
        (minutes, hours): (Timestamp, Timestamp),
        limit: usize,
    ) -> Result<usize, StoreError> {
        let before = (minutes.as_millis(), hours.as_millis());
        self.write(0, move |tx| expire(tx, before, limit)).await
    }
}
