//! A transaction as work of people sees it: calls that wait for the database.

mod notices;

use std::panic::{AssertUnwindSafe, catch_unwind};

use fanfare_model::{LinkId, OrganizationId, SessionId, UserId};
use fanfare_store::{
    Attempts, AuditDraft, Link, Membership, Organization, Organizations, PeopleTx, PeopleWork,
    Session as SignedIn, Stopped, StoreError, User,
};
use tokio::runtime::Handle;

use super::{attempts, link, membership, session, user};
use crate::audit_ops;
use crate::fault::Fault;
use crate::organization_ops;
use crate::session::Session;

/// Runs work, on a thread that may wait. `false`: it refused, and wrote nothing.
pub(crate) fn run(
    database: &Session,
    runtime: &Handle,
    work: &mut PeopleWork,
) -> Result<bool, Fault> {
    let mut running = Running { database, runtime, wrote: false, fault: None };
    let done = catch_unwind(AssertUnwindSafe(|| work(&mut running)));
    let Running { wrote, fault, .. } = running;
    if let Some(fault) = fault {
        return Err(fault);
    }
    match done {
        Ok(Ok(())) => Ok(true),
        Ok(Err(Stopped::Refused)) if wrote => {
            Err(Fault::failed("work refused after it had written"))
        }
        Ok(Err(Stopped::Refused)) => Ok(false),
        Ok(Err(Stopped::Store(error))) => Err(Fault::Broken(error)),
        Err(_panic) => Err(Fault::failed("work panicked")),
    }
}

struct Running<'s> {
    database: &'s Session,
    runtime: &'s Handle,
    wrote: bool,
    /// What went wrong first; nothing is done after it.
    fault: Option<Fault>,
}

impl<'s> Running<'s> {
    fn write<T>(
        &mut self,
        write: impl AsyncFnOnce(&'s Session) -> Result<T, Fault>,
    ) -> Result<T, StoreError> {
        self.wrote = true;
        self.read(write)
    }

    /// Does something unless something went wrong before.
    fn read<T>(
        &mut self,
        run: impl AsyncFnOnce(&'s Session) -> Result<T, Fault>,
    ) -> Result<T, StoreError> {
        if let Some(fault) = &self.fault {
            return Err(fault.clone().into());
        }
        self.runtime.block_on(run(self.database)).map_err(|fault| {
            self.fault = Some(fault.clone());
            fault.into()
        })
    }
}

impl PeopleTx for Running<'_> {
    fn user(&mut self, id: UserId) -> Result<Option<User>, StoreError> {
        self.read(async |database| user::one(database, id).await)
    }

    fn user_by_email(&mut self, email: &str) -> Result<Option<User>, StoreError> {
        self.read(async |database| user::by_email(database, email).await)
    }

    fn put_user(&mut self, user: &User) -> Result<(), StoreError> {
        self.write(async |database| user::put(database, user).await)
    }

    fn organization(&mut self, id: OrganizationId) -> Result<Option<Organization>, StoreError> {
        self.read(async |database| organization_ops::one(database, id).await)
    }

    fn put_organization(&mut self, organization: &Organization) -> Result<(), StoreError> {
        self.write(async |database| organization_ops::put(database, organization).await)
    }

    fn membership(
        &mut self,
        organization: OrganizationId,
        user: UserId,
    ) -> Result<Option<Membership>, StoreError> {
        self.read(async |database| membership::one(database, organization, user).await)
    }

    fn memberships(&mut self, user: UserId) -> Result<Organizations, StoreError> {
        self.read(async |database| membership::of_user(database, user).await)
    }

    fn count_members(&mut self, organization: OrganizationId) -> Result<usize, StoreError> {
        self.read(async |database| Ok(membership::count(database, organization).await?.0))
    }

    fn count_owners(&mut self, organization: OrganizationId) -> Result<usize, StoreError> {
        self.read(async |database| Ok(membership::count(database, organization).await?.1))
    }

    fn put_membership(&mut self, membership: &Membership) -> Result<(), StoreError> {
        self.write(async |database| membership::put(database, membership).await)
    }

    fn delete_membership(
        &mut self,
        organization: OrganizationId,
        user: UserId,
    ) -> Result<(), StoreError> {
        self.write(async |database| membership::delete(database, organization, user).await)
    }

    fn session(&mut self, id: SessionId) -> Result<Option<SignedIn>, StoreError> {
        self.read(async |database| session::one(database, id).await)
    }

    fn sessions(&mut self, user: UserId) -> Result<Vec<SignedIn>, StoreError> {
        self.read(async |database| session::of_user(database, user).await)
    }

    fn put_session(&mut self, signed_in: &SignedIn) -> Result<(), StoreError> {
        self.write(async |database| session::put(database, signed_in).await)
    }

    fn delete_session(&mut self, id: SessionId) -> Result<(), StoreError> {
        self.write(async |database| session::delete(database, id).await)
    }

    fn link(&mut self, hash: [u8; 32]) -> Result<Option<Link>, StoreError> {
        self.read(async |database| link::by_hash(database, &hash).await)
    }

    fn invitations(&mut self, organization: OrganizationId) -> Result<Vec<Link>, StoreError> {
        self.read(async |database| link::invitations(database, organization).await)
    }

    fn put_link(&mut self, link: &Link) -> Result<(), StoreError> {
        self.write(async |database| link::put(database, link).await)
    }

    fn delete_link(&mut self, id: LinkId) -> Result<(), StoreError> {
        self.write(async |database| link::delete(database, id).await)
    }

    fn delete_links_of(&mut self, user: UserId) -> Result<(), StoreError> {
        self.write(async |database| link::delete_of(database, user).await)
    }

    fn attempts(&mut self, key: &[u8; 32]) -> Result<Option<Attempts>, StoreError> {
        self.read(async |database| attempts::one(database, key).await)
    }

    fn put_attempts(
        &mut self,
        key: &[u8; 32],
        attempts: Option<Attempts>,
    ) -> Result<(), StoreError> {
        self.write(async |database| attempts::put(database, key, attempts).await)
    }

    fn audit(&mut self, organization: OrganizationId, draft: AuditDraft) -> Result<(), StoreError> {
        self.write(async |database| audit_ops::append(database, organization, &draft).await)
    }
}
