//! Claiming due deliveries: a few of each webhook, so that no backlog fills a batch.
//!
//! The index of what waits is ordered by webhook, then by when it may be claimed. A claim skips from
//! webhook to webhook in it and locks of each no more than it may take, passing over rows that
//! another claim is just taking, so that a million waiting rows of a paused webhook cost one step. A
//! claim that stopped at its limit is continued by this node's next one with the webhook after. Every
//! other claim takes the webhooks in an order of its own: claims that ran through them side by side
//! would spend their time on rows that the one in front has just taken.

use std::collections::HashMap;

use bytes::Bytes;
use fanfare_model::{EventId, EventType, OrganizationId, Timestamp, WebhookId};
use fanfare_store::{Claim, Claimed, LeaseToken, Leased};
use tokio_postgres::Row;
use uuid::Uuid;

use crate::PostgresStore;
use crate::event_row::event_type;
use crate::fault::Fault;
use crate::ids::{id, uuid};
use crate::session::{Scope, Session};
use crate::shares::Purpose;

/// Bodies one claim brings into memory, roughly, at most.
const BODY_BYTES: i64 = 8 * 1024 * 1024;

/// Every webhook of which something waits, by a jump for each.
pub(crate) const LANES: &str = "lanes AS (
    (SELECT w.webhook_id, w.organization_id FROM waiting w ORDER BY w.webhook_id LIMIT 1)
    UNION ALL
    SELECT n.webhook_id, n.organization_id
    FROM lanes l CROSS JOIN LATERAL (
        SELECT w.webhook_id, w.organization_id FROM waiting w
        WHERE w.webhook_id > l.webhook_id ORDER BY w.webhook_id LIMIT 1
    ) n
)";

/// Those of them that are claimed for, but for the ones to skip, `$1`.
const SERVED: &str = "served AS (
    SELECT l.webhook_id, h.version
    FROM lanes l JOIN webhooks h
        ON h.organization_id = l.organization_id AND h.id = l.webhook_id
    WHERE h.status IN (0, 2) AND h.deleted_at IS NULL AND l.webhook_id <> ALL ($1::uuid[])
)";

/// `$1`: webhooks to skip, `$2`: now, `$3`: most of one webhook, `$4`: most in all, `$5`: the
/// webhook after which to begin (nil: anywhere), `$6`: when the leases end, `$7`: their token.
fn take_sql() -> String {
    format!(
        "WITH RECURSIVE {LANES}, {SERVED}, picked AS MATERIALIZED (
            SELECT p.delivery_id, s.version
            FROM (SELECT * FROM served
                  ORDER BY CASE WHEN $5::uuid = '00000000-0000-0000-0000-000000000000'
                                THEN uuid_hash_extended(webhook_id, $7) END,
                           webhook_id <= $5, webhook_id) s
            CROSS JOIN LATERAL (
                SELECT w.delivery_id FROM waiting w
                WHERE w.webhook_id = s.webhook_id AND w.claim_at <= $2
                ORDER BY w.claim_at, w.delivery_id LIMIT $3
                FOR UPDATE SKIP LOCKED
            ) p
            LIMIT $4
        )
        UPDATE waiting w SET claim_at = $6, lease = $7
        FROM picked p WHERE w.delivery_id = p.delivery_id
        RETURNING w.organization_id, w.delivery_id, w.webhook_id, p.version, w.event_day,
                  w.event_id, w.due_at, w.attempts"
    )
}

/// `$1`: webhooks to skip, `$2`: the claim's token.
fn next_due_sql() -> String {
    format!(
        "WITH RECURSIVE {LANES}, {SERVED}
        SELECT min(n.claim_at) FROM served s CROSS JOIN LATERAL (
            SELECT w.claim_at FROM waiting w
            WHERE w.webhook_id = s.webhook_id AND w.lease <> $2
            ORDER BY w.claim_at LIMIT 1
        ) n"
    )
}

/// The events in the order of the claims, as long as their bodies fit. `$1…$3`: their keys, `$4`:
/// most bytes.
const EVENTS: &str = "SELECT id, type, source, accepted_at, body FROM (
        SELECT e.id, e.type, e.source, e.accepted_at, e.body,
               sum(length(e.body)) OVER (ORDER BY k.place) - length(e.body) AS before
        FROM unnest($1::uuid[], $2::integer[], $3::uuid[])
             WITH ORDINALITY AS k (organization_id, day, id, place)
        JOIN events e USING (organization_id, day, id)
    ) e WHERE before < $4";

struct Picked {
    organization: OrganizationId,
    delivery: Uuid,
    webhook: WebhookId,
    version: u32,
    event_day: i32,
    event: Uuid,
    due_at: i64,
    attempts: u8,
}

struct Shared {
    id: EventId,
    event_type: EventType,
    accepted_at: Timestamp,
    test: bool,
    body: Bytes,
}

