//! Webhooks: created, read, changed, removed.

use std::sync::Arc;

use async_trait::async_trait;
use fanfare_model::{DisabledReason, OrganizationId, Timestamp, WebhookId, WebhookStatus, limits};
use fanfare_store::{
    Audit, NewWebhook, Page, PageRequest, StoreError, Webhook, WebhookEdit, WebhookFilter,
    WebhookStore, WebhookVersion,
};
use rusqlite::OptionalExtension;

use crate::SqliteStore;
use crate::audit_ops;
use crate::fault::Fault;
use crate::paging::{OfRows as _, Travel};
use crate::webhook_row;
use crate::writer::Tx;

/// Waiting deliveries that are cancelled together with the change that disables a webhook; the
/// rest follows in steps.
const CANCELLED_AT_ONCE: usize = 1_000;

fn create(tx: &mut Tx<'_, '_>, webhook: &NewWebhook, audit: &Audit) -> Result<Arc<Webhook>, Fault> {
    let organization = tx.tenant_key(webhook.organization_id)?;
    let held = tx.tenant(webhook.organization_id)?.map_or(0, |tenant| tenant.webhooks.len());
    let limit = limits::WEBHOOKS_PER_ORGANIZATION;
    if held >= limit {
        return Err(Fault::Refused(StoreError::LimitReached { what: "webhooks", limit }));
    }
    let key = webhook_row::insert(tx.connection, organization, webhook)?;
    let webhook = Arc::new(webhook.clone());
    tx.webhook_changed(key, &webhook, false);
    audit_ops::tell(tx, webhook.organization_id, audit, None, Some(&*webhook))?;
    Ok(webhook)
}

fn modify(
    tx: &mut Tx<'_, '_>,
    (organization, id): (OrganizationId, WebhookId),
    now: Timestamp,
    (edit, audit): (&WebhookEdit, &Audit),
) -> Result<Option<Arc<Webhook>>, Fault> {
    let Some((key, before)) = tx.state.webhook(organization, id) else { return Ok(None) };
    let mut webhook = Webhook::clone(&before);
    edit(&mut webhook).map_err(|refused| Fault::Refused(StoreError::Refused(refused)))?;
    webhook.id = before.id;
    webhook.organization_id = before.organization_id;
    webhook.created_at = before.created_at;
    webhook.version = before.version;
    if webhook == *before {
        return Ok(Some(before));
    }
    let webhook = save(tx, key, &before, webhook, now)?;
    audit_ops::tell(tx, organization, audit, Some(&*before), Some(&*webhook))?;
    Ok(Some(webhook))
}

/// Writes a changed webhook as its next version and what follows from a change of status.
pub(crate) fn save(
    tx: &mut Tx<'_, '_>,
    key: u32,
    before: &Webhook,
    mut webhook: Webhook,
    now: Timestamp,
) -> Result<Arc<Webhook>, Fault> {
    webhook.version = before.version + 1;
    webhook.updated_at = now;
    let disabled = webhook.status == WebhookStatus::Disabled;
    webhook.disabled_reason =
        disabled.then(|| webhook.disabled_reason.unwrap_or(DisabledReason::Manual));
    if webhook.status != before.status {
        webhook.status_changed_at = now;
        tx.effects.wake |= webhook.status.is_served();
    }
    webhook_row::update(tx.connection, key, &webhook)?;
    if webhook.url != before.url || webhook.headers != before.headers {
        webhook_row::insert_version(tx.connection, key, &webhook)?;
    }
    if disabled && before.status != WebhookStatus::Disabled {
        cancel_waiting(tx, key, now, CANCELLED_AT_ONCE)?;
    }
    let webhook = Arc::new(webhook);
    tx.webhook_changed(key, &webhook, false);
    Ok(webhook)
}

/// Cancels deliveries of a webhook that wait and that nobody holds a live lease of.
pub(crate) fn cancel_waiting(
    tx: &mut Tx<'_, '_>,
    key: u32,
    now: Timestamp,
    limit: usize,
) -> Result<usize, Fault> {
    let mut waiting = Vec::new();
    {
        let mut look = tx.connection.prepare_cached(WAITING)?;
        let mut rows = look.query([key])?;
        while let Some(row) = rows.next()?.filter(|_| waiting.len() < limit) {
            let seq = row.get(0)?;
            let lease = tx.state.leases.get(seq);
            let lives = lease.is_some_and(|lease| lease.until.is_none_or(|until| until > now));
            if !lives {
                waiting.push(seq);
            }
        }
    }
    let mut cancel = tx
        .connection
        .prepare_cached("UPDATE deliveries SET status = 3, parked = 0 WHERE seq = ?1")?;
    for seq in &waiting {
        tx.state.set_lease(*seq, None);
        cancel.execute([seq])?;
    }
    Ok(waiting.len())
}

pub(crate) const WAITING: &str =
    "SELECT seq FROM deliveries INDEXED BY deliveries_due WHERE parked = 1 AND webhook = ?1";

