//! The outbox, as whoever sends sees it: each mail with everything that its words need.
//!
//! What is not wanted any more when its turn comes is given up here: of a member who left, was
//! suspended, is no owner or admin any more, or muted the topic since; a link that has ended.

use fanfare_model::{
    DeliveryId, EventTypes, MailId, OrganizationId, Role, Timestamp, WebhookId, WebhookStatus,
    limits,
};
use fanfare_store::{Attempt, ClaimedMail, MailEnd, NewMail, Warning};

use super::Content;
use crate::{App, AppError};

/// A mail to send now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutgoingMail {
    /// Its id: the same whenever it is tried.
    pub id: MailId,
    /// When it was written.
    pub created_at: Timestamp,
    /// Where it goes.
    pub address: String,
    /// What it says.
    pub letter: Letter,
    /// What follows the address of the dashboard in the link to unsubscribe, where there is one.
    pub unsubscribe: Option<String>,
    /// How often it was tried before.
    pub attempts: u32,
    /// Until when nobody else sends it.
    until: Timestamp,
    ends_at: Timestamp,
}

/// What a mail says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Letter {
    /// Deliveries were given up.
    Failed {
        /// To which webhook.
        about: AboutWebhook,
        /// How many, since the last mail.
        count: u64,
        /// The types of their events.
        types: EventTypes,
        /// What went wrong first: the first attempt of the first of them, if it is still kept.
        first: Option<MailFailure>,
        /// What went wrong last: the last attempt of the last of them.
        last: Option<MailFailure>,
    },
    /// A webhook works again.
    Recovered {
        /// Which webhook.
        about: AboutWebhook,
        /// Since when.
        at: Timestamp,
    },
    /// A webhook will be disabled.
    Warned {
        /// Which webhook.
        about: AboutWebhook,
        /// How much of the time is over.
        warning: Warning,
        /// Since when it has only failed.
        failing_since: Timestamp,
        /// When a failure disables it.
        ends_at: Timestamp,
    },
    /// A webhook was disabled.
    Disabled {
        /// Which webhook.
        about: AboutWebhook,
        /// Whether the receiver answered 410.
        gone: bool,
        /// When.
        at: Timestamp,
        /// Deliveries that were given up, of which nobody was told before.
        untold: u64,
    },
    /// A backlog does not drain in time.
    Backlog {
        /// Of which webhook.
        about: AboutWebhook,
        /// How many deliveries wait.
        waiting: u64,
        /// In how many seconds they would be gone; `None`: it does not get less.
        drains_in: Option<u64>,
        /// In how many seconds they should be gone.
        within: u64,
    },
    /// Somebody is invited.
    Invitation {
        /// The organization's name.
        organization: String,
        /// As what, for people.
        role: String,
        /// What follows the address of the dashboard in the link.
        path: String,
        /// When the link ends.
        ends_at: Timestamp,
    },
    /// Somebody wants to set a new password.
    Reset {
        /// What follows the address of the dashboard in the link.
        path: String,
        /// When the link ends.
        ends_at: Timestamp,
    },
}

/// The webhook that a mail is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AboutWebhook {
    /// The organization's name.
    pub organization: String,
    /// The webhook.
    pub id: WebhookId,
    /// What people call it, if anything.
    pub description: Option<String>,
    /// Where it sends to, without what follows the path; `None` once it was deleted.
    pub url: Option<String>,
    /// Where it stands now; `None` once it was deleted.
    pub status: Option<WebhookStatus>,
}

/// An attempt that failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MailFailure {
    /// Of which delivery.
    pub delivery_id: DeliveryId,
    /// When it was made.
    pub at: Timestamp,
    /// What went wrong, for people.
    pub words: String,
}

impl App {
    /// Mails to send now, at most so many: nobody else sends them for [`limits::MAIL_LEASE`].
    pub async fn claim_mails(&self, limit: usize) -> Result<Vec<OutgoingMail>, AppError> {
        let now = self.now();
        let claimed = self.store().claim_mails(now, now + limits::MAIL_LEASE, limit).await?;
        let mut mails = Vec::with_capacity(claimed.len());
        for claim in claimed {
            match self.letter(&claim.mail, now).await? {
                Ok((letter, unsubscribe)) => mails.push(outgoing(claim, letter, unsubscribe)),
                Err(why) => {
                    let mail = (claim.mail.id, claim.until);
                    let said = format!("not sent: {why}");
                    self.store().end_mail(mail, MailEnd::GivenUp, said, now).await?;
                }
            }
        }
        Ok(mails)
    }

    /// A server took the mail, and said this.
    pub async fn mail_sent(&self, mail: &OutgoingMail, said: String) -> Result<bool, AppError> {
        self.end_mail(mail, MailEnd::Sent, said).await
    }

    /// The mail could not be sent, for this reason: it is tried again at `again`, if it still matters
    /// then, and else given up. Gives whether it is tried again.
    pub async fn mail_failed(
        &self,
        mail: &OutgoingMail,
        again: Option<Timestamp>,
        why: String,
    ) -> Result<bool, AppError> {
        let again = again.filter(|at| *at < mail.ends_at);
        let end = again.map_or(MailEnd::GivenUp, MailEnd::Later);
        Ok(self.end_mail(mail, end, why).await? && again.is_some())
    }

    async fn end_mail(
        &self,
        mail: &OutgoingMail,
        end: MailEnd,
        said: String,
    ) -> Result<bool, AppError> {
        Ok(self.store().end_mail((mail.id, mail.until), end, said, self.now()).await?)
    }

