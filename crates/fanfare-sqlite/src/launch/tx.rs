//! A transaction as work sees it.

use fanfare_model::launch::{
    Bid, Consumer, Distribution, Experience, Order, Participant, ParticipantStatus, Product,
};
use fanfare_model::{
    ConsumerId, DistributionId, ExperienceId, OrderId, OrganizationId, ProductId, Timestamp,
};
use fanfare_store::{
    AuditDraft, EventSource, LaunchTx, NewEvent, ParticipantOrder, Stopped, StoreError, Work,
};
use rusqlite::Connection;

use super::{bid, consumer, distribution, erase, experience, order, participant, product};
use crate::accept;
use crate::audit_ops;
use crate::fault::Fault;
use crate::writer::Tx;

/// Runs work. `false`: it refused, and wrote nothing.
pub(crate) fn run(
    tx: &mut Tx<'_, '_>,
    organization_id: OrganizationId,
    work: &mut Work,
) -> Result<bool, Fault> {
    let organization = tx.tenant_key(organization_id)?;
    let mut running = Running { tx, organization_id, organization, wrote: false, fault: None };
    let done = work(&mut running);
    let Running { wrote, fault, .. } = running;
    if let Some(fault) = fault {
        return Err(fault);
    }
    match done {
        Ok(()) => Ok(true),
        Err(Stopped::Refused) if wrote => Err(Fault::failed("work refused after it had written")),
        Err(Stopped::Refused) => Ok(false),
        Err(Stopped::Store(error)) => Err(Fault::Broken(error)),
    }
}

struct Running<'x, 'a, 'c> {
    tx: &'x mut Tx<'a, 'c>,
    organization_id: OrganizationId,
    organization: i64,
    wrote: bool,
    /// What went wrong first, as the writer has to know it; nothing is done after it.
    fault: Option<Fault>,
}

impl<'a, 'c> Running<'_, 'a, 'c> {
    fn read<T>(
        &mut self,
        read: impl FnOnce(&Connection, i64) -> Result<T, Fault>,
    ) -> Result<T, StoreError> {
        self.look(|tx, organization| read(tx.connection, organization))
    }

    fn write<T>(
        &mut self,
        write: impl FnOnce(&mut Tx<'a, 'c>, i64) -> Result<T, Fault>,
    ) -> Result<T, StoreError> {
        self.wrote = true;
        self.look(write)
    }

    /// Does something unless something went wrong before.
    fn look<T>(
        &mut self,
        run: impl FnOnce(&mut Tx<'a, 'c>, i64) -> Result<T, Fault>,
    ) -> Result<T, StoreError> {
        if let Some(fault) = &self.fault {
            return Err(fault.clone().into());
        }
        run(self.tx, self.organization).map_err(|fault| {
            self.fault = Some(fault.clone());
            fault.into()
        })
    }
}

