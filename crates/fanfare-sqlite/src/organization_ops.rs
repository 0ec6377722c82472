//! Organizations.

use async_trait::async_trait;
use fanfare_model::{OrganizationId, Timestamp};
use fanfare_store::{Organization, OrganizationStore, StoreError};
use rusqlite::{OptionalExtension, Row};

use crate::SqliteStore;
use crate::state::{Tenant, Undo};

fn read(row: &Row<'_>) -> rusqlite::Result<Organization> {
    Ok(Organization {
        id: OrganizationId::from_bytes(row.get(0)?),
        name: row.get(1)?,
        created_at: Timestamp::from_millis(row.get(2)?),
    })
}

#[async_trait]
impl OrganizationStore for SqliteStore {
    async fn create_organization(&self, organization: Organization) -> Result<(), StoreError> {
        self.write_as_any(organization.name.len(), move |tx| {
            tx.connection
                .prepare_cached(
                    "INSERT INTO organizations (id, name, created_at) VALUES (?1, ?2, ?3)",
                )?
                .execute((
                    organization.id.to_bytes(),
                    &organization.name,
                    organization.created_at.as_millis(),
                ))?;
            let key = tx.connection.last_insert_rowid();
            tx.state.tenants.insert(organization.id, Tenant { key, webhooks: Vec::new() });
            tx.state.undo.push(Undo::Tenant(organization.id));
            Ok(())
        })
        .await
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
        self.readers
            .read(move |connection| {
                let mut find = connection.prepare_cached(
                    "SELECT id, name, created_at FROM organizations WHERE id = ?1",
                )?;
                Ok(find.query_row([id.to_bytes()], read).optional()?)
            })
            .await
    }
}
