//! Distributions: queues, draws and auctions of an experience, made, changed and removed.
//!
//! What consumers rely on when they come (times, product, rules) stays as it is once a
//! distribution has opened; name, metadata, capacity and a queue's rate can always be changed,
//! the capacity never below what is taken. A distribution that somebody joined is never removed.

mod input;
mod rules;

use fanfare_model::launch::{
    Distribution, DistributionRules, DistributionStatus, Experience, ExperienceStatus, Metadata,
    ParticipantStatus,
};
use fanfare_model::{DistributionId, ExperienceId, ProductId, Scope, Timestamp, limits};
use fanfare_store::{DistributionFilter, Page, PageRequest, ParticipantCounts};

pub use input::{DistributionFields, NewDistribution, RuleFields};

use super::fields::{kept, unknown};
use super::tending::{ASIDE, experience_of, tend};
use super::{Step, Stop, draws};
use crate::complaints::Complaints;
use crate::{App, AppError, Caller, ErrorCode};

/// A distribution with how many participants have each status.
#[derive(Debug, Clone, PartialEq)]
pub struct DistributionView {
    /// The distribution.
    pub distribution: Distribution,
    /// Statuses nobody has are left out.
    pub counts: ParticipantCounts,
}

impl DistributionView {
    /// Of a draw: the SHA-256 of its seed, in hex, published from the beginning.
    pub fn commitment(&self) -> Option<String> {
        match &self.distribution.rules {
            DistributionRules::Draw(draw) => Some(draws::commitment(draw)),
            DistributionRules::Queue(_) | DistributionRules::Auction(_) => None,
        }
    }
}

/// The fields that are judged before the transaction; `None` leaves one as it is.
#[derive(Clone)]
struct Fields {
    name: Option<Option<String>>,
    product_id: Option<Option<ProductId>>,
    open_at: Option<Option<Timestamp>>,
    close_at: Option<Option<Timestamp>>,
    capacity: Option<Option<u32>>,
    metadata: Option<Option<Metadata>>,
    rules: RuleFields,
}

impl Fields {
    fn judge(complaints: &mut Complaints, given: DistributionFields) -> Self {
        let most = limits::CAPACITY;
        Self {
            name: given.name.map(|name| complaints.text("name", &name, limits::NAME)),
            product_id: given.product_id.map(Some),
            open_at: given.open_at.map(Some),
            close_at: given.close_at.map(Some),
            capacity: given.capacity.map(|given| complaints.whole("capacity", given, most)),
            metadata: given.metadata.map(|given| complaints.metadata(given)),
            rules: given.rules,
        }
    }
}

impl App {
    /// Creates a distribution in an experience that is not over; it opens at once when the
    /// experience is live and no later time is given. Needs `distributions:write`.
    /// [`ErrorCode::LimitReached`] beyond [`limits::DISTRIBUTIONS_PER_EXPERIENCE`].
    pub async fn create_distribution(
        &self,
        caller: &Caller,
        new: NewDistribution,
    ) -> Result<DistributionView, AppError> {
        caller.require(Scope::DistributionsWrite)?;
        let NewDistribution { experience_id, kind, fields } = new;
        let mut complaints = Complaints::default();
        let fields = Fields::judge(&mut complaints, fields);
        let rules = rules::change(&mut complaints, kind, &fields.rules, None);
        complaints.judge()?;
        let Some(rules) = rules else { return Err(AppError::invalid(Vec::new())) };
        let distribution = self
            .transact(caller, move |step| {
                let made = create(step, experience_id, &fields, rules.clone())?;
                let about = ("distribution.created", "distribution", made.id);
                step.tell(about, None, Some(&made))?;
                Ok(made)
            })
            .await?;
        Ok(DistributionView { distribution, counts: ParticipantCounts::new() })
    }

    /// Distributions. Needs `distributions:read`.
    pub async fn distributions(
        &self,
        caller: &Caller,
        filter: DistributionFilter,
        page: PageRequest,
    ) -> Result<Page<DistributionView>, AppError> {
        caller.require(Scope::DistributionsRead)?;
        let page = self.store().distributions(caller.organization_id, filter, page).await?;
        let view = |(distribution, counts)| DistributionView { distribution, counts };
        Ok(Page { items: page.items.into_iter().map(view).collect(), has_more: page.has_more })
    }

