//! Links that work once: what they show, and those that let a known person in.
//!
//! A link is made with 256 random bits that only whoever is given it knows. Using it deletes its row
//! in the transaction of what it is for, so that of many who use it at the same time one succeeds.

use fanfare_model::{Actor, LinkId, Role, Timestamp, UserId, limits};
use fanfare_signing::Token;
use fanfare_store::{Link, LinkPurpose, Origin, User};

use super::passwords::Password;
use super::session::{ClientInfo, NewSession, SignedIn};
use super::throttle::Counted;
use super::{By, People, fields};
use crate::complaints::Complaints;
use crate::launch::Stop;
use crate::notices::Content;
use crate::{App, AppError, ErrorCode};

/// A link that was made, to be given to somebody.
#[derive(Debug)]
pub struct OneTimeLink {
    /// Its id.
    pub id: LinkId,
    /// Its token; nobody can read it again.
    pub token: Token,
    /// The page of the dashboard that it leads to.
    page: &'static str,
    /// When it ends.
    pub expires_at: Timestamp,
    /// Whether it is on its way by mail to whom it is for.
    pub is_mailed: bool,
}

impl OneTimeLink {
    /// What follows the address of the dashboard: `/invitation?token=…`.
    pub fn path(&self) -> String {
        format!("{}?token={}", self.page, self.token.expose())
    }
}

/// What a link is for, for its page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LinkView {
    /// To become a member.
    Invitation {
        /// The organization's name.
        organization: String,
        /// Who was invited.
        email: String,
        /// As what.
        role: Role,
        /// Whether this address signs in already: then its password is asked for, and no name.
        is_known: bool,
    },
    /// To become the first owner.
    Setup {
        /// The organization's name.
        organization: String,
    },
    /// To set a new password.
    Reset {
        /// Whose.
        email: String,
    },
    /// To sign in.
    SignIn {
        /// Who.
        email: String,
    },
}

impl App {
    /// What a link is for; looking does not use it. [`ErrorCode::NotFound`] when it was used, has
    /// ended, or never was one.
    pub async fn link(&self, token: &str) -> Result<LinkView, AppError> {
        let link = self.find_link(token).await?;
        match link.purpose {
            LinkPurpose::Invitation { organization_id, email, role } => {
                let organization = self.store().organization(organization_id).await?;
                let organization = organization.ok_or_else(no_link)?.name;
                let user = self.store().user_by_email(&email).await?;
                let is_known = user.is_some_and(|user| user.password.is_some());
                Ok(LinkView::Invitation { organization, email, role, is_known })
            }
            LinkPurpose::Setup { organization_id } => {
                let organization = self.store().organization(organization_id).await?;
                Ok(LinkView::Setup { organization: organization.ok_or_else(no_link)?.name })
            }
            LinkPurpose::Reset { user_id } => {
                Ok(LinkView::Reset { email: self.known_user(user_id).await?.email })
            }
            LinkPurpose::SignIn { user_id } => {
                Ok(LinkView::SignIn { email: self.known_user(user_id).await?.email })
            }
        }
    }

    /// A link with which the person of this address sets a new password. Only for whoever may
    /// become this person: the console. See [`App::mail_reset_link`] for everybody else. [`ErrorCode::NotFound`] when
    /// nobody has the address.
    pub async fn reset_link(&self, email: &str) -> Result<OneTimeLink, AppError> {
        let user = self.user_of(email).await?;
        let purpose = LinkPurpose::Reset { user_id: user.id };
        self.link_for(user, purpose, "member.reset_link").await
    }

    /// Mails a link with which the person of this address sets a new password. Whether anybody has the
    /// address is not told, so anybody may ask; requests count as attempts to sign in.
    /// [`ErrorCode::ValidationFailed`] for `email`, [`ErrorCode::RateLimited`],
    /// [`ErrorCode::Conflict`] when there is no way to send mails.
    pub async fn mail_reset_link(&self, email: &str, client: &ClientInfo) -> Result<(), AppError> {
        if !self.sends_mails() {
            let message = "this server sends no mails: ask whoever runs it for a link";
            return Err(AppError::new(ErrorCode::Conflict, message));
        }
        let mut complaints = Complaints::default();
        let email = complaints.sign_in_email(email).unwrap_or_default();
        complaints.judge()?;
        let counted = Counted::new(&email, client.ip);
        self.people(move |people| people.count_attempt(counted)).await?;
        let (random, origin) = (self.ids().random(), client.origin());
        self.people(move |people| {
            let Some(user) = people.tx.user_by_email(&email)? else { return Ok(()) };
            let purpose = LinkPurpose::Reset { user_id: user.id };
            let link = people.make_link(&Token::new(random), purpose);
            people.tx.put_link(&link)?;
            let path = shown(&link, random).path();
            let content = Content::Reset { path, ends_at: link.expires_at };
            people.mail_link(None, &email, link.expires_at, &content)?;
            let by = By { actor: Actor::System, origin };
            people.tell_everywhere(user.id, by, "member.reset_link")
        })
        .await
    }

    /// A link with which the person of this address signs in. For the console alone.
    pub async fn sign_in_link(&self, email: &str) -> Result<OneTimeLink, AppError> {
        let user = self.user_of(email).await?;
        let purpose = LinkPurpose::SignIn { user_id: user.id };
        self.link_for(user, purpose, "member.sign_in_link").await
    }

    async fn link_for(
        &self,
        user: User,
        purpose: LinkPurpose,
        action: &'static str,
    ) -> Result<OneTimeLink, AppError> {
        let random = self.ids().random();
        self.people(move |people| {
            let link = people.make_link(&Token::new(random), purpose.clone());
            people.tx.put_link(&link)?;
            let by = By { actor: Actor::Console, origin: Origin::default() };
            people.tell_everywhere(user.id, by, action)?;
            Ok(shown(&link, random))
        })
        .await
    }

