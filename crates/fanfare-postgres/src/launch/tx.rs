//! A transaction as work sees it: calls that wait for the database.

use std::panic::{AssertUnwindSafe, catch_unwind};

use fanfare_model::launch::{
    Bid, Consumer, Distribution, Experience, Order, Participant, ParticipantStatus, Product,
};
use fanfare_model::{ConsumerId, DistributionId, ExperienceId, OrderId, ProductId, Timestamp};
use fanfare_store::{AuditDraft, LaunchTx, NewEvent, ParticipantOrder, Stopped, StoreError, Work};
use tokio::runtime::Handle;

use super::book::Tx;
use super::{experience, product};
use crate::audit_ops;
use crate::fault::Fault;

/// Runs work, on a thread that may wait. `false`: it refused, and wrote nothing.
pub(super) fn run(tx: &mut Tx<'_>, runtime: &Handle, work: &mut Work) -> Result<bool, Fault> {
    let mut running = Running { tx, runtime, wrote: false, fault: None };
    let done = catch_unwind(AssertUnwindSafe(|| work(&mut running)));
    let Running { wrote, fault, .. } = running;
    if let Some(fault) = fault {
        return Err(fault);
    }
    match done {
        Ok(Ok(())) => Ok(true),
        Ok(Err(Stopped::Refused)) if wrote => {
            Err(Fault::failed("work refused after it had written"))
        }
        Ok(Err(Stopped::Refused)) => Ok(false),
        Ok(Err(Stopped::Store(error))) => Err(Fault::Broken(error)),
        Err(_panic) => Err(Fault::failed("work panicked")),
    }
}

struct Running<'x, 's> {
    tx: &'x mut Tx<'s>,
    runtime: &'x Handle,
    wrote: bool,
    /// What went wrong first; nothing is done after it.
    fault: Option<Fault>,
}

