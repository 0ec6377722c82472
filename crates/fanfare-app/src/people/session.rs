//! Sessions: from a token to who is signed in, and what can be done with sessions themselves.
//!
//! A token is 256 random bits; the store has its hash. A session ends when it was not used for
//! [`limits::SESSION_IDLE`] (its use is written to the minute, so that it may end a minute early) and
//! after [`limits::SESSION_LIFE`] in any case. It gets a new token when another organization, and so
//! another role, is looked at; a member whose role was changed signs in again.

use std::net::IpAddr;

use fanfare_model::{
    Actor, OrganizationId, RequestId, Role, Scopes, SessionId, Timestamp, UserId, limits,
};
use fanfare_signing::{FormToken, Token};
use fanfare_store::{FoundSession, Membership, Organization, Origin, Session, User};

use super::{By, People};
use crate::launch::Stop;
use crate::{App, AppError, Caller, ErrorCode};

/// The browser that asks.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ClientInfo {
    /// The address it asks from.
    pub ip: Option<IpAddr>,
    /// What it says it is; the first [`limits::USER_AGENT`] bytes are kept.
    pub user_agent: Option<String>,
    /// The request.
    pub request_id: Option<RequestId>,
}

impl ClientInfo {
    /// Where it asks from, for the audit log.
    pub const fn origin(&self) -> Origin {
        Origin { ip: self.ip, request_id: self.request_id }
    }
}

/// A session that begins or goes on with a new token.
#[derive(Debug)]
pub struct NewSession {
    /// The session.
    pub session_id: SessionId,
    /// Its token, for the cookie; nobody can read it again.
    pub token: Token,
    /// When it ends, however much it is used.
    pub expires_at: Timestamp,
}

impl NewSession {
    pub(super) fn of(session: &Session, random: [u8; 32]) -> Self {
        let (session_id, expires_at) = (session.id, session.expires_at);
        Self { session_id, token: Token::new(random), expires_at }
    }
}

/// A person as shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserView {
    /// The id.
    pub id: UserId,
    /// The e-mail address.
    pub email: String,
    /// The name.
    pub name: String,
}

impl From<&User> for UserView {
    fn from(user: &User) -> Self {
        Self { id: user.id, email: user.email.clone(), name: user.name.clone() }
    }
}

/// An organization that a person may look at, or may not for now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MembershipView {
    /// The organization.
    pub organization: Organization,
    /// As what.
    pub role: Role,
    /// Whether the person may not come in for now.
    pub suspended: bool,
}

/// That a person gave the password a moment ago. Only this crate makes one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PasswordProof {
    pub(super) user_id: UserId,
    pub(super) until: Timestamp,
}

/// Who is signed in.
#[derive(Debug, Clone)]
pub struct SignedIn {
    /// The session.
    pub session_id: SessionId,
    /// The person.
    pub user: UserView,
    /// Where the person is a member, oldest organization first.
    pub memberships: Vec<MembershipView>,
    /// The person in the organization that is looked at; `None` when there is none, or the person
    /// is suspended there.
    pub caller: Option<Caller>,
    /// What this session's forms must carry.
    pub csrf: FormToken,
    /// That the password was given lately, if it was.
    pub proof: Option<PasswordProof>,
    /// When the session ends, however much it is used.
    pub expires_at: Timestamp,
    /// Where the request came from.
    pub(super) origin: Origin,
}

impl SignedIn {
    pub(super) const fn by(&self) -> By {
        By { actor: Actor::User(self.user.id), origin: self.origin }
    }

    /// The organization that is looked at.
    pub fn organization(&self) -> Option<&MembershipView> {
        let looked_at = self.caller?.organization_id;
        self.memberships.iter().find(|membership| membership.organization.id == looked_at)
    }
}

/// A session as shown to its person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionView {
    /// Its id.
    pub id: SessionId,
    /// When it began.
    pub created_at: Timestamp,
    /// When it was last used, to the minute.
    pub last_seen_at: Timestamp,
    /// From where it began.
    pub ip: Option<String>,
    /// What the browser said it is.
    pub user_agent: Option<String>,
    /// Whether it is the one that asks.
    pub current: bool,
}

