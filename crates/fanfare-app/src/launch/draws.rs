//! Draws: selecting winners, replacing those who let their place go, and showing how it came.
//!
//! **Promises.** Winners are selected in ascending order of their ranks
//! ([`fanfare_signing::draw`]) among those who stood in the draw when it began, that is, who had
//! not left by then: nobody can leave between its beginning and its end. They are selected in steps; a step that was cut off left
//! nothing, and the next one goes on after the last winner. A replacement is the next by rank
//! among those who stand in the draw then. Seed and ranks are shown when the first selection is
//! finished, never before.

use std::time::Duration;

use fanfare_model::launch::machine::{DistributionMove, ParticipantMove};
use fanfare_model::launch::{
    Distribution, DistributionRules, DistributionStatus, DrawRules, DrawState, Participant,
    ParticipantStatus,
};
use fanfare_model::{ConsumerId, DistributionId, EventType, Scope, Timestamp, limits};
use fanfare_signing::draw;
use fanfare_store::{Order, Page, PageRequest, ParticipantFilter, ParticipantOrder, SortKey};
use serde_json::json;

use super::distributions::not_found;
use super::tending::{STEP, experience_of, make, tend};
use super::{Step, Stop, told};
use crate::{App, AppError, Caller, ErrorCode};

/// What is published of a draw.
#[derive(Debug, Clone, PartialEq)]
pub struct DrawView {
    /// Which draw.
    pub id: DistributionId,
    /// Where it stands.
    pub status: DistributionStatus,
    /// Its rules.
    pub rules: DrawRules,
    /// How the winners follow from the seed.
    pub algorithm: &'static str,
    /// The SHA-256 of the seed, in hex.
    pub commitment: String,
    /// The seed, in hex, once the first selection is finished.
    pub seed: Option<String>,
}

impl DrawView {
    /// Where an entrant stands in the list of entrants or winners: by rank once the draw is
    /// finished, by number before, when the order must give nothing away.
    pub fn cursor(&self, entrant: &Participant) -> u128 {
        match (&self.seed, &entrant.rank) {
            (Some(_), Some(rank)) => {
                let mut half = [0; 16];
                half.copy_from_slice(&rank[..16]);
                u128::from_be_bytes(half)
            }
            _ => entrant.number.into(),
        }
    }

    /// An entrant's rank in hex, once the draw is finished.
    pub fn rank(&self, entrant: &Participant) -> Option<String> {
        self.seed.as_ref().and(entrant.rank.as_ref()).map(draw::hex)
    }
}

/// Which of those who stood in a draw to list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// All who ever entered.
    Entrants,
    /// Those who were selected.
    Winners,
}

impl App {
    /// Selects the winners of a draw now. Needs `distributions:write`. Up to 100 are selected
    /// when it returns; the clock goes on with the others.
    pub async fn draw_now(
        &self,
        caller: &Caller,
        id: DistributionId,
    ) -> Result<DrawView, AppError> {
        caller.require(Scope::DistributionsWrite)?;
        let distribution = self
            .transact(caller, move |step| {
                let found = step.tx.distribution(id)?;
                let before = found.ok_or_else(not_found)?;
                let mut found = before.clone();
                rules(&found)?;
                let experience = experience_of(step, &found)?;
                make(step, &mut found, DistributionMove::Draw)?;
                tend(step, &mut found, &experience, STEP)?;
                step.tx.put_distribution(&found)?;
                step.wake_clock();
                let about = ("distribution.drawn", "distribution", id);
                step.tell_of_person(about, Some(&before), Some(&found))?;
                Ok(found)
            })
            .await?;
        view(&distribution)
    }

    /// How a draw stands, and what is needed to compute its winners again. Needs
    /// `distributions:read`.
    pub async fn draw(&self, caller: &Caller, id: DistributionId) -> Result<DrawView, AppError> {
        caller.require(Scope::DistributionsRead)?;
        let found = self.store().distribution(caller.organization_id, id).await?;
        let (distribution, _) = found.ok_or_else(not_found)?;
        view(&distribution)
    }

