//! Webhooks: what customers configure.
//!
//! A change is judged whole before anything is written, then made inside the store's transaction
//! on what is stored. Secrets are sealed before they leave this crate; an answer shows a secret
//! only when it was generated for that very answer.

mod check;
mod create;
mod edit;
mod fields;
mod input;
mod rotation;
mod sealing;
mod stats;
mod subscribe;
mod target;
mod test_event;
mod view;

pub use check::UrlCheck;
pub(crate) use check::UrlChecks;
pub use input::{CreateWebhook, HeaderInput, UpdateWebhook};
pub use rotation::RotateSecret;
pub use stats::{OrganizationStats, Percentiles, Sparkline, StatsPoint, StatsWindow, WebhookStats};
pub use test_event::TestSent;
pub(crate) use view::shown_headers;
pub use view::{CreatedWebhook, ShownHeader, StandardWebhooks, WebhookView};
