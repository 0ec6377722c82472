//! People: changed by work, read by themselves. Tools may change them beside a running server,
//! which keeps none by heart.

use async_trait::async_trait;
use fanfare_model::{OrganizationId, SessionId, Timestamp, UserId};
use fanfare_store::{
    FoundSession, Link, Member, Organizations, Page, PageRequest, PeopleWork, Session,
    SessionStore, StoreError, Swept, User, UserStore,
};

use crate::SqliteStore;
use crate::people::{link, membership, session, tx, user};

#[async_trait]
impl UserStore for SqliteStore {
    async fn people(&self, mut work: PeopleWork) -> Result<bool, StoreError> {
        self.write_as_any(0, move |tx| tx::run(tx, &mut work)).await
    }

    async fn user(&self, id: UserId) -> Result<Option<User>, StoreError> {
        self.readers.read(move |connection| user::one(connection, id)).await
    }

    async fn user_by_email(&self, email: &str) -> Result<Option<User>, StoreError> {
        let email = email.to_owned();
        self.readers.read(move |connection| user::by_email(connection, &email)).await
    }

    async fn memberships(&self, user: UserId) -> Result<Organizations, StoreError> {
        self.readers.read(move |connection| membership::of_user(connection, user)).await
    }

    async fn members(
        &self,
        organization: OrganizationId,
        page: PageRequest,
    ) -> Result<Page<Member>, StoreError> {
        self.readers.read(move |connection| membership::list(connection, organization, &page)).await
    }

    async fn member(
        &self,
        organization: OrganizationId,
        user: UserId,
    ) -> Result<Option<Member>, StoreError> {
        self.readers
            .read(move |connection| membership::member_of(connection, organization, user))
            .await
    }

    async fn invitations(
        &self,
        organization: OrganizationId,
        now: Timestamp,
    ) -> Result<Vec<Link>, StoreError> {
        let mut links = self
            .readers
            .read(move |connection| link::invitations(connection, organization))
            .await?;
        links.retain(|link| link.expires_at > now);
        Ok(links)
    }

    async fn link(&self, hash: [u8; 32], now: Timestamp) -> Result<Option<Link>, StoreError> {
        let found = self.readers.read(move |connection| link::by_hash(connection, &hash)).await?;
        Ok(found.filter(|link| link.expires_at > now))
    }
}

#[async_trait]
impl SessionStore for SqliteStore {
    async fn session_by_hash(&self, hash: [u8; 32]) -> Result<Option<FoundSession>, StoreError> {
        self.readers.read(move |connection| session::by_hash(connection, &hash)).await
    }

    async fn sessions(&self, user: UserId) -> Result<Vec<Session>, StoreError> {
        self.readers.read(move |connection| session::of_user(connection, user)).await
    }

    async fn touch_session(&self, id: SessionId, now: Timestamp) -> Result<(), StoreError> {
        self.write_as_any(0, move |tx| session::touch(tx.connection, id, now)).await
    }

    async fn sweep_people(
        &self,
        now: Timestamp,
        idle_before: Timestamp,
        attempts_before: Timestamp,
        limit: usize,
    ) -> Result<Swept, StoreError> {
        let times = [now, idle_before, attempts_before];
        self.write(0, move |tx| session::sweep(tx.connection, times, limit)).await
    }
}
