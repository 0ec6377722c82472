//! What is not built yet.

use async_trait::async_trait;
use fanfare_model::launch::{Bid, Consumer, Distribution, Experience, Order, Participant, Product};
use fanfare_model::*;
use fanfare_store::*;

use crate::PostgresStore;

fn not_yet<T>() -> Result<T, StoreError> {
    Err(StoreError::Failed("not built yet".into()))
}

#[async_trait]
impl JobStore for PostgresStore {
    async fn create_job(&self, _job: Job) -> Result<(), StoreError> {
        not_yet()
    }
    async fn count_replay(
        &self,
        _organization: OrganizationId,
        _replay: Replay,
        _limit: u64,
    ) -> Result<u64, StoreError> {
        not_yet()
    }
    async fn job(
        &self,
        _organization: OrganizationId,
        _id: JobId,
    ) -> Result<Option<Job>, StoreError> {
        not_yet()
    }
    async fn jobs(
        &self,
        _organization: OrganizationId,
        _page: PageRequest,
    ) -> Result<Page<Job>, StoreError> {
        not_yet()
    }
    async fn cancel_job(
        &self,
        _organization: OrganizationId,
        _id: JobId,
        _now: Timestamp,
    ) -> Result<Option<Job>, StoreError> {
        not_yet()
    }
    async fn next_job(&self, _after: Option<JobTurn>) -> Result<Option<JobTurn>, StoreError> {
        not_yet()
    }
    async fn step_job(
        &self,
        _id: JobId,
        _items: usize,
        _now: Timestamp,
    ) -> Result<Option<Job>, StoreError> {
        not_yet()
    }
}

#[async_trait]
impl NoticeStore for PostgresStore {
    async fn notices(
        &self,
        _organization: OrganizationId,
        _page: PageRequest,
    ) -> Result<Page<Notice>, StoreError> {
        not_yet()
    }
}

#[async_trait]
impl StatsStore for PostgresStore {
    async fn webhook_stats(
        &self,
        _organization: OrganizationId,
        _webhook: WebhookId,
        _since: Timestamp,
        _until: Timestamp,
    ) -> Result<Vec<StatsBucket>, StoreError> {
        not_yet()
    }
}

#[async_trait]
impl LaunchStore for PostgresStore {
    async fn launch(
        &self,
        _organization: OrganizationId,
        _erases: bool,
        _work: Work,
    ) -> Result<bool, StoreError> {
        not_yet()
    }
    async fn launch_due(&self, _now: Timestamp, _limit: usize) -> Result<DueNow, StoreError> {
        not_yet()
    }
    async fn consumer(
        &self,
        _organization: OrganizationId,
        _id: ConsumerId,
    ) -> Result<Option<Consumer>, StoreError> {
        not_yet()
    }
    async fn consumers(
        &self,
        _organization: OrganizationId,
        _filter: ConsumerFilter,
        _key: SortKey,
        _page: PageRequest,
    ) -> Result<Page<Listed<Consumer>>, StoreError> {
        not_yet()
    }
    async fn product(
        &self,
        _organization: OrganizationId,
        _id: ProductId,
    ) -> Result<Option<Product>, StoreError> {
        not_yet()
    }
    async fn products(
        &self,
        _organization: OrganizationId,
        _page: PageRequest,
    ) -> Result<Page<Product>, StoreError> {
        not_yet()
    }
    async fn experience(
        &self,
        _organization: OrganizationId,
        _id: ExperienceId,
    ) -> Result<Option<Experience>, StoreError> {
        not_yet()
    }
    async fn experiences(
        &self,
        _organization: OrganizationId,
        _filter: ExperienceFilter,
        _page: PageRequest,
    ) -> Result<Page<Experience>, StoreError> {
        not_yet()
    }
    async fn distribution(
        &self,
        _organization: OrganizationId,
        _id: DistributionId,
    ) -> Result<Option<(Distribution, ParticipantCounts)>, StoreError> {
        not_yet()
    }
    async fn distributions(
        &self,
        _organization: OrganizationId,
        _filter: DistributionFilter,
        _page: PageRequest,
    ) -> Result<Page<(Distribution, ParticipantCounts)>, StoreError> {
        not_yet()
    }
    async fn participant(
        &self,
        _organization: OrganizationId,
        _distribution: DistributionId,
        _consumer: ConsumerId,
    ) -> Result<Option<Participant>, StoreError> {
        not_yet()
    }
    async fn participants(
        &self,
        _organization: OrganizationId,
        _distribution: DistributionId,
        _filter: ParticipantFilter,
        _key: SortKey,
        _page: PageRequest,
    ) -> Result<Option<Page<Listed<Participant>>>, StoreError> {
        not_yet()
    }
    async fn draw_order(
        &self,
        _organization: OrganizationId,
        _distribution: DistributionId,
        _after: Option<[u8; 32]>,
        _limit: usize,
    ) -> Result<Option<Vec<Participant>>, StoreError> {
        not_yet()
    }
    async fn bids(
        &self,
        _organization: OrganizationId,
        _distribution: DistributionId,
        _page: PageRequest,
    ) -> Result<Option<Page<Bid>>, StoreError> {
        not_yet()
    }
    async fn order(
        &self,
        _organization: OrganizationId,
        _id: OrderId,
    ) -> Result<Option<Order>, StoreError> {
        not_yet()
    }
    async fn orders(
        &self,
        _organization: OrganizationId,
        _filter: OrderFilter,
        _key: SortKey,
        _page: PageRequest,
    ) -> Result<Page<Listed<Order>>, StoreError> {
        not_yet()
    }
}
