//! Recording attempts: one statement for many, and whatever follows for their webhooks.
//!
//! A result counts only with the lease that the queue's row shows; of two results under one lease
//! the first counts.

mod health;
mod notices;
mod statement;

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use fanfare_model::{DeliveryId, DeliveryStatus, Timestamp, WebhookId, WebhookStatus};
use fanfare_store::{Figure, LeaseToken, Record, RecordResult, StoreError, Webhook};

pub(crate) use health::CANCELLED_AT_ONCE;

use crate::PostgresStore;
use crate::fault::Fault;
use crate::ids::uuid;
use crate::send_again::Made;
use crate::session::{Scope, Session};
use crate::shares::Purpose;
use crate::store::transact;

/// What the engine hears, and what counts, after the commit.
#[derive(Default)]
pub(crate) struct Effects {
    /// Webhooks that changed; `true`: deleted.
    pub(crate) changed: Vec<(Arc<Webhook>, bool)>,
    /// Deliveries that were cancelled.
    pub(crate) cancelled: Vec<(WebhookId, DeliveryId)>,
    /// Deliveries that were made and wait; they count.
    pub(crate) made: Vec<Made>,
    /// Something was left due.
    pub(crate) wake: bool,
}

impl PostgresStore {
    /// Tells this node's engine and, soon, those of others; remembers changed webhooks.
    pub(crate) fn apply(&self, effects: Effects) {
        for (webhook, deleted) in effects.changed {
            if deleted {
                self.webhooks.forget(&webhook);
            } else {
                self.webhooks.learn(&webhook);
            }
        }
        for (webhook, delivery) in effects.cancelled {
            self.handover.delivery_cancelled(webhook, delivery);
            self.hints.cancelled(webhook, delivery);
        }
        for made in &effects.made {
            self.figures.add(made.organization, made.webhook, &Figure::made(made.at));
        }
        if effects.wake || !effects.made.is_empty() {
            self.left_due();
        }
    }

    /// See [`fanfare_store::DeliveryQueue::record`].
    pub(crate) async fn record_all(
        &self,
        records: &[Record],
        disable_after: Duration,
        now: Timestamp,
    ) -> Result<Vec<RecordResult>, StoreError> {
        let mut seen = HashSet::new();
        let firsts: Vec<(usize, &Record)> = records
            .iter()
            .enumerate()
            .filter(|(_, record)| seen.insert((record.id, record.lease)))
            .collect();
        let (held, effects) = transact!(self, Purpose::Deliver.of(Scope::Product), |session| {
            let held = statement::write(&session, &firsts).await?;
            let effects = health::follow_up(self, &session, records, &held, (disable_after, now));
            effects.await.map(|effects| (held, effects))
        })?;
        let mut results = vec![RecordResult::LeaseLost; records.len()];
        for one in &held {
            let Some((record, result)) = records.get(one.number).zip(results.get_mut(one.number))
            else {
                continue;
            };
            let only_waits = one.status == DeliveryStatus::Pending
                && effects.changed.iter().any(|(webhook, _)| {
                    webhook.id == one.webhook && webhook.status == WebhookStatus::Disabled
                });
            let status = if only_waits { DeliveryStatus::Cancelled } else { one.status };
            *result = RecordResult::Recorded(status);
            self.figures.add(one.organization, one.webhook, &Figure::attempt(record));
        }
        self.apply(effects);
        Ok(results)
    }

    /// Makes leased deliveries due again, no attempt counted.
    pub(crate) async fn give_up_leases(
        &self,
        leases: &[(DeliveryId, LeaseToken)],
        due: Timestamp,
    ) -> Result<(), StoreError> {
        let (ids, tokens) = columns(leases);
        transact!(self, Purpose::Deliver.of(Scope::Product), |session| {
            let sql = "WITH freed AS (
                    UPDATE waiting w SET due_at = $3, claim_at = $3, lease = 0
                    FROM unnest($1::uuid[], $2::bigint[]) AS l (id, lease)
                    WHERE w.delivery_id = l.id AND w.lease = l.lease
                    RETURNING w.organization_id, w.day, w.delivery_id
                )
                UPDATE deliveries d SET due_at = $3 FROM freed f
                WHERE d.organization_id = f.organization_id AND d.day = f.day
                  AND d.id = f.delivery_id";
            session.execute(sql, &[&ids, &tokens, &due.as_millis()]).await.map(drop)
        })?;
        self.left_due();
        Ok(())
    }

    /// Ends leased deliveries as cancelled.
    pub(crate) async fn drop_leases(
        &self,
        leases: &[(DeliveryId, LeaseToken)],
    ) -> Result<(), StoreError> {
        let (ids, tokens) = columns(leases);
        transact!(self, Purpose::Deliver.of(Scope::Product), |session| {
            let sql = "WITH ended AS (
                    DELETE FROM waiting w
                    USING unnest($1::uuid[], $2::bigint[]) AS l (id, lease)
                    WHERE w.delivery_id = l.id AND w.lease = l.lease
                    RETURNING w.organization_id, w.day, w.delivery_id
                )
                UPDATE deliveries d SET status = $3, ended_badly = $3, due_at = NULL FROM ended e
                WHERE d.organization_id = e.organization_id AND d.day = e.day
                  AND d.id = e.delivery_id";
            let cancelled = i16::from(DeliveryStatus::Cancelled.code());
            session.execute(sql, &[&ids, &tokens, &cancelled]).await.map(drop)
        })
    }
}

fn columns(leases: &[(DeliveryId, LeaseToken)]) -> (Vec<uuid::Uuid>, Vec<i64>) {
    leases.iter().map(|(id, lease)| (uuid(*id), lease.0.cast_signed())).unzip()
}

/// Ends what waits for a webhook without a lease, at most so many; gives which.
pub(crate) async fn cancel_waiting(
    session: &Session,
    webhook: WebhookId,
    (now, limit): (Timestamp, i64),
) -> Result<Vec<DeliveryId>, Fault> {
    let sql = "WITH ended AS (
            DELETE FROM waiting WHERE delivery_id IN (
                SELECT delivery_id FROM waiting
                WHERE webhook_id = $1 AND (claim_at = due_at OR claim_at <= $2)
                ORDER BY claim_at LIMIT $3 FOR UPDATE SKIP LOCKED
            ) RETURNING organization_id, day, delivery_id
        )
        UPDATE deliveries d SET status = $4, ended_badly = $4, due_at = NULL FROM ended e
        WHERE d.organization_id = e.organization_id AND d.day = e.day AND d.id = e.delivery_id
        RETURNING d.id";
    let cancelled = i16::from(DeliveryStatus::Cancelled.code());
    let params = (uuid(webhook), now.as_millis());
    let rows = session.query(sql, &[&params.0, &params.1, &limit, &cancelled]).await?;
    Ok(rows.iter().map(|row| crate::ids::id(row.get(0))).collect())
}
