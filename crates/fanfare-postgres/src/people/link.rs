//! Links that work once.

use fanfare_model::{LinkId, OrganizationId, Role, UserId};
use fanfare_store::{Link, LinkPurpose};
use tokio_postgres::Row;

use super::hash;
use crate::cells::Cells;
use crate::fault::Fault;
use crate::ids::uuid;
use crate::session::{Params, Session};

const COLUMNS: &str = "id, hash, purpose, organization_id, user_id, email, role, created_at, \
     expires_at";

fn link(row: &Row) -> Result<Link, Fault> {
    let cells = Cells(row);
    let role: Option<i16> = cells.get("role");
    let role = role.and_then(|code| Role::from_code(u8::try_from(code).ok()?));
    let user_id: Option<UserId> = cells.maybe_id("user_id");
    let kind: i16 = cells.get("purpose");
    let purpose = match (kind, cells.maybe_id("organization_id"), user_id, role) {
        (0, Some(organization_id), None, Some(role)) => {
            LinkPurpose::Invitation { organization_id, email: cells.get("email"), role }
        }
        (1, Some(organization_id), None, None) => LinkPurpose::Setup { organization_id },
        (2, None, Some(user_id), None) => LinkPurpose::Reset { user_id },
        (3, None, Some(user_id), None) => LinkPurpose::SignIn { user_id },
        _ => return Err(Fault::corrupt("a link's purpose is unknown")),
    };
    Ok(Link {
        id: cells.id("id"),
        hash: hash(row, "hash")?,
        purpose,
        created_at: cells.time("created_at"),
        expires_at: cells.time("expires_at"),
    })
}

pub(crate) async fn by_hash(session: &Session, hash: &[u8; 32]) -> Result<Option<Link>, Fault> {
    let sql = format!("SELECT {COLUMNS} FROM links WHERE hash = $1");
    session.find(&sql, &[&&hash[..]]).await?.as_ref().map(link).transpose()
}

pub(crate) async fn invitations(
    session: &Session,
    organization: OrganizationId,
) -> Result<Vec<Link>, Fault> {
    let sql = format!(
        "SELECT {COLUMNS} FROM links WHERE organization_id = $1 AND purpose = 0 ORDER BY id"
    );
    session.query(&sql, &[&uuid(organization)]).await?.iter().map(link).collect()
}

pub(super) async fn put(session: &Session, link: &Link) -> Result<(), Fault> {
    type Parts<'l> = (i16, Option<OrganizationId>, Option<UserId>, Option<&'l str>, Option<Role>);
    let (purpose, organization, user, email, role): Parts<'_> = match &link.purpose {
        LinkPurpose::Invitation { organization_id, email, role } => {
            (0, Some(*organization_id), None, Some(email), Some(*role))
        }
        LinkPurpose::Setup { organization_id } => (1, Some(*organization_id), None, None, None),
        LinkPurpose::Reset { user_id } => (2, None, Some(*user_id), None, None),
        LinkPurpose::SignIn { user_id } => (3, None, Some(*user_id), None, None),
    };
    let sql = format!("INSERT INTO links ({COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)");
    let params: Params<'_> = &[
        &uuid(link.id),
        &&link.hash[..],
        &purpose,
        &organization.map(uuid),
        &user.map(uuid),
        &email,
        &role.map(|role| i16::from(role.code())),
        &link.created_at.as_millis(),
        &link.expires_at.as_millis(),
    ];
    session.execute(&sql, params).await.map(drop)
}

pub(super) async fn delete(session: &Session, id: LinkId) -> Result<(), Fault> {
    session.execute("DELETE FROM links WHERE id = $1", &[&uuid(id)]).await.map(drop)
}

pub(super) async fn delete_of(session: &Session, user: UserId) -> Result<(), Fault> {
    session.execute("DELETE FROM links WHERE user_id = $1", &[&uuid(user)]).await.map(drop)
}
