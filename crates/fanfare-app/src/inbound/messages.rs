//! Messages on their way from a verified request to what they do.
//!
//! A message is stored before its request is answered; then it is claimed, at most so many at a
//! time and each by one node, handled, and ended. A claim ends by itself after [`CLAIM`], so that
//! what a node that died had claimed is handled by another, or by itself after its next start.

use std::time::Duration;

use bytes::Bytes;
use fanfare_model::inbound::{InboundContent, InboundStatus, Provider};
use fanfare_model::{ConnectionId, InboundId, Scope, Timestamp, limits};
use fanfare_store::{
    ClaimedInbound, Connection, HandleAgain, InboundEnd, InboundMessage, KeptInbound, NewInbound,
    Page, PageRequest,
};
use tokio_util::sync::CancellationToken;

use crate::{App, AppError, Caller, ErrorCode};

/// How long a claim lasts.
const CLAIM: Duration = Duration::from_secs(30);
/// How long handling waits after each attempt that failed; after the last it is given up.
const AGAIN: [Duration; 6] = [
    Duration::from_secs(1),
    Duration::from_secs(10),
    Duration::from_secs(60),
    Duration::from_secs(5 * 60),
    Duration::from_secs(30 * 60),
    Duration::from_secs(2 * 3600),
];
/// How often it is looked for messages that another node stored.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// A message whose signature was checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Received {
    /// What the provider names it by: the same for every copy.
    pub key: String,
    /// Its type, in the provider's words.
    pub kind: String,
    /// How the body is to be read.
    pub content: InboundContent,
    /// The body, as it came.
    pub body: Bytes,
    /// What there is to say of it if it means nothing to us: then it is not handled.
    pub ignored: Option<String>,
}

/// What became of a message that was taken in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Taken {
    /// It is stored and will be handled.
    New,
    /// It is stored and means nothing to us.
    Ignored,
    /// It was stored before.
    Duplicate,
}

/// How an attempt to handle a message ended.
#[derive(Debug)]
pub enum Done {
    /// It did what it means, or found that done; with what there is to say of it.
    Handled(Option<String>),
    /// It means nothing to us, for this reason.
    Ignored(String),
    /// It failed.
    Failed(AppError),
}

/// What became of several messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct TakenIn {
    /// Stored, to be handled.
    pub new: usize,
    /// Stored, meaning nothing to us.
    pub ignored: usize,
    /// Known before.
    pub duplicate: usize,
}

impl App {
    /// How often handling a message is tried.
    pub const INBOUND_ATTEMPTS: u32 = AGAIN.len() as u32 + 1;

    /// Stores a message of a request that was verified; on return it is on disk.
    pub async fn take_in(
        &self,
        connection: &Connection,
        received: Received,
    ) -> Result<Taken, AppError> {
        let Received { key, kind, content, body, ignored } = received;
        let is_ignored = ignored.is_some();
        let new = NewInbound {
            id: self.ids().next(),
            organization_id: connection.organization_id,
            connection_id: connection.id,
            provider: connection.provider,
            key,
            kind,
            content,
            body,
            received_at: self.now(),
            ignored,
        };
        if !self.store().take_in(new).await? {
            return Ok(Taken::Duplicate);
        }
        if is_ignored {
            return Ok(Taken::Ignored);
        }
        self.shared.inbound_wake.notify_one();
        Ok(Taken::New)
    }

    /// Stores messages that the organization fetched from Stripe itself, where they were not known,
    /// each with whether it is of the live mode. Needs `integrations:write`, and `orders:write`,
    /// because they may pay orders. [`ErrorCode::Conflict`] when one is of another mode than the
    /// connection's: nothing is stored then.
    pub async fn take_in_fetched(
        &self,
        caller: &Caller,
        connection: ConnectionId,
        received: Vec<(Received, bool)>,
    ) -> Result<TakenIn, AppError> {
        caller.require(Scope::IntegrationsWrite)?;
        caller.require(Scope::OrdersWrite)?;
        let found = self.store().connection(caller.organization_id, connection).await?;
        let found = found.filter(|found| found.provider == Provider::Stripe);
        let found = found.ok_or_else(|| AppError::not_found("connection"))?;
        let expected = found.livemode;
        if received.iter().any(|(_, is_live)| expected.is_some_and(|mode| mode != *is_live)) {
            let message = "an event is not of the mode, live or test, that the connection expects";
            return Err(AppError::new(ErrorCode::Conflict, message));
        }
        let mut all = TakenIn::default();
        for (one, _) in received {
            match self.take_in(&found, one).await? {
                Taken::New => all.new += 1,
                Taken::Ignored => all.ignored += 1,
                Taken::Duplicate => all.duplicate += 1,
            }
        }
        Ok(all)
    }

    /// Messages that are due, claimed for this node.
    pub async fn claim_inbound(&self, limit: usize) -> Result<Vec<ClaimedInbound>, AppError> {
        let now = self.now();
        Ok(self.store().claim_inbound(now, now + CLAIM, limit).await?)
    }

