//! Who is where.

use fanfare_model::{OrganizationId, Role, UserId};
use fanfare_store::{Member, Membership, Organization, Organizations, Page, PageRequest};
use rusqlite::{Connection, Row, params};

use crate::cells::{Cells, ms};
use crate::fault::Fault;
use crate::launch::{find, gather};
use crate::paging::{OfRows as _, Travel};

const COLUMNS: &str = "o.id, m.user, m.role, m.suspended, m.joined_at, m.last_active_at";
const TABLES: &str = "memberships m JOIN organizations o ON o.key = m.organization";

fn read(cells: &mut Cells<'_, '_>) -> Result<Membership, Fault> {
    Ok(Membership {
        organization_id: cells.id()?,
        user_id: cells.id()?,
        role: cells.code(Role::from_code)?,
        suspended: cells.get()?,
        joined_at: cells.time()?,
        last_active_at: cells.maybe_time()?,
    })
}

pub(super) fn one(
    connection: &Connection,
    organization: OrganizationId,
    user: UserId,
) -> Result<Option<Membership>, Fault> {
    let sql = format!("SELECT {COLUMNS} FROM {TABLES} WHERE o.id = ?1 AND m.user = ?2");
    let params = (organization.to_bytes(), user.to_bytes());
    find(connection, &sql, params, |row| read(&mut Cells::new(row)))
}

pub(crate) fn of_user(connection: &Connection, user: UserId) -> Result<Organizations, Fault> {
    let sql = format!(
        "SELECT {COLUMNS}, o.name, o.created_at FROM {TABLES} WHERE m.user = ?1 \
         ORDER BY o.created_at, o.key"
    );
    gather(connection, &sql, [user.to_bytes()], usize::MAX, |row| {
        let mut cells = Cells::new(row);
        let membership = read(&mut cells)?;
        let id = membership.organization_id;
        let organization = Organization { id, name: cells.get()?, created_at: cells.time()? };
        Ok(Some((membership, organization)))
    })
}

/// How many members an organization has, and how many owners that are not suspended.
pub(super) fn count(connection: &Connection, organization: i64) -> Result<(usize, usize), Fault> {
    let mut count = connection.prepare_cached(
        "SELECT count(*), count(*) FILTER (WHERE role = 0 AND suspended = 0) FROM memberships \
         WHERE organization = ?1",
    )?;
    Ok(count.query_row([organization], |row| Ok((row.get(0)?, row.get(1)?)))?)
}

pub(super) fn put(
    connection: &Connection,
    organization: i64,
    membership: &Membership,
) -> Result<(), Fault> {
    connection
        .prepare_cached(
            "INSERT INTO memberships (organization, user, role, suspended, joined_at, \
                 last_active_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6) \
             ON CONFLICT (organization, user) DO UPDATE SET role = excluded.role, \
                 suspended = excluded.suspended, joined_at = excluded.joined_at, \
                 last_active_at = excluded.last_active_at",
        )?
        .execute(params![
            organization,
            membership.user_id.to_bytes(),
            membership.role.code(),
            membership.suspended,
            membership.joined_at.as_millis(),
            ms(membership.last_active_at),
        ])?;
    Ok(())
}

pub(super) fn delete(
    connection: &Connection,
    organization: i64,
    user: UserId,
) -> Result<(), Fault> {
    for table in ["memberships", "muted_topics"] {
        connection
            .prepare_cached(&format!("DELETE FROM {table} WHERE organization = ?1 AND user = ?2"))?
            .execute(params![organization, user.to_bytes()])?;
    }
    Ok(())
}

fn member(row: &Row<'_>) -> Result<Member, Fault> {
    let mut cells = Cells::new(row);
    Ok(Member { membership: read(&mut cells)?, email: cells.get()?, name: cells.get()? })
}

const OF_MEMBERS: &str = "u.email, u.name FROM memberships m JOIN organizations o ON o.key = m.organization \
     JOIN users u ON u.id = m.user WHERE o.id = ?1";

pub(crate) fn list(
    connection: &Connection,
    organization: OrganizationId,
    page: &PageRequest,
) -> Result<Page<Member>, Fault> {
    let travel = Travel::new(page);
    let sql = format!(
        "SELECT {COLUMNS}, {OF_MEMBERS} AND m.user > ?2 AND m.user < ?3 ORDER BY m.user {}",
        travel.direction()
    );
    let params = params![organization.to_bytes(), travel.above(), travel.below()];
    let items = gather(connection, &sql, params, travel.rows(), |row| member(row).map(Some))?;
    Ok(travel.finish(items))
}

pub(crate) fn member_of(
    connection: &Connection,
    organization: OrganizationId,
    user: UserId,
) -> Result<Option<Member>, Fault> {
    let sql = format!("SELECT {COLUMNS}, {OF_MEMBERS} AND m.user = ?2");
    find(connection, &sql, (organization.to_bytes(), user.to_bytes()), member)
}
