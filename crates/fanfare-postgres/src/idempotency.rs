//! `Idempotency-Key`: what is known of keys.

use async_trait::async_trait;
use bytes::Bytes;
use fanfare_model::{ConsumerId, OrganizationId, Timestamp};
use fanfare_store::{
    IdempotencyKey, IdempotencyStart, IdempotencyStore, KnownKey, StoreError, StoredResponse,
    erasure,
};
use tokio_postgres::Row;

use crate::PostgresStore;
use crate::fault::Fault;
use crate::ids::{id, uuid};
use crate::organization_ops::must_exist;
use crate::session::{Scope, Session};
use crate::store::transact;

/// The columns [`known`] takes.
pub(crate) const COLUMNS: &str = "fingerprint, at, status, body";

/// Reads a row of [`COLUMNS`].
pub(crate) fn known(row: &Row) -> KnownKey {
    let status: Option<i16> = row.get("status");
    let body: Option<Vec<u8>> = row.get("body");
    let response = status.map(|status| StoredResponse {
        status: status.cast_unsigned(),
        body: Bytes::from(body.unwrap_or_default()),
    });
    let at = Timestamp::from_millis(row.get("at"));
    KnownKey { fingerprint: row.get("fingerprint"), at, response }
}

/// The UUIDs of every consumer whose id is in an answer, separated by commas.
pub(crate) fn consumers_in(body: &[u8]) -> Option<String> {
    let ids: Vec<_> = erasure::consumers_in(body).map(|id| uuid(id).to_string()).collect();
    (!ids.is_empty()).then(|| ids.join(","))
}

/// Puts keeping answers that show consumers before or after the erasing of consumers.
const WATCH: &str = "SELECT pg_advisory_xact_lock_shared(hashtext('erasing'), hashtext($1))";

/// The consumer among these that was erased while the request ran.
async fn erased(
    session: &Session,
    organization: OrganizationId,
    consumers: &str,
) -> Result<Option<ConsumerId>, Fault> {
    let organization = uuid(organization);
    session.query(WATCH, &[&organization.to_string()]).await?;
    let sql = "SELECT consumer_id FROM erased_consumers WHERE organization_id = $1 \
         AND consumer_id = ANY (string_to_array($2, ',')::uuid[]) LIMIT 1";
    Ok(session.find(sql, &[&organization, &consumers]).await?.map(|row| id(row.get(0))))
}

/// Holds a key, or keeps its answer; what was known of it is replaced. An answer that shows an
/// erased consumer says that.
async fn keep(
    session: &Session,
    key: &IdempotencyKey,
    response: Option<&StoredResponse>,
    now: Timestamp,
) -> Result<(), Fault> {
    let sql = "INSERT INTO idempotency \
         (organization_id, key, fingerprint, at, status, body, consumers) \
         VALUES ($1, $2, $3, $4, $5, $6, string_to_array($7, ',')::uuid[]) \
         ON CONFLICT (organization_id, key) DO UPDATE SET fingerprint = $3, at = $4, status = $5, \
         body = $6, consumers = excluded.consumers";
    let mut body = response.map(|response| response.body.to_vec());
    let consumers = body.as_deref().and_then(consumers_in);
    if let Some(consumers) = &consumers
        && let Some(erased) = erased(session, key.organization_id, consumers).await?
    {
        body = Some(erasure::erased_answer(erased));
    }
    session
        .execute(
            sql,
            &[
                &uuid(key.organization_id),
                &key.key,
                &&key.fingerprint[..],
                &now.as_millis(),
                &response.map(|response| response.status.cast_signed()),
                &body,
                &consumers,
            ],
        )
        .await
        .map(drop)
}

async fn begin(
    session: &Session,
    key: &IdempotencyKey,
    now: Timestamp,
) -> Result<IdempotencyStart, Fault> {
    must_exist(session, key.organization_id).await?;
    // Whoever comes second waits here until the first has decided.
    let lock = "INSERT INTO idempotency (organization_id, key, fingerprint, at) \
         VALUES ($1, $2, $3, $4) ON CONFLICT (organization_id, key) DO NOTHING";
    let organization = uuid(key.organization_id);
    let params: crate::session::Params<'_> =
        &[&organization, &key.key, &&key.fingerprint[..], &now.as_millis()];
    if session.execute(lock, params).await? == 1 {
        return Ok(IdempotencyStart::Fresh);
    }
    let sql = format!(
        "SELECT {COLUMNS} FROM idempotency WHERE organization_id = $1 AND key = $2 FOR UPDATE"
    );
    let row = session.find(&sql, &[&organization, &key.key]).await?;
    let start = KnownKey::meaning(row.as_ref().map(known), key, now);
    if start == IdempotencyStart::Fresh {
        keep(session, key, None, now).await?;
    }
    Ok(start)
}

/// Only the request that holds the key decides.
async fn finish(
    session: &Session,
    key: &IdempotencyKey,
    response: Option<&StoredResponse>,
    now: Timestamp,
) -> Result<(), Fault> {
    let sql = format!(
        "SELECT {COLUMNS} FROM idempotency WHERE organization_id = $1 AND key = $2 FOR UPDATE"
    );
    let organization = uuid(key.organization_id);
    let row = session.find(&sql, &[&organization, &key.key]).await?;
    if row.as_ref().map(known).is_some_and(|known| !known.is_held_for(key)) {
        return Ok(());
    }
    if response.is_some() {
        return keep(session, key, response, now).await;
    }
    let sql = "DELETE FROM idempotency WHERE organization_id = $1 AND key = $2";
    session.execute(sql, &[&organization, &key.key]).await.map(drop)
}

#[async_trait]
impl IdempotencyStore for PostgresStore {
    async fn begin_idempotent(
        &self,
        key: IdempotencyKey,
        now: Timestamp,
    ) -> Result<IdempotencyStart, StoreError> {
        transact!(self, Scope::Organization(key.organization_id), |session| begin(
            &session, &key, now
        )
        .await)
    }

    async fn finish_idempotent(
        &self,
        key: IdempotencyKey,
        response: Option<StoredResponse>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        transact!(self, Scope::Organization(key.organization_id), |session| finish(
            &session,
            &key,
            response.as_ref(),
            now
        )
        .await)
    }
}
