//! Settings → Integrations → Webhooks.

mod list;

pub(crate) use list::{integrations, list};
