//! Connections, and what requests to them came to.

use fanfare_model::inbound::{InboundOutcome, Provider};
use fanfare_model::{ConnectionId, InboundId, OrganizationId, Timestamp, limits};
use fanfare_store::{
    Audit, Connection as Integration, ConnectionEdit, InboundCount, InboundTally, RefusedInbound,
    Sealed, StoreError,
};
use rusqlite::{Connection, OptionalExtension, Row, params};

use crate::audit_ops;
use crate::fault::Fault;
use crate::writer::Tx;

const COLUMNS: &str = "c.id, o.id, c.provider, c.name, c.account, c.public_url, c.livemode, \
     c.secret, c.previous_secret, c.previous_until, c.created_at, c.updated_at \
     FROM connections c JOIN organizations o ON o.key = c.organization";

fn code<T>(row: &Row<'_>, column: usize, of: fn(u8) -> Option<T>) -> Result<T, Fault> {
    of(row.get(column)?).ok_or_else(|| Fault::corrupt("a connection holds an unknown code"))
}

fn read(row: &Row<'_>) -> Result<Integration, Fault> {
    let previous: Option<Vec<u8>> = row.get(8)?;
    let until: Option<i64> = row.get(9)?;
    Ok(Integration {
        id: ConnectionId::from_bytes(row.get(0)?),
        organization_id: OrganizationId::from_bytes(row.get(1)?),
        provider: code(row, 2, Provider::from_code)?,
        name: row.get(3)?,
        account: row.get(4)?,
        public_url: row.get(5)?,
        livemode: row.get(6)?,
        secret: row.get::<_, Option<Vec<u8>>>(7)?.map(Sealed),
        previous: previous
            .zip(until)
            .map(|(secret, until)| (Sealed(secret), Timestamp::from_millis(until))),
        created_at: Timestamp::from_millis(row.get(10)?),
        updated_at: Timestamp::from_millis(row.get(11)?),
    })
}

pub(crate) fn create(tx: &mut Tx<'_, '_>, new: &Integration, audit: &Audit) -> Result<(), Fault> {
    let organization = tx.tenant_key(new.organization_id)?;
    let count: usize = tx
        .connection
        .prepare_cached("SELECT count(*) FROM connections WHERE organization = ?1")?
        .query_row([organization], |row| row.get(0))?;
    let limit = limits::CONNECTIONS_PER_ORGANIZATION;
    if count >= limit {
        return Err(Fault::Refused(StoreError::LimitReached { what: "connections", limit }));
    }
    let (previous, until) = previous(new);
    tx.connection
        .prepare_cached("INSERT INTO connections VALUES (?,?,?,?,?,?,?,?,?,?,?,?)")?
        .execute(params![
            organization,
            new.id.to_bytes(),
            new.provider.code(),
            new.name,
            new.account,
            new.public_url,
            new.livemode,
            new.secret.as_ref().map(|secret| &secret.0),
            previous,
            until,
            new.created_at.as_millis(),
            new.updated_at.as_millis(),
        ])?;
    audit_ops::tell(tx, new.organization_id, audit, None, Some(new))
}

fn previous(of: &Integration) -> (Option<&Vec<u8>>, Option<i64>) {
    let previous = of.previous.as_ref();
    (previous.map(|(secret, _)| &secret.0), previous.map(|(_, until)| until.as_millis()))
}

pub(crate) fn all(
    connection: &Connection,
    organization: OrganizationId,
) -> Result<Vec<Integration>, Fault> {
    let sql = format!("SELECT {COLUMNS} WHERE o.id = ?1 ORDER BY c.id");
    let mut list = connection.prepare_cached(&sql)?;
    let mut rows = list.query([organization.to_bytes()])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push(read(row)?);
    }
    Ok(found)
}

/// The connection of an organization, or of whichever.
pub(crate) fn one(
    connection: &Connection,
    organization: Option<OrganizationId>,
    id: ConnectionId,
) -> Result<Option<Integration>, Fault> {
    let sql = format!("SELECT {COLUMNS} WHERE c.id = ?1");
    let mut find = connection.prepare_cached(&sql)?;
    let mut rows = find.query([id.to_bytes()])?;
    let found = rows.next()?.map(read).transpose()?;
    Ok(found.filter(|found| organization.is_none_or(|wanted| found.organization_id == wanted)))
}

