//! What providers tell of payments, on orders.
//!
//! Whatever the order in which it is told: a payment moves an order from `created` to `paid` once.
//! What says that no payment will come cancels an order that is not paid, and never one that is. What
//! says that all the money went back cancels an order whether it is paid or, because that was told
//! first, not yet; a payment that is told afterwards then changes nothing. A fulfilled order stays.
//!
//! Where whoever pays may have named the order, the payment must be enough for it, in its currency.

use fanfare_model::OrganizationId;
use fanfare_model::launch::{Currency, Money, Order, OrderStatus};

use super::effects::{OrderChange, OrderName, Paid};
use crate::launch::order_moves::{cancel, pay};
use crate::launch::{Step, Stop};
use crate::{App, AppError, Caller, ErrorCode, PaymentInput};

/// How the reason of an order begins that was cancelled because the money went back.
const RETURNED: &str = "payment returned: ";

impl App {
    pub(super) async fn change_payment(
        &self,
        organization: OrganizationId,
        name: OrderName,
        change: OrderChange,
    ) -> Result<Option<String>, AppError> {
        self.transact(&Caller::clock(organization), move |step| {
            let order = find(step, &name)?;
            let id = order.id;
            let note = match &change {
                OrderChange::Paid(paid) => be_paid(step, order, paid)?,
                OrderChange::Failed { reason } => {
                    Some(format!("the payment failed: {reason}; the order is {}", order.status))
                }
                OrderChange::GivenUp { reason } => match order.status {
                    OrderStatus::Created => {
                        cancel(step, order, Some(reason))?;
                        None
                    }
                    status => Some(format!("{reason}; the order is {status} and stays so")),
                },
                OrderChange::Returned { reason } => return_money(step, order, reason)?,
                OrderChange::Noted { note } => {
                    Some(format!("{note}; the order is {} and stays so", order.status))
                }
            };
            Ok(Some(match note {
                Some(note) => format!("{id}: {note}"),
                None => id.to_string(),
            }))
        })
        .await
    }
}

/// The order that is named: by its id, by its number in the shop, or by the payment it was paid with.
fn find(step: &mut Step<'_>, name: &OrderName) -> Result<Order, Stop> {
    let given = name.given.as_deref();
    let mut id = match given.map(str::parse) {
        Some(Ok(id)) => Some(id),
        _ => None,
    };
    if let (None, Some(number)) = (id, given) {
        id = step.tx.order_by_external_id(number)?;
    }
    if let (None, Some(payment)) = (id, name.payment.as_deref()) {
        id = step.tx.order_by_payment(payment)?;
    }
    let found = match id {
        Some(id) => step.tx.order(id)?,
        None => None,
    };
    Ok(found.ok_or_else(|| {
        let named = given.or(name.payment.as_deref()).unwrap_or("nothing");
        AppError::new(ErrorCode::NotFound, format!("there is no order that {named:?} names"))
    })?)
}

fn be_paid(step: &mut Step<'_>, order: Order, paid: &Paid) -> Result<Option<String>, Stop> {
    match order.status {
        OrderStatus::Paid | OrderStatus::Fulfilled => {
            return Ok(Some("it was paid before".to_owned()));
        }
        OrderStatus::Cancelled
            if order.cancel_reason.as_ref().is_some_and(|why| why.starts_with(RETURNED)) =>
        {
            return Ok(Some("the money went back already".to_owned()));
        }
        OrderStatus::Created | OrderStatus::Cancelled => {}
    }
    if let Some((amount, currency)) = paid.amount {
        need_enough(&order, amount, currency)?;
    }
    let input = PaymentInput {
        provider: Some("stripe".to_owned()),
        reference: paid.reference.clone(),
        paid_at: Some(paid.at.min(step.now)),
    };
    pay(step, order, &input)?;
    Ok(None)
}

fn need_enough(order: &Order, amount: Money, currency: Currency) -> Result<(), AppError> {
    if currency == order.currency && amount >= order.total_amount {
        return Ok(());
    }
    let message = format!(
        "{amount} {currency} were paid for {}, which costs {} {}",
        order.id, order.total_amount, order.currency
    );
    Err(AppError::new(ErrorCode::Conflict, message))
}

fn return_money(step: &mut Step<'_>, order: Order, reason: &str) -> Result<Option<String>, Stop> {
    match order.status {
        OrderStatus::Cancelled => Ok(Some(format!("{reason}; it was cancelled before"))),
        OrderStatus::Fulfilled => Ok(Some(format!("{reason}; it is fulfilled and stays so"))),
        OrderStatus::Created | OrderStatus::Paid => {
            cancel(step, order, Some(&format!("{RETURNED}{reason}")))?;
            Ok(None)
        }
    }
}
