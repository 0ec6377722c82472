//! The audit log: entries are appended by the transaction of the change that they tell of. The row of
//! the log's end is locked last, so that those who append to one log take turns and nobody waits for
//! another while being waited for.

use async_trait::async_trait;
use fanfare_model::{Actor, OrganizationId, Timestamp};
use fanfare_store::{
    Audit, AuditDraft, AuditEntry, AuditFilter, AuditHead, AuditStore, Audited, Page, PageRequest,
    StoreError,
};
use tokio_postgres::Row;
use uuid::Uuid;

use crate::PostgresStore;
use crate::cells::Cells;
use crate::fault::Fault;
use crate::ids::{unsigned, uuid};
use crate::organization_ops::unknown;
use crate::paging::{OfRows as _, Travel};
use crate::people::hash;
use crate::session::{Params, Scope, Session};
use crate::store::{read, transact};

const COLUMNS: &str = "organization_id, id, number, at, actor_kind, actor_id, actor_name, action, \
     resource_kind, resource_id, ip, request_id, before, after, previous_hash, hash";

/// Appends what an operation is to tell of a change, if anything.
pub(crate) async fn tell(
    session: &Session,
    organization: OrganizationId,
    audit: &Audit,
    before: Option<&dyn Audited>,
    after: Option<&dyn Audited>,
) -> Result<(), Fault> {
    match audit {
        Some(draft) => append(session, organization, &draft.clone().with(before, after)).await,
        None => Ok(()),
    }
}

/// Appends an entry.
pub(crate) async fn append(
    session: &Session,
    organization_id: OrganizationId,
    draft: &AuditDraft,
) -> Result<(), Fault> {
    let organization = uuid(organization_id);
    let name = actor_name(session, draft.actor).await?;
    let begin = "INSERT INTO audit_heads (organization_id, number, hash) \
         SELECT id, 0, $2 FROM organizations WHERE id = $1 ON CONFLICT DO NOTHING";
    session.execute(begin, &[&organization, &&[0_u8; 32][..]]).await?;
    let lock = "SELECT number, hash FROM audit_heads WHERE organization_id = $1 FOR UPDATE";
    let head = session.find(lock, &[&organization]).await?.ok_or_else(unknown)?;
    let entry = draft.entry(organization_id, &head_of(&head)?, name);
    let insert = format!(
        "INSERT INTO audit_entries ({COLUMNS}) VALUES \
         ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)"
    );
    let (number, actor) = (entry.number.cast_signed(), entry.actor.id_bits().map(Uuid::from_u128));
    let params: Params<'_> = &[
        &organization,
        &uuid(entry.id),
        &number,
        &entry.at.as_millis(),
        &entry.actor.kind(),
        &actor,
        &entry.actor_name,
        &entry.action,
        &entry.resource_kind,
        &entry.resource_id,
        &entry.ip,
        &entry.request_id,
        &entry.before,
        &entry.after,
        &&entry.previous_hash[..],
        &&entry.hash[..],
    ];
    session.execute(&insert, params).await?;
    let grow = "UPDATE audit_heads SET number = $2, hash = $3 WHERE organization_id = $1";
    session.execute(grow, &[&organization, &number, &&entry.hash[..]]).await.map(drop)
}

async fn actor_name(session: &Session, actor: Actor) -> Result<Option<String>, Fault> {
    let (sql, id) = match actor {
        Actor::Key(id) => ("SELECT name FROM api_keys WHERE id = $1", uuid(id)),
        Actor::User(id) => ("SELECT name FROM users WHERE id = $1", uuid(id)),
        Actor::Console | Actor::System => return Ok(None),
    };
    Ok(session.find(sql, &[&id]).await?.map(|row| row.get("name")))
}

fn head_of(row: &Row) -> Result<AuditHead, Fault> {
    Ok(AuditHead { number: unsigned(row, "number"), hash: hash(row, "hash")? })
}

