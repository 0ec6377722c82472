//! Deliveries, read and steered by people.

use async_trait::async_trait;
use fanfare_model::{
    DeliveryId, DeliveryOrigin, DeliveryStatus, OrganizationId, Timestamp, WebhookStatus,
};
use fanfare_store::{
    Attempt, Audit, CancelResult, Delivery, DeliveryDetail, DeliveryFilter, DeliveryStore, Page,
    PageRequest, StoreError,
};
use rusqlite::Connection;

use crate::audit_ops;
use crate::delivery_row::{self, DeliveryRow, event_id, organization_key, webhook_id};
use crate::fault::Fault;
use crate::ids::delivery_seq;
use crate::paging::Travel;
use crate::scan::Scan;
use crate::writer::{NewDelivery, Tx, refusal};
use crate::{SqliteStore, attempt, event_row};

/// Rows a list looks at before it gives what it has found.
const LOOKED_AT: usize = 200_000;
/// Rows a list or a count looks at in all.
const LOOKED_AT_MOST: usize = 5_000_000;

fn detail(
    connection: &Connection,
    organization: OrganizationId,
    id: DeliveryId,
) -> Result<Option<DeliveryDetail>, Fault> {
    let Some(organization) = organization_key(connection, organization)? else { return Ok(None) };
    let Some(row) = delivery_row::find(connection, organization, id)? else { return Ok(None) };
    let mut attempts = earlier_attempts(connection, row.seq)?;
    let mut find = connection
        .prepare_cached(&format!("SELECT {} FROM events WHERE seq = ?1", event_row::COLUMNS))?;
    let mut events = find.query([row.event])?;
    let event = events.next()?.ok_or_else(|| Fault::corrupt("a delivery has no event"))?;
    let event = event_row::read(event)?.event;
    let webhook = webhook_id(connection, row.webhook)?;
    let delivery = row.into_delivery(event.summary.id, webhook)?;
    attempts.extend(delivery.last_attempt.clone());
    Ok(Some(DeliveryDetail {
        delivery,
        attempts,
        event_accepted_at: event.summary.accepted_at,
        body: event.body,
    }))
}

fn earlier_attempts(connection: &Connection, delivery: i64) -> Result<Vec<Attempt>, Fault> {
    let mut list = connection.prepare_cached(
        "SELECT number, attempt FROM attempts WHERE delivery = ?1 ORDER BY number",
    )?;
    let mut rows = list.query([delivery])?;
    let mut attempts = Vec::new();
    while let Some(row) = rows.next()? {
        let bytes = row.get_ref(1)?.as_blob().map_err(|e| Fault::corrupt(e.to_string()))?;
        attempts.push(attempt::decode(row.get(0)?, bytes)?);
    }
    Ok(attempts)
}

fn page_of(
    connection: &Connection,
    organization: OrganizationId,
    filter: DeliveryFilter,
    page: &PageRequest,
) -> Result<Page<Delivery>, Fault> {
    let travel = Travel::new(page);
    let (above, below) = travel.bounds();
    let bounds = (above.map(delivery_seq), below.map(delivery_seq));
    let scan =
        Scan::new(connection, organization, filter, bounds, travel.is_ascending(), LOOKED_AT_MOST)?;
    let Some(mut scan) = scan else { return Ok(travel.finish(Vec::new())) };
    let mut items = Vec::new();
    let mut more = false;
    while !travel.is_full(&items) {
        let Some(row) = scan.next()? else { break };
        items.push(scan.delivery(row)?);
        if scan.looked_at(LOOKED_AT_MOST) >= LOOKED_AT {
            more = true;
            break;
        }
    }
    if items.is_empty() && scan.is_out_of_budget() {
        return Err(too_much());
    }
    let mut page = travel.finish(items);
    page.has_more |= more || scan.is_out_of_budget();
    Ok(page)
}

fn too_much() -> Fault {
    Fault::Away("there is too much to look through: narrow the filter, by time for example".into())
}

fn count(
    connection: &Connection,
    organization: OrganizationId,
    filter: DeliveryFilter,
    limit: u64,
) -> Result<u64, Fault> {
    let scan = Scan::new(connection, organization, filter, (None, None), false, LOOKED_AT_MOST)?;
    let Some(mut scan) = scan else { return Ok(0) };
    let mut count = 0;
    while count < limit && scan.next()?.is_some() {
        count += 1;
    }
    if count < limit && scan.is_out_of_budget() { Err(too_much()) } else { Ok(count) }
}

