//! What an experience's moves do to its distributions.
//!
//! Going live opens those whose time has come or who have none, and starts the clocks of the
//! others; being over closes them; being called off cancels them. This happens in the transaction
//! of the move. What follows for their participants is done by the clock, at once and in steps:
//! there may be a hundred thousand of them. Nothing here refuses, so that an experience is never
//! held by one of its parts.

use fanfare_model::launch::Experience;

use super::tending::tend;
use super::{Step, Stop};

/// Lets the distributions of an experience follow it.
pub(crate) fn follow(step: &mut Step<'_>, experience: &Experience) -> Result<(), Stop> {
    for mut distribution in step.tx.distributions_of(experience.id)? {
        let before = distribution.clone();
        tend(step, &mut distribution, experience, 0)?;
        if distribution != before {
            step.tx.put_distribution(&distribution)?;
            step.wake_clock();
        }
    }
    Ok(())
}