impl PostgresStore {
    /// One claim.
    pub(crate) async fn claim_due(&self, claim: &Claim) -> Result<Claimed, Fault> {
        let mut last = self.claimed_last.lock().await;
        let session = self.session(Purpose::Deliver.of(Scope::Product)).await?;
        let lease = self.next_lease();
        let mut picked = take(&session, claim, *last, lease).await?;
        *last = place_after(*last, &picked, claim);
        picked.sort_unstable_by_key(|one| (one.webhook, one.due_at, one.delivery));
        let events = events(&session, &picked).await?;
        let wanted = picked.iter().map(|one| (Some(one.organization), one.webhook, one.version));
        let webhooks = self.webhooks.at_versions(&session, wanted).await?;
        let mut claimed = Claimed::default();
        let mut left = Vec::new();
        for one in &picked {
            let both = events.get(&one.event).zip(webhooks.get(&one.webhook));
            let Some((event, webhook)) = both else {
                left.push(one.delivery);
                continue;
            };
            claimed.deliveries.push(Leased {
                id: id(one.delivery),
                lease: LeaseToken(lease.cast_unsigned()),
                lease_until: Some(claim.lease_until),
                event_id: event.id,
                event_type: event.event_type,
                accepted_at: event.accepted_at,
                body: event.body.clone(),
                webhook: webhook.clone(),
                attempts: one.attempts,
                test: event.test,
            });
        }
        self.give_back(&session, &left, lease).await?;
        let skip = skipped(claim);
        let next = session.one(&next_due_sql(), &[&skip, &lease]).await?;
        claimed.next_due = next.get::<_, Option<i64>>(0).map(Timestamp::from_millis);
        Ok(claimed)
    }

    /// Deliveries that were leased and are not wanted after all.
    async fn give_back(&self, session: &Session, left: &[Uuid], lease: i64) -> Result<(), Fault> {
        if left.is_empty() {
            return Ok(());
        }
        let sql = "UPDATE waiting SET claim_at = due_at, lease = 0 \
             WHERE delivery_id = ANY ($1) AND lease = $2";
        session.execute(sql, &[&left, &lease]).await.map(drop)
    }
}

/// Leases what is due, beginning with the webhook after `last`.
async fn take(
    session: &Session,
    claim: &Claim,
    last: WebhookId,
    lease: i64,
) -> Result<Vec<Picked>, Fault> {
    let most = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
    let rows = session
        .query(
            &take_sql(),
            &[
                &skipped(claim),
                &claim.now.as_millis(),
                &most(claim.per_webhook),
                &most(claim.limit),
                &uuid(last),
                &claim.lease_until.as_millis(),
                &lease,
            ],
        )
        .await?;
    Ok(rows.iter().map(picked).collect())
}

/// A claim that filled up is continued after its last webhook.
fn place_after(before: WebhookId, picked: &[Picked], claim: &Claim) -> WebhookId {
    let in_turn = |one: &&Picked| (one.webhook <= before, one.webhook);
    match picked.iter().max_by_key(in_turn) {
        Some(one) if picked.len() >= claim.limit => one.webhook,
        _ => WebhookId::from_u128(0),
    }
}

fn skipped(claim: &Claim) -> Vec<Uuid> {
    claim.skip.iter().map(|webhook| uuid(*webhook)).collect()
}

fn picked(row: &Row) -> Picked {
    Picked {
        organization: id(row.get("organization_id")),
        delivery: row.get("delivery_id"),
        webhook: id(row.get("webhook_id")),
        version: row.get::<_, i32>("version").cast_unsigned(),
        event_day: row.get("event_day"),
        event: row.get("event_id"),
        due_at: row.get("due_at"),
        attempts: u8::try_from(row.get::<_, i16>("attempts")).unwrap_or(u8::MAX),
    }
}

async fn events(session: &Session, picked: &[Picked]) -> Result<HashMap<Uuid, Shared>, Fault> {
    let mut keys = HashMap::new();
    for one in picked {
        keys.entry(one.event).or_insert((uuid(one.organization), one.event_day));
    }
    if keys.is_empty() {
        return Ok(HashMap::new());
    }
    let organizations: Vec<_> = keys.values().map(|key| key.0).collect();
    let days: Vec<_> = keys.values().map(|key| key.1).collect();
    let ids: Vec<_> = keys.keys().copied().collect();
    let rows = session.query(EVENTS, &[&organizations, &days, &ids, &BODY_BYTES]).await?;
    rows.iter()
        .map(|row| {
            let event: Uuid = row.get("id");
            let shared = Shared {
                id: id(event),
                event_type: event_type(row.get("type"))?,
                accepted_at: Timestamp::from_millis(row.get("accepted_at")),
                test: row.get::<_, i16>("source") == 1,
                body: Bytes::copy_from_slice(row.get("body")),
            };
            Ok((event, shared))
        })
        .collect()
}
