//! Deliveries and attempts as rows.

use std::time::Duration;

use bytes::Bytes;
use fanfare_model::{
    DeliveryId, DeliveryOrigin, DeliveryStatus, ErrorClass, OrganizationId, Timestamp,
};
use fanfare_store::{Attempt, Delivery, SentSignatures};
use tokio_postgres::Row;
use uuid::Uuid;

use crate::event_row::event_type;
use crate::fault::Fault;
use crate::ids::{day_of, day_of_uuid, id, uuid};
use crate::session::Session;

/// The columns [`delivery`] takes, of `deliveries d`.
pub(crate) const COLUMNS: &str = "d.id, d.event_id, d.webhook_id, d.type, d.origin, d.status, \
     d.created_at, d.due_at, d.attempts, d.started_at, d.duration_us, d.status_code, \
     d.error_class, d.response, d.truncated, d.remote_addr, d.webhook_version, d.signatures";

/// The columns [`attempt`] takes beside the number.
const ATTEMPT: &str = "started_at, duration_us, status_code, error_class, response, truncated, \
     remote_addr, webhook_version, signatures";

fn damaged(what: &str) -> Fault {
    Fault::corrupt(format!("a delivery's row: {what}"))
}

fn code(row: &Row, column: &str) -> u8 {
    u8::try_from(row.get::<_, i16>(column)).unwrap_or(u8::MAX)
}

/// Reads a delivery's status.
pub(crate) fn status(row: &Row) -> Result<DeliveryStatus, Fault> {
    DeliveryStatus::from_code(code(row, "status")).ok_or_else(|| damaged("unknown status"))
}

/// Reads a row of [`COLUMNS`].
pub(crate) fn delivery(row: &Row) -> Result<Delivery, Fault> {
    let attempts = code(row, "attempts");
    let due: Option<i64> = row.get("due_at");
    Ok(Delivery {
        id: id(row.get("id")),
        event_id: id(row.get("event_id")),
        event_type: event_type(row.get("type"))?,
        webhook_id: id(row.get("webhook_id")),
        origin: DeliveryOrigin::from_code(code(row, "origin"))
            .ok_or_else(|| damaged("unknown origin"))?,
        status: status(row)?,
        created_at: Timestamp::from_millis(row.get("created_at")),
        attempts,
        next_attempt_at: due.map(Timestamp::from_millis),
        last_attempt: (attempts > 0).then(|| attempt(row, attempts)).transpose()?,
    })
}

/// Reads the attempt in a row of a delivery or of an attempt.
fn attempt(row: &Row, number: u8) -> Result<Attempt, Fault> {
    let class: Option<i16> = row.get("error_class");
    let class = class.map(|class| {
        let class = u8::try_from(class).unwrap_or(u8::MAX);
        ErrorClass::from_code(class).ok_or_else(|| damaged("unknown class of failure"))
    });
    let micros = row.get::<_, i64>("duration_us").cast_unsigned();
    Ok(Attempt {
        number,
        started_at: Timestamp::from_millis(row.get("started_at")),
        duration: Duration::from_micros(micros),
        status_code: row.get::<_, Option<i16>>("status_code").map(i16::cast_unsigned),
        error_class: class.transpose()?,
        response_body: Bytes::from(row.get::<_, Vec<u8>>("response")),
        response_truncated: row.get("truncated"),
        remote_addr: row.get("remote_addr"),
        webhook_version: row.get::<_, i32>("webhook_version").cast_unsigned(),
        signatures: SentSignatures::from_bytes(row.get("signatures"))
            .ok_or_else(|| damaged("unreadable signatures"))?,
    })
}

/// The attempts of a delivery before the latest, which has this number.
pub(crate) async fn earlier_attempts(
    session: &Session,
    (organization, delivery): (OrganizationId, DeliveryId),
    latest: u8,
) -> Result<Vec<Attempt>, Fault> {
    let sql = format!(
        "SELECT number, {ATTEMPT} FROM attempts \
         WHERE organization_id = $1 AND day = $2 AND delivery_id = $3 AND number < $4 \
         ORDER BY number"
    );
    let key = (uuid(organization), day_of(delivery), uuid(delivery));
    let rows = session.query(&sql, &[&key.0, &key.1, &key.2, &i16::from(latest)]).await?;
    rows.iter().map(|row| attempt(row, code(row, "number"))).collect()
}

/// One delivery.
pub(crate) async fn find(
    session: &Session,
    organization: OrganizationId,
    wanted: DeliveryId,
) -> Result<Option<Delivery>, Fault> {
    let found = find_all(session, organization, &[uuid(wanted)]).await?;
    Ok(found.into_iter().next())
}

/// The deliveries with these ids, in their order; those that are gone are left out.
pub(crate) async fn find_all(
    session: &Session,
    organization: OrganizationId,
    wanted: &[Uuid],
) -> Result<Vec<Delivery>, Fault> {
    let sql = format!(
        "SELECT {COLUMNS} \
         FROM unnest($2::integer[], $3::uuid[]) WITH ORDINALITY AS k (day, id, place) \
         JOIN deliveries d ON d.organization_id = $1 AND d.day = k.day AND d.id = k.id \
         ORDER BY k.place"
    );
    let days: Vec<_> = wanted.iter().map(|id| day_of_uuid(*id)).collect();
    let rows = session.query(&sql, &[&uuid(organization), &days, &wanted]).await?;
    rows.iter().map(delivery).collect()
}
