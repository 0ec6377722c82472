//! What work of people sees of its transaction.

use fanfare_model::{LinkId, OrganizationId, SessionId, UserId};

use super::{Attempts, Link, Membership, Organizations, Session, User};
use crate::{AuditDraft, NoticeTx, Organization, Stopped, StoreError};

/// What a use case does within one transaction; see the text of the file above.
pub type PeopleWork = Box<dyn FnMut(&mut dyn PeopleTx) -> Result<(), Stopped> + Send>;

/// A transaction as work sees it. Everything it reads is as it is at that moment, its own writes
/// included. What people are told is of the same transaction: [`NoticeTx`].
pub trait PeopleTx: NoticeTx {
    /// A person.
    fn user(&mut self, id: UserId) -> Result<Option<User>, StoreError>;
    /// The person with this e-mail address, given in lower case.
    fn user_by_email(&mut self, email: &str) -> Result<Option<User>, StoreError>;
    /// Makes or replaces a person.
    fn put_user(&mut self, user: &User) -> Result<(), StoreError>;

    /// An organization.
    fn organization(&mut self, id: OrganizationId) -> Result<Option<Organization>, StoreError>;
    /// Makes an organization, or renames it.
    fn put_organization(&mut self, organization: &Organization) -> Result<(), StoreError>;

    /// A person's membership.
    fn membership(
        &mut self,
        organization: OrganizationId,
        user: UserId,
    ) -> Result<Option<Membership>, StoreError>;
    /// Where a person is a member, oldest organization first.
    fn memberships(&mut self, user: UserId) -> Result<Organizations, StoreError>;
    /// How many members an organization has, suspended ones included.
    fn count_members(&mut self, organization: OrganizationId) -> Result<usize, StoreError>;
    /// How many owners that are not suspended an organization has.
    fn count_owners(&mut self, organization: OrganizationId) -> Result<usize, StoreError>;
    /// Makes or replaces a membership.
    fn put_membership(&mut self, membership: &Membership) -> Result<(), StoreError>;
    /// Ends a membership.
    fn delete_membership(
        &mut self,
        organization: OrganizationId,
        user: UserId,
    ) -> Result<(), StoreError>;

    /// A session.
    fn session(&mut self, id: SessionId) -> Result<Option<Session>, StoreError>;
    /// The sessions of a person, the one that signed in last first.
    fn sessions(&mut self, user: UserId) -> Result<Vec<Session>, StoreError>;
    /// Makes or replaces a session.
    fn put_session(&mut self, session: &Session) -> Result<(), StoreError>;
    /// Ends a session.
    fn delete_session(&mut self, id: SessionId) -> Result<(), StoreError>;

    /// The link with this hash, ended by time or not.
    fn link(&mut self, hash: [u8; 32]) -> Result<Option<Link>, StoreError>;
    /// An organization's invitations, ended by time or not, oldest first.
    fn invitations(&mut self, organization: OrganizationId) -> Result<Vec<Link>, StoreError>;
    /// Makes a link.
    fn put_link(&mut self, link: &Link) -> Result<(), StoreError>;
    /// Ends a link: it was used or withdrawn.
    fn delete_link(&mut self, id: LinkId) -> Result<(), StoreError>;
    /// Ends every link that lets this person in.
    fn delete_links_of(&mut self, user: UserId) -> Result<(), StoreError>;

    /// The attempts that were counted for this key.
    fn attempts(&mut self, key: &[u8; 32]) -> Result<Option<Attempts>, StoreError>;
    /// Counts attempts; `None` forgets them.
    fn put_attempts(
        &mut self,
        key: &[u8; 32],
        attempts: Option<Attempts>,
    ) -> Result<(), StoreError>;

    /// Writes an entry into an organization's audit log.
    fn audit(&mut self, organization: OrganizationId, draft: AuditDraft) -> Result<(), StoreError>;
}
