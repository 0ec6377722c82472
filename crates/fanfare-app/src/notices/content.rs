//! What a mail says, as it waits in the outbox: facts that are sealed, words come when it is sent.

use fanfare_model::{
    DeliveryId, EventTypes, MailId, NoticeId, OrganizationId, Timestamp, Topic, UserId, WebhookId,
    limits,
};
use fanfare_signing::SealContext;
use fanfare_store::{NewMail, Sealed, Warning};
use serde::{Deserialize, Serialize};

use crate::app::Shared;
use crate::launch::Stop;
use crate::people::People;
use crate::{AppError, OperatorContext};

/// The facts of a mail.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(crate) enum Content {
    /// Deliveries were given up.
    Failed {
        webhook: WebhookId,
        count: u64,
        types: EventTypes,
        first: DeliveryId,
        last: DeliveryId,
    },
    /// A webhook works again.
    Recovered { webhook: WebhookId, at: Timestamp },
    /// A webhook will be disabled.
    Warned { webhook: WebhookId, warning: Warning, failing_since: Timestamp, ends_at: Timestamp },
    /// A webhook was disabled.
    Disabled { webhook: WebhookId, gone: bool, at: Timestamp, untold: u64 },
    /// A backlog does not drain in time.
    Backlog { webhook: WebhookId, waiting: u64, drains_in: Option<u64>, within: u64 },
    /// Somebody was invited.
    Invitation { organization: String, role: String, path: String, ends_at: Timestamp },
    /// Somebody wants to set a new password.
    Reset { path: String, ends_at: Timestamp },
}

impl Content {
    /// What a person mutes to get no such mail; `None`: it was asked for.
    pub(crate) const fn topic(&self) -> Option<Topic> {
        match self {
            Self::Failed { .. } => Some(Topic::Failures),
            Self::Recovered { .. } => Some(Topic::Recoveries),
            Self::Warned { .. } => Some(Topic::Warnings),
            Self::Disabled { .. } => Some(Topic::Disabled),
            Self::Backlog { .. } => Some(Topic::Backlogs),
            Self::Invitation { .. } | Self::Reset { .. } => None,
        }
    }

    fn seal(&self, shared: &Shared, id: MailId) -> Result<Sealed, AppError> {
        let internal = |error: &dyn std::fmt::Display| {
            AppError::internal(OperatorContext::new(error.to_string()))
        };
        let text = serde_json::to_vec(self).map_err(|error| internal(&error))?;
        let row = id.to_string();
        let sealed = shared.keyring.seal(place(&row), shared.ids.random(), &text);
        sealed.map(Sealed).map_err(|error| internal(&error))
    }

    /// What was sealed for this mail; `None` when it does not open.
    pub(crate) fn open(shared: &Shared, mail: &NewMail) -> Option<Self> {
        let row = mail.id.to_string();
        let bytes = shared.keyring.open(place(&row), &mail.content.0).ok()?;
        serde_json::from_slice(&bytes).ok()
    }
}

const fn place(row: &str) -> SealContext<'_> {
    SealContext { organization: "", table: "mails", column: "content", row }
}

impl People<'_> {
    /// Tells everybody who wants to hear of it, if there is a way to.
    pub(super) fn mail_managers(
        &mut self,
        organization: OrganizationId,
        about: NoticeId,
        content: &Content,
    ) -> Result<(), Stop> {
        if !self.shared().options.mails {
            return Ok(());
        }
        for addressee in self.tx.addressees(organization)? {
            if content.topic().is_some_and(|topic| addressee.muted.contains(topic)) {
                continue;
            }
            let ends_at = self.now + limits::MAIL_LIFE;
            let to = (Some(organization), Some(addressee.user_id), Some(about));
            self.put_mail(to, addressee.email, ends_at, content)?;
        }
        Ok(())
    }

    /// Mails a link to this address, if there is a way to. Gives whether.
    pub(crate) fn mail_link(
        &mut self,
        organization: Option<OrganizationId>,
        address: &str,
        ends_at: Timestamp,
        content: &Content,
    ) -> Result<bool, Stop> {
        if self.shared().options.mails {
            self.put_mail((organization, None, None), address.to_owned(), ends_at, content)?;
        }
        Ok(self.shared().options.mails)
    }

    fn put_mail(
        &mut self,
        (organization_id, user_id, about): (
            Option<OrganizationId>,
            Option<UserId>,
            Option<NoticeId>,
        ),
        address: String,
        ends_at: Timestamp,
        content: &Content,
    ) -> Result<(), Stop> {
        let id = self.id();
        let content = content.seal(self.shared(), id)?;
        let created_at = self.now;
        let mail =
            NewMail { id, organization_id, user_id, about, address, content, created_at, ends_at };
        Ok(self.tx.put_mail(&mail)?)
    }
}
