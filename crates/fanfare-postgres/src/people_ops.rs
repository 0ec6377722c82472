//! People: changed by work, read by themselves.

use async_trait::async_trait;
use fanfare_model::{OrganizationId, SessionId, Timestamp, UserId};
use fanfare_store::{
    FoundSession, Link, Member, Organizations, Page, PageRequest, PeopleWork, Session as SignedIn,
    SessionStore, StoreError, Swept, User, UserStore,
};
use tokio::runtime::Handle;

use crate::PostgresStore;
use crate::fault::Fault;
use crate::people::{link, membership, session, tx, user};
use crate::session::{Lent, Scope};
use crate::store::{read, transact};

/// Names the advisory lock of work of people: `people` in hexadecimal.
const LOCK: i64 = 0x7065_6f70_6c65;

impl PostgresStore {
    /// A transaction that has its turn.
    async fn begin_people(&self) -> Result<Lent, Fault> {
        let database = self.session(Scope::Product).await?;
        database.begin().await?;
        match database.query("SELECT pg_advisory_xact_lock($1)", &[&LOCK]).await {
            Ok(_) => Ok(database),
            Err(fault) => {
                database.roll_back().await;
                Err(fault)
            }
        }
    }

    /// Runs work once; gives it back with what became of it.
    async fn run_people(&self, mut work: PeopleWork) -> (Option<PeopleWork>, Result<bool, Fault>) {
        let database = match self.begin_people().await {
            Ok(database) => database,
            Err(fault) => return (Some(work), Err(fault)),
        };
        let runtime = Handle::current();
        // Work is not asynchronous: it has a thread on which it waits for the database.
        let thread = tokio::task::spawn_blocking(move || {
            let done = tx::run(&database, &runtime, &mut work);
            (database, work, done)
        });
        let Ok((database, work, done)) = thread.await else {
            return (None, Err(Fault::failed("the thread of a transaction ended")));
        };
        let done = match done {
            Ok(answer) => database.commit().await.map(|()| answer),
            Err(fault) => {
                database.roll_back().await;
                Err(fault)
            }
        };
        (Some(work), done)
    }
}

#[async_trait]
impl UserStore for PostgresStore {
    async fn people(&self, mut work: PeopleWork) -> Result<bool, StoreError> {
        let mut turn = 0;
        loop {
            let fault = match self.run_people(work).await {
                (_, Ok(answer)) => return Ok(answer),
                (None, Err(fault)) => return Err(fault.into()),
                (Some(again), Err(fault)) => {
                    work = again;
                    fault
                }
            };
            self.once_more(fault, &mut turn).await?;
        }
    }

    async fn user(&self, id: UserId) -> Result<Option<User>, StoreError> {
        read!(self, Scope::Product, |database| user::one(&database, id).await)
    }

    async fn user_by_email(&self, email: &str) -> Result<Option<User>, StoreError> {
        read!(self, Scope::Product, |database| user::by_email(&database, email).await)
    }

    async fn memberships(&self, user: UserId) -> Result<Organizations, StoreError> {
        read!(self, Scope::Product, |database| membership::of_user(&database, user).await)
    }

    async fn members(
        &self,
        organization: OrganizationId,
        page: PageRequest,
    ) -> Result<Page<Member>, StoreError> {
        read!(self, Scope::Organization(organization), |database| membership::list(
            &database,
            organization,
            &page
        )
        .await)
    }

    async fn member(
        &self,
        organization: OrganizationId,
        user: UserId,
    ) -> Result<Option<Member>, StoreError> {
        read!(self, Scope::Organization(organization), |database| membership::member_of(
            &database,
            organization,
            user
        )
        .await)
    }

    async fn invitations(
        &self,
        organization: OrganizationId,
        now: Timestamp,
    ) -> Result<Vec<Link>, StoreError> {
        let links: Result<Vec<Link>, StoreError> = read!(
            self,
            Scope::Organization(organization),
            |database| link::invitations(&database, organization).await
        );
        let mut links = links?;
        links.retain(|link| link.expires_at > now);
        Ok(links)
    }

    async fn link(&self, hash: [u8; 32], now: Timestamp) -> Result<Option<Link>, StoreError> {
        let found: Result<Option<Link>, StoreError> =
            read!(self, Scope::Product, |database| link::by_hash(&database, &hash).await);
        Ok(found?.filter(|link| link.expires_at > now))
    }
}

#[async_trait]
impl SessionStore for PostgresStore {
    async fn session_by_hash(&self, hash: [u8; 32]) -> Result<Option<FoundSession>, StoreError> {
        read!(self, Scope::Product, |database| session::by_hash(&database, &hash).await)
    }

    async fn sessions(&self, user: UserId) -> Result<Vec<SignedIn>, StoreError> {
        read!(self, Scope::Product, |database| session::of_user(&database, user).await)
    }

    async fn touch_session(&self, id: SessionId, now: Timestamp) -> Result<(), StoreError> {
        transact!(self, Scope::Product, |database| session::touch(&database, id, now).await)
    }

    async fn sweep_people(
        &self,
        now: Timestamp,
        idle_before: Timestamp,
        attempts_before: Timestamp,
        limit: usize,
    ) -> Result<Swept, StoreError> {
        let times = [now, idle_before, attempts_before];
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        transact!(self, Scope::Product, |database| session::sweep(&database, times, limit).await)
    }
}
