//! The one thread that writes.
//!
//! It takes all operations that wait into one transaction, commits, then hands deliveries over
//! and sends the answers: nothing is answered or handed over before it is on disk. When
//! anything fails unexpectedly, everything is rolled back and each operation runs again on its
//! own, so that one that cannot work does not fail its neighbours. A database that is full,
//! locked or broken underneath refuses all of them, and the next batch tries afresh.

mod figures;
mod housekeeping;
mod rows;
mod tx;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use fanfare_model::{IdSource, Timestamp};
use fanfare_store::{Handover, StoreError};
use rusqlite::Connection;
use tokio::sync::oneshot;

use crate::SqliteOptions;
use crate::checkpoint::Log;
use crate::fault::Fault;
use crate::launch::opened::Book;
use crate::queue::{Manner, Operation, Queue};
use crate::state::{Mark, State};
use crate::sweep::Sweeper;

pub(crate) use figures::{ORGANIZATION_HOUR, ORGANIZATION_MINUTE, WEBHOOK_HOUR, decode};
pub(crate) use rows::{DeliveryRow as NewDelivery, EventRow as NewEventRow, NewRows};
#[cfg(test)]
pub(crate) use tx::END_DELIVERY;
use tx::Effects;
pub(crate) use tx::{Hot, Tx, refusal};

/// How long figures and marks may stay unwritten.
const FLUSH_EVERY: Duration = Duration::from_secs(1);
/// The same under load, counted in transactions, in case the clock stands still.
const FLUSH_BATCHES: u32 = 1_000;

/// What the thread is given.
pub(crate) struct Writer {
    pub(crate) connection: Connection,
    pub(crate) state: State,
    pub(crate) queue: Arc<Queue>,
    pub(crate) handover: Arc<dyn Handover>,
    pub(crate) ids: Arc<IdSource>,
    pub(crate) log: Arc<Log>,
    pub(crate) sweeper: Arc<Sweeper>,
    pub(crate) options: SqliteOptions,
}

impl Writer {
    /// The thread's work: ends when the queue is closed and everything is written. `ready`
    /// hears first whether it can begin.
    pub(crate) fn run(self, ready: &std::sync::mpsc::Sender<Result<(), Fault>>) {
        let connection = self.connection;
        let hot = match Hot::prepare(&connection) {
            Ok(hot) => hot,
            Err(error) => {
                let _nobody_waits = ready.send(Err(error.into()));
                return;
            }
        };
        let _nobody_waits = ready.send(Ok(()));
        let mut running = Running {
            connection: &connection,
            hot,
            state: self.state,
            effects: Effects::default(),
            book: Book::default(),
            handover: self.handover,
            ids: self.ids,
            log: self.log,
            sweeper: self.sweeper,
            flushed_at: Timestamp::from_millis(0),
            batches: 0,
            window: self.options.window,
            failing: false,
        };
        running.serve(&self.queue, &self.options);
    }
}

struct Running<'c> {
    connection: &'c Connection,
    hot: Hot<'c>,
    state: State,
    effects: Effects,
    book: Book,
    handover: Arc<dyn Handover>,
    ids: Arc<IdSource>,
    log: Arc<Log>,
    sweeper: Arc<Sweeper>,
    flushed_at: Timestamp,
    batches: u32,
    window: usize,
    /// Whether the last transaction that wrote could not be committed.
    failing: bool,
}