    /// One distribution. Needs `distributions:read`.
    pub async fn distribution(
        &self,
        caller: &Caller,
        id: DistributionId,
    ) -> Result<DistributionView, AppError> {
        caller.require(Scope::DistributionsRead)?;
        self.find_distribution(caller, id).await
    }

    /// A distribution as it is now, for who may change it.
    pub(super) async fn find_distribution(
        &self,
        caller: &Caller,
        id: DistributionId,
    ) -> Result<DistributionView, AppError> {
        let found = self.store().distribution(caller.organization_id, id).await?;
        let (distribution, counts) = found.ok_or_else(not_found)?;
        Ok(DistributionView { distribution, counts })
    }

    /// Changes the fields that are named. Needs `distributions:write`. [`ErrorCode::Conflict`]
    /// for what may only be changed until it opens, and for a capacity below what is taken.
    pub async fn update_distribution(
        &self,
        caller: &Caller,
        id: DistributionId,
        update: DistributionFields,
    ) -> Result<DistributionView, AppError> {
        caller.require(Scope::DistributionsWrite)?;
        let mut complaints = Complaints::default();
        let fields = Fields::judge(&mut complaints, update);
        complaints.judge()?;
        self.transact(caller, move |step| {
            let before = step.tx.distribution(id)?.ok_or_else(not_found)?;
            let old = before.clone();
            update_in(step, &fields, before)?;
            match step.tx.distribution(id)? {
                Some(new) if new != old => {
                    let about = ("distribution.updated", "distribution", id);
                    step.tell(about, Some(&old), Some(&new))
                }
                _ => Ok(()),
            }
        })
        .await?;
        self.find_distribution(caller, id).await
    }

    /// Removes a distribution that nobody has joined, [`ErrorCode::Conflict`] for every other
    /// one. Needs `distributions:write`.
    pub async fn delete_distribution(
        &self,
        caller: &Caller,
        id: DistributionId,
    ) -> Result<(), AppError> {
        caller.require(Scope::DistributionsWrite)?;
        self.transact(caller, move |step| {
            let found = step.tx.distribution(id)?.ok_or_else(not_found)?;
            if found.joined > 0 {
                let message = format!("{} have joined it, so it stays", found.joined);
                return Err(AppError::new(ErrorCode::Conflict, message).into());
            }
            step.tx.delete_distribution(id)?;
            step.tell(("distribution.deleted", "distribution", id), Some(&found), None)
        })
        .await
    }
}

pub(crate) fn not_found() -> AppError {
    AppError::not_found("distribution")
}

fn create(
    step: &mut Step<'_>,
    experience_id: ExperienceId,
    fields: &Fields,
    mut rules: DistributionRules,
) -> Result<Distribution, Stop> {
    let found = step.tx.experience(experience_id)?;
    let experience = found.ok_or_else(|| unknown("experienceId", "experience"))?;
    if matches!(experience.status, ExperienceStatus::Completed | ExperienceStatus::Cancelled) {
        let message = format!("names an experience that is {}; it is over", experience.status);
        return Err(AppError::conflict("experienceId", message).into());
    }
    let limit = limits::DISTRIBUTIONS_PER_EXPERIENCE;
    if step.tx.distributions_of(experience_id)?.len() >= limit {
        let message = format!("an experience has at most {limit} distributions");
        return Err(AppError::new(ErrorCode::LimitReached, message).into());
    }
    if let DistributionRules::Draw(draw) = &mut rules {
        draw.state.seed = step.random();
    }
    let empty = Distribution {
        id: step.id(),
        experience_id,
        product_id: None,
        name: None,
        rules: rules.clone(),
        status: DistributionStatus::Scheduled,
        open_at: None,
        close_at: None,
        capacity: None,
        metadata: None,
        joined: 0,
        wake_at: None,
        created_at: step.now,
        updated_at: step.now,
    };
    let mut distribution = apply(fields, &empty, rules);
    judge_times(step.now, None, &distribution)?;
    if let Some(product) = distribution.product_id {
        step.need_product("productId", product)?;
    }
    follow(step, &mut distribution, &experience)?;
    Ok(distribution)
}

