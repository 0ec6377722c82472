//! Testing a webhook: the catalogue's example of a type, sent to this webhook alone.

use fanfare_model::{Scope, WebhookId};
use fanfare_store::{Accept, Delivery, EventSource};

use crate::complaints::Complaints;
use crate::publish::parse_type;
use crate::{App, AppError, Caller, ErrorCode, PublishReceipt};

/// A test that was sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TestSent {
    /// The event.
    pub event: PublishReceipt,
    /// Its delivery; it may have been attempted already.
    pub delivery: Option<Delivery>,
}

impl App {
    /// Sends the catalogue's example of a type to this webhook alone, whatever it subscribes to,
    /// marked as a test. Needs `webhooks:write`. The URL is judged again first. A disabled
    /// webhook is an [`ErrorCode::Conflict`]; a paused one gets the test when it is resumed.
    pub async fn test_webhook(
        &self,
        caller: &Caller,
        id: WebhookId,
        event_type: &str,
    ) -> Result<TestSent, AppError> {
        caller.require(Scope::WebhooksWrite)?;
        let webhook = self.find_view(caller, id).await?.webhook;
        let event_type = parse_type(event_type)?;
        if !webhook.status.accepts() {
            let message = "the webhook is disabled: enable it before testing it";
            return Err(AppError::new(ErrorCode::Conflict, message));
        }
        let mut complaints = Complaints::default();
        let target = self.parse_target(&mut complaints, &webhook.url);
        complaints.judge()?;
        if let Some(target) = target {
            self.vet_target(&target).await?;
        }
        let at = self.now();
        let (event, receipt) = self.example(caller, event_type, at)?;
        let accept = Accept {
            organization_id: caller.organization_id,
            at,
            events: vec![event],
            source: EventSource::Test,
            only: Some(id),
            except: None,
            idempotency: None,
        };
        // The act is told first: a test that could not be told of is not sent.
        let told = self.audit(caller, "webhook.tested", "webhook", id);
        self.store().append_audit(caller.organization_id, told).await?;
        self.store().accept(accept).await?;
        let deliveries = self.store().event_deliveries(caller.organization_id, receipt.id).await?;
        Ok(TestSent { event: receipt, delivery: deliveries.into_iter().next() })
    }
}