    /// Those who stood in a draw, in the order of [`DrawView::cursor`]; winners are listed once it
    /// is finished. Needs `distributions:read`.
    pub async fn draw_page(
        &self,
        caller: &Caller,
        view: &DrawView,
        which: Standing,
        after: Option<u128>,
        limit: usize,
    ) -> Result<Page<Participant>, AppError> {
        caller.require(Scope::DistributionsRead)?;
        if view.seed.is_some() {
            return self.by_rank(caller, view.id, which, after, limit).await;
        }
        if which == Standing::Winners {
            return Ok(Page { items: Vec::new(), has_more: false });
        }
        let page = PageRequest { limit, order: Order::Ascending, after, before: None };
        let (organization, filter) = (caller.organization_id, ParticipantFilter::default());
        let found = self
            .store()
            .participants(organization, view.id, filter, SortKey::Created, page)
            .await?;
        let page = found.ok_or_else(not_found)?;
        let items = page.items.into_iter().map(|listed| listed.item).collect();
        Ok(Page { items, has_more: page.has_more })
    }

    async fn by_rank(
        &self,
        caller: &Caller,
        id: DistributionId,
        which: Standing,
        after: Option<u128>,
        limit: usize,
    ) -> Result<Page<Participant>, AppError> {
        // The cursor is half of a rank: whatever begins with it lies before.
        let mut after = after.map(|half| {
            let mut rank = [0xff; 32];
            rank[..16].copy_from_slice(&half.to_be_bytes());
            rank
        });
        let mut items: Vec<Participant> = Vec::with_capacity(limit + 1);
        let mut ended = false;
        while !ended && items.len() <= limit {
            let organization = caller.organization_id;
            let found = self.store().draw_order(organization, id, after, limits::PAGE).await?;
            let found = found.ok_or_else(not_found)?;
            ended = found.len() < limits::PAGE;
            after = found.last().and_then(|participant| participant.rank);
            for entrant in found {
                match (which, entrant.granted_at, entrant.status) {
                    (Standing::Entrants, _, _) | (_, Some(_), _) => items.push(entrant),
                    // Left before the drawing: winners may come after.
                    (Standing::Winners, None, ParticipantStatus::Left) => {}
                    // Stood in the draw and was not selected, nor was anybody after.
                    (Standing::Winners, None, _) => {
                        ended = true;
                        break;
                    }
                }
            }
        }
        let has_more = items.len() > limit;
        items.truncate(limit);
        Ok(Page { items, has_more })
    }
}

/// The rules of a draw; a refusal for other kinds.
fn rules(distribution: &Distribution) -> Result<&DrawRules, AppError> {
    match &distribution.rules {
        DistributionRules::Draw(rules) => Ok(rules),
        DistributionRules::Queue(_) | DistributionRules::Auction(_) => {
            let kind = distribution.kind();
            let message = format!("this distribution is of type {kind}; only a draw is drawn");
            Err(AppError::new(ErrorCode::Conflict, message))
        }
    }
}

fn view(distribution: &Distribution) -> Result<DrawView, AppError> {
    let rules = rules(distribution)?.clone();
    Ok(DrawView {
        id: distribution.id,
        status: distribution.status,
        algorithm: draw::ALGORITHM,
        commitment: commitment(&rules),
        seed: rules.state.finished_at.map(|_| draw::hex(&rules.state.seed)),
        rules,
    })
}

/// What a draw's seed is held to, in hex.
pub(crate) fn commitment(rules: &DrawRules) -> String {
    draw::hex(&draw::commitment(&rules.state.seed))
}

/// The rank of a consumer who enters.
pub(crate) fn rank_of(distribution: &Distribution, consumer: ConsumerId) -> Option<[u8; 32]> {
    let DistributionRules::Draw(rules) = &distribution.rules else { return None };
    let (distribution, consumer) = (distribution.id.to_string(), consumer.to_string());
    Some(draw::rank(&rules.state.seed, &distribution, &consumer))
}