impl LaunchTx for Running<'_, '_, '_> {
    fn consumer(&mut self, id: ConsumerId) -> Result<Option<Consumer>, StoreError> {
        self.read(|connection, organization| consumer::one(connection, organization, id))
    }

    fn has_consumer(&mut self, id: ConsumerId) -> Result<bool, StoreError> {
        self.read(|connection, organization| consumer::is_there(connection, organization, id))
    }

    fn consumer_by_email(&mut self, email: &str) -> Result<Option<ConsumerId>, StoreError> {
        self.read(|connection, organization| consumer::by_email(connection, organization, email))
    }

    fn consumers_by_phone(&mut self, phone: &str) -> Result<Vec<ConsumerId>, StoreError> {
        self.read(|connection, organization| consumer::by_phone(connection, organization, phone))
    }

    fn consumer_by_external_id(&mut self, id: &str) -> Result<Option<ConsumerId>, StoreError> {
        self.read(|connection, organization| consumer::by_external_id(connection, organization, id))
    }

    fn put_consumer(&mut self, consumer: &Consumer) -> Result<(), StoreError> {
        self.write(|tx, organization| consumer::put(tx, organization, consumer))
    }

    fn erase_consumer(&mut self, id: ConsumerId) -> Result<(), StoreError> {
        self.write(|tx, organization| erase::erase(tx, organization, id))
    }

    fn product(&mut self, id: ProductId) -> Result<Option<Product>, StoreError> {
        self.read(|connection, organization| product::one(connection, organization, id))
    }

    fn put_product(&mut self, product: &Product) -> Result<(), StoreError> {
        self.write(|tx, organization| product::put(tx.connection, organization, product))
    }

    fn delete_product(&mut self, id: ProductId) -> Result<(), StoreError> {
        self.write(|tx, organization| product::delete(tx.connection, organization, id))
    }

    fn product_is_used(&mut self, id: ProductId) -> Result<bool, StoreError> {
        self.look(|tx, organization| {
            tx.write_book()?;
            product::is_used(tx.connection, organization, id)
        })
    }

    fn experience(&mut self, id: ExperienceId) -> Result<Option<Experience>, StoreError> {
        self.read(|connection, organization| experience::one(connection, organization, id))
    }

    fn experience_by_slug(&mut self, slug: &str) -> Result<Option<ExperienceId>, StoreError> {
        self.read(|connection, organization| experience::by_slug(connection, organization, slug))
    }

    fn put_experience(&mut self, experience: &Experience) -> Result<(), StoreError> {
        self.write(|tx, organization| experience::put(tx.connection, organization, experience))
    }

    fn delete_experience(&mut self, id: ExperienceId) -> Result<(), StoreError> {
        self.write(|tx, organization| experience::delete(tx.connection, organization, id))
    }

    fn distribution(&mut self, id: DistributionId) -> Result<Option<Distribution>, StoreError> {
        self.look(|tx, organization| tx.distribution(organization, id))
    }

    fn distributions_of(&mut self, id: ExperienceId) -> Result<Vec<Distribution>, StoreError> {
        self.look(|tx, organization| {
            tx.write_book()?;
            distribution::of_experience(tx.connection, organization, id)
        })
    }

    fn put_distribution(&mut self, distribution: &Distribution) -> Result<(), StoreError> {
        self.write(|tx, organization| tx.put_distribution(organization, distribution))
    }

    fn put_joined(&mut self, distribution: &Distribution) -> Result<(), StoreError> {
        self.write(|tx, organization| tx.put_joined(organization, distribution))
    }

    fn delete_distribution(&mut self, id: DistributionId) -> Result<(), StoreError> {
        self.write(|tx, organization| tx.delete_distribution(organization, id))
    }

    fn participant(
        &mut self,
        distribution: DistributionId,
        consumer: ConsumerId,
    ) -> Result<Option<Participant>, StoreError> {
        self.look(|tx, organization| participant::look_up(tx, organization, distribution, consumer))
    }

    fn put_participant(&mut self, participant: &Participant) -> Result<(), StoreError> {
        self.write(|tx, organization| participant::put(tx, organization, participant))
    }

    fn participants(
        &mut self,
        distribution: DistributionId,
        status: ParticipantStatus,
        order: ParticipantOrder,
        limit: usize,
    ) -> Result<Vec<Participant>, StoreError> {
        self.look(|tx, organization| {
            participant::first(tx, organization, distribution, status, order, limit)
        })
    }

    fn count_participants(
        &mut self,
        distribution: DistributionId,
        status: ParticipantStatus,
    ) -> Result<u32, StoreError> {
        self.look(|tx, organization| {
            Ok(tx.open(organization, distribution)?.map_or(0, |opened| opened.count(status)))
        })
    }

    fn put_bid(&mut self, bid: &Bid) -> Result<(), StoreError> {
        self.write(|tx, organization| bid::put(tx, organization, bid))
    }

    fn order(&mut self, id: OrderId) -> Result<Option<Order>, StoreError> {
        self.read(|connection, organization| order::one(connection, organization, id))
    }

    fn order_by_external_id(&mut self, id: &str) -> Result<Option<OrderId>, StoreError> {
        self.read(|connection, organization| order::by_external_id(connection, organization, id))
    }

    fn order_by_payment(&mut self, reference: &str) -> Result<Option<OrderId>, StoreError> {
        self.read(|connection, organization| order::by_payment(connection, organization, reference))
    }

    fn put_order(&mut self, order: &Order) -> Result<(), StoreError> {
        self.write(|tx, organization| order::put(tx, organization, order))
    }

    fn audit(&mut self, draft: AuditDraft) -> Result<(), StoreError> {
        let organization = self.organization_id;
        self.write(|tx, _| audit_ops::append(tx, organization, &draft))
    }

    fn emit(&mut self, event: NewEvent, at: Timestamp) -> Result<(), StoreError> {
        let organization_id = self.organization_id;
        self.write(|tx, organization| {
            tx.state.hear(at);
            let source = EventSource::Api;
            let call = accept::Call {
                organization_id,
                organization,
                at,
                source,
                only: None,
                except: None,
            };
            accept::fan_out(tx, call, &event).map(drop)
        })
    }
}
