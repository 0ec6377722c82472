//! People: signing in, sessions, one-time links, members.
//!
//! **Promises.** A wrong e-mail address and a wrong password are the same to whoever asks: the same
//! words, and the same work (a hash is computed for both). Attempts are counted before the password is
//! looked at, in the store, so that all nodes and restarts count together, per e-mail address and per
//! address of the network. A session that was ended, or whose member was suspended, is refused by the
//! next request on every node, because each request asks the store. A link works once, however many
//! try at the same time. The last owner of an organization stays.
//!
//! **How.** A use case calls [`App::people`] with a function of a [`People`], as those of the launch
//! domain do. Passwords are hashed before, by [`passwords`], never inside of a transaction.

mod audit_log;
mod fields;
mod invitations;
mod links;
mod members;
mod organizations;
pub(crate) mod passwords;
mod reveal;
mod session;
mod sign_in;
mod throttle;

use std::sync::Arc;

use fanfare_model::{Actor, Id, IdKind, OrganizationId, Timestamp};
use fanfare_store::{AuditDraft, Audited, Origin, PeopleTx, Resource, Stopped};
use parking_lot::Mutex;

use crate::app::Shared;
use crate::launch::Stop;
use crate::{App, AppError, Caller, OperatorContext};

pub use audit_log::{AuditVerdict, BrokenLink};
pub use invitations::{Invitation, NewPerson};
pub use links::{LinkView, OneTimeLink};
pub use reveal::RevealedSecret;
pub use session::{
    ClientInfo, MembershipView, NewSession, PasswordProof, SessionView, SignedIn, UserView,
};
pub use sign_in::SignIn;

/// Who does something, from where.
#[derive(Debug, Clone, Copy)]
pub(crate) struct By {
    pub(crate) actor: Actor,
    pub(crate) origin: Origin,
}

impl From<&Caller> for By {
    fn from(caller: &Caller) -> Self {
        Self { actor: caller.actor, origin: caller.origin }
    }
}

/// One transaction, with what use cases need beside it.
pub(crate) struct People<'a> {
    pub(crate) tx: &'a mut dyn PeopleTx,
    /// When it happens: the same for everything in the transaction.
    pub(crate) now: Timestamp,
    shared: &'a Shared,
}

impl People<'_> {
    /// What all use cases share.
    pub(crate) const fn shared(&self) -> &Shared {
        self.shared
    }

    /// A new id, greater than every one given before in this store.
    pub(crate) fn id<K: IdKind>(&self) -> Id<K> {
        self.shared.ids.next()
    }

    /// Writes an entry into the audit log of an organization.
    pub(crate) fn tell(
        &mut self,
        organization: OrganizationId,
        by: By,
        (action, kind, id): (&'static str, &'static str, String),
        before: Option<&dyn Audited>,
        after: Option<&dyn Audited>,
    ) -> Result<(), Stop> {
        let draft = draft(self.shared, by, action, kind, id).with(before, after);
        Ok(self.tx.audit(organization, draft)?)
    }
}

/// A draft of an entry of the audit log.
pub(crate) fn draft(
    shared: &Shared,
    by: By,
    action: &'static str,
    kind: &'static str,
    id: String,
) -> AuditDraft {
    AuditDraft {
        id: shared.ids.next(),
        at: shared.clock.now(),
        actor: by.actor,
        origin: by.origin,
        action,
        resource: Resource { kind, id },
        before: None,
        after: None,
    }
}

impl App {
    /// What the audit log is to tell of something that the caller does.
    pub(crate) fn audit(
        &self,
        caller: &Caller,
        action: &'static str,
        kind: &'static str,
        id: impl ToString,
    ) -> AuditDraft {
        draft(&self.shared, caller.into(), action, kind, id.to_string())
    }

    /// Runs `work` in one transaction and gives its answer.
    pub(crate) async fn people<T: Send + 'static>(
        &self,
        mut work: impl FnMut(&mut People<'_>) -> Result<T, Stop> + Send + 'static,
    ) -> Result<T, AppError> {
        let answer = Arc::new(Mutex::new(None));
        let (shared, kept) = (Arc::clone(&self.shared), Arc::clone(&answer));
        let run = move |tx: &mut dyn PeopleTx| {
            let now = shared.clock.now();
            let mut people = People { tx, now, shared: &shared };
            let (answer, result) = match work(&mut people) {
                Ok(value) => (Ok(value), Ok(())),
                Err(Stop::Refused(error)) => (Err(error), Err(Stopped::Refused)),
                Err(Stop::Store(error)) => return Err(Stopped::Store(error)),
            };
            *kept.lock() = Some(answer);
            result
        };
        self.store().people(Box::new(run)).await?;
        let answer = answer.lock().take();
        answer
            .unwrap_or_else(|| Err(AppError::internal(OperatorContext::new("work had no answer"))))
    }
}