/// Whether the first selection has begun and is not finished: nobody can leave.
pub(crate) fn is_being_drawn(distribution: &Distribution) -> bool {
    let DistributionRules::Draw(rules) = &distribution.rules else { return false };
    distribution.status == DistributionStatus::Drawn && rules.state.finished_at.is_none()
}

/// When somebody has left who leaves now: after the drawing's beginning, if that has been, even
/// within its millisecond. So the times tell who stood in the draw.
pub(crate) fn left_at(distribution: &Distribution, now: Timestamp) -> Timestamp {
    match &distribution.rules {
        DistributionRules::Draw(DrawRules {
            state: DrawState { drawn_at: Some(at), .. }, ..
        }) => now.max(*at + Duration::from_millis(1)),
        _ => now,
    }
}

/// The drawing begins.
pub(crate) fn begin(step: &mut Step<'_>, distribution: &mut Distribution) -> Result<(), Stop> {
    let entrants = step.tx.count_participants(distribution.id, ParticipantStatus::Entered)?;
    rules(distribution)?;
    if let DistributionRules::Draw(draw) = &mut distribution.rules {
        draw.state.drawn_at = Some(step.now);
        draw.state.entrants = entrants;
    }
    Ok(())
}

/// Selects who has to be selected: the rest of the first selection, then replacements.
pub(crate) fn go_on(
    step: &mut Step<'_>,
    distribution: &mut Distribution,
    left: &mut usize,
) -> Result<(), Stop> {
    let DistributionRules::Draw(draw) = &distribution.rules else { return Ok(()) };
    if distribution.status != DistributionStatus::Drawn || *left == 0 {
        return Ok(());
    }
    let (mut state, winners, replaces) =
        (draw.state.clone(), draw.winner_count, draw.replace_expired);
    if state.finished_at.is_none() {
        let wanted = winners.saturating_sub(state.selected);
        let asked = left_of(wanted, *left);
        let selected = select(step, distribution, asked, false)?;
        state.selected += selected;
        *left -= selected as usize;
        if selected < asked || state.selected >= winners {
            state.finished_at = Some(step.now);
        }
    }
    if state.finished_at.is_some() && replaces {
        let id = distribution.id;
        let standing = step.tx.count_participants(id, ParticipantStatus::Selected)?
            + step.tx.count_participants(id, ParticipantStatus::Completed)?;
        let asked = left_of(winners.saturating_sub(standing), *left);
        let selected = select(step, distribution, asked, true)?;
        state.selected += selected;
        *left -= selected as usize;
    }
    if let DistributionRules::Draw(draw) = &mut distribution.rules {
        draw.state = state;
    }
    Ok(())
}

fn left_of(wanted: u32, left: usize) -> u32 {
    wanted.min(u32::try_from(left).unwrap_or(u32::MAX))
}

/// Selects the next by rank, and tells of each; gives how many there were.
fn select(
    step: &mut Step<'_>,
    distribution: &Distribution,
    count: u32,
    is_backfill: bool,
) -> Result<u32, Stop> {
    if count == 0 {
        return Ok(0);
    }
    let now = step.now;
    let holds = rules(distribution)?.selection_expires_after;
    let expires_at = holds.map(|seconds| now + Duration::from_secs(seconds.into()));
    let (status, order) = (ParticipantStatus::Entered, ParticipantOrder::Rank);
    let found = step.tx.participants(distribution.id, status, order, count as usize)?;
    let selected = u32::try_from(found.len()).unwrap_or(u32::MAX);
    for mut winner in found {
        winner.status = step.moved(winner.status, ParticipantMove::Select)?;
        winner.granted_at = Some(now);
        winner.expires_at = expires_at;
        winner.is_backfill = is_backfill;
        winner.updated_at = now;
        step.tx.put_participant(&winner)?;
        let mut data = told::core(distribution, winner.consumer_id);
        data["entered_at"] = json!(winner.joined_at);
        data["selected_at"] = json!(now);
        data["expires_at"] = json!(expires_at);
        data["is_backfill"] = json!(is_backfill);
        step.emit(EventType::DistributionWinnerSelected, &data)?;
    }
    Ok(selected)
}
