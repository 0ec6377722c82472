//! The launch domain: changed by work, read in pages.

use async_trait::async_trait;
use fanfare_model::launch::{Bid, Consumer, Distribution, Experience, Order, Participant, Product};
use fanfare_model::{
    ConsumerId, DistributionId, ExperienceId, OrderId, OrganizationId, ProductId, Timestamp,
};
use fanfare_store::{
    ConsumerFilter, DistributionFilter, DueNow, ExperienceFilter, LaunchStore, Listed, OrderFilter,
    Page, PageRequest, ParticipantCounts, ParticipantFilter, SortKey, StoreError, Work,
};

use crate::PostgresStore;
use crate::launch::{bid, consumer, distribution, due, experience, order, participant, product};
use crate::session::Scope;
use crate::shares::Purpose;
use crate::store::read;

#[async_trait]
impl LaunchStore for PostgresStore {
    async fn launch(
        &self,
        organization: OrganizationId,
        _erases: bool,
        work: Work,
    ) -> Result<bool, StoreError> {
        self.works.run(organization, work, &self.options).await
    }

    async fn launch_due(&self, now: Timestamp, limit: usize) -> Result<DueNow, StoreError> {
        read!(self, Purpose::Work.of(Scope::Product), |session| due::due(&session, now, limit)
            .await)
    }

    async fn consumer(
        &self,
        organization: OrganizationId,
        id: ConsumerId,
    ) -> Result<Option<Consumer>, StoreError> {
        read!(self, Scope::Organization(organization), |session| {
            consumer::one(&session, organization, id).await
        })
    }

    async fn consumers(
        &self,
        organization: OrganizationId,
        filter: ConsumerFilter,
        key: SortKey,
        page: PageRequest,
    ) -> Result<Page<Listed<Consumer>>, StoreError> {
        read!(self, Scope::Organization(organization), |session| {
            consumer::list(&session, organization, &filter, key, &page).await
        })
    }

    async fn product(
        &self,
        organization: OrganizationId,
        id: ProductId,
    ) -> Result<Option<Product>, StoreError> {
        read!(self, Scope::Organization(organization), |session| {
            product::one(&session, organization, id).await
        })
    }

    async fn products(
        &self,
        organization: OrganizationId,
        page: PageRequest,
    ) -> Result<Page<Product>, StoreError> {
        read!(self, Scope::Organization(organization), |session| {
            product::list(&session, organization, &page).await
        })
    }

    async fn experience(
        &self,
        organization: OrganizationId,
        id: ExperienceId,
    ) -> Result<Option<Experience>, StoreError> {
        read!(self, Scope::Organization(organization), |session| {
            experience::one(&session, organization, id).await
        })
    }

    async fn experiences(
        &self,
        organization: OrganizationId,
        filter: ExperienceFilter,
        page: PageRequest,
    ) -> Result<Page<Experience>, StoreError> {
        read!(self, Scope::Organization(organization), |session| {
            experience::list(&session, organization, &filter, &page).await
        })
    }

    async fn distribution(
        &self,
        organization: OrganizationId,
        id: DistributionId,
    ) -> Result<Option<(Distribution, ParticipantCounts)>, StoreError> {
        read!(self, Scope::Organization(organization), |session| {
            distribution::one(&session, organization, id).await
        })
    }

    async fn distributions(
        &self,
        organization: OrganizationId,
        filter: DistributionFilter,
        page: PageRequest,
    ) -> Result<Page<(Distribution, ParticipantCounts)>, StoreError> {
        read!(self, Scope::Organization(organization), |session| {
            distribution::list(&session, organization, &filter, &page).await
        })
    }

    async fn participant(
        &self,
        organization: OrganizationId,
        distribution: DistributionId,
        consumer: ConsumerId,
    ) -> Result<Option<Participant>, StoreError> {
        read!(self, Scope::Organization(organization), |session| {
            participant::one(&session, organization, distribution, consumer).await
        })
    }

    async fn participants(
        &self,
        organization: OrganizationId,
        distribution: DistributionId,
        filter: ParticipantFilter,
        key: SortKey,
        page: PageRequest,
    ) -> Result<Option<Page<Listed<Participant>>>, StoreError> {
        read!(self, Scope::Organization(organization), |session| {
            participant::list(&session, (organization, distribution), &filter, key, &page).await
        })
    }

    async fn draw_order(
        &self,
        organization: OrganizationId,
        distribution: DistributionId,
        after: Option<[u8; 32]>,
        limit: usize,
    ) -> Result<Option<Vec<Participant>>, StoreError> {
        read!(self, Scope::Organization(organization), |session| {
            participant::draw_order(&session, organization, distribution, after, limit).await
        })
    }

    async fn bids(
        &self,
        organization: OrganizationId,
        distribution: DistributionId,
        page: PageRequest,
    ) -> Result<Option<Page<Bid>>, StoreError> {
        read!(self, Scope::Organization(organization), |session| {
            bid::list(&session, organization, distribution, &page).await
        })
    }

    async fn order(
        &self,
        organization: OrganizationId,
        id: OrderId,
    ) -> Result<Option<Order>, StoreError> {
        read!(self, Scope::Organization(organization), |session| {
            order::one(&session, organization, id).await
        })
    }

    async fn orders(
        &self,
        organization: OrganizationId,
        filter: OrderFilter,
        key: SortKey,
        page: PageRequest,
    ) -> Result<Page<Listed<Order>>, StoreError> {
        read!(self, Scope::Organization(organization), |session| {
            order::list(&session, organization, &filter, key, &page).await
        })
    }
}
