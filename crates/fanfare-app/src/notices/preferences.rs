//! What a person wants to be mailed of an organization, and the link that ends all of it.

use fanfare_model::{Actor, OrganizationId, Scope, Topics, UserId};
use fanfare_signing::{Keyring, SealContext};

use crate::{App, AppError, Caller, ErrorCode, OperatorContext};

/// What a link to unsubscribe is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unsubscribe {
    /// The organization's name.
    pub organization: String,
    /// Who gets its mails.
    pub email: String,
    /// Whether this person gets none already.
    pub is_done: bool,
}

const PLACE: SealContext<'static> =
    SealContext { organization: "", table: "muted_topics", column: "link", row: "" };

impl App {
    /// Whether there is a way to send mails.
    pub fn sends_mails(&self) -> bool {
        self.shared.options.mails
    }

    /// What the caller gets no mails about, in the organization that is looked at. For people.
    pub async fn muted_topics(&self, caller: &Caller) -> Result<Topics, AppError> {
        let user = person(caller)?;
        Ok(self.store().muted(caller.organization_id, user).await?)
    }

    /// Says what the caller gets no mails about, in the organization that is looked at. For people.
    pub async fn mute_topics(&self, caller: &Caller, muted: Topics) -> Result<(), AppError> {
        let (organization, user) = (caller.organization_id, person(caller)?);
        self.mute(organization, user, muted).await
    }

    /// Whether the caller is one of those who are mailed at all.
    pub fn is_mailed(&self, caller: &Caller) -> bool {
        // Owners and admins: who may manage members.
        caller.may(Scope::MembersWrite)
    }

    /// What follows the address of the dashboard in a link with which this member gets no more mails
    /// of the organization, without signing in. It works for as long as the key that seals it.
    pub fn unsubscribe_path(
        &self,
        organization: OrganizationId,
        user: UserId,
    ) -> Result<String, AppError> {
        let bytes = [organization.to_bytes(), user.to_bytes()].concat();
        // Always the same link, so that a mail that is tried again is the same in every byte. A nonce
        // that repeats shows only that two values are equal, as these are.
        let sealed = self.shared.keyring.seal(PLACE, [0; Keyring::NONCE_BYTES], &bytes);
        let sealed = sealed.map_err(|error| AppError::internal(OperatorContext::new(error)))?;
        Ok(format!("/unsubscribe?token={}", hex(&sealed)))
    }

    /// What such a link is about; looking changes nothing. [`ErrorCode::NotFound`] when it is none, or
    /// the person is no member any more.
    pub async fn unsubscribe_link(&self, token: &str) -> Result<Unsubscribe, AppError> {
        let (organization, user) = self.read_link(token)?;
        let member = self.store().member(organization, user).await?.ok_or_else(no_link)?;
        let named = self.store().organization(organization).await?.ok_or_else(no_link)?;
        let is_done = self.store().muted(organization, user).await? == Topics::ALL;
        Ok(Unsubscribe { organization: named.name, email: member.email, is_done })
    }

    /// Mutes everything for whom the link was made. Errors as [`App::unsubscribe_link`].
    pub async fn unsubscribe(&self, token: &str) -> Result<(), AppError> {
        let (organization, user) = self.read_link(token)?;
        self.mute(organization, user, Topics::ALL).await
    }

    async fn mute(
        &self,
        organization: OrganizationId,
        user: UserId,
        muted: Topics,
    ) -> Result<(), AppError> {
        self.people(move |people| {
            people.tx.membership(organization, user)?.ok_or_else(no_link)?;
            Ok(people.tx.put_muted(organization, user, muted)?)
        })
        .await
    }

    fn read_link(&self, token: &str) -> Result<(OrganizationId, UserId), AppError> {
        let sealed = unhex(token).ok_or_else(no_link)?;
        let bytes = self.shared.keyring.open(PLACE, &sealed).map_err(|_| no_link())?;
        let (organization, rest) = bytes.split_first_chunk::<16>().ok_or_else(no_link)?;
        let user = rest.first_chunk::<16>().filter(|_| rest.len() == 16).ok_or_else(no_link)?;
        Ok((OrganizationId::from_bytes(*organization), UserId::from_bytes(*user)))
    }
}

fn person(caller: &Caller) -> Result<UserId, AppError> {
    match caller.actor {
        Actor::User(user) => Ok(user),
        Actor::Key(_) | Actor::Console | Actor::System => {
            let message = "only people have mails to choose";
            Err(AppError::new(ErrorCode::Forbidden, message))
        }
    }
}

fn no_link() -> AppError {
    let message = "this link is not whole, or its person is no member any more";
    AppError::new(ErrorCode::NotFound, message)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    if text.len() > 512 || !text.len().is_multiple_of(2) || !text.is_ascii() {
        return None;
    }
    let pair = |at: usize| u8::from_str_radix(text.get(at..at + 2)?, 16).ok();
    (0..text.len()).step_by(2).map(pair).collect()
}