    /// Sets a new password with a link; every session of the person ends, and every other link.
    /// [`ErrorCode::ValidationFailed`] for `password`.
    pub async fn reset_password(
        &self,
        token: &str,
        password: &str,
        client: &ClientInfo,
    ) -> Result<(), AppError> {
        let hash = self.find_link(token).await?.hash;
        let password = self.judged_password(password).await?;
        let origin = client.origin();
        self.people(move |people| {
            let link = people.living_link(hash)?;
            let LinkPurpose::Reset { user_id } = link.purpose else { return Err(no_link().into()) };
            let user = people.tx.user(user_id)?.ok_or_else(no_link)?;
            let by = By { actor: Actor::User(user_id), origin };
            people.tx.put_user(&User { password: Some(password.clone()), ..user })?;
            people.tx.delete_link(link.id)?;
            people.tx.delete_links_of(user_id)?;
            people.end_sessions(user_id, None, by)?;
            people.tell_everywhere(user_id, by, "member.password_reset")
        })
        .await
    }

    /// Signs in with a link.
    pub async fn sign_in_by_link(
        &self,
        token: &str,
        client: ClientInfo,
    ) -> Result<NewSession, AppError> {
        let hash = self.find_link(token).await?.hash;
        let random = self.ids().random();
        let session = self
            .people(move |people| {
                let link = people.living_link(hash)?;
                let LinkPurpose::SignIn { user_id } = link.purpose else {
                    return Err(no_link().into());
                };
                people.tx.user(user_id)?.ok_or_else(no_link)?;
                people.tx.delete_link(link.id)?;
                people.begin_session(user_id, &Token::new(random), &client, false)
            })
            .await?;
        Ok(NewSession::of(&session, random))
    }

    /// Sets a new password for who is signed in; every other session of the person ends, and every
    /// link. [`ErrorCode::ValidationFailed`] for `current` or `password`,
    /// [`ErrorCode::RateLimited`] after too many wrong ones.
    pub async fn change_password(
        &self,
        signed_in: &SignedIn,
        current: &str,
        password: &str,
    ) -> Result<(), AppError> {
        let looked_at = self.check_password(signed_in, "current", current).await?;
        let password = self.judged_password(password).await?;
        let (by, this) = (signed_in.by(), signed_in.session_id);
        self.people(move |people| {
            people.still_has_password(&looked_at)?;
            let password = Some(password.clone());
            people.tx.put_user(&User { password, ..looked_at.clone() })?;
            people.tx.delete_links_of(looked_at.id)?;
            people.end_sessions(looked_at.id, Some(this), by)?;
            people.tell_everywhere(looked_at.id, by, "member.password_changed")
        })
        .await
    }

    pub(super) async fn find_link(&self, token: &str) -> Result<Link, AppError> {
        let token = Token::parse(token).ok_or_else(no_link)?;
        self.store().link(token.hash(), self.now()).await?.ok_or_else(no_link)
    }

    pub(super) async fn judged_password(
        &self,
        password: &str,
    ) -> Result<fanfare_store::PasswordHash, AppError> {
        let mut complaints = Complaints::default();
        complaints.new_password(password);
        complaints.judge()?;
        self.hash_password(Password::new(password.to_owned())).await
    }

    async fn known_user(&self, id: UserId) -> Result<User, AppError> {
        self.store().user(id).await?.ok_or_else(no_link)
    }

    async fn user_of(&self, email: &str) -> Result<User, AppError> {
        let user = self.store().user_by_email(&fields::spelled(email)).await?;
        user.ok_or_else(|| AppError::not_found("user"))
    }
}

impl People<'_> {
    /// A link that is not stored yet.
    pub(super) fn make_link(&self, token: &Token, purpose: LinkPurpose) -> Link {
        let life = match purpose {
            LinkPurpose::Invitation { .. } | LinkPurpose::Setup { .. } => limits::INVITATION_LIFE,
            LinkPurpose::Reset { .. } => limits::RESET_LIFE,
            LinkPurpose::SignIn { .. } => limits::SIGN_IN_LINK_LIFE,
        };
        let (created_at, expires_at) = (self.now, self.now + life);
        Link { id: self.id(), hash: token.hash(), purpose, created_at, expires_at }
    }

    /// A link that can still be used.
    pub(super) fn living_link(&mut self, hash: [u8; 32]) -> Result<Link, Stop> {
        let link = self.tx.link(hash)?.filter(|link| link.expires_at > self.now);
        link.ok_or_else(|| no_link().into())
    }

    /// Every organization of which the person is a member hears of it.
    pub(super) fn tell_everywhere(
        &mut self,
        user: UserId,
        by: By,
        action: &'static str,
    ) -> Result<(), Stop> {
        for (membership, _) in self.tx.memberships(user)? {
            let about = (action, "member", user.to_string());
            self.tell(membership.organization_id, by, about, None, None)?;
        }
        Ok(())
    }
}

/// A link as given to whoever asked for it.
pub(super) fn shown(link: &Link, random: [u8; 32]) -> OneTimeLink {
    let page = match link.purpose {
        LinkPurpose::Invitation { .. } => "/invitation",
        LinkPurpose::Setup { .. } => "/setup",
        LinkPurpose::Reset { .. } => "/reset",
        LinkPurpose::SignIn { .. } => "/sign-in/link",
    };
    OneTimeLink {
        id: link.id,
        token: Token::new(random),
        page,
        expires_at: link.expires_at,
        is_mailed: false,
    }
}

pub(super) fn no_link() -> AppError {
    let message = "this link was used already, has ended, or is not whole";
    AppError::new(ErrorCode::NotFound, message)
}
