//! Joining queues and draws, and leaving: the hot path of a launch.
//!
//! **Promises.** Joining is one transaction that reads four rows, writes two and emits
//! `distribution.joined`; it scans nothing. Numbers are given in the order of commits, without a
//! gap. Who has joined once does not join again, not even after leaving. A refusal says why, and
//! when it opens.

use fanfare_model::launch::machine::ParticipantMove;
use fanfare_model::launch::{
    Distribution, DistributionKind, DistributionStatus, Participant, ParticipantStatus,
};
use fanfare_model::{ConsumerId, DistributionId, EventType, Scope, Timestamp};
use serde_json::json;

use super::distributions::not_found;
use super::tending::{end_at, experience_of, make, tend_aside};
use super::{Step, Stop, draws, item, queues, told};
use crate::complaints::Complaints;
use crate::{App, AppError, Caller, ErrorCode, ItemResult};

impl App {
    /// A consumer joins a queue or enters a draw. Needs `distributions:write`.
    /// [`ErrorCode::Conflict`] when it takes nobody, is full, or knows the consumer.
    pub async fn join(
        &self,
        caller: &Caller,
        distribution: DistributionId,
        consumer: ConsumerId,
    ) -> Result<Participant, AppError> {
        caller.require(Scope::DistributionsWrite)?;
        self.transact(caller, move |step| {
            let mut door = Door::open(step, distribution)?;
            let joined = door.enter(step, consumer)?;
            door.close(step)?;
            tell_joined(step, distribution, 1)?;
            Ok(joined)
        })
        .await
    }

    /// The same for 1 to [`fanfare_model::limits::BATCH_ITEMS`] consumers, in their order and in one
    /// transaction. Who cannot join is left out and says why; the request as a whole fails when
    /// the distribution takes nobody.
    pub async fn join_batch(
        &self,
        caller: &Caller,
        distribution: DistributionId,
        consumers: Vec<ConsumerId>,
    ) -> Result<Vec<ItemResult<Participant>>, AppError> {
        caller.require(Scope::DistributionsWrite)?;
        Complaints::batch("consumerIds", consumers.len())?;
        self.transact(caller, move |step| {
            let mut door = Door::open(step, distribution)?;
            let mut items = Vec::with_capacity(consumers.len());
            for consumer in &consumers {
                items.push(item(door.enter(step, *consumer))?);
            }
            door.close(step)?;
            let came = items.iter().filter(|item| item.is_ok()).count();
            tell_joined(step, distribution, came)?;
            Ok(items)
        })
        .await
    }

    /// A participant leaves, for good. Needs `distributions:write`. The place of a winner who
    /// leaves goes to the next, where the draw replaces.
    pub async fn leave(
        &self,
        caller: &Caller,
        distribution: DistributionId,
        consumer: ConsumerId,
    ) -> Result<Participant, AppError> {
        caller.require(Scope::DistributionsWrite)?;
        self.transact(caller, move |step| {
            let found = step.tx.distribution(distribution)?;
            let found = found.ok_or_else(not_found)?;
            let participant = step.tx.participant(distribution, consumer)?;
            let mut participant = participant.ok_or_else(|| AppError::not_found("participant"))?;
            if draws::is_being_drawn(&found) && participant.status == ParticipantStatus::Entered {
                let message =
                    "the winners are being selected; leave when that is done, in a moment";
                return Err(AppError::new(ErrorCode::Conflict, message).into());
            }
            let at = draws::left_at(&found, step.now);
            end_at(step, &mut participant, ParticipantMove::Leave, at)?;
            tend_aside(step, found)?;
            let about = ("distribution.left", "distribution", distribution);
            let told = json!({ "consumerId": consumer });
            step.tell_of_person(about, None, Some(&told))?;
            Ok(participant)
        })
        .await
    }
}

fn tell_joined(step: &mut Step<'_>, id: DistributionId, count: usize) -> Result<(), Stop> {
    let about = ("distribution.joined", "distribution", id);
    step.tell_of_person(about, None, Some(&json!({ "consumers": count })))
}

/// A distribution that takes consumers, while some of them come in.
struct Door {
    distribution: Distribution,
    /// How many had joined, and when the clock was to look, before.
    before: Before,
}

struct Before {
    joined: u32,
    wake_at: Option<Timestamp>,
    status: DistributionStatus,
}

impl Door {
    /// Refuses unless it takes consumers now.
    fn open(step: &mut Step<'_>, id: DistributionId) -> Result<Self, Stop> {
        let found = step.tx.distribution(id)?;
        let mut distribution = found.ok_or_else(not_found)?;
        if distribution.kind() == DistributionKind::Auction {
            let message = format!(
                "nobody joins an auction; consumers take part by bidding: POST \
                 /api/distributions/{id}/bids"
            );
            return Err(AppError::new(ErrorCode::Conflict, message).into());
        }
        let before = Before {
            joined: distribution.joined,
            wake_at: distribution.wake_at,
            status: distribution.status,
        };
        need_open(step, &mut distribution)?;
        Ok(Self { distribution, before })
    }

