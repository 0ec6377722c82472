//! Notices and figures, read.

use async_trait::async_trait;
use fanfare_model::{DeliveryId, EventId, NoticeId, OrganizationId, Timestamp, WebhookId};
use fanfare_store::{
    Notice, NoticeKind, NoticeStore, Page, PageRequest, StatsBucket, StatsStore, StoreError,
};
use rusqlite::Row;

use crate::SqliteStore;
use crate::fault::Fault;
use crate::paging::{OfRows as _, Travel};
use crate::record::{NOTICE_DISABLED, NOTICE_FAILED, NOTICE_GONE};
use crate::writer::decode;

fn read(row: &Row<'_>) -> Result<Notice, Fault> {
    let kind: u8 = row.get(1)?;
    Ok(Notice {
        id: NoticeId::from_bytes(row.get(0)?),
        kind: match kind {
            NOTICE_FAILED => NoticeKind::DeliveryFailed {
                delivery_id: DeliveryId::from_bytes(row.get(4)?),
                event_id: EventId::from_bytes(row.get(5)?),
            },
            NOTICE_GONE => NoticeKind::WebhookGone,
            NOTICE_DISABLED => NoticeKind::WebhookDisabled,
            _ => return Err(Fault::corrupt("a notice's kind is unknown")),
        },
        webhook_id: WebhookId::from_bytes(row.get(2)?),
        created_at: Timestamp::from_millis(row.get(3)?),
    })
}

#[async_trait]
impl NoticeStore for SqliteStore {
    async fn notices(
        &self,
        organization: OrganizationId,
        page: PageRequest,
    ) -> Result<Page<Notice>, StoreError> {
        self.readers
            .read(move |connection| {
                let travel = Travel::new(&page);
                let mut list = connection.prepare_cached(&format!(
                    "SELECT n.id, n.kind, w.id, n.created_at, n.delivery_id, n.event_id \
                     FROM organizations o JOIN notices n ON n.organization = o.key \
                     JOIN webhooks w ON w.key = n.webhook \
                     WHERE o.id = ?1 AND n.id > ?2 AND n.id < ?3 ORDER BY n.id {}",
                    travel.direction()
                ))?;
                let rows = list.query((organization.to_bytes(), travel.above(), travel.below()))?;
                travel.collect(rows, read)
            })
            .await
    }
}

#[async_trait]
impl StatsStore for SqliteStore {
    async fn webhook_stats(
        &self,
        organization: OrganizationId,
        webhook: WebhookId,
        since: Timestamp,
        until: Timestamp,
    ) -> Result<Vec<StatsBucket>, StoreError> {
        // Brings the table up to date; when that is not possible it shows what it has.
        let _may_lag = self.write(0, |tx| tx.write_figures()).await;
        self.readers
            .read(move |connection| {
                let mut list = connection.prepare_cached(
                    "SELECT s.minute, s.figures FROM organizations o \
                     JOIN webhooks w ON w.organization = o.key AND w.id = ?2 \
                     JOIN stats s ON s.webhook = w.key AND s.minute >= ?3 AND s.minute < ?4 \
                     WHERE o.id = ?1 ORDER BY s.minute",
                )?;
                let mut rows = list.query((
                    organization.to_bytes(),
                    webhook.to_bytes(),
                    since.as_millis(),
                    until.as_millis(),
                ))?;
                let mut buckets = Vec::new();
                while let Some(row) = rows.next()? {
                    let text =
                        row.get_ref(1)?.as_str().map_err(|e| Fault::corrupt(e.to_string()))?;
                    buckets.push(decode(text)?.into_bucket(row.get(0)?));
                }
                Ok(buckets)
            })
            .await
    }
}
