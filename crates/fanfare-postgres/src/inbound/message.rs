//! Messages that came in.

use bytes::Bytes;
use fanfare_model::inbound::{InboundContent, InboundStatus, Provider};
use fanfare_model::{ConnectionId, InboundId, OrganizationId, Timestamp};
use fanfare_store::{
    Audit, ClaimedInbound, EditRefused, HandleAgain, InboundEnd, InboundMessage, KeptInbound,
    NewInbound, Page, PageRequest, StoreError,
};
use tokio_postgres::Row;

use super::{code, maybe_time, small, time};
use crate::audit_ops;
use crate::fault::Fault;
use crate::ids::{id, uuid};
use crate::paging::{OfRows as _, Travel};
use crate::session::Session;

fn number(row: &Row, column: &str) -> u32 {
    u32::try_from(row.get::<_, i32>(column)).unwrap_or(0)
}

fn stored(attempt: u32) -> i32 {
    i32::try_from(attempt).unwrap_or(i32::MAX)
}

pub(crate) async fn take_in(session: &Session, new: &NewInbound) -> Result<bool, Fault> {
    let lock = "SELECT 1 FROM connections WHERE organization_id = $1 AND id = $2 FOR KEY SHARE";
    let (organization, connection) = (uuid(new.organization_id), uuid(new.connection_id));
    if session.find(lock, &[&organization, &connection]).await?.is_none() {
        let message = "no such connection".to_owned();
        return Err(Fault::Refused(StoreError::Refused(EditRefused {
            code: "not_found",
            message,
        })));
    }
    let (status, due_at, handled_at) = match &new.ignored {
        None => (InboundStatus::Pending, Some(new.received_at.as_millis()), None),
        Some(_) => (InboundStatus::Ignored, None, Some(new.received_at.as_millis())),
    };
    let body: &[u8] = if new.ignored.is_none() { &new.body } else { &[] };
    let sql = "INSERT INTO inbound_messages (organization_id, id, connection_id, provider, \
             message_key, kind, content, body, received_at, status, note, attempts, due_at, \
             handled_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 0, $12, $13) \
         ON CONFLICT (connection_id, message_key) DO NOTHING";
    let written = session
        .execute(
            sql,
            &[
                &organization,
                &uuid(new.id),
                &connection,
                &small(new.provider.code()),
                &new.key,
                &new.kind,
                &small(new.content.code()),
                &body,
                &new.received_at.as_millis(),
                &small(status.code()),
                &new.ignored,
                &due_at,
                &handled_at,
            ],
        )
        .await?;
    Ok(written == 1)
}

pub(crate) async fn claim(
    session: &Session,
    now: Timestamp,
    until: Timestamp,
    limit: usize,
) -> Result<Vec<ClaimedInbound>, Fault> {
    let sql = "WITH due AS MATERIALIZED (
            SELECT organization_id, id FROM inbound_messages
            WHERE due_at <= $1 ORDER BY due_at LIMIT $3 FOR UPDATE SKIP LOCKED
        )
        UPDATE inbound_messages m SET attempts = m.attempts + 1, due_at = $2 FROM due d
        WHERE m.organization_id = d.organization_id AND m.id = d.id
        RETURNING m.*";
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let rows = session.query(sql, &[&now.as_millis(), &until.as_millis(), &limit]).await?;
    let claimed = rows.iter().map(|row| {
        Ok(ClaimedInbound {
            id: id(row.get("id")),
            organization_id: id(row.get("organization_id")),
            connection_id: id(row.get("connection_id")),
            provider: code(row, "provider", Provider::from_code)?,
            kind: row.get("kind"),
            content: code(row, "content", InboundContent::from_code)?,
            body: Bytes::from(row.get::<_, Vec<u8>>("body")),
            received_at: time(row, "received_at"),
            attempt: number(row, "attempts"),
        })
    });
    claimed.collect()
}

pub(crate) async fn next_due(session: &Session) -> Result<Option<Timestamp>, Fault> {
    let sql = "SELECT due_at FROM inbound_messages WHERE due_at IS NOT NULL \
         ORDER BY due_at LIMIT 1";
    Ok(session.find(sql, &[]).await?.as_ref().map(|row| time(row, "due_at")))
}

