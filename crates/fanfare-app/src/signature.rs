//! The signature helper: why does a signature of an attempt not verify?

use fanfare_model::{DeliveryId, Scope, limits};
use fanfare_signing::{Family, Finding, MAX_HEADER_BYTES, Macs, Question, Secret, SentAttempt};
use fanfare_store::DeliveryDetail;

use crate::complaints::Complaints;
use crate::{App, AppError, Caller};

/// What somebody pasted.
#[derive(Clone)]
pub struct ExplainSignature {
    /// From which header the signature is said to be.
    pub family: Family,
    /// The signature that does not verify.
    pub signature: String,
    /// The body that it was verified over; `None`: not told.
    pub body: Option<Vec<u8>>,
    /// The secret that it was verified with; `None`: not told. It is neither kept nor logged.
    pub secret: Option<String>,
}

impl std::fmt::Debug for ExplainSignature {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ExplainSignature").field("family", &self.family).finish_non_exhaustive()
    }
}

impl App {
    /// Everything that is wrong with a signature that does not verify; empty: it verifies. Needs
    /// `deliveries:read`. The secret of a webhook that is deleted is not known any more, and then
    /// nothing is said of it.
    pub async fn explain_signature(
        &self,
        caller: &Caller,
        id: DeliveryId,
        attempt: u8,
        pasted: &ExplainSignature,
    ) -> Result<Vec<Finding>, AppError> {
        caller.require(Scope::DeliveriesRead)?;
        let mut complaints = Complaints::default();
        if pasted.signature.len() > MAX_HEADER_BYTES {
            complaints.add("signature", "must not be longer than a header, 4096 bytes");
        }
        let body = pasted.body.as_ref().map_or(0, Vec::len);
        if body > 2 * limits::EVENT_DATA {
            complaints.add("body", "is longer than a body that we send");
        }
        if pasted.secret.as_ref().is_some_and(|secret| secret.len() > 2 * Secret::MAX_CHARS) {
            complaints.add("secret", "is longer than a secret can be");
        }
        complaints.judge()?;
        let detail = self.find_delivery(caller, id).await?;
        if !detail.attempts.iter().any(|one| one.number == attempt) {
            return Err(AppError::not_found("attempt"));
        }
        let secrets = self.live_secrets(caller, &detail).await?;
        let secrets: Vec<&Secret> = secrets.iter().collect();
        let sent = detail.attempts.iter().map(|one| SentAttempt {
            number: one.number,
            timestamp: one.started_at.as_unix_seconds(),
            macs: Macs { fanfare: one.signatures.fanfare, standard: one.signatures.standard },
        });
        Ok(fanfare_signing::explain(&Question {
            family: pasted.family,
            event_id: &detail.delivery.event_id.to_string(),
            body: &detail.body,
            attempts: &sent.collect::<Vec<_>>(),
            attempt,
            secrets: &secrets,
            signature: &pasted.signature,
            given_body: pasted.body.as_deref(),
            given_secret: pasted.secret.as_deref(),
        }))
    }

    /// The secrets of the delivery's webhook that are alive and can be opened, new before old.
    async fn live_secrets(
        &self,
        caller: &Caller,
        detail: &DeliveryDetail,
    ) -> Result<Vec<Secret>, AppError> {
        let organization = caller.organization_id;
        let webhook = self.store().webhook(organization, detail.delivery.webhook_id).await?;
        let Some(webhook) = webhook else { return Ok(Vec::new()) };
        let now = self.now();
        let previous = webhook.previous_secret.as_ref().filter(|previous| previous.until > now);
        let sealed = [Some(&webhook.secret), previous.map(|previous| &previous.secret)];
        let open = |sealed| self.open(organization, webhook.id, sealed).ok();
        Ok(sealed.into_iter().flatten().filter_map(open).collect())
    }
}
