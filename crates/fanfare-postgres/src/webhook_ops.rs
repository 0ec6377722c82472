//! Webhooks: created, read, changed, removed.
//!
//! Promises: a change is made on the locked row, so that changes made on several nodes at the same
//! time come one after the other and each sees the one before. What follows from it (versions,
//! cancelled deliveries) is in its transaction; the engine hears of it after the commit.

use std::sync::Arc;

use async_trait::async_trait;
use fanfare_model::{DisabledReason, OrganizationId, Timestamp, WebhookId, WebhookStatus, limits};
use fanfare_store::{
    Audit, NewWebhook, Page, PageRequest, StoreError, Webhook, WebhookEdit, WebhookFilter,
    WebhookStore, WebhookVersion,
};

use crate::PostgresStore;
use crate::audit_ops;
use crate::fault::Fault;
use crate::ids::uuid;
use crate::organization_ops::unknown;
use crate::paging::{OfRows as _, Travel};
use crate::record::{CANCELLED_AT_ONCE, Effects, cancel_waiting};
use crate::session::{Scope, Session};
use crate::store::{read, transact};
use crate::webhook_row::{self, COLUMNS};

async fn create(session: &Session, webhook: &NewWebhook, audit: &Audit) -> Result<(), Fault> {
    let organization = uuid(webhook.organization_id);
    // The lock lets two that create at the same time count one after the other.
    let lock = "SELECT 1 FROM organizations WHERE id = $1 FOR NO KEY UPDATE";
    session.find(lock, &[&organization]).await?.ok_or_else(unknown)?;
    let count = "SELECT count(*) FROM webhooks WHERE organization_id = $1 AND deleted_at IS NULL";
    let held: i64 = session.one(count, &[&organization]).await?.get(0);
    let limit = limits::WEBHOOKS_PER_ORGANIZATION;
    if usize::try_from(held).unwrap_or(usize::MAX) >= limit {
        return Err(Fault::Refused(StoreError::LimitReached { what: "webhooks", limit }));
    }
    webhook_row::put(session, webhook).await?;
    webhook_row::put_version(session, webhook).await?;
    audit_ops::tell(session, webhook.organization_id, audit, None, Some(webhook)).await
}

/// The webhook as it is, locked until the transaction ends; `None` when there is none.
pub(crate) async fn lock(
    session: &Session,
    organization: OrganizationId,
    id: WebhookId,
) -> Result<Option<Webhook>, Fault> {
    let sql = format!(
        "SELECT {COLUMNS} FROM webhooks WHERE organization_id = $1 AND id = $2 \
         AND deleted_at IS NULL FOR NO KEY UPDATE"
    );
    let row = session.find(&sql, &[&uuid(organization), &uuid(id)]).await?;
    row.as_ref().map(webhook_row::webhook).transpose()
}

async fn modify(
    session: &Session,
    (organization, id): (OrganizationId, WebhookId),
    now: Timestamp,
    (edit, audit): (&WebhookEdit, &Audit),
) -> Result<Option<(Arc<Webhook>, Effects)>, Fault> {
    let Some(before) = lock(session, organization, id).await? else { return Ok(None) };
    let mut webhook = before.clone();
    edit(&mut webhook).map_err(|refused| Fault::Refused(StoreError::Refused(refused)))?;
    webhook.id = before.id;
    webhook.organization_id = before.organization_id;
    webhook.created_at = before.created_at;
    webhook.version = before.version;
    if webhook == before {
        return Ok(Some((Arc::new(webhook), Effects::default())));
    }
    let (webhook, effects) = save(session, &before, webhook, now).await?;
    audit_ops::tell(session, organization, audit, Some(&before), Some(&*webhook)).await?;
    Ok(Some((webhook, effects)))
}

/// Writes a changed webhook as its next version and what follows from a change of status.
async fn save(
    session: &Session,
    before: &Webhook,
    mut webhook: Webhook,
    now: Timestamp,
) -> Result<(Arc<Webhook>, Effects), Fault> {
    let mut effects = Effects::default();
    webhook.version = before.version + 1;
    webhook.updated_at = now;
    let disabled = webhook.status == WebhookStatus::Disabled;
    webhook.disabled_reason =
        disabled.then(|| webhook.disabled_reason.unwrap_or(DisabledReason::Manual));
    if webhook.status != before.status {
        webhook.status_changed_at = now;
        effects.wake = webhook.status.is_served();
    }
    webhook_row::put(session, &webhook).await?;
    if webhook.url != before.url || webhook.headers != before.headers {
        webhook_row::put_version(session, &webhook).await?;
    }
    if disabled && before.status != WebhookStatus::Disabled {
        cancel_waiting(session, webhook.id, (now, CANCELLED_AT_ONCE)).await?;
    }
    let webhook = Arc::new(webhook);
    effects.changed.push((webhook.clone(), false));
    Ok((webhook, effects))
}

