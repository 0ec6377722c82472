//! The pages, a module for each group.

pub(crate) mod account;
pub(crate) mod confirm;
pub(crate) mod deliveries;
pub(crate) mod events;
pub(crate) mod integrations;
pub(crate) mod launch;
pub(crate) mod notices;
pub(crate) mod overview;
pub(crate) mod settings;
pub(crate) mod webhooks;
