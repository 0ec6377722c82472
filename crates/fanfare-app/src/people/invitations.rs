//! Coming in: invitations, and the first owner of a new installation.

use fanfare_model::{Actor, LinkId, OrganizationId, Role, Scope, Timestamp, limits};
use fanfare_signing::Token;
use fanfare_store::{Link, LinkPurpose, Membership, Origin, PasswordHash, User};

use super::links::{OneTimeLink, no_link, shown};
use super::passwords::Password;
use super::session::{ClientInfo, NewSession};
use super::throttle::Counted;
use super::{By, People};
use crate::complaints::Complaints;
use crate::launch::Stop;
use crate::notices::Content;
use crate::{App, AppError, Caller, ErrorCode};

/// An invitation that waits for its answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invitation {
    /// Its id.
    pub id: LinkId,
    /// Who was invited.
    pub email: String,
    /// As what.
    pub role: Role,
    /// When.
    pub created_at: Timestamp,
    /// When it ends.
    pub expires_at: Timestamp,
}

/// What a person who comes in says of themselves.
#[derive(Clone, PartialEq, Eq)]
pub struct NewPerson {
    /// The name, for people: 1 to [`limits::NAME`] characters. Not looked at when the address signs
    /// in already.
    pub name: String,
    /// The password: a new one of [`limits::PASSWORD_MIN`] to [`limits::PASSWORD_MAX`] characters,
    /// or the one that there is when the address signs in already.
    pub password: String,
}

impl std::fmt::Debug for NewPerson {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NewPerson").field("name", &self.name).field("password", &"***").finish()
    }
}

/// Who comes in, judged and hashed.
#[derive(Clone)]
enum Comes {
    /// Somebody who signs in already, whose password was right.
    Known(User),
    /// Somebody new, or who had no password.
    New { name: String, password: PasswordHash },
}

impl App {
    /// Invites somebody; an invitation of the same address that waits is replaced. Needs
    /// `members:write`, and an owner to invite an owner. [`ErrorCode::Conflict`] when the address is
    /// a member's.
    pub async fn invite_member(
        &self,
        caller: &Caller,
        email: &str,
        role: Role,
    ) -> Result<OneTimeLink, AppError> {
        caller.require(Scope::MembersWrite)?;
        let mut complaints = Complaints::default();
        let email = complaints.sign_in_email(email).unwrap_or_default();
        complaints.judge()?;
        let (caller, random) = (*caller, self.ids().random());
        self.people(move |people| {
            let organization_id = caller.organization_id;
            people.may_manage(&caller, &[role])?;
            people.is_no_member(organization_id, &email)?;
            let waiting = people.tx.invitations(organization_id)?;
            let same = |link: &&Link| is_for(link, &email);
            if waiting.iter().filter(|link| !same(link)).count()
                >= limits::INVITATIONS_PER_ORGANIZATION
            {
                return Err(too_many("invitations that wait"));
            }
            let email = email.clone();
            let purpose = LinkPurpose::Invitation { organization_id, email, role };
            let link = people.make_link(&Token::new(random), purpose);
            for old in waiting.iter().filter(same) {
                people.tx.delete_link(old.id)?;
            }
            people.tx.put_link(&link)?;
            let about = ("member.invited", "invitation", link.id.to_string());
            people.tell(organization_id, (&caller).into(), about, None, Some(&link))?;
            let mut made = shown(&link, random);
            made.is_mailed = people.mail_invitation(&link, made.path())?;
            Ok(made)
        })
        .await
    }

    /// Invitations that wait for their answer, oldest first. Needs `members:read`.
    pub async fn invitations(&self, caller: &Caller) -> Result<Vec<Invitation>, AppError> {
        caller.require(Scope::MembersRead)?;
        let links = self.store().invitations(caller.organization_id, self.now()).await?;
        let invitation = |link: Link| match link.purpose {
            LinkPurpose::Invitation { email, role, .. } => Some(Invitation {
                id: link.id,
                email,
                role,
                created_at: link.created_at,
                expires_at: link.expires_at,
            }),
            _ => None,
        };
        Ok(links.into_iter().filter_map(invitation).collect())
    }

