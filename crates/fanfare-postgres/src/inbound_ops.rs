//! Connections and what came in.

use async_trait::async_trait;
use fanfare_model::inbound::{InboundStatus, Plan, Provider, SentMessage};
use fanfare_model::{ConnectionId, InboundId, OrganizationId, Timestamp};
use fanfare_store::{
    Audit, ClaimedInbound, Connection, ConnectionEdit, HandleAgain, InboundCount, InboundEnd,
    InboundMessage, InboundStore, InboundTally, KeptInbound, NewInbound, Page, PageRequest,
    RefusedInbound, StoreError,
};

use crate::PostgresStore;
use crate::inbound::{connection, message, told};
use crate::session::Scope;
use crate::store::{read, transact};

#[async_trait]
impl InboundStore for PostgresStore {
    async fn create_connection(&self, new: Connection, audit: Audit) -> Result<(), StoreError> {
        transact!(self, Scope::Organization(new.organization_id), |session| {
            connection::create(&session, &new, &audit).await
        })
    }

    async fn connections(
        &self,
        organization: OrganizationId,
    ) -> Result<Vec<Connection>, StoreError> {
        read!(self, Scope::Organization(organization), |session| {
            connection::all(&session, organization).await
        })
    }

    async fn connection(
        &self,
        organization: OrganizationId,
        id: ConnectionId,
    ) -> Result<Option<Connection>, StoreError> {
        read!(self, Scope::Organization(organization), |session| {
            connection::one(&session, organization, id).await
        })
    }

    async fn connection_of_any(&self, id: ConnectionId) -> Result<Option<Connection>, StoreError> {
        read!(self, Scope::Product, |session| connection::of_any(&session, id).await)
    }

    async fn modify_connection(
        &self,
        organization: OrganizationId,
        id: ConnectionId,
        now: Timestamp,
        edit: ConnectionEdit,
        audit: Audit,
    ) -> Result<Option<Connection>, StoreError> {
        transact!(self, Scope::Organization(organization), |session| {
            connection::modify(&session, (organization, id), now, &edit, &audit).await
        })
    }

    async fn delete_connection(
        &self,
        organization: OrganizationId,
        id: ConnectionId,
        audit: Audit,
    ) -> Result<bool, StoreError> {
        transact!(self, Scope::Organization(organization), |session| {
            connection::delete(&session, organization, id, &audit).await
        })
    }

    async fn add_tallies(&self, tallies: Vec<InboundTally>) -> Result<(), StoreError> {
        transact!(self, Scope::Product, |session| {
            for tally in &tallies {
                connection::add(&session, tally).await?;
            }
            Ok(())
        })
    }

    async fn tallies(
        &self,
        organization: OrganizationId,
        connection: ConnectionId,
    ) -> Result<(Vec<InboundCount>, Vec<RefusedInbound>), StoreError> {
        read!(self, Scope::Organization(organization), |session| {
            connection::tallies(&session, organization, connection).await
        })
    }

    async fn take_in(&self, new: NewInbound) -> Result<bool, StoreError> {
        transact!(self, Scope::Organization(new.organization_id), |session| {
            message::take_in(&session, &new).await
        })
    }

    async fn claim_inbound(
        &self,
        now: Timestamp,
        until: Timestamp,
        limit: usize,
    ) -> Result<Vec<ClaimedInbound>, StoreError> {
        transact!(self, Scope::Product, |session| {
            message::claim(&session, now, until, limit).await
        })
    }

    async fn inbound_due(&self) -> Result<Option<Timestamp>, StoreError> {
        read!(self, Scope::Product, |session| message::next_due(&session).await)
    }

    async fn end_inbound(
        &self,
        organization: OrganizationId,
        id: InboundId,
        attempt: u32,
        end: InboundEnd,
    ) -> Result<bool, StoreError> {
        transact!(self, Scope::Organization(organization), |session| {
            message::end(&session, (organization, id), attempt, &end).await
        })
    }

    async fn inbound_messages(
        &self,
        organization: OrganizationId,
        connection: ConnectionId,
        status: Vec<InboundStatus>,
        page: PageRequest,
    ) -> Result<Page<InboundMessage>, StoreError> {
        read!(self, Scope::Organization(organization), |session| {
            message::list(&session, (organization, connection), &status, &page).await
        })
    }

    async fn inbound_message(
        &self,
        organization: OrganizationId,
        id: InboundId,
    ) -> Result<Option<KeptInbound>, StoreError> {
        read!(self, Scope::Organization(organization), |session| {
            message::one(&session, organization, id).await
        })
    }

    async fn handle_again(
        &self,
        organization: OrganizationId,
        id: InboundId,
        now: Timestamp,
        audit: Audit,
    ) -> Result<Option<HandleAgain>, StoreError> {
        transact!(self, Scope::Organization(organization), |session| {
            message::again(&session, (organization, id), now, &audit).await
        })
    }

    async fn move_sent(
        &self,
        organization: OrganizationId,
        message: SentMessage,
    ) -> Result<bool, StoreError> {
        transact!(self, Scope::Organization(organization), |session| {
            told::move_sent(&session, organization, &message).await
        })
    }

    async fn sent_message(
        &self,
        organization: OrganizationId,
        provider: Provider,
        id: String,
    ) -> Result<Option<SentMessage>, StoreError> {
        read!(self, Scope::Organization(organization), |session| {
            told::sent(&session, organization, provider, id).await
        })
    }

    async fn put_plan(&self, organization: OrganizationId, plan: Plan) -> Result<bool, StoreError> {
        transact!(self, Scope::Organization(organization), |session| {
            told::put_plan(&session, organization, &plan).await
        })
    }

    async fn plan(&self, organization: OrganizationId) -> Result<Option<Plan>, StoreError> {
        read!(self, Scope::Organization(organization), |session| {
            told::plan(&session, organization).await
        })
    }
}