    /// Waits until messages may be due, or until `shutdown`.
    pub async fn await_inbound(&self, shutdown: &CancellationToken) {
        let look_at = self.now() + LOOK_EVERY;
        let due = self.store().inbound_due().await.ok().flatten();
        let next = due.map_or(look_at, |due| due.min(look_at));
        tokio::select! {
            () = self.shared.clock.sleep_until(next) => {}
            () = self.shared.inbound_wake.notified() => {}
            () = shutdown.cancelled() => {}
        }
    }

    /// Ends an attempt to handle a message. What failed and may work later is tried again; what
    /// cannot, and what was tried [`App::INBOUND_ATTEMPTS`] times, is kept as failed. `false`: another
    /// node has it.
    pub async fn end_inbound(
        &self,
        claimed: &ClaimedInbound,
        done: Done,
    ) -> Result<bool, AppError> {
        let at = self.now();
        let retry_at = match &done {
            Done::Failed(error) => again_at(error, claimed.attempt, at),
            Done::Handled(_) | Done::Ignored(_) => None,
        };
        let (status, note) = match done {
            Done::Handled(note) => (InboundStatus::Handled, note),
            Done::Ignored(why) => (InboundStatus::Ignored, Some(why)),
            Done::Failed(error) if retry_at.is_some() => {
                (InboundStatus::Pending, Some(said(&error)))
            }
            Done::Failed(error) => (InboundStatus::Failed, Some(said(&error))),
        };
        let end = InboundEnd { status, note: note.map(shortened), retry_at, at };
        let (organization, id) = (claimed.organization_id, claimed.id);
        Ok(self.store().end_inbound(organization, id, claimed.attempt, end).await?)
    }

    /// Messages of a connection with one of these statuses (empty: any). Needs `integrations:read`.
    pub async fn inbound_messages(
        &self,
        caller: &Caller,
        connection: ConnectionId,
        status: Vec<InboundStatus>,
        page: PageRequest,
    ) -> Result<Page<InboundMessage>, AppError> {
        caller.require(Scope::IntegrationsRead)?;
        let organization = caller.organization_id;
        if self.store().connection(organization, connection).await?.is_none() {
            return Err(AppError::not_found("connection"));
        }
        Ok(self.store().inbound_messages(organization, connection, status, page).await?)
    }

    /// A message with what is kept of it. Needs `integrations:read`.
    pub async fn inbound_message(
        &self,
        caller: &Caller,
        id: InboundId,
    ) -> Result<KeptInbound, AppError> {
        caller.require(Scope::IntegrationsRead)?;
        let found = self.store().inbound_message(caller.organization_id, id).await?;
        found.ok_or_else(|| AppError::not_found("message"))
    }

    /// Has a message that failed handled again. Needs `integrations:write`.
    /// [`ErrorCode::Conflict`] when it has not failed, or its body was erased.
    pub async fn handle_again(&self, caller: &Caller, id: InboundId) -> Result<(), AppError> {
        caller.require(Scope::IntegrationsWrite)?;
        let told = Some(self.audit(caller, "inbound_message.handled_again", "inbound_message", id));
        let organization = caller.organization_id;
        let asked = self.store().handle_again(organization, id, self.now(), told).await?;
        match asked.ok_or_else(|| AppError::not_found("message"))? {
            HandleAgain::Pending => {
                self.shared.inbound_wake.notify_one();
                Ok(())
            }
            HandleAgain::Refused(InboundStatus::Failed) => {
                let message = "nothing is left of the message: a consumer it named was erased";
                Err(AppError::new(ErrorCode::Conflict, message))
            }
            HandleAgain::Refused(status) => {
                let message =
                    format!("the message is {status}; only a failed one is handled again");
                Err(AppError::new(ErrorCode::Conflict, message))
            }
        }
    }
}

/// When it is tried again; `None`: never.
fn again_at(error: &AppError, attempt: u32, now: Timestamp) -> Option<Timestamp> {
    let place = usize::try_from(attempt.saturating_sub(1)).unwrap_or(usize::MAX);
    let may_pass = match error.code() {
        // What it names may be on its way to us.
        ErrorCode::NotFound => true,
        ErrorCode::Unavailable => return Some(now + AGAIN.get(place).copied().unwrap_or(AGAIN[5])),
        ErrorCode::Internal => true,
        _ => false,
    };
    AGAIN.get(place).filter(|_| may_pass).map(|wait| now + *wait)
}

/// An error as people read it in the list of messages.
fn said(error: &AppError) -> String {
    if error.code() == ErrorCode::Internal {
        let context = error.context().map_or("", |context| context.for_log());
        tracing::warn!(%error, context, "a message of a provider could not be handled");
    }
    error.message().to_owned()
}

fn shortened(text: String) -> String {
    match text.char_indices().nth(limits::INBOUND_NOTE) {
        Some((end, _)) => text[..end].to_owned(),
        None => text,
    }
}
