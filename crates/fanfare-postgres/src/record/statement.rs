//! The statement that writes results.

use std::net::SocketAddr;

use fanfare_model::{
    DeliveryStatus, ErrorClass, OrganizationId, Timestamp, WebhookId, WebhookStatus,
};
use fanfare_store::{Record, Verdict};
use tokio_postgres::Row;
use uuid::Uuid;

use crate::fault::Fault;
use crate::ids::{id, uuid};
use crate::session::Session;

/// `$1…$14`: the results, a row each.
///
/// What waits again although its webhook takes nothing any more is cancelled (`becomes`). The answer
/// to an event from which a person was taken while the delivery was on its way is not kept, nor are
/// the earlier ones: this statement may have begun before they were emptied (`muted`).
const WRITE: &str = "
WITH given AS (
    SELECT * FROM unnest($1::bigint[], $2::uuid[], $3::bigint[], $4::smallint[], $5::bigint[],
                         $6::bigint[], $7::bigint[], $8::smallint[], $9::smallint[], $10::bytea[],
                         $11::text[], $12::bytea[], $13::boolean[], $14::integer[])
         AS g (number, id, lease, status, due_at, started_at, duration_us, status_code,
               error_class, response, remote_addr, signatures, truncated, webhook_version)
), locked AS (
    SELECT w.organization_id, w.day, w.delivery_id, w.webhook_id, w.event_id, w.attempts,
           w.muted IS NOT DISTINCT FROM w.lease AS muted, g.*, h.failing_since,
           h.status AS webhook_status, h.version,
           CASE WHEN g.status = 0 AND (h.status = 3 OR h.deleted_at IS NOT NULL) THEN 3
                ELSE g.status END::smallint AS becomes
    FROM given g
    JOIN waiting w ON w.delivery_id = g.id AND w.lease = g.lease
    JOIN webhooks h ON h.organization_id = w.organization_id AND h.id = w.webhook_id
    FOR UPDATE OF w
), ended AS (
    DELETE FROM waiting w USING locked l
    WHERE w.delivery_id = l.delivery_id AND l.becomes <> 0
), again AS (
    UPDATE waiting w SET due_at = l.due_at, claim_at = l.due_at, lease = 0,
                         attempts = l.attempts + 1
    FROM locked l WHERE w.delivery_id = l.delivery_id AND l.becomes = 0
), earlier AS (
    INSERT INTO attempts (organization_id, day, delivery_id, number, started_at, duration_us,
                          status_code, error_class, response, truncated, remote_addr,
                          webhook_version, signatures)
    SELECT d.organization_id, d.day, d.id, d.attempts, d.started_at, d.duration_us, d.status_code,
           d.error_class, CASE WHEN l.muted THEN '' ELSE d.response END,
           d.truncated AND NOT l.muted, d.remote_addr, d.webhook_version, d.signatures
    FROM locked l JOIN deliveries d
        ON d.organization_id = l.organization_id AND d.day = l.day AND d.id = l.delivery_id
    WHERE l.attempts > 0
), latest AS (
    UPDATE deliveries d
    SET status = l.becomes, ended_badly = CASE WHEN l.becomes >= 2 THEN l.becomes END,
        due_at = CASE WHEN l.becomes = 0 THEN l.due_at END, attempts = l.attempts + 1,
        started_at = l.started_at, duration_us = l.duration_us, status_code = l.status_code,
        error_class = l.error_class,
        response = CASE WHEN l.muted THEN '' ELSE l.response END,
        truncated = l.truncated AND NOT l.muted, remote_addr = l.remote_addr,
        webhook_version = l.webhook_version, signatures = l.signatures
    FROM locked l
    WHERE d.organization_id = l.organization_id AND d.day = l.day AND d.id = l.delivery_id
)
SELECT number, organization_id, webhook_id, delivery_id, event_id, becomes, failing_since,
       webhook_status FROM locked ORDER BY number";

/// A result that was written.
pub(crate) struct Held {
    /// Its place among the records.
    pub(super) number: usize,
    pub(super) organization: OrganizationId,
    pub(super) webhook: WebhookId,
    pub(super) delivery: Uuid,
    pub(super) event: Uuid,
    /// What the delivery is now.
    pub(super) status: DeliveryStatus,
    /// Whether its webhook stood well before.
    pub(super) well: bool,
}

/// Writes the results whose leases live.
pub(super) async fn write(
    session: &Session,
    records: &[(usize, &Record)],
) -> Result<Vec<Held>, Fault> {
    let rows = session
        .query(
            WRITE,
            &[
                &records.iter().map(|(number, _)| *number as i64).collect::<Vec<_>>(),
                &column(records, |record| uuid(record.id)),
                &column(records, |record| record.lease.0.cast_signed()),
                &column(records, |record| i16::from(status(record.verdict).code())),
                &column(records, |record| due_at(record.verdict)),
                &column(records, |record| record.attempt.started_at.as_millis()),
                &column(records, |record| {
                    i64::try_from(record.attempt.duration.as_micros()).unwrap_or(i64::MAX)
                }),
                &column(records, |record| record.attempt.status_code.map(u16::cast_signed)),
                &column(records, |record| {
                    record.attempt.error_class.map(|class| i16::from(ErrorClass::code(class)))
                }),
                &records
                    .iter()
                    .map(|(_, record)| &record.attempt.response_body[..])
                    .collect::<Vec<_>>(),
                &column(records, |record| {
                    record.attempt.remote_addr.as_ref().map(SocketAddr::to_string)
                }),
                &column(records, |record| record.attempt.signatures.to_bytes()),
                &column(records, |record| record.attempt.response_truncated),
                &column(records, |record| record.attempt.webhook_version.cast_signed()),
            ],
        )
        .await?;
    rows.iter().map(held).collect()
}

fn column<T>(records: &[(usize, &Record)], of: impl Fn(&Record) -> T) -> Vec<T> {
    records.iter().map(|(_, record)| of(record)).collect()
}

fn held(row: &Row) -> Result<Held, Fault> {
    let code = |column| u8::try_from(row.get::<_, i16>(column)).unwrap_or(u8::MAX);
    let failing: Option<i64> = row.get("failing_since");
    let webhook = WebhookStatus::from_code(code("webhook_status"));
    Ok(Held {
        number: usize::try_from(row.get::<_, i64>("number")).unwrap_or(usize::MAX),
        organization: id(row.get("organization_id")),
        webhook: id(row.get("webhook_id")),
        delivery: row.get("delivery_id"),
        event: row.get("event_id"),
        status: DeliveryStatus::from_code(code("becomes"))
            .ok_or_else(|| Fault::corrupt("a delivery's status is unknown"))?,
        well: failing.is_none() && webhook != Some(WebhookStatus::Failed),
    })
}

const fn status(verdict: Verdict) -> DeliveryStatus {
    match verdict {
        Verdict::Succeeded => DeliveryStatus::Succeeded,
        Verdict::Exhausted | Verdict::Gone => DeliveryStatus::Failed,
        Verdict::RetryAt(_) => DeliveryStatus::Pending,
        Verdict::Cancelled => DeliveryStatus::Cancelled,
    }
}

fn due_at(verdict: Verdict) -> Option<i64> {
    match verdict {
        Verdict::RetryAt(at) => Some(Timestamp::as_millis(at)),
        _ => None,
    }
}
