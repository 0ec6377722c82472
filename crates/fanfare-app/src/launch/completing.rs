//! A participant's checkout is done, told by the shop or seen in a payment.

use fanfare_model::launch::machine::ParticipantMove;
use fanfare_model::launch::{Currency, Distribution, DistributionStatus, Money, Participant};
use fanfare_model::{ConsumerId, DistributionId, EventType, OrderId, Timestamp};
use serde_json::json;

use super::tending::tend_aside;
use super::{Step, Stop, told};
use crate::{AppError, ErrorCode};

/// With what a checkout ended, as far as it is known.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Completion {
    /// The order.
    pub(crate) order_id: Option<OrderId>,
    /// The order's number in the shop that reported it.
    pub(crate) external_order_id: Option<String>,
    /// What the order costs in all.
    pub(crate) amount: Option<(Money, Currency)>,
}

/// Why the participant may not check out at this time, as the end of a sentence; `None`: it may.
pub(crate) fn barred(
    distribution: &Distribution,
    participant: &Participant,
    now: Timestamp,
) -> Option<String> {
    if !participant.status.may_check_out() {
        return Some(format!("the consumer is {} there", participant.status));
    }
    if distribution.status == DistributionStatus::Cancelled {
        return Some("the distribution was cancelled; nobody can check out any more".to_owned());
    }
    let ended = participant.expires_at.filter(|at| *at <= now)?;
    Some(format!("the time to check out ended at {ended}"))
}

/// Completes a participant who may check out, and tells of it. Refuses, before it writes, who may
/// not: who was never admitted, selected or has won, who has ended, and whose time is over.
pub(crate) fn complete_participant(
    step: &mut Step<'_>,
    distribution_id: DistributionId,
    consumer_id: ConsumerId,
    completion: &Completion,
) -> Result<Participant, Stop> {
    let distribution = step.tx.distribution(distribution_id)?;
    let distribution = distribution.ok_or_else(|| AppError::not_found("distribution"))?;
    let participant = step.tx.participant(distribution_id, consumer_id)?;
    let mut participant = participant.ok_or_else(|| AppError::not_found("participant"))?;
    let then = step.moved(participant.status, ParticipantMove::Complete)?;
    if let Some(why) = barred(&distribution, &participant, step.now) {
        let status = participant.status;
        let message = format!(
            "cannot complete a participant that is {status} (it would become {then}): {why}"
        );
        return Err(AppError::new(ErrorCode::IllegalTransition, message).into());
    }
    participant.status = then;
    participant.ended_at = Some(step.now);
    participant.order_id = completion.order_id;
    participant.updated_at = step.now;
    step.tx.put_participant(&participant)?;
    tell(step, &distribution, &participant, completion)?;
    tend_aside(step, distribution)?;
    Ok(participant)
}

fn tell(
    step: &mut Step<'_>,
    distribution: &Distribution,
    participant: &Participant,
    completion: &Completion,
) -> Result<(), Stop> {
    let mut data = told::core(distribution, participant.consumer_id);
    data["order_id"] = json!(completion.order_id);
    data["external_order_id"] = json!(completion.external_order_id);
    if let Some((amount, currency)) = &completion.amount {
        data["order_amount"] = json!(amount);
        data["currency_code"] = json!(currency);
    }
    data["admitted_at"] = json!(participant.granted_at);
    data["completed_at"] = json!(step.now);
    step.emit(EventType::DistributionCompleted, &data)
}
