//! Reports: what became of a webhook, told to other webhooks of its organization as an event.
//!
//! A report is made when another webhook of the organization takes it, once for each notice, and
//! never goes to the webhook that it is about. It is made before its notice is told, with a key that
//! only we can use, so that a kill between the two makes no second one.

use std::collections::HashSet;

use fanfare_model::{EventType, NoticeId, OrganizationId, Timestamp, limits};
use fanfare_store::{
    Accept, EventSource, IdempotencyKey, NoticeKind, StoredResponse, Untold, Webhook,
};
use serde_json::{Value, json};

use crate::{App, AppError, Caller};

impl App {
    /// Makes the reports that these notices ask for; gives the notices of which none is missing.
    pub(super) async fn report(&self, untold: &[Untold]) -> Result<HashSet<NoticeId>, AppError> {
        let mut reported = HashSet::new();
        for untold in untold.iter().filter(|untold| untold.report) {
            // The key is remembered for as long. What is older is no news either.
            if self.now().since(untold.notice.created_at) < limits::IDEMPOTENCY_RETENTION / 2 {
                self.report_one(untold).await?;
            }
            reported.insert(untold.notice.id);
        }
        Ok(reported)
    }

    async fn report_one(&self, untold: &Untold) -> Result<(), AppError> {
        let (organization_id, notice) = (untold.organization_id, &untold.notice);
        let all = self.all_webhooks(&Caller::clock(organization_id)).await?;
        let about = all.iter().find(|webhook| webhook.id == notice.webhook_id);
        let Some((event_type, data)) = about.and_then(|webhook| told(untold, webhook)) else {
            return Ok(());
        };
        let takes = |webhook: &Webhook| {
            webhook.id != notice.webhook_id
                && webhook.status.accepts()
                && webhook.events.matches(event_type)
        };
        if !all.iter().any(|webhook| takes(webhook)) {
            return Ok(());
        }
        let at = self.now();
        let (event, _) = self.envelope(organization_id, event_type, &data, at)?;
        let accept = Accept {
            organization_id,
            at,
            events: vec![event],
            source: EventSource::Api,
            only: None,
            except: Some(notice.webhook_id),
            idempotency: Some((key(organization_id, notice.id), nothing())),
        };
        self.store().accept(accept).await?;
        Ok(())
    }
}

/// The key of a notice's report. No request can send it: a header has no control characters.
fn key(organization_id: OrganizationId, notice: NoticeId) -> IdempotencyKey {
    IdempotencyKey { organization_id, key: format!("\u{1}{notice}"), fingerprint: [0; 32] }
}

fn nothing() -> StoredResponse {
    StoredResponse { status: 202, body: bytes::Bytes::from_static(b"{}") }
}

fn told(untold: &Untold, about: &Webhook) -> Option<(EventType, Value)> {
    let at = untold.notice.created_at;
    let described = |status: &str, when: &str, at: Timestamp| {
        let mut data = json!({
            "webhook_id": about.id,
            "webhook_description": about.description,
            "status": status,
        });
        data[when] = json!(at);
        data
    };
    Some(match untold.notice.kind {
        NoticeKind::DeliveryFailed { delivery_id, event_id } => {
            let mut data = described("failed", "failed_at", at);
            data["delivery_id"] = json!(delivery_id);
            data["event_id"] = json!(event_id);
            (EventType::WebhookFailed, data)
        }
        NoticeKind::WebhookRecovered => {
            (EventType::WebhookRecovered, described("active", "recovered_at", at))
        }
        NoticeKind::WebhookGone | NoticeKind::WebhookDisabled => {
            let mut data = described("disabled", "disabled_at", at);
            let gone = untold.notice.kind == NoticeKind::WebhookGone;
            data["reason"] = json!(if gone { "gone" } else { "failing" });
            (EventType::WebhookDisabled, data)
        }
        NoticeKind::WebhookWarned(_) | NoticeKind::BacklogStays => return None,
    })
}
