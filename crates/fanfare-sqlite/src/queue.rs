//! The bounded queue before the writer.
//!
//! Operations wait here while a transaction is being committed; the writer then takes all that
//! waits, up to a batch, into the next one. What nobody is waiting for does not begin a
//! transaction of its own at once: it goes with what comes within [`LINGER`]. What would exceed
//! the bounds is refused at once, before anything happened.

use std::collections::VecDeque;
use std::time::Duration;

use fanfare_store::StoreError;
use parking_lot::{Condvar, Mutex};

use crate::fault::Fault;
use crate::writer::Tx;

/// How long what can wait does so for company. Short beside the time that an attempt takes, long
/// beside that of a commit.
const LINGER: Duration = Duration::from_millis(4);

/// How an operation goes with others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Manner {
    /// It may read events and deliveries that were made before it in the same transaction.
    Reads,
    /// It reads none of them.
    OnlyAdds,
    /// Nor does anybody wait for it.
    CanWait,
}

/// Something the writer does within a transaction. It may run more than once.
pub(crate) trait Operation: Send {
    /// Does it, and keeps the answer. A refusal is an answer; an error means that the
    /// transaction must be rolled back.
    fn run(&mut self, tx: &mut Tx<'_, '_>) -> Result<(), Fault>;
    /// After the commit, or instead of it: sends the answer.
    fn answer(self: Box<Self>, committed: Result<(), Fault>);
    /// Bytes it holds.
    fn bytes(&self) -> usize;
    /// How it goes with others.
    fn manner(&self) -> Manner;
}

/// The queue.
pub(crate) struct Queue {
    inner: Mutex<Inner>,
    arrived: Condvar,
    operations: usize,
    bytes: usize,
}

#[derive(Default)]
struct Inner {
    waiting: VecDeque<Box<dyn Operation>>,
    /// How many of them cannot wait.
    urgent: usize,
    bytes: usize,
    closed: bool,
    nudged: bool,
    writer_sleeps: bool,
}

impl Queue {
    pub(crate) fn new(operations: usize, bytes: usize) -> Self {
        Self { inner: Mutex::default(), arrived: Condvar::new(), operations, bytes }
    }

    /// Appends an operation, or refuses it.
    pub(crate) fn push(&self, operation: Box<dyn Operation>) -> Result<(), StoreError> {
        let bytes = operation.bytes();
        let mut inner = self.inner.lock();
        if inner.closed {
            return Err(StoreError::Unavailable("the store is closing".into()));
        }
        let full = inner.waiting.len() >= self.operations || inner.bytes + bytes > self.bytes;
        if full && !inner.waiting.is_empty() {
            return Err(StoreError::Unavailable("too much is waiting to be written".into()));
        }
        inner.bytes += bytes;
        inner.urgent += usize::from(operation.manner() != Manner::CanWait);
        inner.waiting.push_back(operation);
        let wake = std::mem::take(&mut inner.writer_sleeps);
        drop(inner);
        if wake {
            self.arrived.notify_one();
        }
        Ok(())
    }

    /// Wakes the writer although nothing waits: there is something else for it to do.
    pub(crate) fn nudge(&self) {
        self.inner.lock().nudged = true;
        self.arrived.notify_one();
    }

    /// Waits until something is there, at most for `patience`, and moves up to so many
    /// operations and (once exceeded) bytes into `batch`. `false`: closed, and nothing is left.
    pub(crate) fn take(
        &self,
        operations: usize,
        bytes: usize,
        patience: Option<Duration>,
        batch: &mut Vec<Box<dyn Operation>>,
    ) -> bool {
        let mut inner = self.inner.lock();
        while inner.waiting.is_empty() {
            if inner.closed {
                return false;
            }
            if std::mem::take(&mut inner.nudged) {
                inner.writer_sleeps = false;
                return true;
            }
            inner.writer_sleeps = true;
            match patience {
                None => self.arrived.wait(&mut inner),
                Some(patience) => {
                    if self.arrived.wait_for(&mut inner, patience).timed_out() {
                        inner.writer_sleeps = false;
                        return true;
                    }
                }
            }
        }
        if inner.urgent == 0 && !inner.closed {
            inner.writer_sleeps = true;
            self.arrived.wait_for(&mut inner, LINGER);
            inner.writer_sleeps = false;
        }
        let mut taken = 0;
        while batch.len() < operations && taken < bytes {
            let Some(operation) = inner.waiting.pop_front() else { break };
            taken += operation.bytes();
            inner.urgent -= usize::from(operation.manner() != Manner::CanWait);
            batch.push(operation);
        }
        inner.bytes -= taken;
        true
    }

    /// No more operations; what waits is still done.
    pub(crate) fn close(&self) {
        self.inner.lock().closed = true;
        self.arrived.notify_one();
    }
}
