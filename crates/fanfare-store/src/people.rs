//! People: who they are, where they are members, where they are signed in, and the links that let
//! them in once.
//!
//! **Changes** are [`PeopleWork`]: a function of a use case that runs inside one transaction and
//! sees it as a [`PeopleTx`], as work of the launch domain does. It decides before it writes, may run
//! more than once, and refusing after a write is a defect that undoes it. Pieces of work run one
//! after the other on the whole installation, whatever node runs them: that is what "the last owner
//! stays" and "a link works once" stand on. It is for people's pace, not for bursts.
//!
//! **Walls.** People and their sessions are of no organization. What is of one, memberships and
//! invitations, is read by its organization alone.
//!
//! Passwords, tokens of sessions and tokens of links are here only as hashes.

mod tx;

use std::fmt;

use async_trait::async_trait;
use fanfare_model::{LinkId, MemberStatus, OrganizationId, Role, SessionId, Timestamp, UserId};

use crate::{Organization, Page, PageRequest, StoreError};

pub use tx::{PeopleTx, PeopleWork};

/// A password, hashed with its parameters and salt, as text. It means nothing to a store.
#[derive(Clone, PartialEq, Eq)]
pub struct PasswordHash(pub String);

impl fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PasswordHash(***)")
    }
}

/// A person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// The id.
    pub id: UserId,
    /// The e-mail address to sign in with, lower case; unique.
    pub email: String,
    /// The name, for people.
    pub name: String,
    /// The password; `None`: only a link lets this person in.
    pub password: Option<PasswordHash>,
    /// When the person came.
    pub created_at: Timestamp,
}

/// A person in an organization.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Membership {
    /// Where.
    pub organization_id: OrganizationId,
    /// Who.
    pub user_id: UserId,
    /// As what.
    pub role: Role,
    /// Whether the person may not come in for now.
    pub suspended: bool,
    /// Since when.
    pub joined_at: Timestamp,
    /// When the person last looked at something of the organization, to the minute.
    pub last_active_at: Option<Timestamp>,
}

impl Membership {
    /// Where the member stands.
    pub const fn status(&self) -> MemberStatus {
        if self.suspended { MemberStatus::Suspended } else { MemberStatus::Active }
    }
}

/// A membership with the person's name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// The membership.
    pub membership: Membership,
    /// The person's e-mail address.
    pub email: String,
    /// The person's name.
    pub name: String,
}

/// A browser in which somebody is signed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// Its id.
    pub id: SessionId,
    /// SHA-256 of its token; unique.
    pub hash: [u8; 32],
    /// Who is signed in.
    pub user_id: UserId,
    /// The organization that is looked at.
    pub organization_id: Option<OrganizationId>,
    /// When the person signed in.
    pub created_at: Timestamp,
    /// When it ends, however much it is used.
    pub expires_at: Timestamp,
    /// When it was last used, to the minute.
    pub last_seen_at: Timestamp,
    /// When the password was last given in it.
    pub confirmed_at: Option<Timestamp>,
    /// The address of the network that signed in.
    pub ip: Option<String>,
    /// What the browser says it is.
    pub user_agent: Option<String>,
}

/// A session with everything that a request needs to know of it, as of one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundSession {
    /// The session.
    pub session: Session,
    /// Who is signed in.
    pub user: User,
    /// Where this person is a member, oldest organization first.
    pub memberships: Organizations,
}

/// Memberships of one person with their organizations.
pub type Organizations = Vec<(Membership, Organization)>;

/// What a link is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LinkPurpose {
    /// To become a member.
    Invitation {
        /// Where.
        organization_id: OrganizationId,
        /// Who was invited, lower case.
        email: String,
        /// As what.
        role: Role,
    },
    /// To become the first owner.
    Setup {
        /// Where.
        organization_id: OrganizationId,
    },
    /// To set a new password.
    Reset {
        /// Whose.
        user_id: UserId,
    },
    /// To sign in.
    SignIn {
        /// Who.
        user_id: UserId,
    },
}

/// A link that works once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// Its id.
    pub id: LinkId,
    /// SHA-256 of its token; unique.
    pub hash: [u8; 32],
    /// What it is for.
    pub purpose: LinkPurpose,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it ends.
    pub expires_at: Timestamp,
}

/// Attempts to sign in that were counted together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Attempts {
    /// When the first was made.
    pub since: Timestamp,
    /// How many.
    pub count: u32,
}

/// What [`SessionStore::sweep_people`] removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Swept {
    /// Sessions.
    pub sessions: u64,
    /// Links.
    pub links: u64,
    /// Counted attempts.
    pub attempts: u64,
}

/// People and memberships.
#[async_trait]
pub trait UserStore: Send + Sync {
    /// Runs work in one transaction. `Ok(false)`: it refused, nothing was written.
    async fn people(&self, work: PeopleWork) -> Result<bool, StoreError>;
    /// A person.
    async fn user(&self, id: UserId) -> Result<Option<User>, StoreError>;
    /// The person with this e-mail address, given in lower case.
    async fn user_by_email(&self, email: &str) -> Result<Option<User>, StoreError>;
    /// Where a person is a member, oldest organization first.
    async fn memberships(&self, user: UserId) -> Result<Organizations, StoreError>;
    /// The organization's members; a cursor is the person's id.
    async fn members(
        &self,
        organization: OrganizationId,
        page: PageRequest,
    ) -> Result<Page<Member>, StoreError>;
    /// One member.
    async fn member(
        &self,
        organization: OrganizationId,
        user: UserId,
    ) -> Result<Option<Member>, StoreError>;
    /// Invitations that were not answered yet and have not ended, oldest first.
    async fn invitations(
        &self,
        organization: OrganizationId,
        now: Timestamp,
    ) -> Result<Vec<Link>, StoreError>;
    /// The link with this hash, if it was not used and has not ended.
    async fn link(&self, hash: [u8; 32], now: Timestamp) -> Result<Option<Link>, StoreError>;
}

/// Sessions.
#[async_trait]
pub trait SessionStore: Send + Sync {
    /// The session with the token of this hash, ended by time or not; `None` once it was revoked.
    async fn session_by_hash(&self, hash: [u8; 32]) -> Result<Option<FoundSession>, StoreError>;
    /// The sessions of a person, the one that signed in last first.
    async fn sessions(&self, user: UserId) -> Result<Vec<Session>, StoreError>;
    /// Notes that a session was used, and that its person is active in the organization it looks
    /// at. Times never go back.
    async fn touch_session(&self, id: SessionId, now: Timestamp) -> Result<(), StoreError>;
    /// Removes sessions and links that have ended, and attempts counted before `attempts_before`;
    /// of each at most so many. `idle_before`: sessions not used since then have ended.
    async fn sweep_people(
        &self,
        now: Timestamp,
        idle_before: Timestamp,
        attempts_before: Timestamp,
        limit: usize,
    ) -> Result<Swept, StoreError>;
}