    /// Takes an invitation back. Needs `members:write`.
    pub async fn withdraw_invitation(&self, caller: &Caller, id: LinkId) -> Result<(), AppError> {
        caller.require(Scope::MembersWrite)?;
        let caller = *caller;
        self.people(move |people| {
            let organization = caller.organization_id;
            let waiting = people.tx.invitations(organization)?;
            let link = waiting.into_iter().find(|link| link.id == id);
            let link = link.ok_or_else(|| AppError::not_found("invitation"))?;
            people.tx.delete_link(id)?;
            let about = ("member.invitation_withdrawn", "invitation", id.to_string());
            people.tell(organization, (&caller).into(), about, Some(&link), None)
        })
        .await
    }

    /// Becomes a member with an invitation, and signs in. An address that signs in already gives
    /// the password that it has. [`ErrorCode::ValidationFailed`] for `name` or `password`.
    pub async fn accept_invitation(
        &self,
        token: &str,
        person: NewPerson,
        client: ClientInfo,
    ) -> Result<NewSession, AppError> {
        let link = self.find_link(token).await?;
        let LinkPurpose::Invitation { email, .. } = link.purpose else { return Err(no_link()) };
        let comes = self.who_comes(&email, person, &client).await?;
        self.come_in(link.hash, email, comes, client).await
    }

    /// A link with which the first owner of an organization comes in. For the first start alone.
    pub async fn setup_link(&self, organization: OrganizationId) -> Result<OneTimeLink, AppError> {
        let random = self.ids().random();
        self.people(move |people| {
            let purpose = LinkPurpose::Setup { organization_id: organization };
            let link = people.make_link(&Token::new(random), purpose);
            people.tx.put_link(&link)?;
            let about = ("organization.setup_link", "organization", organization.to_string());
            people.tell(organization, CONSOLE, about, None, Some(&link))?;
            Ok(shown(&link, random))
        })
        .await
    }

    /// Becomes the first owner with the link of the first start, and signs in.
    /// [`ErrorCode::ValidationFailed`] for `email`, `name` or `password`; [`ErrorCode::Conflict`]
    /// when the organization has an owner by now.
    pub async fn set_up(
        &self,
        token: &str,
        email: &str,
        person: NewPerson,
        client: ClientInfo,
    ) -> Result<NewSession, AppError> {
        let link = self.find_link(token).await?;
        let LinkPurpose::Setup { .. } = link.purpose else { return Err(no_link()) };
        let mut complaints = Complaints::default();
        let email = complaints.sign_in_email(email).unwrap_or_default();
        complaints.judge()?;
        let comes = self.who_comes(&email, person, &client).await?;
        self.come_in(link.hash, email, comes, client).await
    }

    /// A member who only signs in by link, made by the console: for demonstrations.
    pub async fn add_member_without_password(
        &self,
        organization: OrganizationId,
        email: &str,
        name: &str,
        role: Role,
    ) -> Result<(), AppError> {
        let mut complaints = Complaints::default();
        let email = complaints.sign_in_email(email).unwrap_or_default();
        let name = complaints.text("name", name, limits::NAME).unwrap_or_default();
        complaints.judge()?;
        self.people(move |people| {
            people.is_no_member(organization, &email)?;
            let user = match people.tx.user_by_email(&email)? {
                Some(user) => user,
                None => people.new_user(email.clone(), name.clone(), None),
            };
            people.tx.put_user(&user)?;
            people.join(organization, &user, role, CONSOLE)
        })
        .await
    }

    async fn who_comes(
        &self,
        email: &str,
        person: NewPerson,
        client: &ClientInfo,
    ) -> Result<Comes, AppError> {
        let password = Password::new(person.password);
        let known = self.store().user_by_email(email).await?;
        if let Some(user) = known.filter(|user| user.password.is_some()) {
            let counted = Counted::new(email, client.ip);
            self.people(move |people| people.count_attempt(counted)).await?;
            if !self.password_is(password, user.password.clone()).await? {
                let message = "is not the password that this address signs in with";
                return Err(AppError::invalid_field("password", message));
            }
            self.people(move |people| people.forgive_attempt(counted)).await?;
            return Ok(Comes::Known(user));
        }
        let mut complaints = Complaints::default();
        let name = complaints.text("name", &person.name, limits::NAME).unwrap_or_default();
        complaints.new_password(&password);
        complaints.judge()?;
        Ok(Comes::New { name, password: self.hash_password(password).await? })
    }