    /// What a mail says and how to have no more of its kind; or why nobody wants it.
    async fn letter(
        &self,
        mail: &NewMail,
        now: Timestamp,
    ) -> Result<Result<(Letter, Option<String>), &'static str>, AppError> {
        let Some(content) = Content::open(&self.shared, mail) else {
            return Ok(Err("its content does not open: the encryption key is another"));
        };
        if mail.ends_at <= now {
            return Ok(Err("it is too late"));
        }
        let Some((organization, user)) = mail.organization_id.zip(mail.user_id) else {
            return Ok(link(content).map(|letter| (letter, None)));
        };
        let Some(member) = self.store().member(organization, user).await? else {
            return Ok(Err("no member any more"));
        };
        let muted = self.store().muted(organization, user).await?;
        let manages = matches!(member.membership.role, Role::Owner | Role::Admin);
        if !manages || member.membership.suspended {
            return Ok(Err("no owner or admin any more"));
        }
        if content.topic().is_some_and(|topic| muted.contains(topic)) {
            return Ok(Err("muted since"));
        }
        let letter = self.letter_about(organization, content).await?;
        let unsubscribe = self.unsubscribe_path(organization, user)?;
        Ok(letter.map(|letter| (letter, Some(unsubscribe))))
    }

    async fn letter_about(
        &self,
        organization: OrganizationId,
        content: Content,
    ) -> Result<Result<Letter, &'static str>, AppError> {
        Ok(Ok(match content {
            Content::Failed { webhook, count, types, first, last } => Letter::Failed {
                about: self.about(organization, webhook).await?,
                count,
                types,
                first: self.failure(organization, first, |attempts| attempts.first()).await?,
                last: self.failure(organization, last, |attempts| attempts.last()).await?,
            },
            Content::Recovered { webhook, at } => {
                Letter::Recovered { about: self.about(organization, webhook).await?, at }
            }
            Content::Warned { webhook, warning, failing_since, ends_at } => {
                let about = self.about(organization, webhook).await?;
                if !about.status.is_some_and(WebhookStatus::is_served) {
                    return Ok(Err("the webhook is not served any more"));
                }
                Letter::Warned { about, warning, failing_since, ends_at }
            }
            Content::Disabled { webhook, gone, at, untold } => {
                let about = self.about(organization, webhook).await?;
                Letter::Disabled { about, gone, at, untold }
            }
            Content::Backlog { webhook, waiting, drains_in, within } => {
                let about = self.about(organization, webhook).await?;
                Letter::Backlog { about, waiting, drains_in, within }
            }
            link @ (Content::Invitation { .. } | Content::Reset { .. }) => {
                return Ok(self::link(link));
            }
        }))
    }

    async fn about(
        &self,
        organization: OrganizationId,
        id: WebhookId,
    ) -> Result<AboutWebhook, AppError> {
        let named = self.store().organization(organization).await?;
        let webhook = self.store().webhook(organization, id).await?;
        Ok(AboutWebhook {
            organization: named.map(|it| it.name).unwrap_or_default(),
            id,
            description: webhook.as_ref().and_then(|it| it.description.clone()),
            url: webhook.as_ref().map(|it| bare(&it.url)),
            status: webhook.map(|it| it.status),
        })
    }

    async fn failure(
        &self,
        organization: OrganizationId,
        delivery_id: DeliveryId,
        which: fn(&[Attempt]) -> Option<&Attempt>,
    ) -> Result<Option<MailFailure>, AppError> {
        let detail = self.store().delivery(organization, delivery_id).await?;
        let attempt = detail.as_ref().and_then(|detail| which(&detail.attempts));
        Ok(attempt.map(|attempt| MailFailure {
            delivery_id,
            at: attempt.started_at,
            words: words(attempt),
        }))
    }
}

fn outgoing(claim: ClaimedMail, letter: Letter, unsubscribe: Option<String>) -> OutgoingMail {
    let ClaimedMail { mail, attempts, until } = claim;
    OutgoingMail {
        id: mail.id,
        created_at: mail.created_at,
        address: mail.address,
        letter,
        unsubscribe,
        attempts,
        until,
        ends_at: mail.ends_at,
    }
}

fn link(content: Content) -> Result<Letter, &'static str> {
    match content {
        Content::Invitation { organization, role, path, ends_at } => {
            Ok(Letter::Invitation { organization, role, path, ends_at })
        }
        Content::Reset { path, ends_at } => Ok(Letter::Reset { path, ends_at }),
        _ => Err("it is for a member and names none"),
    }
}

/// A URL without what may hold secrets: user, query and fragment.
fn bare(url: &str) -> String {
    let Ok(mut parsed) = url::Url::parse(url) else { return String::new() };
    parsed.set_query(None);
    parsed.set_fragment(None);
    // Only URLs without a host refuse these, and webhooks have one.
    let _cleared = (parsed.set_username(""), parsed.set_password(None));
    parsed.into()
}

fn words(attempt: &Attempt) -> String {
    match (attempt.status_code, attempt.error_class) {
        (Some(code), Some(class)) => format!("HTTP {code}. {}", class.meaning()),
        (Some(code), None) => format!("HTTP {code}."),
        (None, Some(class)) => class.meaning().to_owned(),
        (None, None) => "No answer.".to_owned(),
    }
}
