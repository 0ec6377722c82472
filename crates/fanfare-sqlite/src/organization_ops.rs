//! Organizations.

use async_trait::async_trait;
use fanfare_model::{OrganizationId, Timestamp};
use fanfare_store::{Organization, OrganizationStore, StoreError};
use rusqlite::{Connection, OptionalExtension, Row};

use crate::SqliteStore;
use crate::fault::Fault;
use crate::state::{Tenant, Undo};
use crate::writer::Tx;

fn read(row: &Row<'_>) -> rusqlite::Result<Organization> {
    Ok(Organization {
        id: OrganizationId::from_bytes(row.get(0)?),
        name: row.get(1)?,
        created_at: Timestamp::from_millis(row.get(2)?),
    })
}

fn create(tx: &mut Tx<'_, '_>, organization: &Organization) -> Result<(), Fault> {
    tx.connection
        .prepare_cached("INSERT INTO organizations (id, name, created_at) VALUES (?1, ?2, ?3)")?
        .execute((
            organization.id.to_bytes(),
            &organization.name,
            organization.created_at.as_millis(),
        ))?;
    let key = tx.connection.last_insert_rowid();
    tx.state.tenants.insert(organization.id, Tenant { key, webhooks: Vec::new() });
    tx.state.undo.push(Undo::Tenant(organization.id));
    Ok(())
}

/// Makes an organization, or renames it.
pub(crate) fn put(tx: &mut Tx<'_, '_>, organization: &Organization) -> Result<(), Fault> {
    if tx.tenant(organization.id)?.is_none() {
        return create(tx, organization);
    }
    tx.connection
        .prepare_cached("UPDATE organizations SET name = ?2 WHERE id = ?1")?
        .execute((organization.id.to_bytes(), &organization.name))?;
    Ok(())
}

pub(crate) fn one(
    connection: &Connection,
    id: OrganizationId,
) -> Result<Option<Organization>, Fault> {
    let mut find = connection
        .prepare_cached("SELECT id, name, created_at FROM organizations WHERE id = ?1")?;
    Ok(find.query_row([id.to_bytes()], read).optional()?)
}

#[async_trait]
impl OrganizationStore for SqliteStore {
    async fn create_organization(&self, organization: Organization) -> Result<(), StoreError> {
        self.write_as_any(organization.name.len(), move |tx| create(tx, &organization)).await
    }

    async fn organizations(&self) -> Result<Vec<Organization>, StoreError> {
        self.readers
            .read(|connection| {
                let mut list = connection.prepare_cached(
                    "SELECT id, name, created_at FROM organizations ORDER BY created_at, key",
                )?;
                let rows = list.query_map([], read)?;
                Ok(rows.collect::<Result<_, _>>()?)
            })
            .await
    }

    async fn organization(&self, id: OrganizationId) -> Result<Option<Organization>, StoreError> {
        self.readers.read(move |connection| one(connection, id)).await
    }
}