pub(crate) async fn end(
    session: &Session,
    (organization, id): (OrganizationId, InboundId),
    attempt: u32,
    end: &InboundEnd,
) -> Result<bool, Fault> {
    let pending = end.status == InboundStatus::Pending;
    let keeps = pending || end.status == InboundStatus::Failed;
    let due_at = pending.then(|| end.retry_at.unwrap_or(end.at).as_millis());
    let handled_at = (!pending).then(|| end.at.as_millis());
    let sql = "UPDATE inbound_messages SET status = $4, note = $5, due_at = $6, handled_at = $7, \
         body = CASE WHEN $8 THEN body ELSE '' END \
         WHERE organization_id = $1 AND id = $2 AND attempts = $3 AND status = 0";
    let written = session
        .execute(
            sql,
            &[
                &uuid(organization),
                &uuid(id),
                &stored(attempt),
                &small(end.status.code()),
                &end.note,
                &due_at,
                &handled_at,
                &keeps,
            ],
        )
        .await?;
    Ok(written == 1)
}

/// One range of the index for each status, merged.
pub(crate) async fn list(
    session: &Session,
    (organization, connection): (OrganizationId, ConnectionId),
    status: &[InboundStatus],
    page: &PageRequest,
) -> Result<Page<InboundMessage>, Fault> {
    let travel = Travel::new(page);
    let wanted = if status.is_empty() { InboundStatus::ALL } else { status };
    let wanted: Vec<i16> = wanted.iter().map(|status| small(status.code())).collect();
    let direction = travel.direction();
    let sql = format!(
        "SELECT r.* FROM unnest($3::smallint[]) AS s (status) CROSS JOIN LATERAL (
            SELECT id, connection_id, message_key, kind, status, note, attempts, received_at,
                due_at, handled_at
            FROM inbound_messages WHERE connection_id = $2 AND status = s.status
                AND organization_id = $1 AND id > $4 AND id < $5
            ORDER BY id {direction} LIMIT $6
        ) r ORDER BY id {direction} LIMIT $6"
    );
    let rows = session
        .query(
            &sql,
            &[
                &uuid(organization),
                &uuid(connection),
                &wanted,
                &travel.above(),
                &travel.below(),
                &travel.limit(),
            ],
        )
        .await?;
    travel.collect(&rows, read)
}

fn read(row: &Row) -> Result<InboundMessage, Fault> {
    Ok(InboundMessage {
        id: id(row.get("id")),
        connection_id: id(row.get("connection_id")),
        key: row.get("message_key"),
        kind: row.get("kind"),
        status: code(row, "status", InboundStatus::from_code)?,
        note: row.get("note"),
        attempts: number(row, "attempts"),
        received_at: time(row, "received_at"),
        due_at: maybe_time(row, "due_at"),
        handled_at: maybe_time(row, "handled_at"),
    })
}

pub(crate) async fn one(
    session: &Session,
    organization: OrganizationId,
    message: InboundId,
) -> Result<Option<KeptInbound>, Fault> {
    let sql = "SELECT id, connection_id, message_key, kind, status, note, attempts, received_at, \
         due_at, handled_at, provider, content, body FROM inbound_messages \
         WHERE organization_id = $1 AND id = $2";
    let Some(row) = session.find(sql, &[&uuid(organization), &uuid(message)]).await? else {
        return Ok(None);
    };
    Ok(Some(KeptInbound {
        message: read(&row)?,
        provider: code(&row, "provider", Provider::from_code)?,
        content: code(&row, "content", InboundContent::from_code)?,
        body: Bytes::from(row.get::<_, Vec<u8>>("body")),
    }))
}

pub(crate) async fn again(
    session: &Session,
    (organization, id): (OrganizationId, InboundId),
    now: Timestamp,
    audit: &Audit,
) -> Result<Option<HandleAgain>, Fault> {
    let lock = "SELECT status, length(body) > 0 AS has_body FROM inbound_messages \
         WHERE organization_id = $1 AND id = $2 FOR UPDATE";
    let Some(row) = session.find(lock, &[&uuid(organization), &uuid(id)]).await? else {
        return Ok(None);
    };
    let status = code(&row, "status", InboundStatus::from_code)?;
    if status != InboundStatus::Failed || !row.get::<_, bool>("has_body") {
        return Ok(Some(HandleAgain::Refused(status)));
    }
    let sql = "UPDATE inbound_messages SET status = 0, note = NULL, attempts = 0, due_at = $3, \
         handled_at = NULL WHERE organization_id = $1 AND id = $2";
    session.execute(sql, &[&uuid(organization), &uuid(id), &now.as_millis()]).await?;
    audit_ops::tell(session, organization, audit, None, None).await?;
    Ok(Some(HandleAgain::Pending))
}
