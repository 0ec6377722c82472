//! Letting people through a queue: by the clock at the queue's rate, and by hand.
//!
//! The clock admits in the order of numbers, at the pace of [`fanfare_model::launch::pace`], while
//! the queue is open or closed and its experience is live. What is admitted by hand comes on top
//! and uses up nothing of the rate.

use std::time::Duration;

use fanfare_model::launch::machine::ParticipantMove;
use fanfare_model::launch::{
    Distribution, DistributionRules, DistributionStatus, Experience, ExperienceStatus, Pace,
    Participant, ParticipantStatus, QueueRules, QueueState,
};
use fanfare_model::{ConsumerId, DistributionId, EventType, Scope, Timestamp, limits};
use fanfare_store::ParticipantOrder;
use serde_json::json;

use super::distributions::not_found;
use super::tending::STEP;
use super::{Step, Stop, item, told};
use crate::complaints::Complaints;
use crate::{App, AppError, Caller, ErrorCode, ItemResult};

/// Most admissions in one step: what is due each [`fanfare_model::launch::pace::PAUSE`] at the
/// greatest rate, and some that were late.
const STRIDE: usize = 1_000;

/// Whom to admit by hand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AdmitInput {
    /// So many, the first in line: 1 to [`limits::BATCH_ITEMS`].
    Count(i64),
    /// These, in this order: 1 to [`limits::BATCH_ITEMS`].
    Consumers(Vec<ConsumerId>),
}

impl App {
    /// Admits consumers of a queue by hand, beside what its clock admits. Needs
    /// `distributions:write`. With a count, fewer may wait and the answer is as long as they
    /// are; with names, each one is admitted or says why not, and the others are not touched by
    /// it. [`ErrorCode::Conflict`] for other kinds and for a queue that is not open or closed.
    pub async fn admit(
        &self,
        caller: &Caller,
        distribution: DistributionId,
        input: AdmitInput,
    ) -> Result<Vec<ItemResult<Participant>>, AppError> {
        caller.require(Scope::DistributionsWrite)?;
        let most = limits::BATCH_ITEMS;
        match &input {
            AdmitInput::Count(count) if (1..=most as i64).contains(count) => {}
            AdmitInput::Count(_) => {
                let message = format!("must be a whole number from 1 to {most}");
                return Err(AppError::invalid_field("count", message));
            }
            AdmitInput::Consumers(ids) => Complaints::batch("consumerIds", ids.len())?,
        }
        self.transact(caller, move |step| {
            let items = match &input {
                AdmitInput::Count(count) => admit_first(step, distribution, *count as usize),
                AdmitInput::Consumers(ids) => admit_named(step, distribution, ids),
            }?;
            let count = items.iter().filter(|item| item.is_ok()).count();
            let about = ("distribution.admitted", "distribution", distribution);
            step.tell_of_person(about, None, Some(&json!({ "consumers": count })))?;
            Ok(items)
        })
        .await
    }
}

fn admit_first(
    step: &mut Step<'_>,
    id: DistributionId,
    count: usize,
) -> Result<Vec<ItemResult<Participant>>, Stop> {
    let queue = queue_that_admits(step, id)?;
    let mut admitted = Vec::with_capacity(count);
    let (status, order) = (ParticipantStatus::Queued, ParticipantOrder::Number);
    for participant in step.tx.participants(id, status, order, count)? {
        admitted.push(Ok(admit(step, &queue, participant)?));
    }
    note_expiry(step, queue, &admitted)?;
    Ok(admitted)
}

fn admit_named(
    step: &mut Step<'_>,
    id: DistributionId,
    consumers: &[ConsumerId],
) -> Result<Vec<ItemResult<Participant>>, Stop> {
    let queue = queue_that_admits(step, id)?;
    let mut items = Vec::with_capacity(consumers.len());
    for consumer in consumers {
        let participant = step.tx.participant(id, *consumer)?;
        let participant = participant.ok_or_else(|| AppError::not_found("participant").into());
        items.push(item(participant.and_then(|one| admit(step, &queue, one)))?);
    }
    note_expiry(step, queue, &items)?;
    Ok(items)
}

fn queue_that_admits(step: &mut Step<'_>, id: DistributionId) -> Result<Distribution, Stop> {
    let queue = step.tx.distribution(id)?.ok_or_else(not_found)?;
    let message = match (&queue.rules, queue.status) {
        (DistributionRules::Queue(_), DistributionStatus::Open | DistributionStatus::Closed) => {
            return Ok(queue);
        }
        (DistributionRules::Queue(_), status) => {
            format!("the queue is {status}; it admits while it is OPEN or CLOSED")
        }
        _ => format!("this distribution is of type {}; only a queue admits", queue.kind()),
    };
    Err(AppError::new(ErrorCode::Conflict, message).into())
}

