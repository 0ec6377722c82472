//! Connections, and what requests to them came to.

use fanfare_model::inbound::{InboundOutcome, Provider};
use fanfare_model::{ConnectionId, OrganizationId, Timestamp, limits};
use fanfare_store::{
    Audit, Connection, ConnectionEdit, InboundCount, InboundTally, RefusedInbound, Sealed,
    StoreError,
};
use tokio_postgres::Row;

use super::{code, maybe_time, small, time};
use crate::audit_ops;
use crate::fault::Fault;
use crate::ids::{id, unsigned, uuid};
use crate::organization_ops::unknown;
use crate::session::Session;

const COLUMNS: &str = "id, organization_id, provider, name, account, public_url, livemode, secret, \
     previous_secret, previous_until, created_at, updated_at";

fn read(row: &Row) -> Result<Connection, Fault> {
    let previous: Option<Vec<u8>> = row.get("previous_secret");
    Ok(Connection {
        id: id(row.get("id")),
        organization_id: id(row.get("organization_id")),
        provider: code(row, "provider", Provider::from_code)?,
        name: row.get("name"),
        account: row.get("account"),
        public_url: row.get("public_url"),
        livemode: row.get("livemode"),
        secret: row.get::<_, Option<Vec<u8>>>("secret").map(Sealed),
        previous: previous.map(Sealed).zip(maybe_time(row, "previous_until")),
        created_at: time(row, "created_at"),
        updated_at: time(row, "updated_at"),
    })
}

fn previous(of: &Connection) -> (Option<&[u8]>, Option<i64>) {
    let previous = of.previous.as_ref();
    (previous.map(|(secret, _)| &*secret.0), previous.map(|(_, until)| until.as_millis()))
}

pub(crate) async fn create(
    session: &Session,
    new: &Connection,
    audit: &Audit,
) -> Result<(), Fault> {
    let organization = uuid(new.organization_id);
    // The lock lets two that create at the same time count one after the other.
    let lock = "SELECT 1 FROM organizations WHERE id = $1 FOR NO KEY UPDATE";
    session.find(lock, &[&organization]).await?.ok_or_else(unknown)?;
    let count = "SELECT count(*) FROM connections WHERE organization_id = $1";
    let there: i64 = session.one(count, &[&organization]).await?.get(0);
    let limit = limits::CONNECTIONS_PER_ORGANIZATION;
    if usize::try_from(there).unwrap_or(usize::MAX) >= limit {
        return Err(Fault::Refused(StoreError::LimitReached { what: "connections", limit }));
    }
    let sql = format!(
        "INSERT INTO connections ({COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, \
         $11, $12)"
    );
    let (previous, until) = previous(new);
    session
        .execute(
            &sql,
            &[
                &uuid(new.id),
                &organization,
                &small(new.provider.code()),
                &new.name,
                &new.account,
                &new.public_url,
                &new.livemode,
                &new.secret.as_ref().map(|secret| &*secret.0),
                &previous,
                &until,
                &new.created_at.as_millis(),
                &new.updated_at.as_millis(),
            ],
        )
        .await?;
    audit_ops::tell(session, new.organization_id, audit, None, Some(new)).await
}

pub(crate) async fn all(
    session: &Session,
    organization: OrganizationId,
) -> Result<Vec<Connection>, Fault> {
    let sql = format!("SELECT {COLUMNS} FROM connections WHERE organization_id = $1 ORDER BY id");
    session.query(&sql, &[&uuid(organization)]).await?.iter().map(read).collect()
}

pub(crate) async fn one(
    session: &Session,
    organization: OrganizationId,
    id: ConnectionId,
) -> Result<Option<Connection>, Fault> {
    let sql = format!("SELECT {COLUMNS} FROM connections WHERE organization_id = $1 AND id = $2");
    session.find(&sql, &[&uuid(organization), &uuid(id)]).await?.as_ref().map(read).transpose()
}

pub(crate) async fn of_any(
    session: &Session,
    id: ConnectionId,
) -> Result<Option<Connection>, Fault> {
    let sql = format!("SELECT {COLUMNS} FROM connections WHERE id = $1");
    session.find(&sql, &[&uuid(id)]).await?.as_ref().map(read).transpose()
}

