//! A transaction as work of people sees it.

mod notices;

use fanfare_model::{LinkId, OrganizationId, SessionId, UserId};
use fanfare_store::{
    Attempts, AuditDraft, Link, LinkPurpose, Membership, Organization, Organizations, PeopleTx,
    PeopleWork, Session, Stopped, StoreError, User,
};
use rusqlite::Connection;

use super::{attempts, link, membership, session, user};
use crate::audit_ops;
use crate::fault::Fault;
use crate::organization_ops;
use crate::writer::Tx;

/// Runs work. `false`: it refused, and wrote nothing.
pub(crate) fn run(tx: &mut Tx<'_, '_>, work: &mut PeopleWork) -> Result<bool, Fault> {
    let mut running = Running { tx, wrote: false, fault: None };
    let done = work(&mut running);
    let Running { wrote, fault, .. } = running;
    if let Some(fault) = fault {
        return Err(fault);
    }
    match done {
        Ok(()) => Ok(true),
        Err(Stopped::Refused) if wrote => Err(Fault::failed("work refused after it had written")),
        Err(Stopped::Refused) => Ok(false),
        Err(Stopped::Store(error)) => Err(Fault::Broken(error)),
    }
}

struct Running<'x, 'a, 'c> {
    tx: &'x mut Tx<'a, 'c>,
    wrote: bool,
    /// What went wrong first, as the writer has to know it; nothing is done after it.
    fault: Option<Fault>,
}

impl<'a, 'c> Running<'_, 'a, 'c> {
    fn read<T>(
        &mut self,
        read: impl FnOnce(&Connection) -> Result<T, Fault>,
    ) -> Result<T, StoreError> {
        self.look(|tx| read(tx.connection))
    }

    fn write<T>(
        &mut self,
        write: impl FnOnce(&mut Tx<'a, 'c>) -> Result<T, Fault>,
    ) -> Result<T, StoreError> {
        self.wrote = true;
        self.look(write)
    }

    fn look<T>(
        &mut self,
        run: impl FnOnce(&mut Tx<'a, 'c>) -> Result<T, Fault>,
    ) -> Result<T, StoreError> {
        if let Some(fault) = &self.fault {
            return Err(fault.clone().into());
        }
        run(self.tx).map_err(|fault| {
            self.fault = Some(fault.clone());
            fault.into()
        })
    }
}

impl PeopleTx for Running<'_, '_, '_> {
    fn user(&mut self, id: UserId) -> Result<Option<User>, StoreError> {
        self.read(|connection| user::one(connection, id))
    }

    fn user_by_email(&mut self, email: &str) -> Result<Option<User>, StoreError> {
        self.read(|connection| user::by_email(connection, email))
    }

    fn put_user(&mut self, user: &User) -> Result<(), StoreError> {
        self.write(|tx| user::put(tx.connection, user))
    }

    fn organization(&mut self, id: OrganizationId) -> Result<Option<Organization>, StoreError> {
        self.read(|connection| organization_ops::one(connection, id))
    }

    fn put_organization(&mut self, organization: &Organization) -> Result<(), StoreError> {
        self.write(|tx| organization_ops::put(tx, organization))
    }

    fn membership(
        &mut self,
        organization: OrganizationId,
        user: UserId,
    ) -> Result<Option<Membership>, StoreError> {
        self.read(|connection| membership::one(connection, organization, user))
    }

    fn memberships(&mut self, user: UserId) -> Result<Organizations, StoreError> {
        self.read(|connection| membership::of_user(connection, user))
    }

    fn count_members(&mut self, organization: OrganizationId) -> Result<usize, StoreError> {
        self.look(|tx| {
            let organization = tx.tenant_key(organization)?;
            Ok(membership::count(tx.connection, organization)?.0)
        })
    }

    fn count_owners(&mut self, organization: OrganizationId) -> Result<usize, StoreError> {
        self.look(|tx| {
            let organization = tx.tenant_key(organization)?;
            Ok(membership::count(tx.connection, organization)?.1)
        })
    }

    fn put_membership(&mut self, membership: &Membership) -> Result<(), StoreError> {
        self.write(|tx| {
            let organization = tx.tenant_key(membership.organization_id)?;
            membership::put(tx.connection, organization, membership)
        })
    }

    fn delete_membership(
        &mut self,
        organization: OrganizationId,
        user: UserId,
    ) -> Result<(), StoreError> {
        self.write(|tx| {
            let organization = tx.tenant_key(organization)?;
            membership::delete(tx.connection, organization, user)
        })
    }

    fn session(&mut self, id: SessionId) -> Result<Option<Session>, StoreError> {
        self.read(|connection| session::one(connection, id))
    }

    fn sessions(&mut self, user: UserId) -> Result<Vec<Session>, StoreError> {
        self.read(|connection| session::of_user(connection, user))
    }

    fn put_session(&mut self, session: &Session) -> Result<(), StoreError> {
        self.write(|tx| {
            let organization = session.organization_id.map(|id| tx.tenant_key(id)).transpose()?;
            session::put(tx.connection, organization, session)
        })
    }

    fn delete_session(&mut self, id: SessionId) -> Result<(), StoreError> {
        self.write(|tx| session::delete(tx.connection, id))
    }

    fn link(&mut self, hash: [u8; 32]) -> Result<Option<Link>, StoreError> {
        self.read(|connection| link::by_hash(connection, &hash))
    }

    fn invitations(&mut self, organization: OrganizationId) -> Result<Vec<Link>, StoreError> {
        self.read(|connection| link::invitations(connection, organization))
    }

    fn put_link(&mut self, link: &Link) -> Result<(), StoreError> {
        self.write(|tx| {
            let organization = match link.purpose {
                LinkPurpose::Invitation { organization_id, .. }
                | LinkPurpose::Setup { organization_id } => Some(tx.tenant_key(organization_id)?),
                LinkPurpose::Reset { .. } | LinkPurpose::SignIn { .. } => None,
            };
            link::put(tx.connection, organization, link)
        })
    }

    fn delete_link(&mut self, id: LinkId) -> Result<(), StoreError> {
        self.write(|tx| link::delete(tx.connection, id))
    }

    fn delete_links_of(&mut self, user: UserId) -> Result<(), StoreError> {
        self.write(|tx| link::delete_of(tx.connection, user))
    }

    fn attempts(&mut self, key: &[u8; 32]) -> Result<Option<Attempts>, StoreError> {
        self.read(|connection| attempts::one(connection, key))
    }

    fn put_attempts(
        &mut self,
        key: &[u8; 32],
        attempts: Option<Attempts>,
    ) -> Result<(), StoreError> {
        self.write(|tx| attempts::put(tx.connection, key, attempts))
    }

    fn audit(&mut self, organization: OrganizationId, draft: AuditDraft) -> Result<(), StoreError> {
        self.write(|tx| audit_ops::append(tx, organization, &draft))
    }
}
