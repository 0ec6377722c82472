//! How an experience goes live and ends, by hand or by its times, and what is told of it.
//!
//! The same functions serve both: a use case asks for a move and is refused where the machine
//! has none; the clock makes those whose time has come ([`advance_experience`]).

use fanfare_model::launch::machine::ExperienceMove;
use fanfare_model::launch::{Experience, ExperienceStatus};
use fanfare_model::{Actor, EventType, ExperienceId, Scope};
use serde_json::json;

use super::experiences::{not_found, put};
use super::follow::follow;
use super::{Step, Stop, told};
use crate::{App, AppError, Caller};

impl App {
    /// Makes an experience live now, whatever its time. Needs `experiences:write`.
    /// [`crate::ErrorCode::IllegalTransition`] when it was live before,
    /// [`crate::ErrorCode::Conflict`] when its closing has passed.
    pub async fn activate_experience(
        &self,
        caller: &Caller,
        id: ExperienceId,
    ) -> Result<Experience, AppError> {
        self.move_experience(caller, id, "experience.activated", |step, experience| {
            if let Some(closed) = experience.close_at.filter(|at| *at <= step.now) {
                let message = format!("has passed ({closed}); move or remove it first");
                step.moved(experience.status, ExperienceMove::Activate)?;
                return Err(AppError::conflict("closeAt", message).into());
            }
            activate(step, experience)
        })
        .await
    }

    /// Ends a live experience before its time. Needs `experiences:write`.
    /// [`crate::ErrorCode::IllegalTransition`] when it is not live.
    pub async fn complete_experience(
        &self,
        caller: &Caller,
        id: ExperienceId,
    ) -> Result<Experience, AppError> {
        self.move_experience(caller, id, "experience.completed", |step, experience| {
            complete(step, experience, "ended_early")
        })
        .await
    }

    /// Calls an experience off, and its distributions with it. Needs `experiences:write`.
    /// [`crate::ErrorCode::IllegalTransition`] when it is over.
    pub async fn cancel_experience(
        &self,
        caller: &Caller,
        id: ExperienceId,
    ) -> Result<Experience, AppError> {
        let by = caller.actor;
        self.move_experience(caller, id, "experience.cancelled", move |step, experience| {
            cancel(step, experience, by)
        })
        .await
    }

    async fn move_experience(
        &self,
        caller: &Caller,
        id: ExperienceId,
        action: &'static str,
        mut by: impl FnMut(&mut Step<'_>, &mut Experience) -> Result<(), Stop> + Send + 'static,
    ) -> Result<Experience, AppError> {
        caller.require(Scope::ExperiencesWrite)?;
        self.transact(caller, move |step| {
            let before = step.tx.experience(id)?.ok_or_else(not_found)?;
            let mut experience = before.clone();
            by(step, &mut experience)?;
            step.tell((action, "experience", id), Some(&before), Some(&experience))?;
            Ok(experience)
        })
        .await
    }
}

/// Makes the moves of an experience whose times have come. One that opened and closed while
/// nobody looked does both, in their order.
pub(crate) fn advance_experience(step: &mut Step<'_>, id: ExperienceId) -> Result<(), Stop> {
    let Some(mut experience) = step.tx.experience(id)? else { return Ok(()) };
    while experience.next_at().is_some_and(|at| at <= step.now) {
        match experience.status {
            ExperienceStatus::Active => complete(step, &mut experience, "closed")?,
            _ => activate(step, &mut experience)?,
        }
    }
    Ok(())
}

fn activate(step: &mut Step<'_>, experience: &mut Experience) -> Result<(), Stop> {
    experience.status = step.moved(experience.status, ExperienceMove::Activate)?;
    experience.activated_at = Some(step.now);
    experience.updated_at = step.now;
    put(step, experience)?;
    let mut data = told::of_experience(experience);
    data["slug"] = json!(experience.slug);
    data["open_at"] = json!(experience.open_at);
    data["close_at"] = json!(experience.close_at);
    data["activated_at"] = json!(step.now);
    step.emit(EventType::ExperienceActivated, &data)?;
    follow(step, experience)
}

fn complete(step: &mut Step<'_>, experience: &mut Experience, why: &str) -> Result<(), Stop> {
    experience.status = step.moved(experience.status, ExperienceMove::Complete)?;
    experience.ended_at = Some(step.now);
    experience.updated_at = step.now;
    put(step, experience)?;
    let mut data = told::of_experience(experience);
    data["close_at"] = json!(experience.close_at);
    data["completed_at"] = json!(step.now);
    data["reason"] = json!(why);
    step.emit(EventType::ExperienceCompleted, &data)?;
    follow(step, experience)
}

fn cancel(step: &mut Step<'_>, experience: &mut Experience, by: Actor) -> Result<(), Stop> {
    let previous = experience.status;
    experience.status = step.moved(previous, ExperienceMove::Cancel)?;
    experience.ended_at = Some(step.now);
    experience.updated_at = step.now;
    put(step, experience)?;
    let mut data = told::of_experience(experience);
    data["previous_status"] = json!(previous);
    data["cancelled_at"] = json!(step.now);
    data["cancelled_by"] = json!(by.to_string());
    step.emit(EventType::ExperienceCancelled, &data)?;
    follow(step, experience)
}