pub(crate) fn modify(
    tx: &mut Tx<'_, '_>,
    (organization, id): (OrganizationId, ConnectionId),
    now: Timestamp,
    edit: &ConnectionEdit,
    audit: &Audit,
) -> Result<Option<Integration>, Fault> {
    let Some(before) = one(tx.connection, Some(organization), id)? else { return Ok(None) };
    let mut found = before.clone();
    edit(&mut found).map_err(|refused| Fault::Refused(StoreError::Refused(refused)))?;
    found.updated_at = now;
    let (previous, until) = previous(&found);
    tx.connection
        .prepare_cached(
            "UPDATE connections SET secret = ?2, previous_secret = ?3, previous_until = ?4, \
             updated_at = ?5 WHERE id = ?1",
        )?
        .execute(params![
            id.to_bytes(),
            found.secret.as_ref().map(|secret| &secret.0),
            previous,
            until,
            now.as_millis(),
        ])?;
    audit_ops::tell(tx, organization, audit, Some(&before), Some(&found))?;
    Ok(Some(found))
}

pub(crate) fn delete(
    tx: &mut Tx<'_, '_>,
    organization: OrganizationId,
    id: ConnectionId,
    audit: &Audit,
) -> Result<bool, Fault> {
    let Some(before) = one(tx.connection, Some(organization), id)? else { return Ok(false) };
    for table in [
        "inbound_messages WHERE connection",
        "inbound_counts WHERE connection",
        "inbound_refusals WHERE connection",
        "connections WHERE id",
    ] {
        tx.connection
            .prepare_cached(&format!("DELETE FROM {table} = ?1"))?
            .execute([id.to_bytes()])?;
    }
    audit_ops::tell(tx, organization, audit, Some(&before), None)?;
    Ok(true)
}

pub(crate) fn add(tx: &Tx<'_, '_>, tally: &InboundTally) -> Result<(), Fault> {
    let id = tally.connection_id.to_bytes();
    if one(tx.connection, Some(tally.organization_id), tally.connection_id)?.is_none() {
        return Ok(());
    }
    let mut add = tx.connection.prepare_cached(
        "INSERT INTO inbound_counts VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO UPDATE SET \
         count = count + excluded.count, last_at = max(last_at, excluded.last_at)",
    )?;
    for one in &tally.counts {
        add.execute(params![id, one.outcome.code(), one.count, one.last_at.as_millis()])?;
    }
    let mut keep = tx
        .connection
        .prepare_cached("INSERT OR IGNORE INTO inbound_refusals VALUES (?1, ?2, ?3, ?4, ?5)")?;
    for one in &tally.refused {
        let outcome = one.outcome.code();
        keep.execute(params![id, one.id.to_bytes(), outcome, one.at.as_millis(), one.address])?;
    }
    let last: Option<[u8; 16]> = tx
        .connection
        .prepare_cached(
            "SELECT id FROM inbound_refusals WHERE connection = ?1 ORDER BY id DESC \
             LIMIT 1 OFFSET ?2",
        )?
        .query_row(params![id, limits::REFUSALS_KEPT as i64], |row| row.get(0))
        .optional()?;
    if let Some(last) = last {
        tx.connection
            .prepare_cached("DELETE FROM inbound_refusals WHERE connection = ?1 AND id <= ?2")?
            .execute(params![id, last])?;
    }
    Ok(())
}

pub(crate) fn tallies(
    connection: &Connection,
    organization: OrganizationId,
    id: ConnectionId,
) -> Result<(Vec<InboundCount>, Vec<RefusedInbound>), Fault> {
    let (mut counts, mut refused) = (Vec::new(), Vec::new());
    if one(connection, Some(organization), id)?.is_none() {
        return Ok((counts, refused));
    }
    let mut list = connection.prepare_cached(
        "SELECT outcome, count, last_at FROM inbound_counts WHERE connection = ?1 ORDER BY outcome",
    )?;
    let mut rows = list.query([id.to_bytes()])?;
    while let Some(row) = rows.next()? {
        counts.push(InboundCount {
            outcome: code(row, 0, InboundOutcome::from_code)?,
            count: row.get(1)?,
            last_at: Timestamp::from_millis(row.get(2)?),
        });
    }
    let mut list = connection.prepare_cached(
        "SELECT id, outcome, at, address FROM inbound_refusals WHERE connection = ?1 \
         ORDER BY id DESC",
    )?;
    let mut rows = list.query([id.to_bytes()])?;
    while let Some(row) = rows.next()? {
        refused.push(RefusedInbound {
            id: InboundId::from_bytes(row.get(0)?),
            outcome: code(row, 1, InboundOutcome::from_code)?,
            at: Timestamp::from_millis(row.get(2)?),
            address: row.get(3)?,
        });
    }
    Ok((counts, refused))
}