    /// Takes one consumer in, or refuses before it writes anything.
    fn enter(&mut self, step: &mut Step<'_>, consumer: ConsumerId) -> Result<Participant, Stop> {
        let distribution = &mut self.distribution;
        step.need_consumer("consumerId", consumer)?;
        if let Some(known) = step.tx.participant(distribution.id, consumer)? {
            return Err(was_here(&known).into());
        }
        need_place(step, distribution)?;
        let kind = distribution.kind();
        distribution.joined += 1;
        let participant = Participant {
            status: match kind {
                DistributionKind::Queue => ParticipantStatus::Queued,
                DistributionKind::Draw | DistributionKind::Auction => ParticipantStatus::Entered,
            },
            rank: draws::rank_of(distribution, consumer),
            ..newcomer(step, distribution, consumer)
        };
        step.tx.put_participant(&participant)?;
        let mut data = told::core(distribution, consumer);
        data["status"] = json!(participant.status);
        data["position"] = match kind {
            DistributionKind::Queue => json!(participant.number),
            DistributionKind::Draw | DistributionKind::Auction => json!(null),
        };
        data["joined_at"] = json!(participant.joined_at);
        step.emit(EventType::DistributionJoined, &data)?;
        Ok(participant)
    }

    /// Writes what the joins changed of the distribution.
    fn close(self, step: &mut Step<'_>) -> Result<(), Stop> {
        let Self { mut distribution, before } = self;
        if distribution.joined == before.joined {
            return Ok(());
        }
        let look = queues::look_for_newcomer(&distribution, step.now);
        distribution.wake_at = [before.wake_at, look].into_iter().flatten().min();
        if distribution.wake_at != before.wake_at {
            step.wake_clock();
        }
        if distribution.status == before.status {
            step.tx.put_joined(&distribution)?;
        } else {
            step.tx.put_distribution(&distribution)?;
        }
        Ok(())
    }
}

/// A participant who has just come; the caller says with which status.
pub(crate) fn newcomer(
    step: &Step<'_>,
    distribution: &Distribution,
    consumer_id: ConsumerId,
) -> Participant {
    Participant {
        distribution_id: distribution.id,
        consumer_id,
        status: ParticipantStatus::Queued,
        number: distribution.joined,
        rank: None,
        joined_at: step.now,
        granted_at: None,
        expires_at: None,
        ended_at: None,
        is_backfill: false,
        order_id: None,
        amount: None,
        updated_at: step.now,
    }
}

/// Refuses unless the distribution takes consumers or bids now. One whose time has come while the
/// clock has not yet looked is opened.
pub(crate) fn need_open(step: &mut Step<'_>, distribution: &mut Distribution) -> Result<(), Stop> {
    if distribution.status == DistributionStatus::Scheduled
        && distribution.open_at.is_some_and(|at| at <= step.now)
    {
        let experience = experience_of(step, distribution)?;
        if let Some(by) = distribution.due_move(experience.status, step.now) {
            make(step, distribution, by)?;
        }
    }
    let closed = distribution.close_at.filter(|at| *at <= step.now);
    let why = match (distribution.status, distribution.open_at, closed) {
        (DistributionStatus::Open, _, None) => return Ok(()),
        (DistributionStatus::Scheduled, Some(at), _) if at > step.now => {
            format!("it is not open yet; it opens at {at}, while its experience is active")
        }
        (DistributionStatus::Scheduled, _, _) => {
            "it is not open yet; it opens when its experience is activated".to_owned()
        }
        (DistributionStatus::Open, _, Some(at)) => format!("it closed at {at}"),
        (status, _, _) => format!("it is {status} and takes nobody any more"),
    };
    Err(AppError::new(ErrorCode::Conflict, why).into())
}

/// What stands against a second join.
pub(crate) fn was_here(known: &Participant) -> AppError {
    let message = match known.status {
        ParticipantStatus::Left => {
            format!("{} has left this distribution, and leaving is final", known.consumer_id)
        }
        status => format!(
            "{} joined this distribution at {} and is {status}",
            known.consumer_id, known.joined_at
        ),
    };
    AppError::new(ErrorCode::Conflict, message)
}

/// Refuses when there is no place left: who left has given a place back.
pub(crate) fn need_place(step: &mut Step<'_>, distribution: &Distribution) -> Result<(), Stop> {
    let Some(capacity) = distribution.capacity else { return Ok(()) };
    let left = step.tx.count_participants(distribution.id, ParticipantStatus::Left)?;
    if distribution.joined.saturating_sub(left) < capacity {
        return Ok(());
    }
    let message = format!("it is full: all {capacity} places are taken");
    Err(AppError::new(ErrorCode::Conflict, message).into())
}