fn entry(row: &Row) -> Result<AuditEntry, Fault> {
    let cells = Cells(row);
    let actor_id: Option<Uuid> = cells.get("actor_id");
    let actor = Actor::from_parts(cells.get("actor_kind"), actor_id.map(|id| id.as_u128()));
    Ok(AuditEntry {
        id: cells.id("id"),
        number: unsigned(row, "number"),
        organization_id: cells.id("organization_id"),
        at: cells.time("at"),
        actor: actor.ok_or_else(|| Fault::corrupt("an audit entry's actor is unknown"))?,
        actor_name: cells.get("actor_name"),
        action: cells.get("action"),
        resource_kind: cells.get("resource_kind"),
        resource_id: cells.get("resource_id"),
        ip: cells.get("ip"),
        request_id: cells.get("request_id"),
        before: cells.get("before"),
        after: cells.get("after"),
        previous_hash: hash(row, "previous_hash")?,
        hash: hash(row, "hash")?,
    })
}

/// The narrowest condition names its column as it is, so that its index is walked; the others are
/// looked at in the rows.
fn list_sql(filter: &AuditFilter, direction: &str) -> String {
    let given = [filter.resource_id.is_some(), filter.actor.is_some(), filter.action.is_some()];
    let narrowest = given.iter().position(|given| *given);
    let actor = "actor_kind = $5 AND coalesce(actor_id, \
         '00000000-0000-0000-0000-000000000000') = $6";
    let by = |place: usize, exact: &str, number: usize, kind: &str| match narrowest == Some(place) {
        true => exact.to_owned(),
        false => format!("(${number}::{kind} IS NULL OR {exact})"),
    };
    format!(
        "SELECT {COLUMNS} FROM audit_entries WHERE organization_id = $1 AND number > $2 \
         AND number < $3 AND {} AND {} AND {} AND at >= $8 AND at < $9 \
         ORDER BY number {direction} LIMIT $10",
        by(0, "resource_id = $4", 4, "text"),
        by(1, actor, 5, "text"),
        by(2, "action = $7", 7, "text"),
    )
}

async fn list(
    session: &Session,
    organization: OrganizationId,
    filter: &AuditFilter,
    page: &PageRequest,
) -> Result<Page<AuditEntry>, Fault> {
    let travel = Travel::new(page);
    let (above, below) = travel.numbers();
    let actor = filter.actor.map(|actor| Uuid::from_u128(actor.id_bits().unwrap_or(0)));
    let params: Params<'_> = &[
        &uuid(organization),
        &above,
        &below,
        &filter.resource_id,
        &filter.actor.map(Actor::kind),
        &actor,
        &filter.action,
        &filter.since.map_or(i64::MIN, Timestamp::as_millis),
        &filter.until.map_or(i64::MAX, Timestamp::as_millis),
        &travel.limit(),
    ];
    let rows = session.query(&list_sql(filter, travel.direction()), params).await?;
    travel.collect(&rows, entry)
}

#[async_trait]
impl AuditStore for PostgresStore {
    async fn append_audit(
        &self,
        organization: OrganizationId,
        draft: AuditDraft,
    ) -> Result<(), StoreError> {
        transact!(self, Scope::Organization(organization), |session| append(
            &session,
            organization,
            &draft
        )
        .await)
    }

    async fn audit_entries(
        &self,
        organization: OrganizationId,
        filter: AuditFilter,
        page: PageRequest,
    ) -> Result<Page<AuditEntry>, StoreError> {
        read!(self, Scope::Organization(organization), |session| list(
            &session,
            organization,
            &filter,
            &page
        )
        .await)
    }

    async fn audit_head(&self, organization: OrganizationId) -> Result<AuditHead, StoreError> {
        let sql = "SELECT number, hash FROM audit_heads WHERE organization_id = $1";
        read!(self, Scope::Organization(organization), |session| {
            let row = session.find(sql, &[&uuid(organization)]).await?;
            row.as_ref().map_or_else(|| Ok(AuditHead::default()), head_of)
        })
    }
}