impl App {
    /// Who holds this token, with what they may do, asked of the store each time.
    /// [`ErrorCode::Unauthorized`] for a token that is none, is unknown, or whose session has ended.
    pub async fn session(&self, token: &str, client: &ClientInfo) -> Result<SignedIn, AppError> {
        let token = Token::parse(token).ok_or_else(signed_out)?;
        let found = self.store().session_by_hash(token.hash()).await?.ok_or_else(signed_out)?;
        let now = self.now();
        if !lives(&found.session, now) {
            return Err(signed_out());
        }
        if now.since(found.session.last_seen_at).as_secs() >= 60 {
            self.store().touch_session(found.session.id, now).await?;
        }
        Ok(signed_in(&found, &token, client, now))
    }

    /// Looks at another organization; the session gets a new token. [`ErrorCode::NotFound`] where
    /// the person is no member, or suspended.
    pub async fn switch_organization(
        &self,
        signed_in: &SignedIn,
        organization: OrganizationId,
    ) -> Result<NewSession, AppError> {
        let (id, user) = (signed_in.session_id, signed_in.user.id);
        let random = self.ids().random();
        let expires_at = self
            .people(move |people| {
                let mut session = people.tx.session(id)?.ok_or_else(signed_out)?;
                let membership = people.tx.membership(organization, user)?;
                let active = membership.filter(|membership| !membership.suspended);
                let active = active.ok_or_else(|| AppError::not_found("organization"))?;
                people.tx.put_membership(&seen_at(&active, people.now))?;
                session.organization_id = Some(organization);
                session.hash = Token::new(random).hash();
                people.tx.put_session(&session)?;
                Ok(session.expires_at)
            })
            .await?;
        Ok(NewSession { session_id: id, token: Token::new(random), expires_at })
    }

    /// Ends this session.
    pub async fn sign_out(&self, signed_in: &SignedIn) -> Result<(), AppError> {
        self.end_session(signed_in, signed_in.session_id, "session.ended").await
    }

    /// Ends every session of this person, this one included.
    pub async fn sign_out_everywhere(&self, signed_in: &SignedIn) -> Result<(), AppError> {
        let (user, by) = (signed_in.user.id, signed_in.by());
        self.people(move |people| people.end_sessions(user, None, by)).await
    }

    /// The sessions of this person that have not ended, the one that began last first.
    pub async fn sessions(&self, signed_in: &SignedIn) -> Result<Vec<SessionView>, AppError> {
        let (now, current) = (self.now(), signed_in.session_id);
        let sessions = self.store().sessions(signed_in.user.id).await?;
        let living = sessions.into_iter().filter(|session| lives(session, now));
        let shown = living.map(|session| SessionView {
            id: session.id,
            created_at: session.created_at,
            last_seen_at: session.last_seen_at,
            ip: session.ip,
            user_agent: session.user_agent,
            current: session.id == current,
        });
        Ok(shown.collect())
    }

    /// Ends a session of this person. [`ErrorCode::NotFound`] for any other.
    pub async fn revoke_session(
        &self,
        signed_in: &SignedIn,
        id: SessionId,
    ) -> Result<(), AppError> {
        self.end_session(signed_in, id, "session.revoked").await
    }

    async fn end_session(
        &self,
        signed_in: &SignedIn,
        id: SessionId,
        action: &'static str,
    ) -> Result<(), AppError> {
        let (user, by) = (signed_in.user.id, signed_in.by());
        self.people(move |people| {
            let session = people.tx.session(id)?.filter(|session| session.user_id == user);
            let session = session.ok_or_else(|| AppError::not_found("session"))?;
            people.tx.delete_session(id)?;
            people.tell_of_session(&session, by, action)
        })
        .await
    }
}

