//! What a distribution does next, once it is there: it follows its times and its experience, and
//! its participants follow it.
//!
//! [`tend`] is all of it, in one function for the clock and for use cases that end somebody's part:
//! 1. the moves that are due ([`Distribution::due_move`]);
//! 2. whose time to check out is over expires;
//! 3. the work of its kind: admissions, selections, replacements;
//! 4. who waits for nothing any more has lost;
//! 5. with nobody waiting and nobody who may check out it is completed;
//! 6. `wake_at` becomes the moment in which something is due again.
//!
//! It changes a bounded number of participants at a time. What is left is due at once, so a kill
//! between two steps loses nothing and repeats nothing: each step begins with what is stored.

use fanfare_model::Timestamp;
use fanfare_model::launch::machine::{DistributionMove, ParticipantMove};
use fanfare_model::launch::{
    Distribution, DistributionKind, DistributionRules, DistributionStatus, Experience,
    ExperienceStatus, Move, Participant, ParticipantStatus,
};
use fanfare_store::ParticipantOrder;

use super::{Step, Stop, auctions, draws, queues};
use crate::AppError;

/// Participants changed in one step of the clock, for each of expiring, selecting and losing
/// together; a queue's admissions may be more. Whoever joins meanwhile waits for one step: with
/// three webhooks it takes about ten milliseconds.
pub(crate) const STEP: usize = 100;
/// Participants changed beside the one that a use case is about.
pub(crate) const ASIDE: usize = 10;

/// Does what is due for a distribution that was read in this transaction, changing at most `most`
/// participants. The caller writes the distribution.
pub(crate) fn tend(
    step: &mut Step<'_>,
    distribution: &mut Distribution,
    experience: &Experience,
    most: usize,
) -> Result<(), Stop> {
    let before = distribution.status;
    let mut left = most;
    while let Some(by) = distribution.due_move(experience.status, step.now) {
        make(step, distribution, by)?;
    }
    expire(step, distribution, &mut left)?;
    match distribution.kind() {
        DistributionKind::Queue => queues::serve(step, distribution, experience, &mut left)?,
        DistributionKind::Draw => draws::go_on(step, distribution, &mut left)?,
        DistributionKind::Auction => {}
    }
    lose(step, distribution, experience, &mut left)?;
    if is_over(step, distribution)? {
        distribution.status = step.moved(distribution.status, DistributionMove::Complete)?;
    }
    distribution.wake_at =
        if left == 0 { Some(step.now) } else { next(step, distribution, experience)? };
    if distribution.status != before {
        distribution.updated_at = step.now;
    }
    Ok(())
}

/// The same for the rest of a use case that ended a participant's part: a winner's place may be
/// free, or the distribution over. While one is open nothing follows from that.
pub(crate) fn tend_aside(step: &mut Step<'_>, mut distribution: Distribution) -> Result<(), Stop> {
    use DistributionStatus::{Closed, Drawn, Settled};
    if !matches!(distribution.status, Closed | Drawn | Settled) {
        return Ok(());
    }
    let experience = experience_of(step, &distribution)?;
    let before = distribution.clone();
    tend(step, &mut distribution, &experience, ASIDE)?;
    if distribution != before {
        step.tx.put_distribution(&distribution)?;
        step.wake_clock();
    }
    Ok(())
}

/// Makes a move, by the clock or by hand, with what belongs to it.
pub(crate) fn make(
    step: &mut Step<'_>,
    distribution: &mut Distribution,
    by: DistributionMove,
) -> Result<(), Stop> {
    let then = step.moved(distribution.status, by)?;
    match by {
        DistributionMove::Draw => draws::begin(step, distribution)?,
        DistributionMove::Settle => auctions::settle(step, distribution)?,
        _ => {}
    }
    distribution.status = then;
    distribution.updated_at = step.now;
    Ok(())
}

/// The experience of a distribution that was read in this transaction: it is there for as long as
/// the distribution is.
pub(crate) fn experience_of(
    step: &mut Step<'_>,
    distribution: &Distribution,
) -> Result<Experience, Stop> {
    let experience = step.tx.experience(distribution.experience_id)?;
    Ok(experience.ok_or_else(|| AppError::not_found("experience"))?)
}

/// Ends a participant's part now.
pub(crate) fn end(
    step: &mut Step<'_>,
    participant: &mut Participant,
    by: ParticipantMove,
) -> Result<(), Stop> {
    end_at(step, participant, by, step.now)
}

