//! What the engine asks for, as operations of the writer.

use std::time::Duration;

use async_trait::async_trait;
use fanfare_model::{DeliveryId, Timestamp};
use fanfare_store::{Claim, Claimed, DeliveryQueue, LeaseToken, Record, RecordResult, StoreError};

use crate::SqliteStore;
use crate::ids::delivery_seq;
use crate::writer::Tx;
use crate::{claim, record};

/// How long deliveries wait whose results could not be written for a reason of their own.
const AGAIN: Duration = Duration::from_secs(60);

fn numbers(leases: Vec<(DeliveryId, LeaseToken)>) -> Vec<(i64, u64)> {
    leases.into_iter().map(|(id, lease)| (delivery_seq(id.as_u128()), lease.0)).collect()
}

#[async_trait]
impl DeliveryQueue for SqliteStore {
    async fn claim(&self, claim: Claim) -> Result<Claimed, StoreError> {
        self.write(0, move |tx| claim::claim(tx, &claim)).await
    }

    async fn record(
        &self,
        records: Vec<Record>,
        disable_after: Duration,
        now: Timestamp,
    ) -> Result<Vec<RecordResult>, StoreError> {
        let bytes = records.iter().map(|record| record.attempt.response_body.len()).sum();
        let leases: Vec<_> = records.iter().map(|record| (record.id, record.lease)).collect();
        let run = move |tx: &mut Tx<'_, '_>| record::record(tx, &records, disable_after, now);
        let done = self.write_patiently(bytes, run).await;
        if let Err(StoreError::Corrupt(_) | StoreError::Failed(_)) = &done {
            // Asking again would not help, and a lease in memory does not end by itself.
            let given_back = self.release(leases, now + AGAIN).await;
            tracing::error!(?given_back, "results that cannot be written; attempts are repeated");
        }
        done
    }

    async fn release(
        &self,
        leases: Vec<(DeliveryId, LeaseToken)>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let leases = numbers(leases);
        self.write(0, move |tx| record::release(tx, &leases, now)).await
    }

    async fn drop_leased(
        &self,
        leases: Vec<(DeliveryId, LeaseToken)>,
        _now: Timestamp,
    ) -> Result<(), StoreError> {
        let leases = numbers(leases);
        self.write(0, move |tx| record::drop_leased(tx, &leases)).await
    }
}