fn delete(
    tx: &mut Tx<'_, '_>,
    organization: OrganizationId,
    id: WebhookId,
    now: Timestamp,
    audit: &Audit,
) -> Result<bool, Fault> {
    let Some((key, before)) = tx.state.webhook(organization, id) else { return Ok(false) };
    let mut webhook = Webhook::clone(&before);
    if webhook.status != WebhookStatus::Disabled {
        webhook.status = WebhookStatus::Disabled;
        webhook.status_changed_at = now;
    }
    webhook.disabled_reason = webhook.disabled_reason.or(Some(DisabledReason::Manual));
    webhook.updated_at = now;
    webhook.version += 1;
    webhook_row::update(tx.connection, key, &webhook)?;
    tx.connection
        .prepare_cached("UPDATE webhooks SET deleted_at = ?2 WHERE key = ?1")?
        .execute((key, now.as_millis()))?;
    cancel_waiting(tx, key, now, CANCELLED_AT_ONCE)?;
    tx.webhook_changed(key, &Arc::new(webhook), true);
    audit_ops::tell(tx, organization, audit, Some(&*before), None)?;
    Ok(true)
}

const OF_ORGANIZATION: &str =
    "FROM webhooks w JOIN organizations o ON o.key = w.organization WHERE o.id = ?1";

#[async_trait]
impl WebhookStore for SqliteStore {
    async fn create_webhook(
        &self,
        webhook: NewWebhook,
        audit: Audit,
    ) -> Result<Arc<Webhook>, StoreError> {
        self.write(0, move |tx| create(tx, &webhook, &audit)).await
    }

    async fn webhook(
        &self,
        organization: OrganizationId,
        id: WebhookId,
    ) -> Result<Option<Arc<Webhook>>, StoreError> {
        self.readers
            .read(move |connection| {
                let mut find = connection.prepare_cached(&format!(
                    "SELECT {} {OF_ORGANIZATION} AND w.id = ?2 AND w.deleted_at IS NULL",
                    webhook_row::COLUMNS
                ))?;
                let mut rows = find.query((organization.to_bytes(), id.to_bytes()))?;
                let row = rows.next()?.map(webhook_row::read).transpose()?;
                Ok(row.map(|(_, webhook)| Arc::new(webhook)))
            })
            .await
    }

    async fn webhooks(
        &self,
        organization: OrganizationId,
        filter: WebhookFilter,
        page: PageRequest,
    ) -> Result<Page<Arc<Webhook>>, StoreError> {
        self.readers
            .read(move |connection| {
                let travel = Travel::new(&page);
                let mut list = connection.prepare_cached(&format!(
                    "SELECT {} {OF_ORGANIZATION} AND w.id > ?2 AND w.id < ?3 \
                     AND w.deleted_at IS NULL ORDER BY w.id {}",
                    webhook_row::COLUMNS,
                    travel.direction()
                ))?;
                let mut rows =
                    list.query((organization.to_bytes(), travel.above(), travel.below()))?;
                let mut items = Vec::new();
                while let Some(row) = rows.next()? {
                    let (_, webhook) = webhook_row::read(row)?;
                    if filter.status.is_empty() || filter.status.contains(&webhook.status) {
                        items.push(Arc::new(webhook));
                    }
                    if travel.is_full(&items) {
                        break;
                    }
                }
                Ok(travel.finish(items))
            })
            .await
    }

    async fn modify_webhook(
        &self,
        organization: OrganizationId,
        id: WebhookId,
        now: Timestamp,
        edit: WebhookEdit,
        audit: Audit,
    ) -> Result<Option<Arc<Webhook>>, StoreError> {
        self.write(0, move |tx| modify(tx, (organization, id), now, (&edit, &audit))).await
    }

    async fn delete_webhook(
        &self,
        organization: OrganizationId,
        id: WebhookId,
        now: Timestamp,
        audit: Audit,
    ) -> Result<bool, StoreError> {
        self.write(0, move |tx| delete(tx, organization, id, now, &audit)).await
    }

    async fn webhook_version(
        &self,
        organization: OrganizationId,
        id: WebhookId,
        version: u32,
    ) -> Result<Option<WebhookVersion>, StoreError> {
        self.readers
            .read(move |connection| {
                let mut find = connection.prepare_cached(
                    "SELECT v.url, v.headers FROM organizations o \
                     JOIN webhooks w ON w.organization = o.key AND w.id = ?2 \
                     JOIN webhook_versions v ON v.webhook = w.key AND v.version <= ?3 \
                     WHERE o.id = ?1 AND w.version >= ?3 ORDER BY v.version DESC LIMIT 1",
                )?;
                let found: Option<(String, String)> = find
                    .query_row((organization.to_bytes(), id.to_bytes(), version), |row| {
                        Ok((row.get(0)?, row.get(1)?))
                    })
                    .optional()?;
                let version = found.map(|(url, headers)| {
                    Ok(WebhookVersion { url, headers: webhook_row::headers(&headers)? })
                });
                version.transpose()
            })
            .await
    }
}
