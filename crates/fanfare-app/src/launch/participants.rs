//! Who takes part in a distribution, and ending a checkout.

use fanfare_model::launch::{Currency, Money, Participant};
use fanfare_model::{ConsumerId, DistributionId, OrderId, Scope};
use fanfare_store::{Listed, Page, PageRequest, ParticipantFilter, SortKey};

use crate::{App, AppError, Caller};

impl App {
    /// The participants of a distribution. Needs `distributions:read`. Sorted by creation, a
    /// cursor is the participant's number; by the last change, its change number.
    pub async fn participants(
        &self,
        caller: &Caller,
        distribution: DistributionId,
        filter: ParticipantFilter,
        key: SortKey,
        page: PageRequest,
    ) -> Result<Page<Listed<Participant>>, AppError> {
        caller.require(Scope::DistributionsRead)?;
        let organization = caller.organization_id;
        let found = self.store().participants(organization, distribution, filter, key, page).await?;
        found.ok_or_else(|| AppError::not_found("distribution"))
    }

    /// One participant. Needs `distributions:read`.
    pub async fn participant(
        &self,
        caller: &Caller,
        distribution: DistributionId,
        consumer: ConsumerId,
    ) -> Result<Participant, AppError> {
        caller.require(Scope::DistributionsRead)?;
        let organization = caller.organization_id;
        let found = self.store().participant(organization, distribution, consumer).await?;
        found.ok_or_else(|| AppError::not_found("participant"))
    }
}
