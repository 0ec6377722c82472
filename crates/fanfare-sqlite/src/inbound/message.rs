//! Messages that came in.

use bytes::Bytes;
use fanfare_model::inbound::{InboundContent, InboundStatus, Provider};
use fanfare_model::{ConnectionId, InboundId, OrganizationId, Timestamp};
use fanfare_store::{
    Audit, ClaimedInbound, HandleAgain, InboundEnd, InboundMessage, KeptInbound, NewInbound, Page,
    PageRequest,
};
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::connection;
use crate::audit_ops;
use crate::fault::Fault;
use crate::paging::{OfRows as _, Travel};
use crate::writer::{Tx, refusal};

fn unknown() -> Fault {
    Fault::corrupt("a message that came in holds an unknown code")
}

fn time(row: &Row<'_>, column: usize) -> Result<Option<Timestamp>, Fault> {
    Ok(row.get::<_, Option<i64>>(column)?.map(Timestamp::from_millis))
}

pub(crate) fn take_in(tx: &mut Tx<'_, '_>, new: &NewInbound) -> Result<bool, Fault> {
    let organization = tx.tenant_key(new.organization_id)?;
    if connection::one(tx.connection, Some(new.organization_id), new.connection_id)?.is_none() {
        return Err(refusal("not_found", "no such connection"));
    }
    let (status, due_at, handled_at) = match &new.ignored {
        None => (InboundStatus::Pending, Some(new.received_at), None),
        Some(_) => (InboundStatus::Ignored, None, Some(new.received_at)),
    };
    let body: &[u8] = if new.ignored.is_none() { &new.body } else { &[] };
    let written = tx
        .connection
        .prepare_cached(
            "INSERT INTO inbound_messages (organization, id, connection, provider, message_key, \
             kind, content, body, received_at, status, note, attempts, due_at, handled_at) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, 0, ?12, ?13) \
             ON CONFLICT (connection, message_key) DO NOTHING",
        )?
        .execute(params![
            organization,
            new.id.to_bytes(),
            new.connection_id.to_bytes(),
            new.provider.code(),
            new.key,
            new.kind,
            new.content.code(),
            body,
            new.received_at.as_millis(),
            status.code(),
            new.ignored,
            due_at.map(Timestamp::as_millis),
            handled_at.map(Timestamp::as_millis),
        ])?;
    Ok(written == 1)
}

pub(crate) const DUE: &str = "SELECT m.key, m.id, o.id, m.connection, m.provider, m.kind, \
     m.content, m.body, m.received_at, m.attempts FROM inbound_messages m \
     INDEXED BY inbound_messages_due JOIN organizations o ON o.key = m.organization \
     WHERE m.due_at <= ?1 ORDER BY m.due_at LIMIT ?2";

pub(crate) fn claim(
    tx: &Tx<'_, '_>,
    now: Timestamp,
    until: Timestamp,
    limit: usize,
) -> Result<Vec<ClaimedInbound>, Fault> {
    let mut claimed = Vec::new();
    let mut due = tx.connection.prepare_cached(DUE)?;
    let mut rows = due.query((now.as_millis(), limit as i64))?;
    let mut keys = Vec::new();
    while let Some(row) = rows.next()? {
        keys.push(row.get::<_, i64>(0)?);
        let attempts: u32 = row.get(9)?;
        claimed.push(ClaimedInbound {
            id: InboundId::from_bytes(row.get(1)?),
            organization_id: OrganizationId::from_bytes(row.get(2)?),
            connection_id: ConnectionId::from_bytes(row.get(3)?),
            provider: Provider::from_code(row.get(4)?).ok_or_else(unknown)?,
            kind: row.get(5)?,
            content: InboundContent::from_code(row.get(6)?).ok_or_else(unknown)?,
            body: Bytes::from(row.get::<_, Vec<u8>>(7)?),
            received_at: Timestamp::from_millis(row.get(8)?),
            attempt: attempts.saturating_add(1),
        });
    }
    let mut hold = tx.connection.prepare_cached(
        "UPDATE inbound_messages SET attempts = attempts + 1, due_at = ?2 WHERE key = ?1",
    )?;
    for key in keys {
        hold.execute((key, until.as_millis()))?;
    }
    Ok(claimed)
}

pub(crate) const NEXT_DUE: &str =
    "SELECT due_at FROM inbound_messages WHERE due_at IS NOT NULL ORDER BY due_at LIMIT 1";

pub(crate) fn next_due(connection: &Connection) -> Result<Option<Timestamp>, Fault> {
    let next: Option<i64> =
        connection.prepare_cached(NEXT_DUE)?.query_row([], |row| row.get(0)).optional()?;
    Ok(next.map(Timestamp::from_millis))
}

