//! API keys. A tool may change them beside a running server, which keeps none by heart.

use async_trait::async_trait;
use fanfare_model::{ApiKeyId, OrganizationId, Scopes, Timestamp, limits};
use fanfare_store::{ApiKey, Audit, KeyStore, NewApiKey, Page, PageRequest, StoreError};
use rusqlite::{Connection, Row};

use crate::SqliteStore;
use crate::audit_ops;
use crate::fault::Fault;
use crate::paging::{OfRows as _, Travel};
use crate::writer::Tx;

const COLUMNS: &str = "k.id, o.id, k.name, k.prefix, k.scopes, k.created_at, k.last_used_at, \
     k.revoked_at FROM api_keys k JOIN organizations o ON o.key = k.organization";
const MINUTE_MS: i64 = 60_000;

fn read(row: &Row<'_>) -> Result<ApiKey, Fault> {
    let at = |ms: Option<i64>| ms.map(Timestamp::from_millis);
    Ok(ApiKey {
        id: ApiKeyId::from_bytes(row.get(0)?),
        organization_id: OrganizationId::from_bytes(row.get(1)?),
        name: row.get(2)?,
        prefix: row.get(3)?,
        scopes: Scopes::from_bits(row.get(4)?),
        created_at: Timestamp::from_millis(row.get(5)?),
        last_used_at: at(row.get(6)?),
        revoked_at: at(row.get(7)?),
    })
}

fn create(tx: &mut Tx<'_, '_>, new: &NewApiKey, audit: &Audit) -> Result<(), Fault> {
    let organization = tx.tenant_key(new.key.organization_id)?;
    let live: usize = tx
        .connection
        .prepare_cached(
            "SELECT count(*) FROM api_keys WHERE organization = ?1 AND revoked_at IS NULL",
        )?
        .query_row([organization], |row| row.get(0))?;
    let limit = limits::KEYS_PER_ORGANIZATION;
    if live >= limit {
        return Err(Fault::Refused(StoreError::LimitReached { what: "API keys", limit }));
    }
    let key = &new.key;
    tx.connection
        .prepare_cached(
            "INSERT INTO api_keys (organization, id, hash, name, prefix, scopes, created_at, \
             last_used_at, revoked_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
        )?
        .execute((
            organization,
            key.id.to_bytes(),
            &new.hash[..],
            &key.name,
            &key.prefix,
            key.scopes.bits(),
            key.created_at.as_millis(),
            key.last_used_at.map(Timestamp::as_millis),
            key.revoked_at.map(Timestamp::as_millis),
        ))?;
    audit_ops::tell(tx, key.organization_id, audit, None, Some(key))
}

fn revoke(
    tx: &mut Tx<'_, '_>,
    (organization, id): (OrganizationId, ApiKeyId),
    now: Timestamp,
    audit: &Audit,
) -> Result<Option<ApiKey>, Fault> {
    let Some(before) = find(tx.connection, organization, id)? else { return Ok(None) };
    if before.revoked_at.is_some() {
        return Ok(Some(before));
    }
    tx.connection
        .prepare_cached("UPDATE api_keys SET revoked_at = ?2 WHERE id = ?1")?
        .execute((id.to_bytes(), now.as_millis()))?;
    let after = ApiKey { revoked_at: Some(now), ..before.clone() };
    audit_ops::tell(tx, organization, audit, Some(&before), Some(&after))?;
    Ok(Some(after))
}

fn find(
    connection: &Connection,
    organization: OrganizationId,
    id: ApiKeyId,
) -> Result<Option<ApiKey>, Fault> {
    let mut find =
        connection.prepare_cached(&format!("SELECT {COLUMNS} WHERE o.id = ?1 AND k.id = ?2"))?;
    let mut rows = find.query((organization.to_bytes(), id.to_bytes()))?;
    rows.next()?.map(read).transpose()
}

#[async_trait]
impl KeyStore for SqliteStore {
    async fn create_key(&self, key: NewApiKey, audit: Audit) -> Result<(), StoreError> {
        self.write_as_any(0, move |tx| create(tx, &key, &audit)).await
    }

    async fn key_by_hash(&self, hash: [u8; 32]) -> Result<Option<ApiKey>, StoreError> {
        self.readers
            .read(move |connection| {
                let mut find =
                    connection.prepare_cached(&format!("SELECT {COLUMNS} WHERE k.hash = ?1"))?;
                let mut rows = find.query([&hash[..]])?;
                rows.next()?.map(read).transpose()
            })
            .await
    }

    async fn keys(
        &self,
        organization: OrganizationId,
        page: PageRequest,
    ) -> Result<Page<ApiKey>, StoreError> {
        self.readers
            .read(move |connection| {
                let travel = Travel::new(&page);
                let mut list = connection.prepare_cached(&format!(
                    "SELECT {COLUMNS} WHERE o.id = ?1 AND k.id > ?2 AND k.id < ?3 \
                     ORDER BY k.id {}",
                    travel.direction()
                ))?;
                let rows = list.query((organization.to_bytes(), travel.above(), travel.below()))?;
                travel.collect(rows, read)
            })
            .await
    }

    async fn revoke_key(
        &self,
        organization: OrganizationId,
        id: ApiKeyId,
        now: Timestamp,
        audit: Audit,
    ) -> Result<Option<ApiKey>, StoreError> {
        self.write_as_any(0, move |tx| revoke(tx, (organization, id), now, &audit)).await
    }

    async fn touch_keys(&self, used: Vec<(ApiKeyId, Timestamp)>) -> Result<(), StoreError> {
        self.write_as_any(0, move |tx| {
            let mut touch = tx.connection.prepare_cached(
                "UPDATE api_keys SET last_used_at = ?2 \
                 WHERE id = ?1 AND coalesce(last_used_at, -1) < ?2",
            )?;
            for (id, at) in &used {
                let minute = at.as_millis().div_euclid(MINUTE_MS) * MINUTE_MS;
                touch.execute((id.to_bytes(), minute))?;
            }
            Ok(())
        })
        .await
    }
}