    /// Uses the link: makes the person and the membership, and begins a session.
    async fn come_in(
        &self,
        hash: [u8; 32],
        email: String,
        comes: Comes,
        client: ClientInfo,
    ) -> Result<NewSession, AppError> {
        let random = self.ids().random();
        let session = self
            .people(move |people| {
                let link = people.living_link(hash)?;
                let (organization, role) = match &link.purpose {
                    LinkPurpose::Invitation { organization_id, role, .. } => {
                        people.is_no_member(*organization_id, &email)?;
                        (*organization_id, *role)
                    }
                    LinkPurpose::Setup { organization_id } => {
                        people.has_no_owner(*organization_id)?;
                        (*organization_id, Role::Owner)
                    }
                    LinkPurpose::Reset { .. } | LinkPurpose::SignIn { .. } => {
                        return Err(no_link().into());
                    }
                };
                let user = people.person(&email, &comes)?;
                people.has_room(organization, &user)?;
                people.tx.delete_link(link.id)?;
                people.tx.put_user(&user)?;
                let by = By { actor: Actor::User(user.id), origin: client.origin() };
                people.join(organization, &user, role, by)?;
                people.begin_session(user.id, &Token::new(random), &client, true)
            })
            .await?;
        Ok(NewSession::of(&session, random))
    }
}

const CONSOLE: By = By { actor: Actor::Console, origin: Origin { ip: None, request_id: None } };

impl People<'_> {
    fn person(&mut self, email: &str, comes: &Comes) -> Result<User, Stop> {
        match comes {
            Comes::Known(user) => {
                self.still_has_password(user)?;
                Ok(user.clone())
            }
            Comes::New { name, password } => match self.tx.user_by_email(email)? {
                // Came in elsewhere since we looked: that password was not asked for.
                Some(user) if user.password.is_some() => Err(no_link().into()),
                Some(user) => Ok(User { password: Some(password.clone()), ..user }),
                None => Ok(self.new_user(email.to_owned(), name.clone(), Some(password.clone()))),
            },
        }
    }

    fn new_user(&self, email: String, name: String, password: Option<PasswordHash>) -> User {
        User { id: self.id(), email, name, password, created_at: self.now }
    }

    /// Mails an invitation to whom it invites, if there is a way to.
    fn mail_invitation(&mut self, link: &Link, path: String) -> Result<bool, Stop> {
        let LinkPurpose::Invitation { organization_id, email, role } = &link.purpose else {
            return Ok(false);
        };
        let organization = self.tx.organization(*organization_id)?.map(|it| it.name);
        let content = Content::Invitation {
            organization: organization.unwrap_or_default(),
            role: role.title().to_owned(),
            path,
            ends_at: link.expires_at,
        };
        self.mail_link(Some(*organization_id), email, link.expires_at, &content)
    }

    fn is_no_member(&mut self, organization: OrganizationId, email: &str) -> Result<(), Stop> {
        if let Some(user) = self.tx.user_by_email(email)?
            && self.tx.membership(organization, user.id)?.is_some()
        {
            return Err(AppError::conflict("email", "is a member's already").into());
        }
        Ok(())
    }

    fn has_no_owner(&mut self, organization: OrganizationId) -> Result<(), Stop> {
        if self.tx.count_owners(organization)? == 0 {
            return Ok(());
        }
        let message = "the organization has an owner already, who can invite you";
        Err(AppError::new(ErrorCode::Conflict, message).into())
    }

    fn has_room(&mut self, organization: OrganizationId, user: &User) -> Result<(), Stop> {
        if self.tx.count_members(organization)? >= limits::MEMBERS_PER_ORGANIZATION {
            return Err(too_many("members"));
        }
        if self.tx.memberships(user.id)?.len() >= limits::ORGANIZATIONS_PER_USER {
            return Err(too_many("organizations"));
        }
        Ok(())
    }

    pub(super) fn join(
        &mut self,
        organization_id: OrganizationId,
        user: &User,
        role: Role,
        by: By,
    ) -> Result<(), Stop> {
        let membership = Membership {
            organization_id,
            user_id: user.id,
            role,
            suspended: false,
            joined_at: self.now,
            last_active_at: None,
        };
        self.tx.put_membership(&membership)?;
        let about = ("member.joined", "member", user.id.to_string());
        self.tell(organization_id, by, about, None, Some(&membership))
    }
}

fn is_for(link: &Link, wanted: &str) -> bool {
    matches!(&link.purpose, LinkPurpose::Invitation { email, .. } if email == wanted)
}

fn too_many(what: &str) -> Stop {
    let message = format!("there are as many {what} as there may be");
    AppError::new(ErrorCode::LimitReached, message).into()
}
