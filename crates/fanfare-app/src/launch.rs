//! The launch domain's use cases: consumers, products, experiences, distributions, orders.
//!
//! **Promises.** A change and the events that tell of it are one transaction. What is refused
//! changed nothing and emitted nothing. Every move is checked against the tables of
//! [`fanfare_model::launch::machine`]; an illegal one is [`ErrorCode::IllegalTransition`] and says
//! from what, to what and why. Times drive what has times: [`App::run_launch`] is the one clock,
//! and what it finds due it does once, however often it is killed.
//!
//! **How.** A use case calls [`App::transact`] with a function of a [`Step`]. The function may run
//! more than once and decides before it writes.

mod auctions;
mod clock;
mod completing;
pub(crate) mod consumers;
mod distributions;
mod draws;
mod experiences;
mod fields;
mod follow;
mod joining;
mod moves;
pub(crate) mod order_moves;
mod orders;
mod participants;
mod products;
mod queues;
mod slugs;
mod tending;
mod told;

use std::sync::Arc;

use bytes::Bytes;
use fanfare_model::launch::{IllegalMove, Move};
use fanfare_model::{Actor, Envelope, EventType, Id, IdKind, OrganizationId, Timestamp, catalogue};
use fanfare_store::{Audited, LaunchTx, NewEvent, Stopped, StoreError};
use parking_lot::Mutex;
use serde_json::Value;

use crate::app::Shared;
use crate::people::{By, draft};
use crate::publish::person;
use crate::{App, AppError, Caller, ErrorCode, ItemResult, OperatorContext};

pub use auctions::{BidView, PlaceBid};
pub use consumers::{NewConsumer, UpdateConsumer};
pub use distributions::{DistributionFields, DistributionView, NewDistribution, RuleFields};
pub use draws::{DrawView, Standing};
pub use experiences::{NewExperience, UpdateExperience};
pub use order_moves::{Fulfilment, PaymentInput};
pub use orders::{NewOrder, UpdateOrder};
pub use participants::CompleteInput;
pub use products::{NewProduct, UpdateProduct};
pub use queues::AdmitInput;

/// One transaction of one organization, with what use cases need beside it.
pub(crate) struct Step<'a> {
    pub(crate) tx: &'a mut dyn LaunchTx,
    pub(crate) organization_id: OrganizationId,
    /// When it happens: the same for everything in the transaction.
    pub(crate) now: Timestamp,
    /// Whether something may be due earlier than the clock knows.
    sooner: bool,
    /// Who asked for it.
    by: By,
    shared: &'a Shared,
}

/// What became of one item of a batch: a refusal of the item alone is its answer, and the others
/// go on. The item must have refused before it wrote anything.
pub(crate) fn item<T>(done: Result<T, Stop>) -> Result<ItemResult<T>, Stop> {
    match done {
        Ok(made) => Ok(Ok(made)),
        Err(Stop::Refused(error)) => Ok(Err(error.into())),
        Err(stop @ Stop::Store(_)) => Err(stop),
    }
}

/// Why a function of a [`Step`] ends without having done anything.
#[derive(Debug)]
pub(crate) enum Stop {
    Store(StoreError),
    Refused(AppError),
}

impl From<StoreError> for Stop {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<AppError> for Stop {
    fn from(error: AppError) -> Self {
        Self::Refused(error)
    }
}

impl From<IllegalMove> for Stop {
    fn from(error: IllegalMove) -> Self {
        Self::Refused(AppError::new(ErrorCode::IllegalTransition, error.to_string()))
    }
}

impl Step<'_> {
    /// A new id, greater than every one given before in this store.
    pub(crate) fn id<K: IdKind>(&self) -> Id<K> {
        self.shared.ids.next()
    }

    /// Random bytes.
    pub(crate) fn random<const N: usize>(&self) -> [u8; N] {
        self.shared.ids.random()
    }

    /// Lets the clock look again once the transaction is committed: something may be due earlier
    /// than before.
    pub(crate) fn wake_clock(&mut self) {
        self.sooner = true;
    }

