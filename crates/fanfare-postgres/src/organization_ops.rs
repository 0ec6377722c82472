//! Tenants.

use async_trait::async_trait;
use fanfare_model::{OrganizationId, Timestamp};
use fanfare_store::{Organization, OrganizationStore, StoreError};
use tokio_postgres::Row;

use crate::PostgresStore;
use crate::fault::Fault;
use crate::ids::{id, uuid};
use crate::session::{Scope, Session};
use crate::store::{read, transact};

fn organization(row: &Row) -> Organization {
    Organization {
        id: id(row.get("id")),
        name: row.get("name"),
        created_at: Timestamp::from_millis(row.get("created_at")),
    }
}

/// Refuses what names an organization that does not exist.
pub(crate) async fn must_exist(session: &Session, wanted: OrganizationId) -> Result<(), Fault> {
    let sql = "SELECT 1 FROM organizations WHERE id = $1";
    match session.find(sql, &[&uuid(wanted)]).await? {
        Some(_) => Ok(()),
        None => Err(unknown()),
    }
}

/// There is no such organization.
pub(crate) fn unknown() -> Fault {
    Fault::Refused(StoreError::Refused(fanfare_store::EditRefused {
        code: "unknown_organization",
        message: "there is no such organization".into(),
    }))
}

pub(crate) async fn one(
    session: &Session,
    wanted: OrganizationId,
) -> Result<Option<Organization>, Fault> {
    let sql = "SELECT id, name, created_at FROM organizations WHERE id = $1";
    Ok(session.find(sql, &[&uuid(wanted)]).await?.as_ref().map(organization))
}

/// Makes an organization, or renames it.
pub(crate) async fn put(session: &Session, organization: &Organization) -> Result<(), Fault> {
    let sql = "INSERT INTO organizations (id, name, created_at) VALUES ($1, $2, $3) \
         ON CONFLICT (id) DO UPDATE SET name = excluded.name";
    let params = (uuid(organization.id), organization.created_at.as_millis());
    session.execute(sql, &[&params.0, &organization.name, &params.1]).await.map(drop)
}

#[async_trait]
impl OrganizationStore for PostgresStore {
    async fn create_organization(&self, new: Organization) -> Result<(), StoreError> {
        let sql = "INSERT INTO organizations (id, name, created_at) VALUES ($1, $2, $3)";
        transact!(self, Scope::Product, |session| {
            let params = (uuid(new.id), new.created_at.as_millis());
            session.execute(sql, &[&params.0, &new.name, &params.1]).await.map(drop)
        })
    }

    async fn organizations(&self) -> Result<Vec<Organization>, StoreError> {
        let sql = "SELECT id, name, created_at FROM organizations ORDER BY created_at, id";
        read!(self, Scope::Product, |session| {
            Ok(session.query(sql, &[]).await?.iter().map(organization).collect())
        })
    }

    async fn organization(
        &self,
        wanted: OrganizationId,
    ) -> Result<Option<Organization>, StoreError> {
        read!(self, Scope::Product, |session| one(&session, wanted).await)
    }
}
