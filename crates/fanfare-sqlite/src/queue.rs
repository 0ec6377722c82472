//! The bounded queue before the writer.
//!
//! Operations wait here while a transaction is being committed; the writer then takes all that
//! waits, up to a batch, into the next one. What nobody is waiting for does not begin a
//! transaction of its own at once: it goes with what comes within [`LINGER`], unless it is large;
//! and it makes no transaction that somebody waits for much longer: of what is large, a little goes
//! with each. What would exceed the bounds is refused at once, before anything happened.

use std::collections::VecDeque;
use std::time::Duration;

use fanfare_store::StoreError;
use parking_lot::{Condvar, Mutex};

use crate::fault::Fault;
use crate::writer::Tx;

/// How long what can wait does so for company. Short beside the time that an attempt takes, long
/// beside that of a commit.
const LINGER: Duration = Duration::from_millis(4);
/// Bytes of what can wait that one transaction takes with it, roughly, at most: to write them takes
/// as long as the commit itself.
const LARGE: usize = 32 * 1024;

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
    /// What cannot wait.
    urgent: VecDeque<Box<dyn Operation>>,
    /// What can.
    patient: VecDeque<Box<dyn Operation>>,
    patient_bytes: usize,
    /// Of both.
    bytes: usize,
    closed: bool,
    nudged: bool,
    writer_sleeps: bool,
}

impl Inner {
    fn waiting(&self) -> usize {
        self.urgent.len() + self.patient.len()
    }

    fn take_urgent(&mut self, most: usize, bytes: usize, batch: &mut Vec<Box<dyn Operation>>) {
        let mut taken = 0;
        while batch.len() < most && taken < bytes {
            let Some(operation) = self.urgent.pop_front() else { break };
            taken += operation.bytes();
            batch.push(operation);
        }
        self.bytes -= taken;
    }

    /// At least one, however full the batch is, so that nothing waits for ever.
    fn take_patient(&mut self, most: usize, batch: &mut Vec<Box<dyn Operation>>) {
        let mut taken = 0;
        while let Some(operation) = self.patient.pop_front() {
            taken += operation.bytes();
            batch.push(operation);
            if batch.len() >= most || taken >= LARGE {
                break;
            }
        }
        self.bytes -= taken;
        self.patient_bytes -= taken;
    }
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
        let full = inner.waiting() >= self.operations || inner.bytes + bytes > self.bytes;
        if full && inner.waiting() > 0 {
            return Err(StoreError::Unavailable("too much is waiting to be written".into()));
        }
        inner.bytes += bytes;
        if operation.manner() == Manner::CanWait {
            inner.patient_bytes += bytes;
            inner.patient.push_back(operation);
        } else {
            inner.urgent.push_back(operation);
        }
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
        while inner.waiting() == 0 {
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
        if inner.urgent.is_empty() && inner.patient_bytes < LARGE && !inner.closed {
            inner.writer_sleeps = true;
            self.arrived.wait_for(&mut inner, LINGER);
            inner.writer_sleeps = false;
        }
        inner.take_urgent(operations, bytes, batch);
        inner.take_patient(operations, batch);
        true
    }

    /// No more operations; what waits is still done.
    pub(crate) fn close(&self) {
        self.inner.lock().closed = true;
        self.arrived.notify_one();
    }
}