async fn delete(
    session: &Session,
    (organization, id): (OrganizationId, WebhookId),
    now: Timestamp,
    audit: &Audit,
) -> Result<Option<Effects>, Fault> {
    let Some(before) = lock(session, organization, id).await? else { return Ok(None) };
    let mut webhook = before.clone();
    if webhook.status != WebhookStatus::Disabled {
        webhook.status = WebhookStatus::Disabled;
        webhook.status_changed_at = now;
    }
    webhook.disabled_reason = webhook.disabled_reason.or(Some(DisabledReason::Manual));
    webhook.updated_at = now;
    webhook.version += 1;
    webhook_row::put(session, &webhook).await?;
    let sql = "UPDATE webhooks SET deleted_at = $3 WHERE organization_id = $1 AND id = $2";
    session.execute(sql, &[&uuid(organization), &uuid(id), &now.as_millis()]).await?;
    cancel_waiting(session, id, (now, CANCELLED_AT_ONCE)).await?;
    audit_ops::tell(session, organization, audit, Some(&before), None).await?;
    Ok(Some(Effects { changed: vec![(Arc::new(webhook), true)], ..Effects::default() }))
}

async fn page_of(
    session: &Session,
    organization: OrganizationId,
    filter: &WebhookFilter,
    page: &PageRequest,
) -> Result<Page<Arc<Webhook>>, Fault> {
    let travel = Travel::new(page);
    let sql = format!(
        "SELECT {COLUMNS} FROM webhooks \
         WHERE organization_id = $1 AND id > $2 AND id < $3 AND deleted_at IS NULL \
           AND (cardinality($4::smallint[]) = 0 OR status = ANY ($4)) \
         ORDER BY id {} LIMIT $5",
        travel.direction()
    );
    let status: Vec<_> = filter.status.iter().map(|status| i16::from(status.code())).collect();
    let (above, below, rows) = (travel.above(), travel.below(), travel.limit());
    let params: crate::session::Params<'_> = &[&uuid(organization), &above, &below, &status, &rows];
    let rows = session.query(&sql, params).await?;
    travel.collect(&rows, |row| webhook_row::webhook(row).map(Arc::new))
}

#[async_trait]
impl WebhookStore for PostgresStore {
    async fn create_webhook(
        &self,
        webhook: NewWebhook,
        audit: Audit,
    ) -> Result<Arc<Webhook>, StoreError> {
        let webhook = Arc::new(webhook);
        transact!(self, Scope::Organization(webhook.organization_id), |session| create(
            &session, &webhook, &audit
        )
        .await)?;
        self.apply(Effects { changed: vec![(webhook.clone(), false)], ..Effects::default() });
        Ok(webhook)
    }

    async fn webhook(
        &self,
        organization: OrganizationId,
        id: WebhookId,
    ) -> Result<Option<Arc<Webhook>>, StoreError> {
        let sql = format!(
            "SELECT {COLUMNS} FROM webhooks WHERE organization_id = $1 AND id = $2 \
             AND deleted_at IS NULL"
        );
        read!(self, Scope::Organization(organization), |session| {
            let row = session.find(&sql, &[&uuid(organization), &uuid(id)]).await?;
            Ok(row.as_ref().map(webhook_row::webhook).transpose()?.map(Arc::new))
        })
    }

    async fn webhooks(
        &self,
        organization: OrganizationId,
        filter: WebhookFilter,
        page: PageRequest,
    ) -> Result<Page<Arc<Webhook>>, StoreError> {
        read!(self, Scope::Organization(organization), |session| page_of(
            &session,
            organization,
            &filter,
            &page
        )
        .await)
    }

    async fn modify_webhook(
        &self,
        organization: OrganizationId,
        id: WebhookId,
        now: Timestamp,
        edit: WebhookEdit,
        audit: Audit,
    ) -> Result<Option<Arc<Webhook>>, StoreError> {
        let modified = transact!(self, Scope::Organization(organization), |session| modify(
            &session,
            (organization, id),
            now,
            (&edit, &audit)
        )
        .await)?;
        Ok(modified.map(|(webhook, effects)| {
            self.apply(effects);
            webhook
        }))
    }

    async fn delete_webhook(
        &self,
        organization: OrganizationId,
        id: WebhookId,
        now: Timestamp,
        audit: Audit,
    ) -> Result<bool, StoreError> {
        let deleted = transact!(self, Scope::Organization(organization), |session| delete(
            &session,
            (organization, id),
            now,
            &audit
        )
        .await)?;
        Ok(deleted.map(|effects| self.apply(effects)).is_some())
    }

    async fn webhook_version(
        &self,
        organization: OrganizationId,
        id: WebhookId,
        version: u32,
    ) -> Result<Option<WebhookVersion>, StoreError> {
        let sql = "SELECT v.url, v.headers FROM webhooks w JOIN webhook_versions v \
                 ON v.organization_id = w.organization_id AND v.webhook_id = w.id \
             WHERE w.organization_id = $1 AND w.id = $2 AND w.version >= $3 AND v.version <= $3 \
             ORDER BY v.version DESC LIMIT 1";
        read!(self, Scope::Organization(organization), |session| {
            let params = (uuid(organization), uuid(id), version.cast_signed());
            let row = session.find(sql, &[&params.0, &params.1, &params.2]).await?;
            let version = row.map(|row| {
                let headers = webhook_row::headers(row.get("headers"))?;
                Ok(WebhookVersion { url: row.get("url"), headers })
            });
            version.transpose()
        })
    }
}
