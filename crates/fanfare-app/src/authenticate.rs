//! From a bearer token to a [`Caller`].
//!
//! Keys are remembered by the hash of their text, so that the hot path is one hash and one look
//! into a map under a read lock, without allocating. What is remembered is believed for a second
//! at most: from half a second on, one request asks the store again while the others go on, and
//! after a second nobody goes on without an answer. So a revoked key is refused within a second
//! on every node, and at once on the one that revoked it.
//!
//! When keys were used is noted in memory and written in batches, at most once a minute per key.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};

use fanfare_model::{Actor, ApiKeyId, Scopes, Timestamp};
use fanfare_signing::ApiKey;
use fanfare_store::Origin;
use parking_lot::{Mutex, RwLock};

use crate::{App, AppError, Caller, ErrorCode};

/// Keys remembered at most. One takes about 200 bytes.
const REMEMBERED: usize = 10_000;
/// From this age on, one request asks the store again.
const REFRESH_MS: i64 = 500;
/// At this age, what is remembered is no longer believed.
const STALE_MS: i64 = 1_000;
/// A key's use is written at most this often.
const FLUSH_MS: i64 = 60_000;

/// Keys that were seen lately and were not revoked then.
#[derive(Debug, Default)]
pub(crate) struct KeyCache {
    known: RwLock<HashMap<[u8; 32], Arc<Known>>>,
    /// Uses of keys that were forgotten before they were written.
    unwritten: Mutex<Vec<(ApiKeyId, Timestamp)>>,
}

#[derive(Debug)]
struct Known {
    caller: Caller,
    /// When the store was asked, in milliseconds.
    checked_at: AtomicI64,
    /// A request is asking the store again.
    refreshing: AtomicBool,
    /// In milliseconds.
    last_used: AtomicI64,
    /// The last use that was written, in milliseconds.
    written: AtomicI64,
}

/// What is remembered of a hash.
#[derive(Debug, PartialEq, Eq)]
enum Recall {
    /// To be believed.
    Fresh(Caller),
    /// To be believed, but the one who asked should ask the store again.
    Ageing(Caller),
    /// Ask the store.
    Nothing,
}

impl KeyCache {
    fn recall(&self, hash: &[u8; 32], now: Timestamp) -> Recall {
        let known = self.known.read();
        let Some(entry) = known.get(hash) else { return Recall::Nothing };
        let age = now.as_millis().saturating_sub(entry.checked_at.load(Ordering::Relaxed));
        // A clock that was set back makes the age negative, and then it means nothing.
        if !(0..STALE_MS).contains(&age) {
            return Recall::Nothing;
        }
        entry.last_used.store(now.as_millis(), Ordering::Relaxed);
        if age >= REFRESH_MS && !entry.refreshing.swap(true, Ordering::Relaxed) {
            return Recall::Ageing(entry.caller);
        }
        Recall::Fresh(entry.caller)
    }

    /// Remembers what the store said when it was asked at `now`.
    fn remember(&self, hash: [u8; 32], caller: Caller, written: Option<Timestamp>, now: Timestamp) {
        // Only a key that is new here needs the lock for itself.
        if let Some(entry) = self.known.read().get(&hash) {
            entry.checked_at.store(now.as_millis(), Ordering::Relaxed);
            entry.last_used.store(now.as_millis(), Ordering::Relaxed);
            entry.refreshing.store(false, Ordering::Relaxed);
            return;
        }
        let mut known = self.known.write();
        if known.len() >= REMEMBERED {
            self.forget_where(&mut known, |entry| {
                let checked = entry.checked_at.load(Ordering::Relaxed);
                now.as_millis().saturating_sub(checked) >= STALE_MS
            });
        }
        if known.len() >= REMEMBERED {
            self.forget_where(&mut known, |_| true);
        }
        let entry = Known {
            caller,
            checked_at: AtomicI64::new(now.as_millis()),
            refreshing: AtomicBool::new(false),
            last_used: AtomicI64::new(now.as_millis()),
            written: AtomicI64::new(written.map_or(i64::MIN, Timestamp::as_millis)),
        };
        known.insert(hash, Arc::new(entry));
    }