impl<'s> Running<'_, 's> {
    fn write<T>(
        &mut self,
        write: impl AsyncFnOnce(&mut Tx<'s>) -> Result<T, Fault>,
    ) -> Result<T, StoreError> {
        self.wrote = true;
        self.tx.writes += 1;
        self.look(write)
    }

    /// Does something unless something went wrong before.
    fn look<T>(
        &mut self,
        run: impl AsyncFnOnce(&mut Tx<'s>) -> Result<T, Fault>,
    ) -> Result<T, StoreError> {
        if let Some(fault) = &self.fault {
            return Err(fault.clone().into());
        }
        self.runtime.block_on(run(self.tx)).map_err(|fault| {
            self.fault = Some(fault.clone());
            fault.into()
        })
    }
}

impl LaunchTx for Running<'_, '_> {
    fn consumer(&mut self, id: ConsumerId) -> Result<Option<Consumer>, StoreError> {
        self.look(async |tx| tx.consumer(id).await)
    }

    fn has_consumer(&mut self, id: ConsumerId) -> Result<bool, StoreError> {
        self.look(async |tx| tx.has_consumer(id).await)
    }

    fn consumer_by_email(&mut self, email: &str) -> Result<Option<ConsumerId>, StoreError> {
        self.look(async |tx| tx.consumer_by_email(email).await)
    }

    fn consumers_by_phone(&mut self, phone: &str) -> Result<Vec<ConsumerId>, StoreError> {
        self.look(async |tx| tx.consumers_by_phone(phone).await)
    }

    fn consumer_by_external_id(&mut self, id: &str) -> Result<Option<ConsumerId>, StoreError> {
        self.look(async |tx| tx.consumer_by_external_id(id).await)
    }

    fn put_consumer(&mut self, consumer: &Consumer) -> Result<(), StoreError> {
        self.write(async |tx| tx.put_consumer(consumer).await)
    }

    fn erase_consumer(&mut self, id: ConsumerId) -> Result<(), StoreError> {
        self.write(async |tx| tx.erase_consumer(id).await)
    }

    fn product(&mut self, id: ProductId) -> Result<Option<Product>, StoreError> {
        self.look(async |tx| product::one(tx.session, tx.organization, id).await)
    }

    fn put_product(&mut self, product: &Product) -> Result<(), StoreError> {
        self.write(async |tx| tx.put_product(product).await)
    }

    fn delete_product(&mut self, id: ProductId) -> Result<(), StoreError> {
        self.write(async |tx| tx.delete_product(id).await)
    }

    fn product_is_used(&mut self, id: ProductId) -> Result<bool, StoreError> {
        self.look(async |tx| tx.product_is_used(id).await)
    }

    fn experience(&mut self, id: ExperienceId) -> Result<Option<Experience>, StoreError> {
        self.look(async |tx| experience::one(tx.session, tx.organization, id).await)
    }

    fn experience_by_slug(&mut self, slug: &str) -> Result<Option<ExperienceId>, StoreError> {
        self.look(async |tx| tx.experience_by_slug(slug).await)
    }

    fn put_experience(&mut self, experience: &Experience) -> Result<(), StoreError> {
        self.write(async |tx| tx.put_experience(experience).await)
    }

    fn delete_experience(&mut self, id: ExperienceId) -> Result<(), StoreError> {
        self.write(async |tx| tx.delete_experience(id).await)
    }

    fn distribution(&mut self, id: DistributionId) -> Result<Option<Distribution>, StoreError> {
        self.look(async |tx| Ok(tx.open(id).await?.map(|opened| opened.distribution.clone())))
    }

    fn distributions_of(&mut self, id: ExperienceId) -> Result<Vec<Distribution>, StoreError> {
        self.look(async |tx| tx.distributions_of(id).await)
    }

    fn put_distribution(&mut self, distribution: &Distribution) -> Result<(), StoreError> {
        self.write(async |tx| tx.put_distribution(distribution).await)
    }

    fn put_joined(&mut self, distribution: &Distribution) -> Result<(), StoreError> {
        self.write(async |tx| tx.put_joined(distribution).await)
    }

    fn delete_distribution(&mut self, id: DistributionId) -> Result<(), StoreError> {
        self.write(async |tx| tx.delete_distribution(id).await)
    }

    fn participant(
        &mut self,
        distribution: DistributionId,
        consumer: ConsumerId,
    ) -> Result<Option<Participant>, StoreError> {
        self.look(async |tx| tx.participant(distribution, consumer).await)
    }

    fn put_participant(&mut self, participant: &Participant) -> Result<(), StoreError> {
        self.write(async |tx| tx.put_participant(participant).await)
    }

    fn participants(
        &mut self,
        distribution: DistributionId,
        status: ParticipantStatus,
        order: ParticipantOrder,
        limit: usize,
    ) -> Result<Vec<Participant>, StoreError> {
        self.look(async |tx| tx.first_participants(distribution, status, order, limit).await)
    }

    fn count_participants(
        &mut self,
        distribution: DistributionId,
        status: ParticipantStatus,
    ) -> Result<u32, StoreError> {
        self.look(async |tx| tx.count_participants(distribution, status).await)
    }

    fn put_bid(&mut self, bid: &Bid) -> Result<(), StoreError> {
        self.write(async |tx| tx.put_bid(bid).await)
    }

    fn order(&mut self, id: OrderId) -> Result<Option<Order>, StoreError> {
        self.look(async |tx| tx.order(id).await)
    }

    fn order_by_external_id(&mut self, id: &str) -> Result<Option<OrderId>, StoreError> {
        self.look(async |tx| tx.order_by_external_id(id).await)
    }

    fn order_by_payment(&mut self, reference: &str) -> Result<Option<OrderId>, StoreError> {
        self.look(async |tx| tx.order_by_payment(reference).await)
    }

    fn put_order(&mut self, order: &Order) -> Result<(), StoreError> {
        self.write(async |tx| tx.put_order(order).await)
    }

    fn audit(&mut self, draft: AuditDraft) -> Result<(), StoreError> {
        self.write(async |tx| audit_ops::append(tx.session, tx.organization, &draft).await)
    }

    fn emit(&mut self, event: NewEvent, at: Timestamp) -> Result<(), StoreError> {
        self.write(async |tx| tx.emit(&event, at).await)
    }
}
