//! Changing a webhook's secret without losing a delivery.

use std::fmt;
use std::time::Duration;

use fanfare_model::WebhookId;

use crate::{App, AppError, Caller, CreatedWebhook, WebhookView};

/// How to rotate a secret.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct RotateSecret {
    /// The new secret; `None`: one is generated and returned once.
    pub secret: Option<String>,
    /// How long the old one stays alive beside it; `None`:
    /// [`fanfare_model::limits::ROTATION_OVERLAP`]; zero: not at all; at most
    /// [`fanfare_model::limits::ROTATION_OVERLAP_MAX`].
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
    /// rotation runs, [`ErrorCode::Conflict`](crate::ErrorCode::Conflict), unless the overlap
    /// asked for is zero, which ends every older secret at once.
    pub async fn rotate_secret(
        &self,
        caller: &Caller,
        id: WebhookId,
        rotate: RotateSecret,
    ) -> Result<CreatedWebhook, AppError> {
        let _ = (caller, id, rotate);
        unimplemented!()
    }

    /// Lets `X-Fanfare-Signature` use the new secret from now on, during an overlap. Needs
    /// `webhooks:write`. Without an overlap nothing changes.
    pub async fn switch_signature(
        &self,
        caller: &Caller,
        id: WebhookId,
    ) -> Result<WebhookView, AppError> {
        let _ = (caller, id);
        unimplemented!()
    }
}
