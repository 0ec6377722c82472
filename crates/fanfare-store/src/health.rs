//! What attempts mean for the webhook they were made to.

use std::time::Duration;

use fanfare_model::{DisabledReason, Timestamp, WebhookStatus};

use crate::{Verdict, Webhook};

/// The webhook after an attempt with this verdict. Paused and disabled ones stay what they are,
/// except that 410 disables. Versions and times of changes are the backend's to count.
#[must_use]
pub fn after_attempt(
    mut webhook: Webhook,
    verdict: Verdict,
    disable_after: Duration,
    now: Timestamp,
) -> Webhook {
    match verdict {
        Verdict::Succeeded => {
            webhook.failing_since = None;
            if webhook.status == WebhookStatus::Failed {
                webhook.status = WebhookStatus::Active;
            }
        }
        Verdict::RetryAt(_) | Verdict::Exhausted => {
            let since = *webhook.failing_since.get_or_insert(now);
            if verdict == Verdict::Exhausted && webhook.status == WebhookStatus::Active {
                webhook.status = WebhookStatus::Failed;
            }
            if webhook.status.is_served() && now.since(since) >= disable_after {
                webhook.status = WebhookStatus::Disabled;
                webhook.disabled_reason = Some(DisabledReason::Failing);
            }
        }
        Verdict::Gone => {
            webhook.failing_since.get_or_insert(now);
            if webhook.status != WebhookStatus::Disabled {
                webhook.status = WebhookStatus::Disabled;
                webhook.disabled_reason = Some(DisabledReason::Gone);
            }
        }
        Verdict::Cancelled => {}
    }
    webhook
}
