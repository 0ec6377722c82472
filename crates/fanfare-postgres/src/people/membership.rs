//! Who is where.

use fanfare_model::{OrganizationId, Role, Timestamp, UserId};
use fanfare_store::{Member, Membership, Organization, Organizations, Page, PageRequest};
use tokio_postgres::Row;

use crate::cells::Cells;
use crate::fault::Fault;
use crate::ids::uuid;
use crate::paging::{OfRows as _, Travel};
use crate::session::{Params, Session};

const COLUMNS: &str =
    "m.organization_id, m.user_id, m.role, m.suspended, m.joined_at, m.last_active_at";

fn membership(row: &Row) -> Result<Membership, Fault> {
    let cells = Cells(row);
    Ok(Membership {
        organization_id: cells.id("organization_id"),
        user_id: cells.id("user_id"),
        role: cells.code("role", Role::from_code)?,
        suspended: cells.get("suspended"),
        joined_at: cells.time("joined_at"),
        last_active_at: cells.maybe_time("last_active_at"),
    })
}

pub(super) async fn one(
    session: &Session,
    organization: OrganizationId,
    user: UserId,
) -> Result<Option<Membership>, Fault> {
    let sql = format!(
        "SELECT {COLUMNS} FROM memberships m WHERE m.organization_id = $1 AND m.user_id = $2"
    );
    let row = session.find(&sql, &[&uuid(organization), &uuid(user)]).await?;
    row.as_ref().map(membership).transpose()
}

pub(crate) async fn of_user(session: &Session, user: UserId) -> Result<Organizations, Fault> {
    let sql = format!(
        "SELECT {COLUMNS}, o.name, o.created_at FROM memberships m \
         JOIN organizations o ON o.id = m.organization_id WHERE m.user_id = $1 \
         ORDER BY o.created_at, o.id"
    );
    let rows = session.query(&sql, &[&uuid(user)]).await?;
    let read = |row: &Row| {
        let membership = membership(row)?;
        let organization = Organization {
            id: membership.organization_id,
            name: row.get("name"),
            created_at: Cells(row).time("created_at"),
        };
        Ok((membership, organization))
    };
    rows.iter().map(read).collect()
}

/// How many members an organization has, and how many owners that are not suspended.
pub(super) async fn count(
    session: &Session,
    organization: OrganizationId,
) -> Result<(usize, usize), Fault> {
    let sql = "SELECT count(*), count(*) FILTER (WHERE role = 0 AND NOT suspended) \
         FROM memberships WHERE organization_id = $1";
    let row = session.one(sql, &[&uuid(organization)]).await?;
    let count = |column: usize| usize::try_from(row.get::<_, i64>(column)).unwrap_or(usize::MAX);
    Ok((count(0), count(1)))
}

pub(super) async fn put(session: &Session, membership: &Membership) -> Result<(), Fault> {
    let sql = "INSERT INTO memberships (organization_id, user_id, role, suspended, joined_at, \
             last_active_at) VALUES ($1, $2, $3, $4, $5, $6) \
         ON CONFLICT (organization_id, user_id) DO UPDATE SET role = excluded.role, \
             suspended = excluded.suspended, joined_at = excluded.joined_at, \
             last_active_at = excluded.last_active_at";
    let params: Params<'_> = &[
        &uuid(membership.organization_id),
        &uuid(membership.user_id),
        &i16::from(membership.role.code()),
        &membership.suspended,
        &membership.joined_at.as_millis(),
        &membership.last_active_at.map(Timestamp::as_millis),
    ];
    session.execute(sql, params).await.map(drop)
}

pub(super) async fn delete(
    session: &Session,
    organization: OrganizationId,
    user: UserId,
) -> Result<(), Fault> {
    for table in ["memberships", "muted_topics"] {
        let sql = format!("DELETE FROM {table} WHERE organization_id = $1 AND user_id = $2");
        session.execute(&sql, &[&uuid(organization), &uuid(user)]).await?;
    }
    Ok(())
}

const OF_MEMBERS: &str = "u.email, u.name FROM memberships m JOIN users u ON u.id = m.user_id \
     WHERE m.organization_id = $1";

fn member(row: &Row) -> Result<Member, Fault> {
    let membership = membership(row)?;
    Ok(Member { membership, email: row.get("email"), name: row.get("name") })
}

pub(crate) async fn list(
    session: &Session,
    organization: OrganizationId,
    page: &PageRequest,
) -> Result<Page<Member>, Fault> {
    let travel = Travel::new(page);
    let sql = format!(
        "SELECT {COLUMNS}, {OF_MEMBERS} AND m.user_id > $2 AND m.user_id < $3 \
         ORDER BY m.user_id {} LIMIT $4",
        travel.direction()
    );
    let (above, below, rows) = (travel.above(), travel.below(), travel.limit());
    let rows = session.query(&sql, &[&uuid(organization), &above, &below, &rows]).await?;
    travel.collect(&rows, member)
}

pub(crate) async fn member_of(
    session: &Session,
    organization: OrganizationId,
    user: UserId,
) -> Result<Option<Member>, Fault> {
    let sql = format!("SELECT {COLUMNS}, {OF_MEMBERS} AND m.user_id = $2");
    let row = session.find(&sql, &[&uuid(organization), &uuid(user)]).await?;
    row.as_ref().map(member).transpose()
}
