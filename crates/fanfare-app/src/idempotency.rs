//! `Idempotency-Key`: a request that is repeated gets its first answer, and does nothing twice.
//!
//! Publishing writes the answer in the transaction that accepts the events, so that there is no
//! moment in which one exists without the other ([`Idempotent`]). Every other request is wrapped:
//! [`App::begin_idempotent`], the use case, [`App::finish_idempotent`].

use aws_lc_rs::digest;
use fanfare_model::limits;
use fanfare_store::{IdempotencyKey, IdempotencyStart, StoredResponse};

use crate::{App, AppError, Caller, ErrorCode};

/// A request that carries an `Idempotency-Key`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdempotentRequest {
    key: String,
    fingerprint: [u8; 32],
}

impl IdempotentRequest {
    /// The key must be 1 to [`limits::IDEMPOTENCY_KEY`] visible ASCII characters
    /// ([`ErrorCode::ValidationFailed`] otherwise). Method, path (with query) and body are what
    /// must be the same when the key comes again.
    pub fn new(key: &str, method: &str, path: &str, body: &[u8]) -> Result<Self, AppError> {
        let fits = (1..=limits::IDEMPOTENCY_KEY).contains(&key.len());
        if !fits || !key.bytes().all(|byte| byte.is_ascii_graphic()) {
            let limit = limits::IDEMPOTENCY_KEY;
            let message = format!("must be 1 to {limit} visible ASCII characters without spaces");
            return Err(AppError::invalid_field("Idempotency-Key", message));
        }
        let mut hash = digest::Context::new(&digest::SHA256);
        // A NUL can be in neither method nor path, so no two requests give the same bytes.
        for part in [method.as_bytes(), b"\0", path.as_bytes(), b"\0", body] {
            hash.update(part);
        }
        let mut fingerprint = [0u8; 32];
        fingerprint.copy_from_slice(hash.finish().as_ref());
        Ok(Self { key: key.to_owned(), fingerprint })
    }

    pub(crate) fn of(&self, caller: &Caller) -> IdempotencyKey {
        IdempotencyKey {
            organization_id: caller.organization_id,
            key: self.key.clone(),
            fingerprint: self.fingerprint,
        }
    }
}

/// How to publish under an `Idempotency-Key`: the answer is rendered before the commit, because
/// it is written with the events.
pub struct Idempotent<'a, T: ?Sized> {
    /// The request.
    pub request: IdempotentRequest,
    /// Makes the answer that is stored and given; must not block.
    pub render: &'a (dyn Fn(&T) -> StoredResponse + Send + Sync),
}

/// What to do with a request that carries an `Idempotency-Key`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Started {
    /// Go on; [`App::finish_idempotent`] must follow, whatever becomes of it.
    Fresh,
    /// Answer with this, do nothing.
    Replayed(StoredResponse),
}

impl App {
    /// Begins a request other than publishing. Holds the key for
    /// [`limits::IDEMPOTENCY_HOLD`] when it is fresh. Errors:
    /// [`ErrorCode::IdempotencyKeyReused`], [`ErrorCode::IdempotencyInProgress`].
    pub async fn begin_idempotent(
        &self,
        caller: &Caller,
        request: &IdempotentRequest,
    ) -> Result<Started, AppError> {
        match self.store().begin_idempotent(request.of(caller), self.now()).await? {
            IdempotencyStart::Fresh => Ok(Started::Fresh),
            IdempotencyStart::Replayed(response) => Ok(Started::Replayed(response)),
            IdempotencyStart::KeyReused => Err(key_reused()),
            IdempotencyStart::KeyInUse => Err(key_in_use()),
        }
    }

    /// Ends what [`App::begin_idempotent`] began: keeps the answer, or with `None` lets the key
    /// go, because the request failed on our side (5xx) and may be tried again.
    pub async fn finish_idempotent(
        &self,
        caller: &Caller,
        request: &IdempotentRequest,
        response: Option<StoredResponse>,
    ) -> Result<(), AppError> {
        Ok(self.store().finish_idempotent(request.of(caller), response, self.now()).await?)
    }
}

pub(crate) fn key_reused() -> AppError {
    let message = "this Idempotency-Key was used before with another request; use a new one";
    AppError::new(ErrorCode::IdempotencyKeyReused, message)
}

pub(crate) fn key_in_use() -> AppError {
    let message = "a request with this Idempotency-Key is still running";
    AppError::new(ErrorCode::IdempotencyInProgress, message)
        .with_retry_after(std::time::Duration::from_secs(1))
}
