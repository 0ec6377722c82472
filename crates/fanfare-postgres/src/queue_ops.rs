//! What the delivery engine asks.

use std::time::Duration;

use async_trait::async_trait;
use fanfare_model::{DeliveryId, Timestamp};
use fanfare_store::{Claim, Claimed, DeliveryQueue, LeaseToken, Record, RecordResult, StoreError};

use crate::PostgresStore;

#[async_trait]
impl DeliveryQueue for PostgresStore {
    async fn claim(&self, claim: Claim) -> Result<Claimed, StoreError> {
        Ok(self.claim_due(&claim).await?)
    }

    async fn record(
        &self,
        records: Vec<Record>,
        disable_after: Duration,
        now: Timestamp,
    ) -> Result<Vec<RecordResult>, StoreError> {
        self.record_all(&records, disable_after, now).await
    }

    async fn release(
        &self,
        leases: Vec<(DeliveryId, LeaseToken)>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        self.give_up_leases(&leases, now).await
    }

    async fn drop_leased(
        &self,
        leases: Vec<(DeliveryId, LeaseToken)>,
        _now: Timestamp,
    ) -> Result<(), StoreError> {
        self.drop_leases(&leases).await
    }
}
