//! Notices, read.

use async_trait::async_trait;
use fanfare_model::{OrganizationId, Timestamp};
use fanfare_store::{Notice, NoticeKind, NoticeStore, Page, PageRequest, StoreError};
use tokio_postgres::Row;
use uuid::Uuid;

use crate::PostgresStore;
use crate::fault::Fault;
use crate::ids::{id, uuid};
use crate::paging::{OfRows as _, Travel};
use crate::record::{NOTICE_DISABLED, NOTICE_FAILED, NOTICE_GONE};
use crate::session::Scope;
use crate::store::read;

fn notice(row: &Row) -> Result<Notice, Fault> {
    let damaged = || Fault::corrupt("a notice's kind is unknown");
    let of = |column| row.get::<_, Option<Uuid>>(column).ok_or_else(damaged);
    Ok(Notice {
        id: id(row.get("id")),
        kind: match row.get::<_, i16>("kind") {
            NOTICE_FAILED => NoticeKind::DeliveryFailed {
                delivery_id: id(of("delivery_id")?),
                event_id: id(of("event_id")?),
            },
            NOTICE_GONE => NoticeKind::WebhookGone,
            NOTICE_DISABLED => NoticeKind::WebhookDisabled,
            _ => return Err(damaged()),
        },
        webhook_id: id(row.get("webhook_id")),
        created_at: Timestamp::from_millis(row.get("created_at")),
    })
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
            "SELECT id, kind, webhook_id, created_at, delivery_id, event_id FROM notices \
             WHERE organization_id = $1 AND id > $2 AND id < $3 ORDER BY id {} LIMIT $4",
            travel.direction()
        );
        read!(self, Scope::Organization(organization), |session| {
            let organization = uuid(organization);
            let (above, below, rows) = (travel.above(), travel.below(), travel.limit());
            let rows = session.query(&sql, &[&organization, &above, &below, &rows]).await?;
            travel.collect(&rows, notice)
        })
    }
}
