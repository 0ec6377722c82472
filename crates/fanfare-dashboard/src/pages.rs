//! The pages, a module for each group.

pub(crate) mod account;
pub(crate) mod overview;
pub(crate) mod webhooks;