fn update_in(step: &mut Step<'_>, fields: &Fields, before: Distribution) -> Result<(), Stop> {
    let mut complaints = Complaints::default();
    let (kind, rules) = (before.kind(), Some(&before.rules));
    let rules = rules::change(&mut complaints, kind, &fields.rules, rules);
    complaints.judge()?;
    let Some(rules) = rules else { return Err(AppError::invalid(Vec::new()).into()) };
    let mut after = apply(fields, &before, rules);
    if after == before {
        return Ok(());
    }
    judge_times(step.now, Some(&before), &after)?;
    refuse_frozen(&before, &after)?;
    if let Some(capacity) = after.capacity {
        let left = step.tx.count_participants(before.id, ParticipantStatus::Left)?;
        let taken = before.joined.saturating_sub(left);
        if capacity < taken {
            let message = format!("cannot be less than {taken}: so many places are taken");
            return Err(AppError::conflict("capacity", message).into());
        }
    }
    if let Some(product) = after.product_id.filter(|_| after.product_id != before.product_id) {
        step.need_product("productId", product)?;
    }
    after.updated_at = step.now;
    let experience = experience_of(step, &after)?;
    follow(step, &mut after, &experience)
}

/// The distribution with the fields and rules changed.
fn apply(fields: &Fields, before: &Distribution, rules: DistributionRules) -> Distribution {
    Distribution {
        name: kept(&fields.name, &before.name),
        product_id: kept(&fields.product_id, &before.product_id),
        open_at: kept(&fields.open_at, &before.open_at),
        close_at: kept(&fields.close_at, &before.close_at),
        capacity: kept(&fields.capacity, &before.capacity),
        metadata: kept(&fields.metadata, &before.metadata),
        rules,
        ..before.clone()
    }
}

/// Times come in their order, and those that are new and end something are still ahead.
fn judge_times(
    now: Timestamp,
    before: Option<&Distribution>,
    after: &Distribution,
) -> Result<(), Stop> {
    let mut complaints = Complaints::default();
    let (field, end) = rules::end_of(&after.rules);
    complaints.after(("closeAt", after.close_at), ("openAt", after.open_at));
    complaints.after((field, end), ("openAt", after.open_at));
    if let (Some(end), Some(close)) = (end, after.close_at)
        && end < close
    {
        complaints.add(field, format!("must not be before `closeAt`, which is {close}"));
    }
    let close_before = before.and_then(|before| before.close_at);
    let end_before = before.and_then(|before| rules::end_of(&before.rules).1);
    for (field, at, was) in [("closeAt", after.close_at, close_before), (field, end, end_before)] {
        if at != was && at.is_some_and(|at| at <= now) {
            complaints.add(field, format!("must be in the future; now is {now}"));
        }
    }
    Ok(complaints.judge()?)
}

/// Refuses changes to what stays as it is once the distribution has opened.
fn refuse_frozen(before: &Distribution, after: &Distribution) -> Result<(), Stop> {
    if before.status == DistributionStatus::Scheduled {
        return Ok(());
    }
    let own = [
        ("productId", before.product_id != after.product_id),
        ("openAt", before.open_at != after.open_at),
        ("closeAt", before.close_at != after.close_at),
    ];
    let changed = own.into_iter().filter(|(_, differs)| *differs).map(|(field, _)| field);
    let frozen = rules::frozen(&before.rules, &after.rules);
    match changed.chain(frozen).next() {
        None => Ok(()),
        Some(field) => {
            let message =
                format!("can be changed until the distribution opens, and it is {}", before.status);
            Err(AppError::conflict(field, message).into())
        }
    }
}

/// Writes a distribution after its first or changed times made their moves.
fn follow(
    step: &mut Step<'_>,
    distribution: &mut Distribution,
    experience: &Experience,
) -> Result<(), Stop> {
    tend(step, distribution, experience, ASIDE)?;
    step.tx.put_distribution(distribution)?;
    step.wake_clock();
    Ok(())
}
