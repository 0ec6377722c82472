//! `Idempotency-Key`: what is known of keys.

use async_trait::async_trait;
use bytes::Bytes;
use fanfare_model::{ConsumerId, Timestamp, limits};
use fanfare_store::{
    IdempotencyKey, IdempotencyStart, IdempotencyStore, KnownKey, StoreError, StoredResponse,
    erasure,
};
use rusqlite::OptionalExtension;

use crate::SqliteStore;
use crate::fault::Fault;
use crate::writer::Tx;

fn known(tx: &mut Tx<'_, '_>, key: &IdempotencyKey) -> Result<Option<KnownKey>, Fault> {
    let organization = tx.tenant_key(key.organization_id)?;
    let mut find = tx.connection.prepare_cached(
        "SELECT fingerprint, at, status, body FROM idempotency \
         WHERE organization = ?1 AND key = ?2",
    )?;
    let found = find.query_row((organization, &key.key), |row| {
        let status: Option<u16> = row.get(2)?;
        let body: Option<Vec<u8>> = row.get(3)?;
        let body = Bytes::from(body.unwrap_or_default());
        Ok(KnownKey {
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
    Ok(KnownKey::meaning(known(tx, key)?, key, now))
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
         (organization, key, fingerprint, at, status, body, consumer) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
    let mut body = response.map(|response| response.body.clone());
    let shown = body.as_deref().map_or(Shown::Nobody, Shown::in_answer);
    if let Some(id) = shown.find(|id| tx.state.erased.has_consumer(id)) {
        body = Some(erasure::erased_answer(id).into());
    }
    tx.connection.prepare_cached(replace)?.execute((
        organization,
        &key.key,
        &key.fingerprint[..],
        now.as_millis(),
        response.map(|response| response.status),
        body.as_deref(),
        shown.column(),
    ))?;
    Ok(())
}

/// The consumers that an answer shows, as far as an index can tell.
enum Shown {
    Nobody,
    One(ConsumerId),
    Several(Vec<ConsumerId>),
}

impl Shown {
    fn in_answer(body: &[u8]) -> Self {
        let mut shown = Self::Nobody;
        for id in erasure::consumers_in(body) {
            shown = match shown {
                Self::Nobody => Self::One(id),
                Self::One(one) if one == id => Self::One(one),
                Self::One(one) => Self::Several(vec![one, id]),
                Self::Several(mut all) => {
                    all.push(id);
                    Self::Several(all)
                }
            };
        }
        shown
    }

    fn find(&self, wanted: impl Fn(ConsumerId) -> bool) -> Option<ConsumerId> {
        let all = match self {
            Self::Nobody => &[][..],
            Self::One(id) => std::slice::from_ref(id),
            Self::Several(all) => all,
        };
        all.iter().copied().find(|id| wanted(*id))
    }

    fn column(&self) -> Option<Vec<u8>> {
        match self {
            Self::Nobody => None,
            Self::One(id) => Some(id.to_bytes().to_vec()),
            Self::Several(_) => Some(Vec::new()),
        }
    }
}

pub(crate) const SHOWING: &str = "SELECT seq, body FROM idempotency \
     INDEXED BY idempotency_consumer WHERE organization = ?1 AND consumer = ?2";

/// Replaces what kept answers say of a consumer.
pub(crate) fn erase_consumer(
    tx: &mut Tx<'_, '_>,
    organization: i64,
    id: ConsumerId,
) -> Result<(), Fault> {
    let mut answers = Vec::new();
    for consumer in [&id.to_bytes()[..], &[]] {
        let mut list = tx.connection.prepare_cached(SHOWING)?;
        let mut rows = list.query((organization, consumer))?;
        while let Some(row) = rows.next()? {
            let body = row.get_ref(1)?.as_blob_or_null();
            let body = body.map_err(|error| Fault::corrupt(error.to_string()))?;
            if erasure::consumers_in(body.unwrap_or_default()).any(|shown| shown == id) {
                answers.push(row.get::<_, i64>(0)?);
            }
        }
    }
    for seq in answers {
        tx.connection
            .prepare_cached("UPDATE idempotency SET body = ?2, consumer = ?3 WHERE seq = ?1")?
            .execute((seq, erasure::erased_answer(id), &id.to_bytes()[..]))?;
    }
    Ok(())
}

fn finish(
    tx: &mut Tx<'_, '_>,
    key: &IdempotencyKey,
    response: Option<&StoredResponse>,
    now: Timestamp,
) -> Result<(), Fault> {
    let organization = tx.tenant_key(key.organization_id)?;
    if known(tx, key)?.is_some_and(|known| !known.is_held_for(key)) {
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
