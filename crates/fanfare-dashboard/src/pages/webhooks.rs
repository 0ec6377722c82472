//! Settings → Integrations → Webhooks.

mod activity;
mod commands;
mod event_tree;
mod form;
mod head;
mod list;
mod metrics;
mod new;
mod replay;
mod secret;
mod settings;
mod signing;
mod test;

pub(crate) use activity::activity;
pub(crate) use commands::{command, confirm_delete, confirm_disable, delete};
pub(crate) use list::list;
pub(crate) use metrics::metrics;
pub(crate) use new::{check_url, create, is_about_the_form, new};
pub(crate) use replay::{recover, replay};
pub(crate) use secret::{reveal, rotate, switch};
pub(crate) use settings::{settings, update};
pub(crate) use signing::signing;
pub(crate) use test::{send_test, test};

pub(crate) use head::{Head, Tab, channel_name};
pub(crate) use list::HOME;