pub(crate) fn end(
    tx: &mut Tx<'_, '_>,
    (organization, id): (OrganizationId, InboundId),
    attempt: u32,
    end: &InboundEnd,
) -> Result<bool, Fault> {
    let organization = tx.tenant_key(organization)?;
    let pending = end.status == InboundStatus::Pending;
    let keeps = pending || end.status == InboundStatus::Failed;
    let written = tx
        .connection
        .prepare_cached(
            "UPDATE inbound_messages SET status = ?4, note = ?5, due_at = ?6, handled_at = ?7, \
             body = CASE WHEN ?8 THEN body ELSE x'' END \
             WHERE organization = ?1 AND id = ?2 AND attempts = ?3 AND status = 0",
        )?
        .execute(params![
            organization,
            id.to_bytes(),
            attempt,
            end.status.code(),
            end.note,
            pending.then(|| end.retry_at.unwrap_or(end.at).as_millis()),
            (!pending).then(|| end.at.as_millis()),
            keeps,
        ])?;
    Ok(written == 1)
}

const COLUMNS: &str =
    "id, connection, message_key, kind, status, note, attempts, received_at, due_at, handled_at";

fn read(row: &Row<'_>) -> Result<InboundMessage, Fault> {
    Ok(InboundMessage {
        id: InboundId::from_bytes(row.get(0)?),
        connection_id: ConnectionId::from_bytes(row.get(1)?),
        key: row.get(2)?,
        kind: row.get(3)?,
        status: InboundStatus::from_code(row.get(4)?).ok_or_else(unknown)?,
        note: row.get(5)?,
        attempts: row.get(6)?,
        received_at: Timestamp::from_millis(row.get(7)?),
        due_at: time(row, 8)?,
        handled_at: time(row, 9)?,
    })
}

pub(crate) fn one_sql() -> String {
    format!(
        "SELECT {COLUMNS}, provider, content, body FROM inbound_messages \
         WHERE organization = ?1 AND id = ?2"
    )
}

pub(crate) fn one(
    sqlite: &Connection,
    organization: i64,
    id: InboundId,
) -> Result<Option<KeptInbound>, Fault> {
    let mut find = sqlite.prepare_cached(&one_sql())?;
    let mut rows = find.query((organization, id.to_bytes()))?;
    let Some(row) = rows.next()? else { return Ok(None) };
    Ok(Some(KeptInbound {
        message: read(row)?,
        provider: Provider::from_code(row.get(10)?).ok_or_else(unknown)?,
        content: InboundContent::from_code(row.get(11)?).ok_or_else(unknown)?,
        body: Bytes::from(row.get::<_, Vec<u8>>(12)?),
    }))
}

pub(crate) fn list_sql(direction: &str) -> String {
    format!(
        "SELECT {COLUMNS} FROM inbound_messages INDEXED BY inbound_messages_connection \
         WHERE connection = ?1 AND status = ?2 AND id > ?3 AND id < ?4 ORDER BY id {direction}"
    )
}

/// One range of the index for each status, merged.
pub(crate) fn list(
    sqlite: &Connection,
    (organization, connection_id): (OrganizationId, ConnectionId),
    status: &[InboundStatus],
    page: &PageRequest,
) -> Result<Page<InboundMessage>, Fault> {
    let travel = Travel::new(page);
    let mut items = Vec::new();
    if connection::one(sqlite, Some(organization), connection_id)?.is_none() {
        return Ok(travel.finish(items));
    }
    let wanted = if status.is_empty() { InboundStatus::ALL } else { status };
    let mut range = sqlite.prepare_cached(&list_sql(travel.direction()))?;
    for status in wanted {
        let params =
            params![connection_id.to_bytes(), status.code(), travel.above(), travel.below()];
        let mut rows = range.query(params)?;
        let enough = items.len() + travel.rows();
        while items.len() < enough
            && let Some(row) = rows.next()?
        {
            items.push(read(row)?);
        }
    }
    items.sort_unstable_by_key(|message| message.id);
    if !travel.is_ascending() {
        items.reverse();
    }
    items.truncate(travel.rows());
    Ok(travel.finish(items))
}

pub(crate) fn again(
    tx: &mut Tx<'_, '_>,
    (organization_id, id): (OrganizationId, InboundId),
    now: Timestamp,
    audit: &Audit,
) -> Result<Option<HandleAgain>, Fault> {
    let Some(organization) = tx.tenant(organization_id)?.map(|tenant| tenant.key) else {
        return Ok(None);
    };
    let found: Option<(u8, bool)> = tx
        .connection
        .prepare_cached(
            "SELECT status, length(body) > 0 FROM inbound_messages \
             WHERE organization = ?1 AND id = ?2",
        )?
        .query_row(params![organization, id.to_bytes()], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let Some((code, has_body)) = found else { return Ok(None) };
    let status = InboundStatus::from_code(code).ok_or_else(unknown)?;
    if status != InboundStatus::Failed || !has_body {
        return Ok(Some(HandleAgain::Refused(status)));
    }
    tx.connection
        .prepare_cached(
            "UPDATE inbound_messages SET status = 0, note = NULL, attempts = 0, due_at = ?3, \
             handled_at = NULL WHERE organization = ?1 AND id = ?2",
        )?
        .execute(params![organization, id.to_bytes(), now.as_millis()])?;
    audit_ops::tell(tx, organization_id, audit, None, None)?;
    Ok(Some(HandleAgain::Pending))
}
