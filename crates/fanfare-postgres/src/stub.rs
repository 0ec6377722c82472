//! What is not built yet.

use async_trait::async_trait;
use fanfare_model::*;
use fanfare_store::*;

use crate::PostgresStore;

fn not_yet<T>() -> Result<T, StoreError> {
    Err(StoreError::Failed("not built yet".into()))
}

#[async_trait]
impl DeliveryStore for PostgresStore {
    async fn delivery(
        &self,
        _organization: OrganizationId,
        _id: DeliveryId,
    ) -> Result<Option<DeliveryDetail>, StoreError> {
        not_yet()
    }
    async fn deliveries(
        &self,
        _organization: OrganizationId,
        _filter: DeliveryFilter,
        _page: PageRequest,
    ) -> Result<Page<Delivery>, StoreError> {
        not_yet()
    }
    async fn count_deliveries(
        &self,
        _organization: OrganizationId,
        _filter: DeliveryFilter,
        _limit: u64,
    ) -> Result<u64, StoreError> {
        not_yet()
    }
    async fn resend(
        &self,
        _organization: OrganizationId,
        _id: DeliveryId,
        _now: Timestamp,
    ) -> Result<Option<Delivery>, StoreError> {
        not_yet()
    }
    async fn cancel(
        &self,
        _organization: OrganizationId,
        _id: DeliveryId,
        _now: Timestamp,
    ) -> Result<Option<CancelResult>, StoreError> {
        not_yet()
    }
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
impl EventStore for PostgresStore {
    async fn accept(&self, accept: Accept) -> Result<AcceptResult, StoreError> {
        self.batcher.accept(self, accept).await
    }
    async fn event(
        &self,
        _organization: OrganizationId,
        _id: EventId,
    ) -> Result<Option<Event>, StoreError> {
        not_yet()
    }
    async fn events(
        &self,
        _organization: OrganizationId,
        _filter: EventFilter,
        _page: PageRequest,
    ) -> Result<Page<Event>, StoreError> {
        not_yet()
    }
    async fn event_deliveries(
        &self,
        _organization: OrganizationId,
        _id: EventId,
    ) -> Result<Vec<Delivery>, StoreError> {
        not_yet()
    }
}
