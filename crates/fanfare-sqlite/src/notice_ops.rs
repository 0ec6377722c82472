//! Notices, read.

use async_trait::async_trait;
use fanfare_model::{DeliveryId, EventId, NoticeId, OrganizationId, Timestamp, WebhookId};
use fanfare_store::{Notice, NoticeKind, NoticeStore, Page, PageRequest, StoreError};
use rusqlite::Row;

use crate::SqliteStore;
use crate::fault::Fault;
use crate::paging::{OfRows as _, Travel};
use crate::record::{NOTICE_DISABLED, NOTICE_FAILED, NOTICE_GONE};

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
