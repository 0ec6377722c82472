//! Links that work once.

use fanfare_model::{LinkId, OrganizationId, Role, UserId};
use fanfare_store::{Link, LinkPurpose};
use rusqlite::{Connection, Row, params};

use crate::cells::Cells;
use crate::fault::Fault;
use crate::launch::{find, gather};

const COLUMNS: &str =
    "l.id, l.hash, l.purpose, o.id, l.user, l.email, l.role, l.created_at, l.expires_at";
const TABLES: &str = "links l LEFT JOIN organizations o ON o.key = l.organization";

fn read(row: &Row<'_>) -> Result<Link, Fault> {
    let mut cells = Cells::new(row);
    let (id, hash, purpose): (_, _, u8) = (cells.id()?, cells.get()?, cells.get()?);
    let organization_id = cells.maybe_id()?;
    let user_id: Option<UserId> = cells.maybe_id()?;
    let (email, role): (Option<String>, Option<u8>) = (cells.get()?, cells.get()?);
    let purpose = match (purpose, organization_id, user_id, email, role.and_then(Role::from_code)) {
        (0, Some(organization_id), None, Some(email), Some(role)) => {
            LinkPurpose::Invitation { organization_id, email, role }
        }
        (1, Some(organization_id), None, None, None) => LinkPurpose::Setup { organization_id },
        (2, None, Some(user_id), None, None) => LinkPurpose::Reset { user_id },
        (3, None, Some(user_id), None, None) => LinkPurpose::SignIn { user_id },
        _ => return Err(Fault::corrupt("a link's purpose is unknown")),
    };
    Ok(Link { id, hash, purpose, created_at: cells.time()?, expires_at: cells.time()? })
}

pub(crate) fn by_hash(connection: &Connection, hash: &[u8; 32]) -> Result<Option<Link>, Fault> {
    let sql = format!("SELECT {COLUMNS} FROM {TABLES} WHERE l.hash = ?1");
    find(connection, &sql, [&hash[..]], read)
}

pub(crate) fn invitations(
    connection: &Connection,
    organization: OrganizationId,
) -> Result<Vec<Link>, Fault> {
    let sql = format!(
        "SELECT {COLUMNS} FROM {TABLES} WHERE l.organization = \
             (SELECT key FROM organizations WHERE id = ?1) AND l.purpose = 0 ORDER BY l.id"
    );
    gather(connection, &sql, [organization.to_bytes()], usize::MAX, |row| read(row).map(Some))
}

pub(super) fn put(
    connection: &Connection,
    organization: Option<i64>,
    link: &Link,
) -> Result<(), Fault> {
    let (purpose, user, email, role): (u8, Option<UserId>, Option<&str>, Option<Role>) =
        match &link.purpose {
            LinkPurpose::Invitation { email, role, .. } => (0, None, Some(email), Some(*role)),
            LinkPurpose::Setup { .. } => (1, None, None, None),
            LinkPurpose::Reset { user_id } => (2, Some(*user_id), None, None),
            LinkPurpose::SignIn { user_id } => (3, Some(*user_id), None, None),
        };
    connection
        .prepare_cached(
            "INSERT INTO links (id, hash, purpose, organization, user, email, role, created_at, \
                 expires_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
        )?
        .execute(params![
            link.id.to_bytes(),
            &link.hash[..],
            purpose,
            organization,
            user.map(UserId::to_bytes),
            email,
            role.map(Role::code),
            link.created_at.as_millis(),
            link.expires_at.as_millis(),
        ])?;
    Ok(())
}

pub(super) fn delete(connection: &Connection, id: LinkId) -> Result<(), Fault> {
    connection.prepare_cached("DELETE FROM links WHERE id = ?1")?.execute([id.to_bytes()])?;
    Ok(())
}

pub(super) fn delete_of(connection: &Connection, user: UserId) -> Result<(), Fault> {
    connection.prepare_cached("DELETE FROM links WHERE user = ?1")?.execute([user.to_bytes()])?;
    Ok(())
}
