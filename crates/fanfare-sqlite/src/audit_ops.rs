//! The audit log: entries are appended by the transaction of the change that they tell of.

use async_trait::async_trait;
use fanfare_model::{Actor, OrganizationId};
use fanfare_store::{
    Audit, AuditDraft, AuditEntry, AuditFilter, AuditHead, AuditStore, Audited, Page, PageRequest,
    StoreError,
};
use rusqlite::{Connection, OptionalExtension, Row, params};

use crate::SqliteStore;
use crate::cells::Cells;
use crate::delivery_row::organization_key;
use crate::fault::Fault;
use crate::launch::gather;
use crate::paging::Travel;
use crate::writer::Tx;

const COLUMNS: &str = "id, number, at, actor_kind, actor_id, actor_name, action, resource_kind, \
     resource_id, ip, request_id, before, after, previous_hash, hash";

/// Appends what an operation is to tell of a change, if anything.
pub(crate) fn tell(
    tx: &mut Tx<'_, '_>,
    organization: OrganizationId,
    audit: &Audit,
    before: Option<&dyn Audited>,
    after: Option<&dyn Audited>,
) -> Result<(), Fault> {
    match audit {
        Some(draft) => append(tx, organization, &draft.clone().with(before, after)),
        None => Ok(()),
    }
}

/// Appends an entry.
pub(crate) fn append(
    tx: &mut Tx<'_, '_>,
    organization_id: OrganizationId,
    draft: &AuditDraft,
) -> Result<(), Fault> {
    let organization = tx.tenant_key(organization_id)?;
    let connection = tx.connection;
    let head = head(connection, organization)?;
    let name = actor_name(connection, draft.actor)?;
    let entry = draft.entry(organization_id, &head, name);
    connection
        .prepare_cached(&format!(
            "INSERT INTO audit_entries (organization, {COLUMNS}) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)"
        ))?
        .execute(params![
            organization,
            entry.id.to_bytes(),
            entry.number,
            entry.at.as_millis(),
            entry.actor.kind(),
            entry.actor.id_bits().map(u128::to_be_bytes),
            entry.actor_name,
            entry.action,
            entry.resource_kind,
            entry.resource_id,
            entry.ip,
            entry.request_id,
            entry.before,
            entry.after,
            &entry.previous_hash[..],
            &entry.hash[..],
        ])?;
    connection
        .prepare_cached(
            "INSERT INTO audit_heads (organization, number, hash) VALUES (?1, ?2, ?3) \
             ON CONFLICT (organization) DO UPDATE SET number = excluded.number, \
                 hash = excluded.hash",
        )?
        .execute(params![organization, entry.number, &entry.hash[..]])?;
    Ok(())
}

fn head(connection: &Connection, organization: i64) -> Result<AuditHead, Fault> {
    let mut find = connection
        .prepare_cached("SELECT number, hash FROM audit_heads WHERE organization = ?1")?;
    let read = |row: &Row<'_>| Ok(AuditHead { number: row.get(0)?, hash: row.get(1)? });
    Ok(find.query_row([organization], read).optional()?.unwrap_or_default())
}

fn actor_name(connection: &Connection, actor: Actor) -> Result<Option<String>, Fault> {
    let (sql, id) = match actor {
        Actor::Key(id) => ("SELECT name FROM api_keys WHERE id = ?1", id.to_bytes()),
        Actor::User(id) => ("SELECT name FROM users WHERE id = ?1", id.to_bytes()),
        Actor::Console | Actor::System => return Ok(None),
    };
    Ok(connection.prepare_cached(sql)?.query_row([id], |row| row.get(0)).optional()?)
}

fn read(row: &Row<'_>, organization_id: OrganizationId) -> Result<AuditEntry, Fault> {
    let mut cells = Cells::new(row);
    let (id, number, at) = (cells.id()?, cells.get()?, cells.time()?);
    let (kind, actor): (String, Option<[u8; 16]>) = (cells.get()?, cells.get()?);
    let actor = Actor::from_parts(&kind, actor.map(u128::from_be_bytes));
    Ok(AuditEntry {
        id,
        number,
        organization_id,
        at,
        actor: actor.ok_or_else(|| Fault::corrupt("an audit entry's actor is unknown"))?,
        actor_name: cells.get()?,
        action: cells.get()?,
        resource_kind: cells.get()?,
        resource_id: cells.get()?,
        ip: cells.get()?,
        request_id: cells.get()?,
        before: cells.get()?,
        after: cells.get()?,
        previous_hash: cells.get()?,
        hash: cells.get()?,
    })
}

/// The narrowest condition names its column as it is, so that its index is walked; the others are
/// looked at in the rows.
pub(crate) fn list_sql(filter: &AuditFilter, direction: &str) -> String {
    let given = [filter.resource_id.is_some(), filter.actor.is_some(), filter.action.is_some()];
    let narrowest = given.iter().position(|given| *given);
    let by = |place: usize, exact: &str, loose: &str| match narrowest == Some(place) {
        true => exact.to_owned(),
        false => loose.to_owned(),
    };
    format!(
        "SELECT {COLUMNS} FROM audit_entries WHERE organization = ?1 AND number > ?2 \
         AND number < ?3 AND {} AND {} AND {} AND at >= ?8 AND at < ?9 ORDER BY number {direction}",
        by(0, "resource_id = ?4", "(?4 IS NULL OR +resource_id = ?4)"),
        by(
            1,
            "actor_kind = ?5 AND actor_id IS ?6",
            "(?5 IS NULL OR +actor_kind = ?5 AND +actor_id IS ?6)"
        ),
        by(2, "action = ?7", "(?7 IS NULL OR +action = ?7)"),
    )
}

fn list(
    connection: &Connection,
    organization_id: OrganizationId,
    filter: &AuditFilter,
    page: &PageRequest,
) -> Result<Page<AuditEntry>, Fault> {
    let travel = Travel::new(page);
    let Some(organization) = organization_key(connection, organization_id)? else {
        return Ok(travel.finish(Vec::new()));
    };
    let (above, below) = travel.numbers();
    let params = params![
        organization,
        above,
        below,
        filter.resource_id,
        filter.actor.map(Actor::kind),
        filter.actor.and_then(Actor::id_bits).map(u128::to_be_bytes),
        filter.action,
        filter.since.map_or(i64::MIN, fanfare_model::Timestamp::as_millis),
        filter.until.map_or(i64::MAX, fanfare_model::Timestamp::as_millis),
    ];
    let sql = list_sql(filter, travel.direction());
    let items = gather(connection, &sql, params, travel.rows(), |row| {
        read(row, organization_id).map(Some)
    })?;
    Ok(travel.finish(items))
}

#[async_trait]
impl AuditStore for SqliteStore {
    async fn append_audit(
        &self,
        organization: OrganizationId,
        draft: AuditDraft,
    ) -> Result<(), StoreError> {
        self.write_as_any(0, move |tx| append(tx, organization, &draft)).await
    }

    async fn audit_entries(
        &self,
        organization: OrganizationId,
        filter: AuditFilter,
        page: PageRequest,
    ) -> Result<Page<AuditEntry>, StoreError> {
        self.readers.read(move |connection| list(connection, organization, &filter, &page)).await
    }

    async fn audit_head(&self, organization: OrganizationId) -> Result<AuditHead, StoreError> {
        self.readers
            .read(move |connection| match organization_key(connection, organization)? {
                Some(key) => head(connection, key),
                None => Ok(AuditHead::default()),
            })
            .await
    }
}
