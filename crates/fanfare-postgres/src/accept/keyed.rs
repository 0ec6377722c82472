//! Calls with an `Idempotency-Key`: what became of those that wrote nothing.

use std::collections::HashMap;

use fanfare_store::{Accept, AcceptResult, IdempotencyStart, KnownKey, StoreError};

use super::Made;
use crate::fault::Fault;
use crate::idempotency::known as read;
use crate::ids::uuid;
use crate::session::Session;

/// The answers of calls, in their order.
pub(super) async fn answers(
    session: &Session,
    calls: &[&Accept],
    made: &Made,
) -> Result<Vec<Result<AcceptResult, StoreError>>, Fault> {
    let refused: Vec<&Accept> = calls
        .iter()
        .enumerate()
        .filter(|(number, call)| call.idempotency.is_some() && !made.keyed.contains(number))
        .map(|(_, call)| *call)
        .collect();
    let known = look_up(session, &refused).await?;
    let mut fanouts = made.fanouts.iter();
    let answers = calls.iter().enumerate().map(|(number, call)| {
        let counts = fanouts.by_ref().take(call.events.len()).copied().collect();
        match &call.idempotency {
            Some((key, _)) if !made.keyed.contains(&number) => {
                let known = known.get(&(uuid(key.organization_id), key.key.clone()));
                match KnownKey::meaning(known.cloned(), key, call.at) {
                    IdempotencyStart::Replayed(first) => Ok(AcceptResult::Replayed(first)),
                    IdempotencyStart::KeyReused => Ok(AcceptResult::KeyReused),
                    IdempotencyStart::KeyInUse => Ok(AcceptResult::KeyInUse),
                    IdempotencyStart::Fresh => {
                        Err(StoreError::Unavailable("the key was let go meanwhile".into()))
                    }
                }
            }
            _ => Ok(AcceptResult::Accepted(counts)),
        }
    });
    Ok(answers.collect())
}

async fn look_up(
    session: &Session,
    calls: &[&Accept],
) -> Result<HashMap<(uuid::Uuid, String), KnownKey>, Fault> {
    let mut known = HashMap::new();
    if calls.is_empty() {
        return Ok(known);
    }
    let keys = || calls.iter().filter_map(|call| call.idempotency.as_ref().map(|(key, _)| key));
    let organizations: Vec<_> = keys().map(|key| uuid(key.organization_id)).collect();
    let texts: Vec<_> = keys().map(|key| key.key.as_str()).collect();
    let sql = "SELECT i.organization_id, i.key, i.fingerprint, i.at, i.status, i.body \
         FROM unnest($1::uuid[], $2::text[]) AS k (organization_id, key) \
         JOIN idempotency i USING (organization_id, key)";
    for row in session.query(sql, &[&organizations, &texts]).await? {
        known.insert((row.get("organization_id"), row.get("key")), read(&row));
    }
    Ok(known)
}
