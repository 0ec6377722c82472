//! API keys.

use async_trait::async_trait;
use fanfare_model::{ApiKeyId, OrganizationId, Scopes, Timestamp, limits};
use fanfare_store::{ApiKey, Audit, KeyStore, NewApiKey, Page, PageRequest, StoreError};
use tokio_postgres::Row;

use crate::PostgresStore;
use crate::audit_ops;
use crate::fault::Fault;
use crate::ids::{id, uuid};
use crate::organization_ops::unknown;
use crate::paging::{OfRows as _, Travel};
use crate::session::{Scope, Session};
use crate::store::{read, transact};

pub(crate) const COLUMNS: &str = "id, organization_id, name, prefix, scopes, created_at, last_used_at, \
     revoked_at";
const MINUTE_MS: i64 = 60_000;

pub(crate) fn api_key(row: &Row) -> ApiKey {
    let at = |column| row.get::<_, Option<i64>>(column).map(Timestamp::from_millis);
    let scopes: i64 = row.get("scopes");
    ApiKey {
        id: id(row.get("id")),
        organization_id: id(row.get("organization_id")),
        name: row.get("name"),
        prefix: row.get("prefix"),
        scopes: Scopes::from_bits(u32::try_from(scopes).unwrap_or(0)),
        created_at: Timestamp::from_millis(row.get("created_at")),
        last_used_at: at("last_used_at"),
        revoked_at: at("revoked_at"),
    }
}

async fn create(session: &Session, new: &NewApiKey, audit: &Audit) -> Result<(), Fault> {
    let key = &new.key;
    let organization = uuid(key.organization_id);
    // The lock lets two that create at the same time count one after the other.
    let lock = "SELECT 1 FROM organizations WHERE id = $1 FOR NO KEY UPDATE";
    session.find(lock, &[&organization]).await?.ok_or_else(unknown)?;
    let count = "SELECT count(*) FROM api_keys WHERE organization_id = $1 AND revoked_at IS NULL";
    let live: i64 = session.one(count, &[&organization]).await?.get(0);
    let limit = limits::KEYS_PER_ORGANIZATION;
    if usize::try_from(live).unwrap_or(usize::MAX) >= limit {
        return Err(Fault::Refused(StoreError::LimitReached { what: "API keys", limit }));
    }
    let insert = "INSERT INTO api_keys (organization_id, id, hash, name, prefix, scopes, \
         created_at, last_used_at, revoked_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    session
        .execute(
            insert,
            &[
                &organization,
                &uuid(key.id),
                &&new.hash[..],
                &key.name,
                &key.prefix,
                &i64::from(key.scopes.bits()),
                &key.created_at.as_millis(),
                &key.last_used_at.map(Timestamp::as_millis),
                &key.revoked_at.map(Timestamp::as_millis),
            ],
        )
        .await?;
    audit_ops::tell(session, key.organization_id, audit, None, Some(key)).await
}

async fn revoke(
    session: &Session,
    (organization, key): (OrganizationId, ApiKeyId),
    now: Timestamp,
    audit: &Audit,
) -> Result<Option<ApiKey>, Fault> {
    let lock =
        format!("SELECT {COLUMNS} FROM api_keys WHERE organization_id = $1 AND id = $2 FOR UPDATE");
    let ids = (uuid(organization), uuid(key));
    let before = session.find(&lock, &[&ids.0, &ids.1]).await?.as_ref().map(api_key);
    let Some(before) = before else { return Ok(None) };
    if before.revoked_at.is_some() {
        return Ok(Some(before));
    }
    let sql = "UPDATE api_keys SET revoked_at = $3 WHERE organization_id = $1 AND id = $2";
    session.execute(sql, &[&ids.0, &ids.1, &now.as_millis()]).await?;
    let after = ApiKey { revoked_at: Some(now), ..before.clone() };
    audit_ops::tell(session, organization, audit, Some(&before), Some(&after)).await?;
    Ok(Some(after))
}

#[async_trait]
impl KeyStore for PostgresStore {
    async fn create_key(&self, key: NewApiKey, audit: Audit) -> Result<(), StoreError> {
        transact!(self, Scope::Organization(key.key.organization_id), |session| create(
            &session, &key, &audit
        )
        .await)
    }

    async fn key_by_hash(&self, hash: [u8; 32]) -> Result<Option<ApiKey>, StoreError> {
        self.caller(hash).await
    }

    async fn keys(
        &self,
        organization: OrganizationId,
        page: PageRequest,
    ) -> Result<Page<ApiKey>, StoreError> {
        let travel = Travel::new(&page);
        let sql = format!(
            "SELECT {COLUMNS} FROM api_keys \
             WHERE organization_id = $1 AND id > $2 AND id < $3 ORDER BY id {} LIMIT $4",
            travel.direction()
        );
        read!(self, Scope::Organization(organization), |session| {
            let organization = uuid(organization);
            let (above, below, rows) = (travel.above(), travel.below(), travel.limit());
            let rows = session.query(&sql, &[&organization, &above, &below, &rows]).await?;
            travel.collect(&rows, |row| Ok(api_key(row)))
        })
    }

    async fn revoke_key(
        &self,
        organization: OrganizationId,
        key: ApiKeyId,
        now: Timestamp,
        audit: Audit,
    ) -> Result<Option<ApiKey>, StoreError> {
        transact!(self, Scope::Organization(organization), |session| revoke(
            &session,
            (organization, key),
            now,
            &audit
        )
        .await)
    }

    async fn touch_keys(&self, used: Vec<(ApiKeyId, Timestamp)>) -> Result<(), StoreError> {
        let sql = "UPDATE api_keys k SET last_used_at = u.at \
             FROM (SELECT id, max(at) AS at FROM unnest($1::uuid[], $2::bigint[]) AS t (id, at) \
                   GROUP BY id) u \
             WHERE k.id = u.id AND coalesce(k.last_used_at, -1) < u.at";
        let minute = |at: Timestamp| at.as_millis().div_euclid(MINUTE_MS) * MINUTE_MS;
        let ids: Vec<_> = used.iter().map(|(key, _)| uuid(*key)).collect();
        let times: Vec<_> = used.iter().map(|(_, at)| minute(*at)).collect();
        transact!(self, Scope::Product, |session| {
            session.execute(sql, &[&ids, &times]).await.map(drop)
        })
    }
}
