//! Hashing passwords, which is meant to be slow, without standing in anybody's way.
//!
//! It runs on the blocking pool, at most [`Passwords::AT_ONCE`] at a time (19 MiB and a core each); a
//! bounded number waits, and more are refused before anything was looked at. A password is always
//! hashed against something: where there is nothing to compare with, against the hash of a text that
//! nobody knows.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use fanfare_model::limits;
use fanfare_signing::{PasswordError, hash_password, verify_password};
use fanfare_store::PasswordHash;
use tokio::sync::Semaphore;
use zeroize::Zeroizing;

use crate::{App, AppError, OperatorContext};

/// A password on its way; wiped when dropped.
pub(crate) type Password = Zeroizing<String>;

/// What bounds the hashing of one node.
pub(crate) struct Passwords {
    free: Arc<Semaphore>,
    waiting: AtomicUsize,
    /// The hash of what nobody knows.
    nobodys: OnceLock<String>,
}

impl Passwords {
    /// Hashes computed at a time.
    const AT_ONCE: usize = 2;
    /// Hashes that may wait for their turn.
    const WAITING: usize = 64;
}

impl Default for Passwords {
    fn default() -> Self {
        Self {
            free: Arc::new(Semaphore::new(Self::AT_ONCE)),
            waiting: AtomicUsize::new(0),
            nobodys: OnceLock::new(),
        }
    }
}

impl App {
    /// The hash to store for a password that was judged.
    pub(crate) async fn hash_password(&self, password: Password) -> Result<PasswordHash, AppError> {
        let salt = self.ids().random();
        self.hashing(move || hash_password(&password, salt)).await.map(PasswordHash)
    }

    /// Whether a password is the stored one. `None` takes as long and is `false`.
    pub(crate) async fn password_is(
        &self,
        password: Password,
        stored: Option<PasswordHash>,
    ) -> Result<bool, AppError> {
        let shared = Arc::clone(&self.shared);
        let (secret, salt) = (self.ids().random::<32>(), self.ids().random());
        self.hashing(move || {
            let nobodys = match shared.passwords.nobodys.get() {
                Some(known) => known,
                None => {
                    let text: String = secret.iter().map(|byte| format!("{byte:02x}")).collect();
                    let hash = hash_password(&text, salt)?;
                    shared.passwords.nobodys.get_or_init(|| hash)
                }
            };
            let against = stored.as_ref().map_or(nobodys, |hash| &hash.0);
            // Longer than any password that was ever taken: nobody pays for hashing it.
            let right = password.chars().count() <= limits::PASSWORD_MAX
                && verify_password(&password, against)?;
            Ok(right && stored.is_some())
        })
        .await
    }

    async fn hashing<T: Send + 'static>(
        &self,
        hash: impl FnOnce() -> Result<T, PasswordError> + Send + 'static,
    ) -> Result<T, AppError> {
        let passwords = &self.shared.passwords;
        let busy = || {
            let context = OperatorContext::new("too many passwords wait to be hashed");
            AppError::unavailable(Duration::from_secs(2), context)
        };
        let permit = {
            let _waits = Waits::enter(&passwords.waiting).ok_or_else(busy)?;
            passwords.free.clone().acquire_owned().await.map_err(|_| busy())?
        };
        let hashed = tokio::task::spawn_blocking(move || {
            let _permit = permit;
            hash()
        });
        let hashed =
            hashed.await.map_err(|error| AppError::internal(OperatorContext::new(error)))?;
        hashed.map_err(|error| AppError::internal(OperatorContext::new(error)))
    }
}

/// One that waits, until it is dropped.
struct Waits<'a>(&'a AtomicUsize);

impl<'a> Waits<'a> {
    fn enter(waiting: &'a AtomicUsize) -> Option<Self> {
        let waits = Self(waiting);
        (waiting.fetch_add(1, Ordering::Relaxed) < Passwords::WAITING).then_some(waits)
    }
}

impl Drop for Waits<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}
