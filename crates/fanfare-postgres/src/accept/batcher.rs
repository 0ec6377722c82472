//! Calls gather while others are on their way, and go together.
//!
//! Promises: what waits is bounded, and what exceeds the bound is refused at once; what has not
//! begun to be written within the patience of the options is refused, and never written. Calls go in the
//! order in which they came; two with the same key never go together. A call that cannot be written
//! fails alone.

use std::collections::{HashSet, VecDeque};
use std::sync::Arc;

use fanfare_store::{Accept, AcceptResult, StoreError};
use parking_lot::Mutex;
use tokio::sync::{Notify, oneshot};

use crate::PostgresStore;
use crate::fault::Fault;
use crate::turn::Turn;

/// Most calls, events and bytes of bodies that go together, roughly.
const CALLS: usize = 500;
const EVENTS: usize = 2_000;
const BYTES: usize = 2 * 1024 * 1024;

type Answer = Result<AcceptResult, StoreError>;

struct Call {
    accept: Accept,
    bytes: usize,
    turn: Turn,
    answer: oneshot::Sender<Answer>,
}

/// The calls that wait.
#[derive(Default)]
pub(crate) struct Batcher {
    waiting: Mutex<Waiting>,
    arrived: Notify,
}

#[derive(Default)]
struct Waiting {
    calls: VecDeque<Call>,
    bytes: usize,
    closed: bool,
}

impl Batcher {
    /// Has a call written with the next ones that go.
    pub(crate) async fn accept(&self, store: &PostgresStore, accept: Accept) -> Answer {
        let bytes = accept.events.iter().map(|event| event.body.len()).sum();
        let (answer, answered) = oneshot::channel();
        let turn = Turn::default();
        {
            let mut waiting = self.waiting.lock();
            if waiting.closed {
                return Err(StoreError::Unavailable("the store is closing".into()));
            }
            let full = waiting.calls.len() >= store.options.queued
                || waiting.bytes + bytes > store.options.queued_bytes;
            if full && !waiting.calls.is_empty() {
                return Err(StoreError::Unavailable("too much is waiting to be written".into()));
            }
            waiting.bytes += bytes;
            waiting.calls.push_back(Call { accept, bytes, turn: turn.clone(), answer });
        }
        self.arrived.notify_one();
        turn.answer(store.options.patience, answered).await
    }

    /// No more calls; what waits is still written.
    pub(crate) fn close(&self) {
        self.waiting.lock().closed = true;
        self.arrived.notify_waiters();
        self.arrived.notify_one();
    }

    /// The calls that go next. `None`: closed, and nothing is left.
    async fn next(&self) -> Option<Vec<Call>> {
        loop {
            let arrived = self.arrived.notified();
            let (batch, closed, more) = {
                let mut waiting = self.waiting.lock();
                (waiting.take(), waiting.closed, !waiting.calls.is_empty())
            };
            if more || closed {
                self.arrived.notify_one();
            }
            if !batch.is_empty() {
                return Some(batch);
            }
            if closed {
                return None;
            }
            arrived.await;
        }
    }
}

impl Waiting {
    fn take(&mut self) -> Vec<Call> {
        let mut batch = Vec::new();
        let (mut events, mut bytes) = (0, 0);
        let mut keys = HashSet::new();
        while batch.len() < CALLS && events < EVENTS && bytes < BYTES {
            let Some(call) = self.calls.front() else { break };
            if let Some((key, _)) = &call.accept.idempotency
                && !keys.insert((key.organization_id, key.key.clone()))
            {
                break;
            }
            let Some(call) = self.calls.pop_front() else { break };
            events += call.accept.events.len();
            bytes += call.bytes;
            batch.push(call);
        }
        self.bytes -= bytes;
        batch
    }
}

/// One of the loops that write; ends when the batcher is closed and nothing is left.
pub(crate) async fn run(store: Arc<PostgresStore>) {
    while let Some(mut batch) = store.batcher.next().await {
        batch.retain(|call| call.turn.begin());
        if batch.is_empty() {
            continue;
        }
        write(&store, batch).await;
    }
}

async fn write(store: &PostgresStore, batch: Vec<Call>) {
    let calls: Vec<&Accept> = batch.iter().map(|call| &call.accept).collect();
    match accept_all(store, &calls).await {
        Ok(answers) => {
            for (call, answer) in batch.into_iter().zip(answers) {
                let _nobody_waits = call.answer.send(answer);
            }
        }
        Err(StoreError::Corrupt(_) | StoreError::Failed(_)) if batch.len() > 1 => {
            for call in batch {
                let done = accept_all(store, &[&call.accept]).await;
                let answer = done.map(|mut answers| answers.remove(0)).and_then(|answer| answer);
                let _nobody_waits = call.answer.send(answer);
            }
        }
        Err(error) => {
            for call in batch {
                let _nobody_waits = call.answer.send(Err(error.clone()));
            }
        }
    }
}

async fn accept_all(store: &PostgresStore, calls: &[&Accept]) -> Result<Vec<Answer>, StoreError> {
    let mut turn = 0;
    loop {
        let done: Result<_, Fault> = store.accept_all(calls).await;
        match done {
            Ok(answers) => return Ok(answers),
            Err(fault) => store.once_more(fault, &mut turn).await?,
        }
    }
}
