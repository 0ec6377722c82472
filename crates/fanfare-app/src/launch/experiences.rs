//! Experiences: launches as a whole. How they go live and end is in [`super::moves`].
//!
//! An experience with a time at which it opens is scheduled, one without is a draft; giving or
//! taking that time moves it between the two. Once it is live its opening is past and stays as it
//! was; its closing may be moved until it is over.

use fanfare_model::launch::machine::ExperienceMove;
use fanfare_model::launch::{Experience, ExperienceStatus, Metadata};
use fanfare_model::{EventType, ExperienceId, ProductId, Scope, Timestamp, limits};
use fanfare_store::{ExperienceFilter, Page, PageRequest};
use serde_json::json;

use super::fields::kept;
use super::slugs::free_slug;
use super::{Step, Stop, told};
use crate::complaints::Complaints;
use crate::{App, AppError, Caller, Change, ErrorCode};

/// An experience to create.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct NewExperience {
    /// Its name: 1 to [`limits::NAME`] characters.
    pub name: String,
    /// Its name as it stands in addresses; `None`: made from the name.
    pub slug: Option<String>,
    /// When it opens by itself; `None`: by hand.
    pub open_at: Option<Timestamp>,
    /// When it closes by itself, after `open_at`; `None`: by hand.
    pub close_at: Option<Timestamp>,
    /// The time zone of its dates (IANA).
    pub time_zone: Option<String>,
    /// The products that are launched: at most [`limits::PRODUCTS_PER_EXPERIENCE`].
    pub product_ids: Vec<ProductId>,
    /// At most [`limits::METADATA`] bytes of JSON.
    pub metadata: Option<Metadata>,
}

/// Changes to an experience; what is not named stays as it is.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct UpdateExperience {
    /// Its name.
    pub name: Option<String>,
    /// Its name as it stands in addresses.
    pub slug: Option<String>,
    /// When it opens by itself.
    pub open_at: Change<Timestamp>,
    /// When it closes by itself.
    pub close_at: Change<Timestamp>,
    /// The time zone of its dates.
    pub time_zone: Change<String>,
    /// The products that are launched, all of them.
    pub product_ids: Option<Vec<ProductId>>,
    /// What the organization keeps with it, all of it.
    pub metadata: Change<Metadata>,
}

/// The fields of a change that were judged; `None` leaves a field as it is.
#[derive(Clone)]
struct Fields {
    name: Option<String>,
    slug: Option<String>,
    open_at: Option<Option<Timestamp>>,
    close_at: Option<Option<Timestamp>>,
    time_zone: Option<Option<String>>,
    product_ids: Option<Vec<ProductId>>,
    metadata: Option<Option<Metadata>>,
}

impl Fields {
    fn judge(update: UpdateExperience) -> Result<Self, AppError> {
        let mut complaints = Complaints::default();
        let judge = &mut complaints;
        let fields = Self {
            name: update.name.and_then(|name| judge.text("name", &name, limits::NAME)),
            slug: update.slug.and_then(|slug| judge.slug(slug)),
            open_at: update.open_at.map(Some),
            close_at: update.close_at.map(Some),
            time_zone: update.time_zone.map(|name| judge.time_zone(&name)),
            product_ids: update.product_ids.inspect(|ids| judge.products(ids)),
            metadata: update.metadata.map(|given| judge.metadata(given)),
        };
        complaints.judge()?;
        Ok(fields)
    }

    /// The experience with the fields changed; its status is not.
    fn apply(&self, before: &Experience) -> Experience {
        Experience {
            name: kept(&self.name, &before.name),
            slug: kept(&self.slug, &before.slug),
            open_at: kept(&self.open_at, &before.open_at),
            close_at: kept(&self.close_at, &before.close_at),
            time_zone: kept(&self.time_zone, &before.time_zone),
            product_ids: kept(&self.product_ids, &before.product_ids),
            metadata: kept(&self.metadata, &before.metadata),
            ..before.clone()
        }
    }
}

impl From<NewExperience> for UpdateExperience {
    fn from(new: NewExperience) -> Self {
        Self {
            name: Some(new.name),
            slug: new.slug,
            open_at: new.open_at.into(),
            close_at: new.close_at.into(),
            time_zone: new.time_zone.into(),
            product_ids: Some(new.product_ids),
            metadata: new.metadata.into(),
        }
    }
}

impl Complaints {
    fn products(&mut self, given: &[ProductId]) {
        let most = limits::PRODUCTS_PER_EXPERIENCE;
        if given.len() > most {
            self.add("productIds", format!("must have at most {most} items, not {}", given.len()));
            return;
        }
        for (index, id) in given.iter().enumerate() {
            if given[..index].contains(id) {
                self.add(format!("productIds[{index}]"), "is given twice");
            }
        }
    }
}

impl App {
    /// Creates an experience: scheduled when it has a time at which it opens, a draft otherwise.
    /// Needs `experiences:write`. [`ErrorCode::Conflict`] when the slug that was given is taken.
    pub async fn create_experience(
        &self,
        caller: &Caller,
        new: NewExperience,
    ) -> Result<Experience, AppError> {
        caller.require(Scope::ExperiencesWrite)?;
        let (fields, by) = (Fields::judge(new.into())?, caller.actor);
        self.transact(caller, move |step| {
            let experience = create(step, &fields, by.to_string())?;
            put(step, &experience)?;
            step.emit(EventType::ExperienceCreated, &created(&experience))?;
            let about = ("experience.created", "experience", experience.id);
            step.tell(about, None, Some(&experience))?;
            Ok(experience)
        })
        .await
    }

