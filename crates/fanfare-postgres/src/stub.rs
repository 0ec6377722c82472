//! What is not built yet.

use async_trait::async_trait;
use fanfare_model::*;
use fanfare_store::*;

use crate::PostgresStore;

fn not_yet<T>() -> Result<T, StoreError> {
    Err(StoreError::Failed("not built yet".into()))
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
