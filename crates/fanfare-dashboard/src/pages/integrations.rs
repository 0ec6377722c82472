//! Settings → Integrations: what tells us (connections to providers), who is told through a
//! platform (automations), and who asks by itself (the pull feed). Webhooks have a group of their own.

mod automations;
mod connections;
mod feed;
mod index;
mod sent;

pub(crate) use automations::{automations, create_automation_key};
pub(crate) use connections::{
    add_connection, ask_remove_connection, connection, handle_again, message, messages,
    new_connection, remove_connection, rotate_connection, secret,
};
pub(crate) use feed::{ask_remove_group, create_group, feed, group, remove_group, rotate_group};
pub(crate) use index::index;
pub(crate) use sent::sent;

/// The address of the index.
const HOME: &str = "/settings/integrations";