/// Who was admitted by hand may be the first whose time ends.
fn note_expiry(
    step: &mut Step<'_>,
    mut queue: Distribution,
    admitted: &[ItemResult<Participant>],
) -> Result<(), Stop> {
    let ends = admitted.iter().flatten().filter_map(|participant| participant.expires_at).min();
    if let Some(at) = ends
        && queue.wake_at.is_none_or(|wake| wake > at)
    {
        queue.wake_at = Some(at);
        step.tx.put_joined(&queue)?;
        step.wake_clock();
    }
    Ok(())
}

/// Lets one through who waits, and tells of it.
fn admit(
    step: &mut Step<'_>,
    queue: &Distribution,
    mut participant: Participant,
) -> Result<Participant, Stop> {
    let now = step.now;
    participant.status = step.moved(participant.status, ParticipantMove::Admit)?;
    participant.granted_at = Some(now);
    participant.expires_at = rules(queue)
        .and_then(|rules| rules.admission_expires_after)
        .map(|seconds| now + Duration::from_secs(seconds.into()));
    participant.updated_at = now;
    step.tx.put_participant(&participant)?;
    let mut data = told::core(queue, participant.consumer_id);
    data["entered_at"] = json!(participant.joined_at);
    data["admitted_at"] = json!(now);
    data["expires_at"] = json!(participant.expires_at);
    data["wait_time_seconds"] = json!(now.since(participant.joined_at).as_secs());
    step.emit(EventType::DistributionAdmitted, &data)?;
    Ok(participant)
}

const fn rules(queue: &Distribution) -> Option<&QueueRules> {
    match &queue.rules {
        DistributionRules::Queue(rules) => Some(rules),
        DistributionRules::Draw(_) | DistributionRules::Auction(_) => None,
    }
}

/// The pace of a queue whose clock admits, and where it stands.
fn pace(queue: &Distribution, experience: &Experience) -> Option<(Pace, QueueState)> {
    let admits = matches!(queue.status, DistributionStatus::Open | DistributionStatus::Closed)
        && experience.status == ExperienceStatus::Active;
    let rules = rules(queue).filter(|_| admits)?;
    Some((Pace::per_minute(rules.admission_rate?), rules.state))
}

/// Admits whom the clock has to admit by now.
pub(crate) fn serve(
    step: &mut Step<'_>,
    queue: &mut Distribution,
    experience: &Experience,
    left: &mut usize,
) -> Result<(), Stop> {
    let Some((pace, state)) = pace(queue, experience).filter(|_| *left > 0) else {
        return Ok(());
    };
    let Some(since) = first_in_line(step, queue.id)? else { return Ok(()) };
    // A fast queue's stride is given whole, or it would fall behind its rate.
    let most = if *left < STEP { *left } else { STRIDE };
    let (due, state) = pace.due(state, since, step.now, u32::try_from(most).unwrap_or(u32::MAX));
    if due == 0 {
        return Ok(());
    }
    let (status, order) = (ParticipantStatus::Queued, ParticipantOrder::Number);
    let first = step.tx.participants(queue.id, status, order, due as usize)?;
    *left = left.saturating_sub(first.len());
    for participant in first {
        admit(step, queue, participant)?;
    }
    if let DistributionRules::Queue(rules) = &mut queue.rules {
        rules.state = state;
    }
    Ok(())
}

/// When the clock has to admit again; `None` while nobody waits or it does not admit.
pub(crate) fn next_look(
    step: &mut Step<'_>,
    queue: &Distribution,
    experience: &Experience,
) -> Result<Option<Timestamp>, Stop> {
    let Some((pace, state)) = pace(queue, experience) else { return Ok(None) };
    Ok(first_in_line(step, queue.id)?.map(|since| pace.next_look(state, since)))
}

/// When the clock has to admit somebody who joins now, if nobody waits: never later than when
/// others wait.
pub(crate) fn look_for_newcomer(queue: &Distribution, now: Timestamp) -> Option<Timestamp> {
    let rules = rules(queue)?;
    Some(Pace::per_minute(rules.admission_rate?).next_look(rules.state, now))
}

/// Since when the first in line has been waiting.
fn first_in_line(step: &mut Step<'_>, id: DistributionId) -> Result<Option<Timestamp>, Stop> {
    let (status, order) = (ParticipantStatus::Queued, ParticipantOrder::Number);
    let first = step.tx.participants(id, status, order, 1)?;
    Ok(first.first().map(|participant| participant.joined_at))
}