impl People<'_> {
    /// Begins a session, in the organization that the person looked at last, where that counts as
    /// activity; the session that was not used for longest makes room. `confirmed`: the password was given.
    pub(super) fn begin_session(
        &mut self,
        user: UserId,
        token: &Token,
        client: &ClientInfo,
        confirmed: bool,
    ) -> Result<Session, Stop> {
        let (id, now) = (self.id(), self.now);
        let mut known = self.tx.sessions(user)?;
        let memberships = self.tx.memberships(user)?;
        let last = known.first().and_then(|session| session.organization_id);
        let active = || memberships.iter().map(|(it, _)| it).filter(|it| !it.suspended);
        let looked_at = active().find(|it| Some(it.organization_id) == last).or(active().next());
        let session = Session {
            id,
            hash: token.hash(),
            user_id: user,
            organization_id: looked_at.map(|membership| membership.organization_id),
            created_at: now,
            expires_at: now + limits::SESSION_LIFE,
            last_seen_at: now,
            confirmed_at: confirmed.then_some(now),
            ip: client.ip.map(|ip| ip.to_canonical().to_string()),
            user_agent: client.user_agent.as_deref().map(cut),
        };
        known.sort_by_key(|session| session.last_seen_at);
        let too_many = (known.len() + 1).saturating_sub(limits::SESSIONS_PER_USER);
        for old in known.iter().take(too_many) {
            self.tx.delete_session(old.id)?;
        }
        self.tx.put_session(&session)?;
        if let Some(membership) = looked_at {
            self.tx.put_membership(&seen_at(membership, now))?;
        }
        let by = By { actor: Actor::User(user), origin: client.origin() };
        self.tell_of_session(&session, by, "session.created")?;
        Ok(session)
    }

    /// Ends the sessions of a person, but for this one.
    pub(super) fn end_sessions(
        &mut self,
        user: UserId,
        but: Option<SessionId>,
        by: By,
    ) -> Result<(), Stop> {
        for session in self.tx.sessions(user)? {
            if Some(session.id) != but {
                self.tx.delete_session(session.id)?;
                self.tell_of_session(&session, by, "session.revoked")?;
            }
        }
        Ok(())
    }

    /// Every organization of which the person is a member hears of it.
    pub(super) fn tell_of_session(
        &mut self,
        session: &Session,
        by: By,
        action: &'static str,
    ) -> Result<(), Stop> {
        for (membership, _) in self.tx.memberships(session.user_id)? {
            let about = (action, "session", session.id.to_string());
            self.tell(membership.organization_id, by, about, None, Some(session))?;
        }
        Ok(())
    }
}

/// The member was there. Later use is noted to the minute, with the session's.
fn seen_at(member: &Membership, now: Timestamp) -> Membership {
    Membership { last_active_at: member.last_active_at.max(Some(now)), ..member.clone() }
}

fn lives(session: &Session, now: Timestamp) -> bool {
    now < session.expires_at && now < session.last_seen_at + limits::SESSION_IDLE
}

fn signed_in(found: &FoundSession, token: &Token, client: &ClientInfo, now: Timestamp) -> SignedIn {
    let (session, user) = (&found.session, &found.user);
    let origin = client.origin();
    let looked_at =
        |it: &&Membership| Some(it.organization_id) == session.organization_id && !it.suspended;
    let membership = found.memberships.iter().map(|(membership, _)| membership).find(looked_at);
    let fresh = session.confirmed_at.map(|at| at + limits::PASSWORD_FRESH);
    SignedIn {
        session_id: session.id,
        user: user.into(),
        memberships: found.memberships.iter().map(view).collect(),
        caller: membership.map(|membership| caller(membership, origin)),
        csrf: token.forms(),
        proof: fresh
            .filter(|until| *until > now)
            .map(|until| PasswordProof { user_id: user.id, until }),
        expires_at: session.expires_at,
        origin,
    }
}

fn caller(membership: &Membership, origin: Origin) -> Caller {
    let scopes: Scopes = membership.role.scopes();
    let actor = Actor::User(membership.user_id);
    Caller { organization_id: membership.organization_id, actor, scopes, origin }
}

fn view((membership, organization): &(Membership, Organization)) -> MembershipView {
    let organization = organization.clone();
    MembershipView { organization, role: membership.role, suspended: membership.suspended }
}

/// As much of a text as is kept.
fn cut(text: &str) -> String {
    let visible: String = text.chars().filter(|letter| !letter.is_control()).collect();
    visible[..visible.floor_char_boundary(limits::USER_AGENT)].to_owned()
}

pub(super) fn signed_out() -> AppError {
    AppError::new(ErrorCode::Unauthorized, "you are signed out; please sign in")
}
