//! Orders: purchases as shops report them. How they are paid, fulfilled and cancelled is in
//! [`super::order_moves`].

use fanfare_model::launch::{
    Currency, Distribution, Metadata, Money, Order, OrderStatus, ParticipantStatus, Tracking,
};
use fanfare_model::{ConsumerId, DistributionId, EventType, OrderId, ProductId, Scope, limits};
use fanfare_store::{Listed, OrderFilter, Page, PageRequest, SortKey};

use super::completing::barred;
use super::fields::{kept, unknown};
use super::{Step, Stop, told};
use crate::complaints::Complaints;
use crate::{App, AppError, Caller, Change};

/// An order to create.
#[derive(Debug, Clone, PartialEq)]
pub struct NewOrder {
    /// Who buys.
    pub consumer_id: ConsumerId,
    /// Which distribution let the consumer through. The consumer must be able to check out
    /// there, or have done so.
    pub distribution_id: Option<DistributionId>,
    /// What is bought; `None`: the product of the distribution.
    pub product_id: Option<ProductId>,
    /// The number in the shop: 1 to [`limits::EXTERNAL_ID`] characters, unique in the
    /// organization.
    pub external_order_id: Option<String>,
    /// What it costs in all, with no more decimals than the currency has.
    pub total_amount: Money,
    /// In which currency.
    pub currency: Currency,
    /// At most [`limits::METADATA`] bytes of JSON.
    pub metadata: Option<Metadata>,
}

/// Changes to an order; what is not named stays as it is.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct UpdateOrder {
    /// The number in the shop.
    pub external_order_id: Change<String>,
    /// What the organization keeps with it, all of it.
    pub metadata: Change<Metadata>,
}

impl App {
    /// Creates an order. Needs `orders:write`. [`crate::ErrorCode::Conflict`] when the number in
    /// the shop is taken, or the consumer may not check out in the distribution.
    pub async fn create_order(&self, caller: &Caller, new: NewOrder) -> Result<Order, AppError> {
        caller.require(Scope::OrdersWrite)?;
        let mut complaints = Complaints::default();
        complaints.decimals("totalAmount", new.total_amount, new.currency);
        let number = new.external_order_id.as_deref();
        let number = number.and_then(|number| complaints.shop_number(number));
        let metadata = new.metadata.clone().and_then(|given| complaints.metadata(given));
        complaints.judge()?;
        let new = NewOrder { external_order_id: number, metadata, ..new };
        self.transact(caller, move |step| {
            let order = create(step, &new)?;
            step.tx.put_order(&order)?;
            step.emit(EventType::OrderCreated, &told::of_order(&order))?;
            step.tell_of_person(("order.created", "order", order.id), None, Some(&order))?;
            Ok(order)
        })
        .await
    }

    /// Orders. Needs `orders:read`.
    pub async fn orders(
        &self,
        caller: &Caller,
        filter: OrderFilter,
        key: SortKey,
        page: PageRequest,
    ) -> Result<Page<Listed<Order>>, AppError> {
        caller.require(Scope::OrdersRead)?;
        Ok(self.store().orders(caller.organization_id, filter, key, page).await?)
    }

    /// One order. Needs `orders:read`.
    pub async fn order(&self, caller: &Caller, id: OrderId) -> Result<Order, AppError> {
        caller.require(Scope::OrdersRead)?;
        self.store().order(caller.organization_id, id).await?.ok_or_else(not_found)
    }

    /// Changes the fields that are named, whatever the status. Needs `orders:write`.
    /// [`crate::ErrorCode::Conflict`] when the number in the shop is taken.
    pub async fn update_order(
        &self,
        caller: &Caller,
        id: OrderId,
        update: UpdateOrder,
    ) -> Result<Order, AppError> {
        caller.require(Scope::OrdersWrite)?;
        let mut complaints = Complaints::default();
        let number = update.external_order_id.map(|number| complaints.shop_number(&number));
        let metadata = update.metadata.map(|given| complaints.metadata(given));
        complaints.judge()?;
        self.transact(caller, move |step| {
            let before = step.tx.order(id)?.ok_or_else(not_found)?;
            let mut order = before.clone();
            order.external_order_id = kept(&number, &before.external_order_id);
            order.metadata = kept(&metadata, &before.metadata);
            if order != before {
                need_unique(step, &order)?;
                order.updated_at = step.now;
                step.tx.put_order(&order)?;
                step.tell_of_person(("order.updated", "order", id), Some(&before), Some(&order))?;
            }
            Ok(order)
        })
        .await
    }
}

impl Complaints {
    fn shop_number(&mut self, given: &str) -> Option<String> {
        self.text("externalOrderId", given, limits::EXTERNAL_ID)
    }
}

fn create(step: &mut Step<'_>, new: &NewOrder) -> Result<Order, Stop> {
    step.need_consumer("consumerId", new.consumer_id)?;
    if let Some(product) = new.product_id {
        step.need_product("productId", product)?;
    }
    let distribution = match new.distribution_id {
        Some(id) => Some(let_through(step, id, new.consumer_id)?),
        None => None,
    };
    let distribution = distribution.as_ref();
    let order = Order {
        id: step.id(),
        external_order_id: new.external_order_id.clone(),
        consumer_id: new.consumer_id,
        distribution_id: new.distribution_id,
        experience_id: distribution.map(|one| one.experience_id),
        product_id: new.product_id.or(distribution.and_then(|one| one.product_id)),
        status: OrderStatus::Created,
        total_amount: new.total_amount,
        currency: new.currency,
        metadata: new.metadata.clone(),
        payment: None,
        tracking: Tracking::default(),
        fulfilled_at: None,
        cancelled_at: None,
        cancel_reason: None,
        created_at: step.now,
        updated_at: step.now,
    };
    need_unique(step, &order)?;
    Ok(order)
}

/// The distribution, in which the consumer may check out or has done so.
fn let_through(
    step: &mut Step<'_>,
    id: DistributionId,
    consumer: ConsumerId,
) -> Result<Distribution, Stop> {
    let found = step.tx.distribution(id)?;
    let distribution = found.ok_or_else(|| unknown("distributionId", "distribution"))?;
    let why = match step.tx.participant(id, consumer)? {
        None => Some("the consumer takes no part in it".to_owned()),
        Some(one) if one.status == ParticipantStatus::Completed => None,
        Some(one) => barred(&distribution, &one, step.now),
    };
    let Some(why) = why else { return Ok(distribution) };
    Err(AppError::conflict("distributionId", format!("lets no order of this consumer be: {why}"))
        .into())
}

/// No other order has this one's number in the shop.
fn need_unique(step: &mut Step<'_>, order: &Order) -> Result<(), Stop> {
    let Some(number) = &order.external_order_id else { return Ok(()) };
    match step.tx.order_by_external_id(number)? {
        Some(other) if other != order.id => {
            let message = format!("belongs to another order: {other}");
            Err(AppError::conflict("externalOrderId", message).into())
        }
        _ => Ok(()),
    }
}

pub(super) fn not_found() -> AppError {
    AppError::not_found("order")
}
