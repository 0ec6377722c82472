//! What was accepted, what became of it, and what can happen at all.

mod catalogue;
mod list;
mod show;

pub(crate) use catalogue::{catalogue, event_type};
pub(crate) use list::list;
pub(crate) use show::{body, resend, show};
