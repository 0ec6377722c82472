//! Deliveries: the list with its filter and what is live, one with its attempts, resending.

mod curl;
mod explain;
mod filter;
mod job;
mod list;
mod live;
mod one;
mod resend;
mod rows;

pub(crate) use explain::explain;
pub(crate) use job::{cancel_job, job};
pub(crate) use list::{list, of_webhook};
pub(crate) use live::{live, live_one};
pub(crate) use one::{body, response, show};
pub(crate) use resend::{cancel, resend, resend_matching};
