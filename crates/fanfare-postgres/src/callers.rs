//! Looking up keys: whose request is this.
//!
//! Every request depends on it, and what is remembered of a key is only believed for a moment, so
//! that many ask at once. Questions gather while others are on their way, and go together: keys
//! never take more than one session.

use std::collections::HashMap;
use std::sync::Arc;

use fanfare_store::{ApiKey, StoreError};
use parking_lot::Mutex;
use tokio::sync::{Notify, oneshot};

use crate::PostgresStore;
use crate::key_ops::{COLUMNS, api_key};
use crate::session::Scope;
use crate::shares::Purpose;
use crate::store::read;
use crate::turn::Turn;

type Answer = Result<Option<ApiKey>, StoreError>;

struct Question {
    hash: [u8; 32],
    turn: Turn,
    answer: oneshot::Sender<Answer>,
}

/// The questions that wait.
#[derive(Default)]
pub(crate) struct Callers {
    waiting: Mutex<Vec<Question>>,
    arrived: Notify,
}

impl PostgresStore {
    /// The key with this hash, as of a moment after the call.
    pub(crate) async fn caller(&self, hash: [u8; 32]) -> Answer {
        let (answer, answered) = oneshot::channel();
        let turn = Turn::default();
        {
            let mut waiting = self.callers.waiting.lock();
            if waiting.len() >= self.options.queued {
                return Err(StoreError::Unavailable("too many keys are to be looked up".into()));
            }
            waiting.push(Question { hash, turn: turn.clone(), answer });
        }
        self.callers.arrived.notify_one();
        turn.answer(self.options.patience, answered).await
    }

    async fn keys_of(&self, hashes: &[&[u8]]) -> Result<HashMap<Vec<u8>, ApiKey>, StoreError> {
        let sql = format!("SELECT hash, {COLUMNS} FROM api_keys WHERE hash = ANY ($1)");
        read!(self, Purpose::Accept.of(Scope::Product), |session| {
            let rows = session.query(&sql, &[&hashes]).await?;
            Ok(rows.iter().map(|row| (row.get("hash"), api_key(row))).collect())
        })
    }
}

/// Asks until the store closes.
pub(crate) async fn run(store: Arc<PostgresStore>) {
    let forever = async {
        loop {
            store.callers.arrived.notified().await;
            let mut waiting = std::mem::take(&mut *store.callers.waiting.lock());
            waiting.retain(|question| question.turn.begin());
            if waiting.is_empty() {
                continue;
            }
            let mut hashes: Vec<_> = waiting.iter().map(|question| &question.hash[..]).collect();
            hashes.sort_unstable();
            hashes.dedup();
            let known = store.keys_of(&hashes).await;
            for question in waiting {
                let answer = match &known {
                    Ok(known) => Ok(known.get(&question.hash[..]).cloned()),
                    Err(error) => Err(error.clone()),
                };
                let _nobody_waits = question.answer.send(answer);
            }
        }
    };
    tokio::select! {
        () = forever => {}
        () = store.stop.cancelled() => {}
    }
    // Whoever still waits hears that the store ended.
    store.callers.waiting.lock().clear();
}
