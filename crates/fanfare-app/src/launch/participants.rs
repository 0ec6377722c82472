//! Who takes part in a distribution, and ending a checkout.

use fanfare_model::launch::{Currency, Money, OrderStatus, Participant};
use fanfare_model::{ConsumerId, DistributionId, OrderId, Scope, limits};
use fanfare_store::{Listed, Page, PageRequest, ParticipantFilter, SortKey};
use serde_json::json;

use super::completing::{Completion, complete_participant};
use super::distributions::not_found;
use super::fields::unknown;
use super::{Step, Stop};
use crate::complaints::Complaints;
use crate::{App, AppError, Caller};

/// With what a checkout ended: nothing, an order that is here, or one that only the shop has.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CompleteInput {
    /// An order of the consumer; nothing else is given then.
    pub order_id: Option<OrderId>,
    /// The order's number in the shop: 1 to [`limits::EXTERNAL_ID`] characters.
    pub external_order_id: Option<String>,
    /// What it costs in all, together with its currency.
    pub order_amount: Option<Money>,
    /// The currency, together with an amount.
    pub currency: Option<Currency>,
}

impl App {
    /// The participants of a distribution. Needs `distributions:read`. Sorted by creation, a
    /// cursor is the participant's number; by the last change, its change number.
    pub async fn participants(
        &self,
        caller: &Caller,
        distribution: DistributionId,
        filter: ParticipantFilter,
        key: SortKey,
        page: PageRequest,
    ) -> Result<Page<Listed<Participant>>, AppError> {
        caller.require(Scope::DistributionsRead)?;
        let organization = caller.organization_id;
        let found =
            self.store().participants(organization, distribution, filter, key, page).await?;
        found.ok_or_else(not_found)
    }

    /// One participant. Needs `distributions:read`.
    pub async fn participant(
        &self,
        caller: &Caller,
        distribution: DistributionId,
        consumer: ConsumerId,
    ) -> Result<Participant, AppError> {
        caller.require(Scope::DistributionsRead)?;
        let organization = caller.organization_id;
        let found = self.store().participant(organization, distribution, consumer).await?;
        found.ok_or_else(|| AppError::not_found("participant"))
    }

    /// Says that a participant has checked out. Needs `distributions:write`.
    /// [`crate::ErrorCode::IllegalTransition`] for one who may not, or not any more.
    pub async fn complete(
        &self,
        caller: &Caller,
        distribution: DistributionId,
        consumer: ConsumerId,
        input: CompleteInput,
    ) -> Result<Participant, AppError> {
        caller.require(Scope::DistributionsWrite)?;
        let input = judge(input)?;
        self.transact(caller, move |step| {
            let completion = completion(step, consumer, &input)?;
            let done = complete_participant(step, distribution, consumer, &completion)?;
            let about = ("distribution.participant_completed", "distribution", distribution);
            step.tell_of_person(about, None, Some(&json!({ "consumerId": consumer })))?;
            Ok(done)
        })
        .await
    }
}

fn judge(input: CompleteInput) -> Result<CompleteInput, AppError> {
    let mut complaints = Complaints::default();
    let max = limits::EXTERNAL_ID;
    let number = input.external_order_id.as_deref();
    let number = number.and_then(|text| complaints.text("externalOrderId", text, max));
    match (input.order_amount, input.currency) {
        (Some(amount), Some(currency)) => complaints.decimals("orderAmount", amount, currency),
        (Some(_), None) => complaints.add("currencyCode", "is required beside `orderAmount`"),
        (None, Some(_)) => complaints.add("orderAmount", "is required beside `currencyCode`"),
        (None, None) => {}
    }
    let others = number.is_some() || input.order_amount.is_some() || input.currency.is_some();
    if input.order_id.is_some() && others {
        complaints.add("orderId", "stands alone: the order has its number and amount");
    }
    complaints.judge()?;
    Ok(CompleteInput { external_order_id: number, ..input })
}

fn completion(
    step: &mut Step<'_>,
    consumer: ConsumerId,
    input: &CompleteInput,
) -> Result<Completion, Stop> {
    let Some(id) = input.order_id else {
        return Ok(Completion {
            order_id: None,
            external_order_id: input.external_order_id.clone(),
            amount: input.order_amount.zip(input.currency),
        });
    };
    let order = step.tx.order(id)?.ok_or_else(|| unknown("orderId", "order"))?;
    if order.consumer_id != consumer {
        return Err(AppError::conflict("orderId", "names an order of another consumer").into());
    }
    if order.status == OrderStatus::Cancelled {
        return Err(AppError::conflict("orderId", "names an order that was cancelled").into());
    }
    Ok(Completion {
        order_id: Some(id),
        external_order_id: order.external_order_id,
        amount: Some((order.total_amount, order.currency)),
    })
}
