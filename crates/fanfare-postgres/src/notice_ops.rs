//! Notices, read, and what people mute.

use std::sync::Arc;

use async_trait::async_trait;
use fanfare_model::{EventType, OrganizationId, Timestamp, Topics, UserId, WebhookId};
use fanfare_store::{
    Notice, NoticeKind, NoticeMark, NoticeStore, Page, PageRequest, StoreError, Untold, Webhook,
};
use tokio_postgres::Row;

use crate::PostgresStore;
use crate::cells::Cells;
use crate::fault::Fault;
use crate::ids::uuid;
use crate::paging::{OfRows as _, Travel};
use crate::people::notice;
use crate::session::{Scope, Session};
use crate::store::read;
use crate::webhook_row;

const COLUMNS: &str = "id, kind, webhook_id, created_at, delivery_id, event_id";

fn read_notice(row: &Row) -> Result<Notice, Fault> {
    let cells = Cells(row);
    let of = cells.maybe_id("delivery_id").zip(cells.maybe_id("event_id"));
    let code = u8::try_from(cells.get::<i16>("kind")).unwrap_or(u8::MAX);
    let kind = NoticeKind::from_parts(code, of);
    Ok(Notice {
        id: cells.id("id"),
        kind: kind.ok_or_else(|| Fault::corrupt("a notice's kind is unknown"))?,
        webhook_id: cells.id("webhook_id"),
        created_at: cells.time("created_at"),
    })
}

fn untold_row(row: &Row) -> Result<Untold, Fault> {
    let cells = Cells(row);
    let code: Option<i16> = cells.get("type");
    Ok(Untold {
        organization_id: cells.id("organization_id"),
        notice: read_notice(row)?,
        event_type: code.and_then(|code| EventType::from_index(u8::try_from(code).ok()?)),
        report: cells.get("report"),
    })
}

/// Notices of which nobody was told, oldest first.
pub(crate) async fn untold(session: &Session, limit: usize) -> Result<Vec<Untold>, Fault> {
    let sql = format!(
        "SELECT organization_id, {COLUMNS}, type, report FROM notices WHERE untold \
         ORDER BY id LIMIT $1"
    );
    session.query(&sql, &[&rows(limit)]).await?.iter().map(untold_row).collect()
}

/// A number of rows as a parameter.
pub(crate) fn rows(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}

#[async_trait]
impl NoticeStore for PostgresStore {
    async fn notices(
        &self,
        organization: OrganizationId,
        page: PageRequest,
    ) -> Result<Page<Notice>, StoreError> {
        let travel = Travel::new(&page);
        let sql = format!(
            "SELECT {COLUMNS} FROM notices \
             WHERE organization_id = $1 AND id > $2 AND id < $3 ORDER BY id {} LIMIT $4",
            travel.direction()
        );
        read!(self, Scope::Organization(organization), |session| {
            let organization = uuid(organization);
            let (above, below, rows) = (travel.above(), travel.below(), travel.limit());
            let rows = session.query(&sql, &[&organization, &above, &below, &rows]).await?;
            travel.collect(&rows, read_notice)
        })
    }

    async fn untold_notices(&self, limit: usize) -> Result<Vec<Untold>, StoreError> {
        read!(self, Scope::Product, |session| untold(&session, limit).await)
    }

    async fn mark(
        &self,
        organization: OrganizationId,
        webhook: WebhookId,
    ) -> Result<Option<NoticeMark>, StoreError> {
        read!(self, Scope::Organization(organization), |session| {
            notice::mark(&session, organization, webhook).await
        })
    }

    async fn is_mark_due(&self, now: Timestamp) -> Result<bool, StoreError> {
        let sql = "SELECT webhook_id FROM notice_marks WHERE mail_at <= $1 \
             ORDER BY mail_at LIMIT 1";
        read!(self, Scope::Product, |session| {
            Ok(session.find(sql, &[&now.as_millis()]).await?.is_some())
        })
    }

    async fn failing_webhooks(
        &self,
        since: Timestamp,
        (skip, limit): (usize, usize),
    ) -> Result<Vec<Arc<Webhook>>, StoreError> {
        let sql = format!(
            "SELECT {} FROM webhooks WHERE failing_since <= $1 AND deleted_at IS NULL \
             AND status IN (0, 2) ORDER BY failing_since LIMIT $2 OFFSET $3",
            webhook_row::COLUMNS
        );
        read!(self, Scope::Product, |session| {
            let params = (since.as_millis(), rows(limit), rows(skip));
            let found = session.query(&sql, &[&params.0, &params.1, &params.2]).await?;
            found.iter().map(|row| webhook_row::webhook(row).map(Arc::new)).collect()
        })
    }

    async fn muted(
        &self,
        organization: OrganizationId,
        user: UserId,
    ) -> Result<Topics, StoreError> {
        let sql = "SELECT topics FROM muted_topics WHERE organization_id = $1 AND user_id = $2";
        read!(self, Scope::Organization(organization), |session| {
            match session.find(sql, &[&uuid(organization), &uuid(user)]).await? {
                Some(row) => Ok(Topics::from_bits(Cells(&row).number("topics")?)),
                None => Ok(Topics::NONE),
            }
        })
    }
}
