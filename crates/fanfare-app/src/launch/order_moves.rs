//! How an order is paid, fulfilled and cancelled, and what is told of it.
//!
//! A payment may be told more than once: whoever confirms it cannot know whether the first time
//! was heard. The first one moves the order, completes the checkout of a participant who may
//! check out, and is told; the others change nothing.

use std::time::Duration;

use fanfare_model::launch::machine::OrderMove;
use fanfare_model::launch::{Order, OrderStatus, Payment, Tracking};
use fanfare_model::{EventType, OrderId, Scope, Timestamp, limits};
use serde_json::json;

use super::completing::{Completion, barred, complete_participant};
use super::orders::not_found;
use super::{Step, Stop, told};
use crate::complaints::Complaints;
use crate::{App, AppError, Caller};

/// How far a payment's time may lie ahead of our clock: clocks differ.
const AHEAD: Duration = Duration::from_secs(300);

/// A payment that was confirmed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PaymentInput {
    /// Who took it: 1 to [`limits::PAYMENT_PROVIDER`] characters.
    pub provider: Option<String>,
    /// Its id at the provider: 1 to [`limits::PAYMENT_REFERENCE`] characters.
    pub reference: Option<String>,
    /// When it was confirmed; `None`: now.
    pub paid_at: Option<Timestamp>,
}

/// How an order travels.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Fulfilment {
    /// Who carries it: 1 to [`limits::TRACKING_CARRIER`] characters.
    pub carrier: Option<String>,
    /// The parcel's number: 1 to [`limits::TRACKING_NUMBER`] characters.
    pub number: Option<String>,
    /// Where it can be followed: an http or https URL.
    pub url: Option<String>,
}

impl App {
    /// Confirms an order's payment. Needs `orders:write`. An order that was paid before stays as
    /// it is; a cancelled one is [`crate::ErrorCode::IllegalTransition`].
    pub async fn pay_order(
        &self,
        caller: &Caller,
        id: OrderId,
        given: PaymentInput,
    ) -> Result<Order, AppError> {
        caller.require(Scope::OrdersWrite)?;
        let mut complaints = Complaints::default();
        let mut text = |field, given: Option<String>, max| {
            given.and_then(|given| complaints.text(field, &given, max))
        };
        let provider = text("provider", given.provider, limits::PAYMENT_PROVIDER);
        let reference = text("reference", given.reference, limits::PAYMENT_REFERENCE);
        if given.paid_at.is_some_and(|at| at > self.now() + AHEAD) {
            complaints.add("paidAt", "must not lie in the future");
        }
        complaints.judge()?;
        let given = PaymentInput { provider, reference, ..given };
        self.transact(caller, move |step| {
            let order = step.tx.order(id)?.ok_or_else(not_found)?;
            match (order.status, &order.payment) {
                (OrderStatus::Paid | OrderStatus::Fulfilled, Some(_)) => Ok(order),
                _ => {
                    let before = order.clone();
                    let order = pay(step, order, &given)?;
                    step.tell_of_person(("order.paid", "order", id), Some(&before), Some(&order))?;
                    Ok(order)
                }
            }
        })
        .await
    }

    /// Says that a paid order was sent or handed over. Needs `orders:write`.
    /// [`crate::ErrorCode::IllegalTransition`] for every other one.
    pub async fn fulfill_order(
        &self,
        caller: &Caller,
        id: OrderId,
        given: Fulfilment,
    ) -> Result<Order, AppError> {
        caller.require(Scope::OrdersWrite)?;
        let mut complaints = Complaints::default();
        let mut text = |field, given: Option<String>, max| {
            given.and_then(|given| complaints.text(field, &given, max))
        };
        let carrier = text("trackingCarrier", given.carrier, limits::TRACKING_CARRIER);
        let number = text("trackingNumber", given.number, limits::TRACKING_NUMBER);
        let url = given.url.and_then(|url| complaints.link("trackingUrl", url));
        complaints.judge()?;
        let tracking = Tracking { carrier, number, url };
        self.transact(caller, move |step| {
            let before = step.tx.order(id)?.ok_or_else(not_found)?;
            let mut order = before.clone();
            order.status = step.moved(order.status, OrderMove::Fulfill)?;
            order.tracking = tracking.clone();
            order.fulfilled_at = Some(step.now);
            put(step, &mut order)?;
            let mut data = told::of_order(&order);
            data["fulfilled_at"] = json!(order.fulfilled_at);
            data["tracking_carrier"] = json!(order.tracking.carrier);
            data["tracking_number"] = json!(order.tracking.number);
            data["tracking_url"] = json!(order.tracking.url);
            step.emit(EventType::OrderFulfilled, &data)?;
            step.tell_of_person(("order.fulfilled", "order", id), Some(&before), Some(&order))?;
            Ok(order)
        })
        .await
    }

