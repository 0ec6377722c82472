//! Connections to Stripe, Twilio and Resend.

mod head;
mod messages;
mod new;
mod remove;
mod secret;
mod show;
mod steps;
mod words;

pub(crate) use messages::{handle_again, message, messages};
pub(crate) use new::{add_connection, new_connection};
pub(crate) use remove::{ask_remove_connection, remove_connection};
pub(crate) use secret::{rotate_connection, secret};
pub(crate) use show::connection;

pub(super) use words::{badge, provider_name};

/// The address below which connections are.
pub(super) const HOME: &str = "/settings/integrations/connections";
