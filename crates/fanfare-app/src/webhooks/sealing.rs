//! Secrets on their way into the store and out of it.

use fanfare_model::{OrganizationId, WebhookId};
use fanfare_signing::{SealContext, SealError, Secret};
use fanfare_store::Sealed;

use crate::{App, AppError, OperatorContext};

impl App {
    pub(crate) fn seal(
        &self,
        organization: OrganizationId,
        webhook: WebhookId,
        secret: &Secret,
    ) -> Result<Sealed, AppError> {
        let (organization, webhook) = (organization.to_string(), webhook.to_string());
        self.seal_at(SealContext::webhook_secret(&organization, &webhook), secret)
    }

    pub(crate) fn open(
        &self,
        organization: OrganizationId,
        webhook: WebhookId,
        sealed: &Sealed,
    ) -> Result<Secret, SealError> {
        let (organization, webhook) = (organization.to_string(), webhook.to_string());
        self.open_at(SealContext::webhook_secret(&organization, &webhook), sealed)
    }

    /// Seals a secret for a place.
    pub(crate) fn seal_at(
        &self,
        place: SealContext<'_>,
        secret: &Secret,
    ) -> Result<Sealed, AppError> {
        let nonce = self.ids().random();
        let sealed = self.shared.keyring.seal(place, nonce, secret.expose().as_bytes());
        sealed.map(Sealed).map_err(|error| AppError::internal(OperatorContext::new(error)))
    }

    /// Opens what [`App::seal_at`] sealed for the same place.
    pub(crate) fn open_at(
        &self,
        place: SealContext<'_>,
        sealed: &Sealed,
    ) -> Result<Secret, SealError> {
        let bytes = self.shared.keyring.open(place, &sealed.0)?;
        let text = std::str::from_utf8(&bytes).map_err(|_| SealError::Open)?;
        Secret::parse(text).map_err(|_| SealError::Open)
    }
}
