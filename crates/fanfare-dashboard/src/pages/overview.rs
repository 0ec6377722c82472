//! The first page.

use crate::ask::{Answer, Ask, see_other};

/// `GET /`
pub(crate) async fn show(_: Ask) -> Answer {
    Ok(see_other("/settings/integrations/webhooks"))
}