    fn forget(&self, hash: &[u8; 32]) {
        let forgotten = self.known.write().remove(hash);
        if let Some((id, used, _)) = forgotten.as_deref().and_then(Known::unwritten) {
            self.unwritten.lock().push((id, used));
        }
    }

    /// Forgets a key whose hash is not at hand.
    pub(crate) fn forget_key(&self, id: ApiKeyId) {
        self.forget_where(&mut self.known.write(), |entry| entry.caller.key_id() == Some(id));
    }

    fn forget_where(
        &self,
        known: &mut HashMap<[u8; 32], Arc<Known>>,
        which: impl Fn(&Known) -> bool,
    ) {
        let mut unwritten = self.unwritten.lock();
        known.retain(|_, entry| {
            let goes = which(entry);
            if goes {
                unwritten.extend(entry.unwritten().map(|(id, used, _)| (id, used)));
            }
            !goes
        });
    }

    /// Takes the uses that are to be written now; they count as written.
    fn take_uses(&self) -> Vec<(ApiKeyId, Timestamp)> {
        let mut uses = std::mem::take(&mut *self.unwritten.lock());
        for entry in self.known.read().values() {
            if let Some((id, used, before)) = entry.unwritten()
                && used.as_millis().saturating_sub(before) >= FLUSH_MS
            {
                entry.written.store(used.as_millis(), Ordering::Relaxed);
                uses.push((id, used));
            }
        }
        uses
    }
}

impl Known {
    /// The last use and the one that was written before it, when there is something to write.
    fn unwritten(&self) -> Option<(ApiKeyId, Timestamp, i64)> {
        let used = self.last_used.load(Ordering::Relaxed);
        let written = self.written.load(Ordering::Relaxed);
        let key = self.caller.key_id().filter(|_| used > written)?;
        Some((key, Timestamp::from_millis(used), written))
    }
}

impl App {
    /// Who presents this token (the text after `Bearer `).
    /// [`ErrorCode::Unauthorized`] when it is no key, an unknown or a revoked one. A revoked key
    /// is refused within a second on every node, at once on the one that revoked it.
    pub async fn authenticate(&self, token: &str) -> Result<Caller, AppError> {
        let now = self.now();
        let hash = ApiKey::hash_presented(token.as_bytes());
        match self.shared.keys.recall(&hash, now) {
            Recall::Fresh(caller) => Ok(caller),
            Recall::Ageing(caller) => match self.look_up(hash, now).await {
                Err(error) if error.code() != ErrorCode::Unauthorized => Ok(caller),
                asked => asked,
            },
            // What cannot be a key is not worth a question to the store.
            Recall::Nothing if ApiKey::parse_bootstrap(token).is_err() => Err(unauthorized()),
            Recall::Nothing => self.look_up(hash, now).await,
        }
    }

    async fn look_up(&self, hash: [u8; 32], now: Timestamp) -> Result<Caller, AppError> {
        let keys = &self.shared.keys;
        match self.store().key_by_hash(hash).await? {
            Some(key) if key.revoked_at.is_none() => {
                let caller = Caller {
                    organization_id: key.organization_id,
                    actor: Actor::Key(key.id),
                    scopes: key.scopes.and(Scopes::KEYS),
                    origin: Origin::default(),
                };
                keys.remember(hash, caller, key.last_used_at, now);
                Ok(caller)
            }
            _ => {
                keys.forget(&hash);
                Err(unauthorized())
            }
        }
    }

    /// Writes down when keys were used, each at most once a minute. [`App::run_housekeeping`]
    /// calls it; call it once more before the process ends.
    pub async fn flush_key_usage(&self) -> Result<(), AppError> {
        let uses = self.shared.keys.take_uses();
        if uses.is_empty() {
            return Ok(());
        }
        let written = self.store().touch_keys(uses.clone()).await;
        if written.is_err() {
            self.shared.keys.unwritten.lock().extend(uses);
        }
        Ok(written?)
    }
}

fn unauthorized() -> AppError {
    let message = "a valid API key is needed: `Authorization: Bearer sk_…`";
    AppError::new(ErrorCode::Unauthorized, message)
}

#[cfg(test)]
mod tests;