    /// Tells the audit log of something that was done.
    pub(crate) fn tell(
        &mut self,
        (action, kind, id): (&'static str, &'static str, impl ToString),
        before: Option<&dyn Audited>,
        after: Option<&dyn Audited>,
    ) -> Result<(), Stop> {
        let draft = draft(self.shared, self.by, action, kind, id.to_string());
        Ok(self.tx.audit(draft.with(before, after))?)
    }

    /// The same for acts of a running launch, of which only those of people are told: a burst of
    /// requests with a key pays nothing.
    pub(crate) fn tell_of_person(
        &mut self,
        about: (&'static str, &'static str, impl ToString),
        before: Option<&dyn Audited>,
        after: Option<&dyn Audited>,
    ) -> Result<(), Stop> {
        match self.by.actor {
            Actor::User(_) => self.tell(about, before, after),
            Actor::Key(_) | Actor::Console | Actor::System => Ok(()),
        }
    }

    /// The status after a move, or the refusal.
    pub(crate) fn moved<M: Move>(&self, from: M::Status, by: M) -> Result<M::Status, Stop> {
        Ok(by.from(from)?)
    }

    /// Tells what happened. `data` is what the catalogue says of the type.
    pub(crate) fn emit(&mut self, event_type: EventType, data: &Value) -> Result<(), Stop> {
        debug_assert_eq!(catalogue::validate(event_type, data), Ok(()), "{event_type} {data}");
        let person = person(event_type, data);
        let data = serde_json::to_vec(data)
            .map_err(|error| AppError::internal(OperatorContext::new(error)))?;
        let (id, organization_id, timestamp) = (self.id(), self.organization_id, self.now);
        let envelope = Envelope { id, event_type, timestamp, organization_id, data: &data };
        let body = Bytes::from(envelope.to_bytes());
        let event = NewEvent { id, event_type, body, person };
        Ok(self.tx.emit(event, timestamp)?)
    }
}

impl App {
    /// Runs `work` in one transaction and gives its answer. The time is that of the moment in
    /// which the transaction runs, so that times grow in the order of commits.
    pub(crate) async fn transact<T: Send + 'static>(
        &self,
        caller: &Caller,
        work: impl FnMut(&mut Step<'_>) -> Result<T, Stop> + Send + 'static,
    ) -> Result<T, AppError> {
        self.run_work(caller, false, work).await
    }

    /// The same for work that erases a consumer.
    pub(crate) async fn transact_erasing<T: Send + 'static>(
        &self,
        caller: &Caller,
        work: impl FnMut(&mut Step<'_>) -> Result<T, Stop> + Send + 'static,
    ) -> Result<T, AppError> {
        self.run_work(caller, true, work).await
    }

    async fn run_work<T: Send + 'static>(
        &self,
        caller: &Caller,
        erases: bool,
        mut work: impl FnMut(&mut Step<'_>) -> Result<T, Stop> + Send + 'static,
    ) -> Result<T, AppError> {
        let (organization_id, by) = (caller.organization_id, By::from(caller));
        let answer = Arc::new(Mutex::new(None));
        let (shared, kept) = (Arc::clone(&self.shared), Arc::clone(&answer));
        let run = move |tx: &mut dyn LaunchTx| {
            let now = shared.clock.now();
            let mut step = Step { tx, organization_id, now, sooner: false, by, shared: &shared };
            let (answer, result) = match work(&mut step) {
                Ok(value) => (Ok(value), Ok(())),
                Err(Stop::Refused(error)) => (Err(error), Err(Stopped::Refused)),
                Err(Stop::Store(error)) => return Err(Stopped::Store(error)),
            };
            *kept.lock() = Some((answer, step.sooner));
            result
        };
        self.store().launch(organization_id, erases, Box::new(run)).await?;
        let Some((answer, sooner)) = answer.lock().take() else {
            return Err(AppError::internal(OperatorContext::new("work had no answer")));
        };
        if sooner && answer.is_ok() {
            self.shared.launch_wake.notify_one();
        }
        if answer.is_ok() {
            self.shared.feed.hint(organization_id);
        }
        answer
    }
}