    /// Calls an order off or says that it was refunded. Needs `orders:write`. The reason has 1 to
    /// [`limits::CANCEL_REASON`] characters. [`crate::ErrorCode::IllegalTransition`] when it was
    /// fulfilled or cancelled before.
    pub async fn cancel_order(
        &self,
        caller: &Caller,
        id: OrderId,
        reason: Option<String>,
    ) -> Result<Order, AppError> {
        caller.require(Scope::OrdersWrite)?;
        let mut complaints = Complaints::default();
        let reason =
            reason.and_then(|text| complaints.text("reason", &text, limits::CANCEL_REASON));
        complaints.judge()?;
        self.transact(caller, move |step| {
            let order = step.tx.order(id)?.ok_or_else(not_found)?;
            cancel(step, order, reason.as_deref())
        })
        .await
    }
}

/// Cancels an order that may be cancelled, and tells of it.
pub(crate) fn cancel(
    step: &mut Step<'_>,
    before: Order,
    reason: Option<&str>,
) -> Result<Order, Stop> {
    let mut order = before.clone();
    let previous = order.status;
    order.status = step.moved(previous, OrderMove::Cancel)?;
    order.cancelled_at = Some(step.now);
    order.cancel_reason = reason.map(str::to_owned);
    put(step, &mut order)?;
    let mut data = told::of_order(&order);
    data["previous_status"] = json!(previous);
    data["cancelled_at"] = json!(order.cancelled_at);
    data["cancel_reason"] = json!(order.cancel_reason);
    step.emit(EventType::OrderCancelled, &data)?;
    let about = ("order.cancelled", "order", order.id);
    step.tell_of_person(about, Some(&before), Some(&order))?;
    Ok(order)
}

pub(crate) fn pay(
    step: &mut Step<'_>,
    mut order: Order,
    given: &PaymentInput,
) -> Result<Order, Stop> {
    order.status = step.moved(order.status, OrderMove::Pay)?;
    order.payment = Some(Payment {
        paid_at: given.paid_at.unwrap_or(step.now),
        provider: given.provider.clone(),
        reference: given.reference.clone(),
    });
    complete_checkout(step, &order)?;
    put(step, &mut order)?;
    let mut data = told::of_order(&order);
    data["paid_at"] = json!(order.payment.as_ref().map(|payment| payment.paid_at));
    data["payment_provider"] = json!(given.provider);
    data["payment_reference"] = json!(given.reference);
    step.emit(EventType::OrderPaid, &data)?;
    Ok(order)
}

/// Completes the participant whose order it is, if that one may check out. Money that was taken
/// is told of in any case.
fn complete_checkout(step: &mut Step<'_>, order: &Order) -> Result<(), Stop> {
    let Some(id) = order.distribution_id else { return Ok(()) };
    let Some(distribution) = step.tx.distribution(id)? else { return Ok(()) };
    match step.tx.participant(id, order.consumer_id)? {
        Some(participant) if barred(&distribution, &participant, step.now).is_none() => {}
        _ => return Ok(()),
    }
    let completion = Completion {
        order_id: Some(order.id),
        external_order_id: order.external_order_id.clone(),
        amount: Some((order.total_amount, order.currency)),
    };
    complete_participant(step, id, order.consumer_id, &completion)?;
    Ok(())
}

fn put(step: &mut Step<'_>, order: &mut Order) -> Result<(), Stop> {
    order.updated_at = step.now;
    Ok(step.tx.put_order(order)?)
}
