//! Connections and what came in.

use async_trait::async_trait;
use fanfare_model::inbound::{InboundStatus, Plan, Provider, SentMessage};
use fanfare_model::{ConnectionId, InboundId, OrganizationId, Timestamp};
use fanfare_store::{
    Audit, ClaimedInbound, Connection, ConnectionEdit, HandleAgain, InboundCount, InboundEnd,
    InboundMessage, InboundStore, InboundTally, KeptInbound, NewInbound, Page, PageRequest,
    RefusedInbound, StoreError,
};

use crate::SqliteStore;
use crate::inbound::{connection, message, told};

#[async_trait]
impl InboundStore for SqliteStore {
    async fn create_connection(
        &self,
        connection: Connection,
        audit: Audit,
    ) -> Result<(), StoreError> {
        self.write(0, move |tx| connection::create(tx, &connection, &audit)).await
    }

    async fn connections(
        &self,
        organization: OrganizationId,
    ) -> Result<Vec<Connection>, StoreError> {
        self.readers.read(move |sqlite| connection::all(sqlite, organization)).await
    }

    async fn connection(
        &self,
        organization: OrganizationId,
        id: ConnectionId,
    ) -> Result<Option<Connection>, StoreError> {
        self.readers.read(move |sqlite| connection::one(sqlite, Some(organization), id)).await
    }

    async fn connection_of_any(&self, id: ConnectionId) -> Result<Option<Connection>, StoreError> {
        self.readers.read(move |sqlite| connection::one(sqlite, None, id)).await
    }

    async fn modify_connection(
        &self,
        organization: OrganizationId,
        id: ConnectionId,
        now: Timestamp,
        edit: ConnectionEdit,
        audit: Audit,
    ) -> Result<Option<Connection>, StoreError> {
        self.write(0, move |tx| connection::modify(tx, (organization, id), now, &edit, &audit))
            .await
    }

    async fn delete_connection(
        &self,
        organization: OrganizationId,
        id: ConnectionId,
        audit: Audit,
    ) -> Result<bool, StoreError> {
        self.write(0, move |tx| connection::delete(tx, organization, id, &audit)).await
    }

    async fn add_tallies(&self, tallies: Vec<InboundTally>) -> Result<(), StoreError> {
        self.write(0, move |tx| tallies.iter().try_for_each(|tally| connection::add(tx, tally)))
            .await
    }

    async fn tallies(
        &self,
        organization: OrganizationId,
        connection: ConnectionId,
    ) -> Result<(Vec<InboundCount>, Vec<RefusedInbound>), StoreError> {
        self.readers.read(move |sqlite| connection::tallies(sqlite, organization, connection)).await
    }

    async fn take_in(&self, message: NewInbound) -> Result<bool, StoreError> {
        self.write(message.body.len(), move |tx| message::take_in(tx, &message)).await
    }

    async fn claim_inbound(
        &self,
        now: Timestamp,
        until: Timestamp,
        limit: usize,
    ) -> Result<Vec<ClaimedInbound>, StoreError> {
        self.write(0, move |tx| message::claim(tx, now, until, limit)).await
    }

    async fn inbound_due(&self) -> Result<Option<Timestamp>, StoreError> {
        self.readers.read(message::next_due).await
    }

    async fn end_inbound(
        &self,
        organization: OrganizationId,
        id: InboundId,
        attempt: u32,
        end: InboundEnd,
    ) -> Result<bool, StoreError> {
        self.write(0, move |tx| message::end(tx, (organization, id), attempt, &end)).await
    }

    async fn inbound_messages(
        &self,
        organization: OrganizationId,
        connection: ConnectionId,
        status: Vec<InboundStatus>,
        page: PageRequest,
    ) -> Result<Page<InboundMessage>, StoreError> {
        self.readers
            .read(move |sqlite| message::list(sqlite, (organization, connection), &status, &page))
            .await
    }

    async fn inbound_message(
        &self,
        organization: OrganizationId,
        id: InboundId,
    ) -> Result<Option<KeptInbound>, StoreError> {
        self.of_organization(organization, None, move |sqlite, key| message::one(sqlite, key, id))
            .await
    }

    async fn handle_again(
        &self,
        organization: OrganizationId,
        id: InboundId,
        now: Timestamp,
        audit: Audit,
    ) -> Result<Option<HandleAgain>, StoreError> {
        self.write(0, move |tx| message::again(tx, (organization, id), now, &audit)).await
    }

    async fn move_sent(
        &self,
        organization: OrganizationId,
        message: SentMessage,
    ) -> Result<bool, StoreError> {
        self.write(0, move |tx| told::move_sent(tx, organization, &message)).await
    }

    async fn sent_message(
        &self,
        organization: OrganizationId,
        provider: Provider,
        id: String,
    ) -> Result<Option<SentMessage>, StoreError> {
        self.of_organization(organization, None, move |sqlite, key| {
            told::sent(sqlite, key, provider, id)
        })
        .await
    }

    async fn put_plan(&self, organization: OrganizationId, plan: Plan) -> Result<bool, StoreError> {
        self.write(0, move |tx| told::put_plan(tx, organization, &plan)).await
    }

    async fn plan(&self, organization: OrganizationId) -> Result<Option<Plan>, StoreError> {
        self.of_organization(organization, None, told::plan).await
    }
}