impl Running<'_> {
    fn serve(&mut self, queue: &Queue, options: &SqliteOptions) {
        let mut batch = Vec::with_capacity(options.batch);
        loop {
            let patience = self.has_unwritten().then_some(FLUSH_EVERY);
            if !queue.take(options.batch, options.batch_bytes, patience, &mut batch) {
                break;
            }
            if batch.is_empty() {
                self.flush();
            } else {
                self.execute(&mut batch);
            }
            self.log.empty_if_asked(self.connection);
        }
        self.flush();
    }

    /// Runs the operations and sends their answers.
    fn execute(&mut self, batch: &mut Vec<Box<dyn Operation>>) {
        let flush = self.flush_is_due();
        match self.transact(batch, flush) {
            Ok(()) => batch.drain(..).for_each(|operation| operation.answer(Ok(()))),
            Err(fault @ Fault::Away(_)) => refuse(batch, &fault),
            Err(fault) if batch.len() == 1 => refuse(batch, &fault),
            Err(_) => self.execute_each(batch),
        }
    }

    fn execute_each(&mut self, batch: &mut Vec<Box<dyn Operation>>) {
        let mut away = None;
        for mut operation in batch.drain(..) {
            let done = match &away {
                None => self.transact(std::slice::from_mut(&mut operation), false),
                Some(fault) => Err(Fault::clone(fault)),
            };
            if let Err(fault @ Fault::Away(_)) = &done {
                away = Some(fault.clone());
            }
            operation.answer(done);
        }
    }

    /// Everything in one transaction, then what follows from it.
    fn transact(
        &mut self,
        operations: &mut [Box<dyn Operation>],
        flush: bool,
    ) -> Result<(), Fault> {
        let mark = self.state.mark();
        let written = self.write(operations, flush);
        self.book.clear();
        match written {
            Ok(wrote) => {
                self.failing &= !wrote;
                self.state.keep(mark);
                if flush {
                    self.state.meta_behind = false;
                    self.flushed_at = self.ids.now();
                    self.batches = 0;
                }
                self.effects.apply(&mut self.state, &*self.handover);
                if std::mem::take(&mut self.effects.erased) {
                    self.sweeper.erased();
                }
                self.log.written(self.connection.total_changes());
                Ok(())
            }
            Err(fault) => {
                tracing::warn!(%fault, operations = operations.len(), "rolled back");
                self.failing = true;
                self.roll_back(mark);
                Err(fault)
            }
        }
    }

    /// Gives whether anything was written.
    fn write(&mut self, operations: &mut [Box<dyn Operation>], flush: bool) -> Result<bool, Fault> {
        self.hot.begin.execute([])?;
        let changes = self.connection.total_changes();
        let mut tx = Tx {
            connection: self.connection,
            hot: &mut self.hot,
            state: &mut self.state,
            effects: &mut self.effects,
            book: &mut self.book,
            handover: &*self.handover,
            ids: &self.ids,
            failing: self.failing,
        };
        for operation in operations {
            if operation.manner() == Manner::Reads {
                tx.hot.rows.flush()?;
            }
            catch_unwind(AssertUnwindSafe(|| operation.run(&mut tx)))
                .unwrap_or_else(|_| Err(Fault::failed("an operation panicked")))?;
        }
        tx.hot.rows.flush()?;
        tx.write_book()?;
        tx.park_stragglers(self.window)?;
        if flush {
            tx.write_figures()?;
            tx.write_meta()?;
        }
        self.hot.commit.execute([])?;
        Ok(self.connection.total_changes() != changes)
    }

    fn roll_back(&mut self, mark: Mark) {
        self.hot.rows.clear();
        self.effects.give_up(&*self.handover);
        self.state.roll_back(mark);
        // Some errors end the transaction by themselves.
        if !self.connection.is_autocommit()
            && let Err(error) = self.connection.execute_batch("ROLLBACK")
        {
            tracing::error!(%error, "could not roll back");
        }
    }

    fn has_unwritten(&self) -> bool {
        self.state.meta_behind || !self.state.figures.is_empty()
    }

    fn flush_is_due(&mut self) -> bool {
        self.batches += 1;
        let since = self.ids.now().since(self.flushed_at);
        self.has_unwritten() && (since >= FLUSH_EVERY || self.batches >= FLUSH_BATCHES)
    }

    fn flush(&mut self) {
        if self.has_unwritten() {
            // Tried again in a second; figures and marks stay in memory.
            let _reported = self.transact(&mut [], true);
        }
    }
}

fn refuse(batch: &mut Vec<Box<dyn Operation>>, fault: &Fault) {
    batch.drain(..).for_each(|operation| operation.answer(Err(fault.clone())));
}

/// Puts a function into the queue; its answer comes after the commit.
pub(crate) fn enqueue<T: Send + 'static>(
    queue: &Queue,
    bytes: usize,
    manner: Manner,
    run: impl FnMut(&mut Tx<'_, '_>) -> Result<T, Fault> + Send + 'static,
) -> Result<oneshot::Receiver<Result<T, Fault>>, StoreError> {
    let (reply, answer) = oneshot::channel();
    queue.push(Box::new(Call { run, bytes, manner, value: None, reply }))?;
    Ok(answer)
}

/// An operation made of a function and somebody who waits.
struct Call<T, F> {
    run: F,
    bytes: usize,
    manner: Manner,
    value: Option<Result<T, Fault>>,
    reply: oneshot::Sender<Result<T, Fault>>,
}

impl<T, F> Operation for Call<T, F>
where
    T: Send,
    F: FnMut(&mut Tx<'_, '_>) -> Result<T, Fault> + Send,
{
    fn run(&mut self, tx: &mut Tx<'_, '_>) -> Result<(), Fault> {
        self.value = match (self.run)(tx) {
            Ok(value) => Some(Ok(value)),
            Err(fault @ Fault::Refused(_)) => Some(Err(fault)),
            Err(fault) => return Err(fault),
        };
        Ok(())
    }

    fn answer(self: Box<Self>, committed: Result<(), Fault>) {
        let answer = match committed {
            Ok(()) => self.value.unwrap_or_else(|| Err(Fault::failed("it was not run"))),
            Err(fault) => Err(fault),
        };
        // Whoever asked may have gone away; what was asked for is done all the same.
        let _gone = self.reply.send(answer);
    }

    fn bytes(&self) -> usize {
        self.bytes
    }

    fn manner(&self) -> Manner {
        self.manner
    }
}