    /// Experiences. Needs `experiences:read`.
    pub async fn experiences(
        &self,
        caller: &Caller,
        filter: ExperienceFilter,
        page: PageRequest,
    ) -> Result<Page<Experience>, AppError> {
        caller.require(Scope::ExperiencesRead)?;
        Ok(self.store().experiences(caller.organization_id, filter, page).await?)
    }

    /// One experience. Needs `experiences:read`.
    pub async fn experience(
        &self,
        caller: &Caller,
        id: ExperienceId,
    ) -> Result<Experience, AppError> {
        caller.require(Scope::ExperiencesRead)?;
        let experience = self.store().experience(caller.organization_id, id).await?;
        experience.ok_or_else(not_found)
    }

    /// Changes the fields that are named. Needs `experiences:write`.
    /// [`ErrorCode::IllegalTransition`] for the opening of one that is live or over,
    /// [`ErrorCode::Conflict`] for the closing of one that is over and for a slug that is taken.
    pub async fn update_experience(
        &self,
        caller: &Caller,
        id: ExperienceId,
        update: UpdateExperience,
    ) -> Result<Experience, AppError> {
        caller.require(Scope::ExperiencesWrite)?;
        let fields = Fields::judge(update)?;
        self.transact(caller, move |step| {
            let before = step.tx.experience(id)?.ok_or_else(not_found)?;
            let mut experience = change(step, &fields, &before)?;
            if experience != before {
                experience.updated_at = step.now;
                put(step, &experience)?;
                let about = ("experience.updated", "experience", id);
                step.tell(about, Some(&before), Some(&experience))?;
            }
            Ok(experience)
        })
        .await
    }

    /// Removes a draft without distributions, [`ErrorCode::Conflict`] for every other one. Needs
    /// `experiences:write`; a person needs `experiences:delete`.
    pub async fn delete_experience(
        &self,
        caller: &Caller,
        id: ExperienceId,
    ) -> Result<(), AppError> {
        caller.require_deleting()?;
        self.transact(caller, move |step| {
            let experience = step.tx.experience(id)?.ok_or_else(not_found)?;
            if experience.status != ExperienceStatus::Draft {
                let status = experience.status;
                let message = format!("only a draft can be removed, and this one is {status}");
                return Err(AppError::new(ErrorCode::Conflict, message).into());
            }
            if !step.tx.distributions_of(id)?.is_empty() {
                let message = "it has distributions; remove them first";
                return Err(AppError::new(ErrorCode::Conflict, message).into());
            }
            step.tx.delete_experience(id)?;
            step.tell(("experience.deleted", "experience", id), Some(&experience), None)
        })
        .await
    }
}

/// Writes an experience and lets the clock look: its times may be the next ones.
pub(super) fn put(step: &mut Step<'_>, experience: &Experience) -> Result<(), Stop> {
    step.wake_clock();
    Ok(step.tx.put_experience(experience)?)
}

fn create(step: &mut Step<'_>, fields: &Fields, by: String) -> Result<Experience, Stop> {
    let draft = Experience {
        id: step.id(),
        name: String::new(),
        slug: String::new(),
        status: ExperienceStatus::Draft,
        open_at: None,
        close_at: None,
        time_zone: None,
        product_ids: Vec::new(),
        created_by: Some(by),
        metadata: None,
        activated_at: None,
        ended_at: None,
        created_at: step.now,
        updated_at: step.now,
    };
    let mut experience = change(step, fields, &draft)?;
    if fields.slug.is_none() {
        experience.slug = free_slug(step, &experience)?;
    }
    Ok(experience)
}

/// The experience with the fields and the status that follows from them, if what is stored allows
/// that.
fn change(step: &mut Step<'_>, fields: &Fields, before: &Experience) -> Result<Experience, Stop> {
    let mut after = fields.apply(before);
    if after.open_at != before.open_at {
        use ExperienceStatus::{Draft, Scheduled};
        after.status = match (before.status, after.open_at) {
            (Scheduled, Some(_)) => Scheduled,
            (Scheduled, None) => step.moved(before.status, ExperienceMove::Unschedule)?,
            (Draft, None) => Draft,
            _ => step.moved(before.status, ExperienceMove::Schedule)?,
        };
    }
    if after.close_at != before.close_at && before.ended_at.is_some() {
        let message = format!("cannot be changed: the experience is {}", before.status);
        return Err(AppError::conflict("closeAt", message).into());
    }
    let mut complaints = Complaints::default();
    complaints.after(("closeAt", after.close_at), ("openAt", after.open_at));
    complaints.judge()?;
    for (index, id) in after.product_ids.iter().enumerate() {
        if !before.product_ids.contains(id) {
            step.need_product(&format!("productIds[{index}]"), *id)?;
        }
    }
    if after.slug != before.slug
        && let Some(other) = step.tx.experience_by_slug(&after.slug)?
    {
        return Err(AppError::conflict("slug", format!("is taken by {other}")).into());
    }
    Ok(after)
}

fn created(experience: &Experience) -> serde_json::Value {
    let mut data = told::of_experience(experience);
    data["slug"] = json!(experience.slug);
    data["open_at"] = json!(experience.open_at);
    data["close_at"] = json!(experience.close_at);
    data["time_zone"] = json!(experience.time_zone);
    data["product_ids"] = json!(experience.product_ids);
    data["created_by"] = json!(experience.created_by);
    data["created_at"] = json!(experience.created_at);
    data
}

pub(super) fn not_found() -> AppError {
    AppError::not_found("experience")
}