pub(crate) async fn modify(
    session: &Session,
    (organization, id): (OrganizationId, ConnectionId),
    now: Timestamp,
    edit: &ConnectionEdit,
    audit: &Audit,
) -> Result<Option<Connection>, Fault> {
    let lock = format!(
        "SELECT {COLUMNS} FROM connections WHERE organization_id = $1 AND id = $2 FOR UPDATE"
    );
    let Some(row) = session.find(&lock, &[&uuid(organization), &uuid(id)]).await? else {
        return Ok(None);
    };
    let before = read(&row)?;
    let mut found = before.clone();
    edit(&mut found).map_err(|refused| Fault::Refused(StoreError::Refused(refused)))?;
    found.updated_at = now;
    let (previous, until) = previous(&found);
    let sql = "UPDATE connections SET secret = $3, previous_secret = $4, previous_until = $5, \
         updated_at = $6 WHERE organization_id = $1 AND id = $2";
    let secret = found.secret.as_ref().map(|secret| &*secret.0);
    let params: [&(dyn tokio_postgres::types::ToSql + Sync); 6] =
        [&uuid(organization), &uuid(id), &secret, &previous, &until, &now.as_millis()];
    session.execute(sql, &params).await?;
    audit_ops::tell(session, organization, audit, Some(&before), Some(&found)).await?;
    Ok(Some(found))
}

pub(crate) async fn delete(
    session: &Session,
    organization: OrganizationId,
    id: ConnectionId,
    audit: &Audit,
) -> Result<bool, Fault> {
    let gone = format!(
        "DELETE FROM connections WHERE organization_id = $1 AND id = $2 RETURNING {COLUMNS}"
    );
    let gone = session.find(&gone, &[&uuid(organization), &uuid(id)]).await?;
    let Some(before) = gone.as_ref().map(read).transpose()? else { return Ok(false) };
    for table in ["inbound_messages", "inbound_counts", "inbound_refusals"] {
        let sql = format!("DELETE FROM {table} WHERE organization_id = $1 AND connection_id = $2");
        session.execute(&sql, &[&uuid(organization), &uuid(id)]).await?;
    }
    audit_ops::tell(session, organization, audit, Some(&before), None).await?;
    Ok(true)
}

pub(crate) async fn add(session: &Session, tally: &InboundTally) -> Result<(), Fault> {
    let (organization, connection) = (uuid(tally.organization_id), uuid(tally.connection_id));
    let lock = "SELECT 1 FROM connections WHERE organization_id = $1 AND id = $2 FOR KEY SHARE";
    if session.find(lock, &[&organization, &connection]).await?.is_none() {
        return Ok(());
    }
    let sql = "INSERT INTO inbound_counts AS c (organization_id, connection_id, outcome, count, \
             last_at) VALUES ($1, $2, $3, $4, $5) \
         ON CONFLICT (organization_id, connection_id, outcome) DO UPDATE SET \
             count = c.count + excluded.count, last_at = greatest(c.last_at, excluded.last_at)";
    for one in &tally.counts {
        let (outcome, count) = (small(one.outcome.code()), one.count.cast_signed());
        let at = one.last_at.as_millis();
        session.execute(sql, &[&organization, &connection, &outcome, &count, &at]).await?;
    }
    let sql = "INSERT INTO inbound_refusals (organization_id, connection_id, id, outcome, at, \
             address) VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING";
    for one in &tally.refused {
        let (outcome, at) = (small(one.outcome.code()), one.at.as_millis());
        let key = uuid(one.id);
        session
            .execute(sql, &[&organization, &connection, &key, &outcome, &at, &one.address])
            .await?;
    }
    let sql = "DELETE FROM inbound_refusals WHERE organization_id = $1 AND connection_id = $2 \
         AND id <= (SELECT id FROM inbound_refusals WHERE organization_id = $1 \
                    AND connection_id = $2 ORDER BY id DESC LIMIT 1 OFFSET $3)";
    let kept = i64::try_from(limits::REFUSALS_KEPT).unwrap_or(i64::MAX);
    session.execute(sql, &[&organization, &connection, &kept]).await.map(drop)
}

pub(crate) async fn tallies(
    session: &Session,
    organization: OrganizationId,
    connection: ConnectionId,
) -> Result<(Vec<InboundCount>, Vec<RefusedInbound>), Fault> {
    let sql = "SELECT outcome, count, last_at FROM inbound_counts \
         WHERE organization_id = $1 AND connection_id = $2 ORDER BY outcome";
    let rows = session.query(sql, &[&uuid(organization), &uuid(connection)]).await?;
    let counts = rows.iter().map(|row| {
        Ok(InboundCount {
            outcome: code(row, "outcome", InboundOutcome::from_code)?,
            count: unsigned(row, "count"),
            last_at: time(row, "last_at"),
        })
    });
    let counts = counts.collect::<Result<_, Fault>>()?;
    let sql = "SELECT id, outcome, at, address FROM inbound_refusals \
         WHERE organization_id = $1 AND connection_id = $2 ORDER BY id DESC";
    let rows = session.query(sql, &[&uuid(organization), &uuid(connection)]).await?;
    let refused = rows.iter().map(|row| {
        Ok(RefusedInbound {
            id: id(row.get("id")),
            outcome: code(row, "outcome", InboundOutcome::from_code)?,
            at: time(row, "at"),
            address: row.get("address"),
        })
    });
    Ok((counts, refused.collect::<Result<_, Fault>>()?))
}
