//! Deliveries that are made by hand or by a job, of events that were accepted before.
//!
//! Promises: they wait in the store, due at once; none is made for a webhook that takes nothing. An
//! id is greater than that of the event or delivery it was made from, so that a delivery's day is
//! never before its event's.

use fanfare_model::{DeliveryOrigin, OrganizationId, Timestamp, WebhookId};
use uuid::Uuid;

use crate::PostgresStore;
use crate::fault::Fault;
use crate::ids::{day_of_uuid, id, ms_of_uuid, uuid};
use crate::session::Session;

/// From what deliveries are made.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Again {
    /// From deliveries: the same event to the same webhook.
    Deliveries,
    /// From events, to this webhook.
    Events(WebhookId),
}

/// A delivery that was made.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Made {
    pub(crate) organization: OrganizationId,
    pub(crate) webhook: WebhookId,
    pub(crate) id: Uuid,
    pub(crate) at: Timestamp,
}

/// `$1`: the organization, `$2…$5`: ids and days, new and old, `$9`: the webhook for events.
const OF_DELIVERIES: &str = "WITH found AS MATERIALIZED (
        SELECT g.id, g.day, d.event_day, d.event_id, d.webhook_id, d.type
        FROM given g
        JOIN deliveries d ON d.organization_id = $1 AND d.day = g.from_day AND d.id = g.from_id
    )
    SELECT f.* FROM found f
    JOIN webhooks w ON w.organization_id = $1 AND w.id = f.webhook_id
    WHERE $9::uuid IS NULL AND w.status <> 3 AND w.deleted_at IS NULL";
const OF_EVENTS: &str = "SELECT g.id, g.day, e.day AS event_day, e.id AS event_id,
           w.id AS webhook_id, e.type
    FROM given g
    JOIN events e ON e.organization_id = $1 AND e.day = g.from_day AND e.id = g.from_id
    JOIN webhooks w ON w.organization_id = $1 AND w.id = $9
    WHERE w.status <> 3 AND w.deleted_at IS NULL";

fn sql(again: Again) -> String {
    let made = match again {
        Again::Deliveries => OF_DELIVERIES,
        Again::Events(_) => OF_EVENTS,
    };
    format!(
        "WITH given AS (
            SELECT * FROM unnest($2::uuid[], $3::integer[], $4::uuid[], $5::integer[])
                AS g (id, day, from_id, from_day)
        ), made AS MATERIALIZED ({made}), new_deliveries AS (
            INSERT INTO deliveries (organization_id, day, id, event_day, event_id, webhook_id,
                                    type, origin, status, created_at, due_at, attempts)
            SELECT $1, day, id, event_day, event_id, webhook_id, type, $6, $7, $8, $8, 0
            FROM made ORDER BY id
        ), new_waiting AS (
            INSERT INTO waiting (organization_id, delivery_id, day, webhook_id, event_day,
                                 event_id, due_at, claim_at, lease, attempts)
            SELECT $1, id, day, webhook_id, event_day, event_id, $8, $8, 0, 0
            FROM made ORDER BY id
        )
        SELECT id, webhook_id FROM made ORDER BY id"
    )
}

impl PostgresStore {
    /// Makes deliveries, inside a transaction, with ids from `since` milliseconds on; gives those
    /// that were made. A webhook that is disabled at the same time leaves them to housekeeping.
    pub(crate) async fn send_again(
        &self,
        session: &Session,
        organization: OrganizationId,
        (again, from): (Again, &[Uuid]),
        (now, since): (Timestamp, i64),
    ) -> Result<Vec<Made>, Fault> {
        if from.is_empty() {
            return Ok(Vec::new());
        }
        let (head, tail) = self.id_bits();
        let ids: Vec<_> = (1_i64..)
            .zip(from)
            .map(|(place, from)| {
                let ms = now.as_millis().max(since).max(ms_of_uuid(*from) + 1);
                let head = (ms << 16 | head).cast_unsigned();
                let tail = (tail | place << 40).cast_unsigned();
                Uuid::from_u64_pair(head, tail)
            })
            .collect();
        let days: Vec<_> = ids.iter().map(|id| day_of_uuid(*id)).collect();
        let from_days: Vec<_> = from.iter().map(|id| day_of_uuid(*id)).collect();
        let (origin, webhook) = match again {
            Again::Deliveries => (DeliveryOrigin::Resend, None),
            Again::Events(webhook) => (DeliveryOrigin::Replay, Some(uuid(webhook))),
        };
        let pending = i16::from(fanfare_model::DeliveryStatus::Pending.code());
        let params: crate::session::Params<'_> = &[
            &uuid(organization),
            &ids,
            &days,
            &from,
            &from_days,
            &i16::from(origin.code()),
            &pending,
            &now.as_millis(),
            &webhook,
        ];
        let made = session.query(&sql(again), params).await;
        let made = made.map_err(|fault| fault.of_days(days.iter().copied()))?;
        let row = |row: &tokio_postgres::Row| Made {
            organization,
            webhook: id(row.get("webhook_id")),
            id: row.get("id"),
            at: now,
        };
        Ok(made.iter().map(row).collect())
    }
}
