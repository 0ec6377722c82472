//! The loop that handles what was stored.
//!
//! Promises: what is due is claimed, a bounded number at a time, each message by one node; what is
//! under way when the loop is told to end is finished. A message that fails is tried again later and
//! keeps no other waiting. Effects may be done again after a node died: they are judged by where
//! things stand.

use fanfare_app::{App, AppError, Done, Effect, ErrorCode};
use fanfare_model::inbound::{InboundStatus, Provider};
use fanfare_store::ClaimedInbound;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::Inbound;
use crate::read::{Meaning, Unreadable, resend, stripe, twilio};

/// Messages handled at the same time: they share commits.
const AT_A_TIME: usize = 32;

impl Inbound {
    /// Handles what was stored, until `shutdown`. Any number of nodes may do it.
    pub async fn run(&self, shutdown: CancellationToken) {
        while !shutdown.is_cancelled() {
            match self.handle_due().await {
                Ok(AT_A_TIME) => {}
                Ok(_) => self.shared.app.await_inbound(&shutdown).await,
                Err(error) => {
                    tracing::warn!(?error, "claiming messages of providers failed");
                    self.shared.app.await_inbound(&shutdown).await;
                }
            }
        }
    }

    /// Handles what is due now, at most so many at a time; says how many it was.
    ///
    /// # Errors
    /// When nothing can be claimed.
    pub async fn handle_due(&self) -> Result<usize, AppError> {
        let claimed = self.shared.app.claim_inbound(AT_A_TIME).await?;
        let count = claimed.len();
        let mut running = JoinSet::new();
        for message in claimed {
            let inbound = self.clone();
            running.spawn(async move { inbound.handle(message).await });
        }
        while let Some(done) = running.join_next().await {
            if let Err(error) = done {
                tracing::error!(%error, "handling a message of a provider ended early");
            }
        }
        Ok(count)
    }

    async fn handle(&self, message: ClaimedInbound) {
        let done = handled(&self.shared.app, &message).await;
        let status = match &done {
            Done::Handled(_) => InboundStatus::Handled,
            Done::Ignored(_) => InboundStatus::Ignored,
            Done::Failed(_) => InboundStatus::Failed,
        };
        self.shared.figures.count(Some(message.provider), status.as_str());
        let id = message.id;
        match self.shared.app.end_inbound(&message, done).await {
            Ok(true) => {}
            Ok(false) => tracing::debug!(%id, "another node has the message"),
            Err(error) => tracing::warn!(%id, ?error, "what became of a message was not written"),
        }
    }
}

async fn handled(app: &App, message: &ClaimedInbound) -> Done {
    let effects = match meaning(message) {
        Ok(Meaning::Effects(effects)) => effects,
        Ok(Meaning::Nothing(why)) => return Done::Ignored(why),
        Err(Unreadable(why)) => {
            return Done::Failed(AppError::new(ErrorCode::ValidationFailed, why));
        }
    };
    let mut notes = Vec::new();
    for effect in effects {
        // Not every payment of an account is one of an order here.
        let may_be_foreign = matches!(
            &effect,
            Effect::Order { order, .. } if order.given.is_none()
        );
        match app.apply_effect(message.organization_id, effect).await {
            Ok(note) => notes.extend(note),
            Err(error)
                if may_be_foreign
                    && error.code() == ErrorCode::NotFound
                    && message.attempt >= App::INBOUND_ATTEMPTS =>
            {
                return Done::Ignored(error.message().to_owned());
            }
            Err(error) => return Done::Failed(error),
        }
    }
    Done::Handled((!notes.is_empty()).then(|| notes.join("; ")))
}

fn meaning(message: &ClaimedInbound) -> Result<Meaning, Unreadable> {
    match message.provider {
        Provider::Stripe => stripe::effects(&message.body, message.organization_id),
        Provider::Twilio => twilio::Callback::of_stored(message.content, &message.body)?
            .effects(message.received_at),
        Provider::Resend => resend::effects(&message.body, message.received_at),
    }
}
