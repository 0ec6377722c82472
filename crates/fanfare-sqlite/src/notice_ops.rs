//! Notices, read, and what people mute.

use std::sync::Arc;

use async_trait::async_trait;
use fanfare_model::{
    DeliveryId, EventId, EventType, NoticeId, OrganizationId, Timestamp, Topics, UserId, WebhookId,
};
use fanfare_store::{
    Notice, NoticeKind, NoticeMark, NoticeStore, Page, PageRequest, StoreError, Untold, Webhook,
};
use rusqlite::{Connection, Row};

use crate::SqliteStore;
use crate::cells::Cells;
use crate::fault::Fault;
use crate::launch::{find, gather};
use crate::paging::{OfRows as _, Travel};
use crate::people::notice;
use crate::webhook_row;

const COLUMNS: &str = "n.id, n.kind, w.id, n.created_at, n.delivery_id, n.event_id";

fn cells(cells: &mut Cells<'_, '_>) -> Result<Notice, Fault> {
    let (id, code, webhook_id, created_at): (NoticeId, u8, _, _) =
        (cells.id()?, cells.get()?, cells.id()?, cells.time()?);
    let of: (Option<DeliveryId>, Option<EventId>) = (cells.maybe_id()?, cells.maybe_id()?);
    let kind = NoticeKind::from_parts(code, of.0.zip(of.1));
    let kind = kind.ok_or_else(|| Fault::corrupt("a notice's kind is unknown"))?;
    Ok(Notice { id, kind, webhook_id, created_at })
}

fn read(row: &Row<'_>) -> Result<Notice, Fault> {
    cells(&mut Cells::new(row))
}

fn untold_row(row: &Row<'_>) -> Result<Option<Untold>, Fault> {
    let mut cells = Cells::new(row);
    let (organization_id, notice) = (cells.id()?, self::cells(&mut cells)?);
    let event_type: Option<u8> = cells.get()?;
    let event_type = event_type.and_then(EventType::from_index);
    Ok(Some(Untold { organization_id, notice, event_type, report: cells.get()? }))
}

pub(crate) const UNTOLD: &str = "FROM notices n JOIN organizations o ON o.key = n.organization \
     JOIN webhooks w ON w.key = n.webhook WHERE n.untold = 1 ORDER BY n.id LIMIT ?1";

/// Notices of which nobody was told, oldest first.
pub(crate) fn untold(connection: &Connection, limit: usize) -> Result<Vec<Untold>, Fault> {
    let sql = format!("SELECT o.id, {COLUMNS}, n.type, n.report {UNTOLD}");
    gather(connection, &sql, [limit as i64], limit, untold_row)
}

pub(crate) const FAILING: &str = "FROM webhooks w JOIN organizations o ON o.key = w.organization \
     WHERE w.failing_since <= ?1 AND w.deleted_at IS NULL AND w.status IN (0, 2) \
     ORDER BY w.failing_since LIMIT ?2 OFFSET ?3";

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
                    "SELECT {COLUMNS} \
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

    async fn untold_notices(&self, limit: usize) -> Result<Vec<Untold>, StoreError> {
        self.readers.read(move |connection| untold(connection, limit)).await
    }

    async fn mark(
        &self,
        organization: OrganizationId,
        webhook: WebhookId,
    ) -> Result<Option<NoticeMark>, StoreError> {
        self.readers.read(move |connection| notice::mark(connection, organization, webhook)).await
    }

    async fn is_mark_due(&self, now: Timestamp) -> Result<bool, StoreError> {
        let due = move |connection: &Connection| {
            let sql = "SELECT 1 FROM notice_marks WHERE mail_at <= ?1 LIMIT 1";
            find(connection, sql, [now.as_millis()], |_| Ok(()))
        };
        Ok(self.readers.read(due).await?.is_some())
    }

    async fn failing_webhooks(
        &self,
        since: Timestamp,
        (skip, limit): (usize, usize),
    ) -> Result<Vec<Arc<Webhook>>, StoreError> {
        self.readers
            .read(move |connection| {
                let sql = format!("SELECT {} {FAILING}", webhook_row::COLUMNS);
                let params = (since.as_millis(), limit as i64, skip as i64);
                let read = |row: &Row<'_>| Ok(Some(Arc::new(webhook_row::read(row)?.1)));
                gather(connection, &sql, params, limit, read)
            })
            .await
    }

    async fn muted(
        &self,
        organization: OrganizationId,
        user: UserId,
    ) -> Result<Topics, StoreError> {
        let muted = move |connection: &Connection| {
            let sql = "SELECT t.topics FROM organizations o \
                 JOIN muted_topics t ON t.organization = o.key WHERE o.id = ?1 AND t.user = ?2";
            let params = (organization.to_bytes(), user.to_bytes());
            find(connection, sql, params, |row| Ok(row.get::<_, u32>(0)?))
        };
        Ok(Topics::from_bits(self.readers.read(muted).await?.unwrap_or_default()))
    }
}
