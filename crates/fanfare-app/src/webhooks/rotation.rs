//! Changing a webhook's secret without losing a delivery.
//!
//! For an overlap both secrets are alive: `webhook-signature` carries both, and
//! `X-Fanfare-Signature`, which has room for one, is made with the old one until the overlap ends
//! or the customer switches. A third secret never joins: it would silently end the one that a
//! receiver still verifies with.

use std::fmt;
use std::time::Duration;

use fanfare_model::{Scope, Timestamp, WebhookId, limits};
use fanfare_signing::Secret;
use fanfare_store::{EditRefused, PreviousSecret, Sealed, Webhook};

use super::{CreatedWebhook, WebhookView};
use crate::complaints::Complaints;
use crate::{App, AppError, Caller, ErrorCode};

/// How to rotate a secret.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct RotateSecret {
    /// The new secret; `None`: one is generated and returned once.
    pub secret: Option<String>,
    /// How long the old one stays alive beside it; `None`: [`limits::ROTATION_OVERLAP`]; zero:
    /// not at all; at most [`limits::ROTATION_OVERLAP_MAX`].
    pub overlap: Option<Duration>,
    /// Whether `X-Fanfare-Signature`, which has room for one, uses the new secret from now on
    /// rather than from the end of the overlap.
    pub switch_signature: bool,
}

impl fmt::Debug for RotateSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RotateSecret")
            .field("secret", &self.secret.as_ref().map(|_| "***"))
            .field("overlap", &self.overlap)
            .field("switch_signature", &self.switch_signature)
            .finish()
    }
}

impl App {
    /// Gives a webhook a new secret. Needs `webhooks:write`. While the overlap of an earlier
    /// rotation runs, [`ErrorCode::Conflict`], unless the overlap asked for is zero, which ends
    /// every older secret at once.
    pub async fn rotate_secret(
        &self,
        caller: &Caller,
        id: WebhookId,
        rotate: RotateSecret,
    ) -> Result<CreatedWebhook, AppError> {
        caller.require(Scope::WebhooksWrite)?;
        let mut complaints = Complaints::default();
        let overlap = rotate.overlap.unwrap_or(limits::ROTATION_OVERLAP);
        if overlap > limits::ROTATION_OVERLAP_MAX {
            let most = limits::ROTATION_OVERLAP_MAX.as_secs();
            complaints.add("overlapSeconds", format!("must be from 0 to {most}"));
        }
        let given = rotate.secret.as_deref().and_then(|text| complaints.secret(text));
        complaints.judge()?;
        let generated = given.is_none().then(|| Secret::generate(self.ids().random()));
        let now = self.now();
        let sealed = match given.as_ref().or(generated.as_ref()) {
            Some(secret) => self.seal(caller.organization_id, id, secret)?,
            None => return Err(AppError::invalid_field("secret", "is missing")),
        };
        let switch = rotate.switch_signature;
        let webhook = self
            .edit_webhook((caller, "webhook.secret_rotated"), id, now, move |webhook| {
                replace_secret(webhook, &sealed, overlap, switch, now)
            })
            .await?;
        let view = self.view(caller, webhook);
        Ok(CreatedWebhook { view, is_new: false, generated_secret: generated })
    }

    /// Lets `X-Fanfare-Signature` use the new secret from now on, during an overlap. Needs
    /// `webhooks:write`. Without an overlap nothing changes.
    pub async fn switch_signature(
        &self,
        caller: &Caller,
        id: WebhookId,
    ) -> Result<WebhookView, AppError> {
        caller.require(Scope::WebhooksWrite)?;
        let view = self.find_view(caller, id).await?;
        if !view.signs_with_previous {
            return Ok(view);
        }
        let now = self.now();
        let webhook = self
            .edit_webhook((caller, "webhook.signature_switched"), id, now, |webhook| {
                if let Some(previous) = &mut webhook.previous_secret {
                    previous.signs_fanfare = false;
                }
                Ok(())
            })
            .await?;
        Ok(self.view(caller, webhook))
    }
}

fn replace_secret(
    webhook: &mut Webhook,
    new: &Sealed,
    overlap: Duration,
    switch: bool,
    now: Timestamp,
) -> Result<(), EditRefused> {
    let running = webhook.previous_secret.as_ref().filter(|previous| previous.until > now);
    if let Some(previous) = running
        && !overlap.is_zero()
    {
        let message = format!(
            "the overlap of an earlier rotation runs until {}; rotate again after that, or with \
             an overlap of 0, which ends every older secret at once",
            previous.until
        );
        return Err(EditRefused { code: ErrorCode::Conflict.as_str(), message });
    }
    let old = std::mem::replace(&mut webhook.secret, new.clone());
    webhook.previous_secret = (!overlap.is_zero()).then(|| PreviousSecret {
        secret: old,
        until: now + overlap,
        signs_fanfare: !switch,
    });
    Ok(())
}