/// Ends a participant's part as of this time.
pub(crate) fn end_at(
    step: &mut Step<'_>,
    participant: &mut Participant,
    by: ParticipantMove,
    at: Timestamp,
) -> Result<(), Stop> {
    participant.status = step.moved(participant.status, by)?;
    participant.ended_at = Some(at);
    participant.updated_at = step.now;
    Ok(step.tx.put_participant(participant)?)
}

/// Who may check out, in a distribution of this kind.
const fn granted(kind: DistributionKind) -> ParticipantStatus {
    match kind {
        DistributionKind::Queue => ParticipantStatus::Admitted,
        DistributionKind::Draw => ParticipantStatus::Selected,
        DistributionKind::Auction => ParticipantStatus::Won,
    }
}

/// Who waits, in a distribution of this kind.
const fn waiting(kind: DistributionKind) -> &'static [ParticipantStatus] {
    match kind {
        DistributionKind::Queue => &[ParticipantStatus::Queued],
        DistributionKind::Draw => &[ParticipantStatus::Entered],
        DistributionKind::Auction => &[ParticipantStatus::Winning, ParticipantStatus::Outbid],
    }
}

/// Takes the right to check out from those whose time is over; in a cancelled distribution, from
/// all.
fn expire(step: &mut Step<'_>, distribution: &Distribution, left: &mut usize) -> Result<(), Stop> {
    let status = granted(distribution.kind());
    let cancelled = distribution.status == DistributionStatus::Cancelled;
    let order = if cancelled { ParticipantOrder::Number } else { ParticipantOrder::Expiry };
    if *left == 0 {
        return Ok(());
    }
    for mut participant in step.tx.participants(distribution.id, status, order, *left)? {
        if !cancelled && participant.expires_at.is_none_or(|at| at > step.now) {
            break;
        }
        end(step, &mut participant, ParticipantMove::Expire)?;
        *left -= 1;
    }
    Ok(())
}

/// Tells those who wait for nothing any more that they have lost, by their status.
fn lose(
    step: &mut Step<'_>,
    distribution: &Distribution,
    experience: &Experience,
    left: &mut usize,
) -> Result<(), Stop> {
    if !waits_in_vain(step, distribution, experience)? {
        return Ok(());
    }
    for status in waiting(distribution.kind()) {
        if *left == 0 {
            return Ok(());
        }
        let order = ParticipantOrder::Number;
        for mut participant in step.tx.participants(distribution.id, *status, order, *left)? {
            end(step, &mut participant, ParticipantMove::Lose)?;
            *left -= 1;
        }
    }
    Ok(())
}

/// Whether nothing can come any more for those who wait.
fn waits_in_vain(
    step: &mut Step<'_>,
    distribution: &Distribution,
    experience: &Experience,
) -> Result<bool, Stop> {
    use DistributionStatus::{Cancelled, Closed, Drawn, Settled};
    Ok(match (&distribution.rules, distribution.status) {
        (_, Cancelled) | (DistributionRules::Auction(_), Settled) => true,
        (DistributionRules::Queue(_), Closed) => experience.status != ExperienceStatus::Active,
        (DistributionRules::Draw(draw), Drawn) => {
            let status = ParticipantStatus::Selected;
            draw.state.finished_at.is_some()
                && (!draw.replace_expired
                    || step.tx.count_participants(distribution.id, status)? == 0)
        }
        _ => false,
    })
}

/// Whether it takes nobody any more, nobody waits and nobody may check out.
fn is_over(step: &mut Step<'_>, distribution: &Distribution) -> Result<bool, Stop> {
    if DistributionMove::Complete.from(distribution.status).is_err() {
        return Ok(false);
    }
    let kind = distribution.kind();
    for status in waiting(kind).iter().chain([&granted(kind)]) {
        if step.tx.count_participants(distribution.id, *status)? > 0 {
            return Ok(false);
        }
    }
    Ok(true)
}

/// When something is due that is not among the distribution's own times.
fn next(
    step: &mut Step<'_>,
    distribution: &Distribution,
    experience: &Experience,
) -> Result<Option<Timestamp>, Stop> {
    if distribution.status == DistributionStatus::Scheduled {
        let live = experience.status == ExperienceStatus::Active;
        return Ok(distribution.open_at.filter(|_| live));
    }
    let status = granted(distribution.kind());
    let first = step.tx.participants(distribution.id, status, ParticipantOrder::Expiry, 1)?;
    let expiry = first.first().and_then(|participant| participant.expires_at);
    let admission = queues::next_look(step, distribution, experience)?;
    Ok([expiry, admission].into_iter().flatten().min())
}