/// Makes a delivery of the same event to the same webhook; `None` when the webhook takes none.
pub(crate) fn send_again(
    tx: &mut Tx<'_, '_>,
    from: &DeliveryRow,
    origin: DeliveryOrigin,
    now: Timestamp,
) -> Result<Option<i64>, Fault> {
    let webhook = tx.state.webhooks.get(&from.webhook);
    if !webhook.is_some_and(|webhook| webhook.status.accepts()) {
        return Ok(None);
    }
    let row = NewDelivery {
        seq: tx.state.window.end(),
        event: from.event,
        webhook: from.webhook,
        organization: from.organization,
        event_type: from.event_type,
        origin: origin.code(),
        created_at: now,
        parked: true,
    };
    tx.state.window.push(0);
    tx.waits(row.seq, row.webhook, now);
    tx.hot.rows.push_delivery(row)?;
    Ok(Some(row.seq))
}

fn resend(
    tx: &mut Tx<'_, '_>,
    organization: OrganizationId,
    id: DeliveryId,
    now: Timestamp,
) -> Result<Option<Delivery>, Fault> {
    tx.state.hear(now);
    let Some(tenant) = tx.tenant(organization)?.map(|tenant| tenant.key) else { return Ok(None) };
    let Some(row) = delivery_row::find(tx.connection, tenant, id)? else { return Ok(None) };
    let status = tx.state.webhooks.get(&row.webhook).map(|webhook| webhook.status);
    match status {
        None => return Err(refusal("webhook_deleted", "the webhook was deleted")),
        Some(WebhookStatus::Disabled) => {
            return Err(refusal("webhook_disabled", "the webhook is disabled; enable it first"));
        }
        Some(_) => {}
    }
    let Some(seq) = send_again(tx, &row, DeliveryOrigin::Resend, now)? else { return Ok(None) };
    tx.hot.rows.flush()?;
    let mut find = tx.connection.prepare_cached(&format!(
        "SELECT {} FROM deliveries WHERE seq = ?1",
        delivery_row::COLUMNS
    ))?;
    let made = find.query_row([seq], delivery_row::read)?;
    let event = event_id(tx.connection, made.event)?;
    let webhook = webhook_id(tx.connection, made.webhook)?;
    made.into_delivery(event, webhook).map(Some)
}

fn cancel(
    tx: &mut Tx<'_, '_>,
    organization: OrganizationId,
    id: DeliveryId,
) -> Result<Option<CancelResult>, Fault> {
    let Some(tenant) = tx.tenant(organization)?.map(|tenant| tenant.key) else { return Ok(None) };
    let Some(row) = delivery_row::find(tx.connection, tenant, id)? else { return Ok(None) };
    let status = row.status()?;
    if status != DeliveryStatus::Pending {
        return Ok(Some(CancelResult::AlreadyEnded(status)));
    }
    tx.connection
        .prepare_cached("UPDATE deliveries SET parked = 0, status = 3 WHERE seq = ?1")?
        .execute([row.seq])?;
    tx.state.end_row(row.seq);
    tx.state.set_lease(row.seq, None);
    let webhook = webhook_id(tx.connection, row.webhook)?;
    tx.effects.cancelled.push((webhook, id));
    Ok(Some(CancelResult::Cancelled))
}

#[async_trait]
impl DeliveryStore for SqliteStore {
    async fn delivery(
        &self,
        organization: OrganizationId,
        id: DeliveryId,
    ) -> Result<Option<DeliveryDetail>, StoreError> {
        self.readers.read(move |connection| detail(connection, organization, id)).await
    }

    async fn deliveries(
        &self,
        organization: OrganizationId,
        filter: DeliveryFilter,
        page: PageRequest,
    ) -> Result<Page<Delivery>, StoreError> {
        self.readers.read(move |connection| page_of(connection, organization, filter, &page)).await
    }

    async fn count_deliveries(
        &self,
        organization: OrganizationId,
        filter: DeliveryFilter,
        limit: u64,
    ) -> Result<u64, StoreError> {
        self.readers.read(move |connection| count(connection, organization, filter, limit)).await
    }

    async fn resend(
        &self,
        organization: OrganizationId,
        id: DeliveryId,
        now: Timestamp,
        audit: Audit,
    ) -> Result<Option<Delivery>, StoreError> {
        self.write(0, move |tx| {
            let made = resend(tx, organization, id, now)?;
            if let Some(made) = &made {
                audit_ops::tell(tx, organization, &audit, None, Some(made))?;
            }
            Ok(made)
        })
        .await
    }

    async fn cancel(
        &self,
        organization: OrganizationId,
        id: DeliveryId,
        now: Timestamp,
        audit: Audit,
    ) -> Result<Option<CancelResult>, StoreError> {
        self.write(0, move |tx| {
            tx.state.hear(now);
            let done = cancel(tx, organization, id)?;
            if done == Some(CancelResult::Cancelled) {
                audit_ops::tell(tx, organization, &audit, None, None)?;
            }
            Ok(done)
        })
        .await
    }
}
