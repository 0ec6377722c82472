//! The pages, a module for each group.

pub(crate) mod account;
pub(crate) mod events;
pub(crate) mod launch;
pub(crate) mod overview;
pub(crate) mod webhooks;
