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
use rusqlite::Connection;

use crate::SqliteStore;
use crate::delivery_row::organization_key;
use crate::fault::Fault;
use crate::launch::{
    bid, consumer, distribution, due, experience, order, participant, product, tx,
};

/// Bytes that work is taken to hold while it waits.
const WORK_BYTES: usize = 1_000;

fn empty<T>() -> Page<T> {
    Page { items: Vec::new(), has_more: false }
}

impl SqliteStore {
    /// Reads something of one organization; `nothing` if there is no such organization.
    pub(crate) async fn of_organization<T: Send + 'static>(
        &self,
        organization: OrganizationId,
        nothing: T,
        read: impl FnOnce(&Connection, i64) -> Result<T, Fault> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.readers
            .read(move |connection| match organization_key(connection, organization)? {
                Some(key) => read(connection, key),
                None => Ok(nothing),
            })
            .await
    }
}

#[async_trait]
impl LaunchStore for SqliteStore {
    async fn launch(
        &self,
        organization: OrganizationId,
        erases: bool,
        mut work: Work,
    ) -> Result<bool, StoreError> {
        if erases {
            return self
                .write(WORK_BYTES, move |writer| tx::run(writer, organization, &mut work))
                .await;
        }
        self.write_hot(WORK_BYTES, move |writer| tx::run(writer, organization, &mut work)).await
    }

    async fn launch_due(&self, now: Timestamp, limit: usize) -> Result<DueNow, StoreError> {
        self.readers.read(move |connection| due::due(connection, now, limit)).await
    }

    async fn consumer(
        &self,
        organization: OrganizationId,
        id: ConsumerId,
    ) -> Result<Option<Consumer>, StoreError> {
        self.of_organization(organization, None, move |connection, key| {
            consumer::one(connection, key, id)
        })
        .await
    }

    async fn consumers(
        &self,
        organization: OrganizationId,
        filter: ConsumerFilter,
        key: SortKey,
        page: PageRequest,
    ) -> Result<Page<Listed<Consumer>>, StoreError> {
        self.of_organization(organization, empty(), move |connection, organization| {
            consumer::list(connection, organization, &filter, key, &page)
        })
        .await
    }

    async fn product(
        &self,
        organization: OrganizationId,
        id: ProductId,
    ) -> Result<Option<Product>, StoreError> {
        self.of_organization(organization, None, move |connection, key| {
            product::one(connection, key, id)
        })
        .await
    }

    async fn products(
        &self,
        organization: OrganizationId,
        page: PageRequest,
    ) -> Result<Page<Product>, StoreError> {
        self.of_organization(organization, empty(), move |connection, key| {
            product::list(connection, key, &page)
        })
        .await
    }

    async fn experience(
        &self,
        organization: OrganizationId,
        id: ExperienceId,
    ) -> Result<Option<Experience>, StoreError> {
        self.of_organization(organization, None, move |connection, key| {
            experience::one(connection, key, id)
        })
        .await
    }

    async fn experiences(
        &self,
        organization: OrganizationId,
        filter: ExperienceFilter,
        page: PageRequest,
    ) -> Result<Page<Experience>, StoreError> {
        self.of_organization(organization, empty(), move |connection, key| {
            experience::list(connection, key, &filter, &page)
        })
        .await
    }

    async fn distribution(
        &self,
        organization: OrganizationId,
        id: DistributionId,
    ) -> Result<Option<(Distribution, ParticipantCounts)>, StoreError> {
        self.of_organization(organization, None, move |connection, key| {
            distribution::one(connection, key, id)
        })
        .await
    }

    async fn distributions(
        &self,
        organization: OrganizationId,
        filter: DistributionFilter,
        page: PageRequest,
    ) -> Result<Page<(Distribution, ParticipantCounts)>, StoreError> {
        self.of_organization(organization, empty(), move |connection, key| {
            distribution::list(connection, key, &filter, &page)
        })
        .await
    }

    async fn participant(
        &self,
        organization: OrganizationId,
        distribution: DistributionId,
        consumer: ConsumerId,
    ) -> Result<Option<Participant>, StoreError> {
        self.of_organization(organization, None, move |connection, key| {
            participant::one(connection, key, distribution, consumer)
        })
        .await
    }

    async fn participants(
        &self,
        organization: OrganizationId,
        distribution: DistributionId,
        filter: ParticipantFilter,
        key: SortKey,
        page: PageRequest,
    ) -> Result<Option<Page<Listed<Participant>>>, StoreError> {
        self.of_organization(organization, None, move |connection, organization| {
            participant::list(connection, organization, distribution, &filter, key, &page)
        })
        .await
    }

    async fn draw_order(
        &self,
        organization: OrganizationId,
        distribution: DistributionId,
        after: Option<[u8; 32]>,
        limit: usize,
    ) -> Result<Option<Vec<Participant>>, StoreError> {
        self.of_organization(organization, None, move |connection, key| {
            participant::draw_order(connection, key, distribution, after, limit)
        })
        .await
    }

    async fn bids(
        &self,
        organization: OrganizationId,
        distribution: DistributionId,
        page: PageRequest,
    ) -> Result<Option<Page<Bid>>, StoreError> {
        self.of_organization(organization, None, move |connection, key| {
            bid::list(connection, key, distribution, &page)
        })
        .await
    }

    async fn order(
        &self,
        organization: OrganizationId,
        id: OrderId,
    ) -> Result<Option<Order>, StoreError> {
        self.of_organization(organization, None, move |connection, key| {
            order::one(connection, key, id)
        })
        .await
    }

    async fn orders(
        &self,
        organization: OrganizationId,
        filter: OrderFilter,
        key: SortKey,
        page: PageRequest,
    ) -> Result<Page<Listed<Order>>, StoreError> {
        self.of_organization(organization, empty(), move |connection, organization| {
            order::list(connection, organization, &filter, key, &page)
        })
        .await
    }
}
