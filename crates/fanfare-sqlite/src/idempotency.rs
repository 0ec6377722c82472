//! `Idempotency-Key`: what is known of keys.

use async_trait::async_trait;
use bytes::Bytes;
use fanfare_model::{Timestamp, limits};
use fanfare_store::{
    IdempotencyKey, IdempotencyStart, IdempotencyStore, StoreError, StoredResponse,
};
use rusqlite::OptionalExtension;

use crate::SqliteStore;
use crate::fault::Fault;
use crate::writer::Tx;

struct Known {
    fingerprint: Vec<u8>,
    at: Timestamp,
    response: Option<StoredResponse>,
}

fn known(tx: &mut Tx<'_, '_>, key: &IdempotencyKey) -> Result<Option<Known>, Fault> {
    let organization = tx.tenant_key(key.organization_id)?;
    let mut find = tx.connection.prepare_cached(
        "SELECT fingerprint, at, status, body FROM idempotency \
         WHERE organization = ?1 AND key = ?2",
    )?;
    let found = find.query_row((organization, &key.key), |row| {
        let status: Option<u16> = row.get(2)?;
        let body: Option<Vec<u8>> = row.get(3)?;
        let body = Bytes::from(body.unwrap_or_default());
        Ok(Known {
            fingerprint: row.get(0)?,
            at: Timestamp::from_millis(row.get(1)?),
            response: status.map(|status| StoredResponse { status, body }),
        })
    });
    Ok(found.optional()?)
}

/// What the key means now; nothing is written.
pub(crate) fn look_up(
    tx: &mut Tx<'_, '_>,
    key: &IdempotencyKey,
    now: Timestamp,
) -> Result<IdempotencyStart, Fault> {
    let Some(known) = known(tx, key)? else { return Ok(IdempotencyStart::Fresh) };
    let lasts = match known.response {
        Some(_) => limits::IDEMPOTENCY_RETENTION,
        None => limits::IDEMPOTENCY_HOLD,
    };
    Ok(if now >= known.at + lasts {
        IdempotencyStart::Fresh
    } else if known.fingerprint != key.fingerprint {
        IdempotencyStart::KeyReused
    } else {
        known.response.map_or(IdempotencyStart::KeyInUse, IdempotencyStart::Replayed)
    })
}

/// Holds a key, or keeps its answer; what was known of it is replaced.
pub(crate) fn keep(
    tx: &mut Tx<'_, '_>,
    organization: i64,
    key: &IdempotencyKey,
    response: Option<&StoredResponse>,
    now: Timestamp,
) -> Result<(), Fault> {
    let replace = "INSERT OR REPLACE INTO idempotency \
         (organization, key, fingerprint, at, status, body) VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
    tx.connection.prepare_cached(replace)?.execute((
        organization,
        &key.key,
        &key.fingerprint[..],
        now.as_millis(),
        response.map(|response| response.status),
        response.map(|response| &response.body[..]),
    ))?;
    Ok(())
}

fn finish(
    tx: &mut Tx<'_, '_>,
    key: &IdempotencyKey,
    response: Option<&StoredResponse>,
    now: Timestamp,
) -> Result<(), Fault> {
    let organization = tx.tenant_key(key.organization_id)?;
    let known = known(tx, key)?;
    let somebody_elses =
        known.is_some_and(|known| known.response.is_some() || known.fingerprint != key.fingerprint);
    if somebody_elses {
        return Ok(());
    }
    if response.is_some() {
        return keep(tx, organization, key, response, now);
    }
    tx.connection
        .prepare_cached("DELETE FROM idempotency WHERE organization = ?1 AND key = ?2")?
        .execute((organization, &key.key))?;
    Ok(())
}

/// Removes what has ended, at most so many rows.
pub(crate) fn expire(tx: &mut Tx<'_, '_>, limit: usize) -> Result<(), Fault> {
    let before = tx.state.heard.minus(limits::IDEMPOTENCY_RETENTION);
    tx.connection
        .prepare_cached(
            "DELETE FROM idempotency WHERE seq IN (SELECT seq FROM \
             (SELECT seq, at FROM idempotency ORDER BY seq LIMIT ?2) WHERE at <= ?1)",
        )?
        .execute((before.as_millis(), limit as i64))?;
    Ok(())
}

#[async_trait]
impl IdempotencyStore for SqliteStore {
    async fn begin_idempotent(
        &self,
        key: IdempotencyKey,
        now: Timestamp,
    ) -> Result<IdempotencyStart, StoreError> {
        self.write(key.key.len(), move |tx| {
            tx.state.hear(now);
            let start = look_up(tx, &key, now)?;
            if start == IdempotencyStart::Fresh {
                let organization = tx.tenant_key(key.organization_id)?;
                keep(tx, organization, &key, None, now)?;
            }
            Ok(start)
        })
        .await
    }

    async fn finish_idempotent(
        &self,
        key: IdempotencyKey,
        response: Option<StoredResponse>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let bytes = response.as_ref().map_or(0, |response| response.body.len());
        self.write(bytes, move |tx| {
            tx.state.hear(now);
            finish(tx, &key, response.as_ref(), now)
        })
        .await
    }
}
