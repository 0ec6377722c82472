//! What an experience's moves do to its distributions.
//!
//! Nothing here refuses: a distribution that a move has no meaning for stays as it is, so that an
//! experience is never held by one of its parts.

use fanfare_model::launch::machine::DistributionMove;
use fanfare_model::launch::{Distribution, Experience, Move};

use super::{Step, Stop};

/// The experience went live: distributions that have no time of their own, or whose time has
/// come, open.
pub(crate) fn on_activated(step: &mut Step<'_>, experience: &Experience) -> Result<(), Stop> {
    let now = step.now;
    let due = |one: &Distribution| one.open_at.is_none_or(|at| at <= now);
    each(step, experience, DistributionMove::Open, due)
}

/// The experience is over: distributions take nobody any more.
pub(crate) fn on_completed(step: &mut Step<'_>, experience: &Experience) -> Result<(), Stop> {
    each(step, experience, DistributionMove::Close, |_| true)
}

/// The experience was called off, and its distributions with it.
pub(crate) fn on_cancelled(step: &mut Step<'_>, experience: &Experience) -> Result<(), Stop> {
    each(step, experience, DistributionMove::Cancel, |_| true)
}

fn each(
    step: &mut Step<'_>,
    experience: &Experience,
    by: DistributionMove,
    which: impl Fn(&Distribution) -> bool,
) -> Result<(), Stop> {
    for mut distribution in step.tx.distributions_of(experience.id)? {
        if let Ok(then) = by.from(distribution.status)
            && which(&distribution)
        {
            distribution.status = then;
            distribution.updated_at = step.now;
            step.tx.put_distribution(&distribution)?;
        }
    }
    Ok(())
}
