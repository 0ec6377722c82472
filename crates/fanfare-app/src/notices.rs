//! Notices: who is told what, when, and how often.
//!
//! **Promises.** A notice that the store wrote in the transaction of what it tells ([`fanfare_store`])
//! becomes, in one transaction, a mail in the outbox for each owner and admin who did not mute its
//! topic; none is lost and none is doubled by a kill. About failures of one webhook a person gets at
//! most one mail an hour, with the count of what was given up since the last; one when it works
//! again, if they were told that it fails; a warning when half, and when four fifths, of the time
//! before it is disabled are over; one when it was disabled, or the receiver answered 410; one when
//! its backlog will not drain within the time that the operator set, and no other until it did.
//!
//! Without a way to send mails the notices stay in the dashboard, and are told by that: a way that is
//! set up later sends nothing about what was before.
//!
//! **How.** [`App::run_notices`] is a loop of one node at a time. The outbox is emptied by
//! `fanfare-notify` through [`App::claim_mails`] and [`App::end_mail`]. What a mail says is sealed
//! while it waits, because links in it let people in, and wiped when it has ended.

mod content;
mod outbox;
mod preferences;
mod reports;
mod telling;
mod watch;

use tokio_util::sync::CancellationToken;

use crate::turn::{TURN_EVERY, Turn};
use crate::{App, AppError};

pub(crate) use content::Content;
pub use outbox::{AboutWebhook, Letter, MailFailure, OutgoingMail};
pub use preferences::Unsubscribe;

impl App {
    /// Tells people of what happened, until `shutdown`, while it is this node's turn.
    pub async fn run_notices(&self, shutdown: CancellationToken) {
        let turn = Turn::new("notices");
        let mut watched_at = None;
        while !shutdown.is_cancelled() {
            let more = turn.is_ours(self.store()).await && self.tell_everybody().await;
            if !more && turn.is_ours(self.store()).await {
                self.watch_when_due(&mut watched_at).await;
            }
            if more {
                continue;
            }
            tokio::select! {
                () = self.shared.clock.sleep_until(self.now() + TURN_EVERY) => {}
                () = shutdown.cancelled() => {}
            }
        }
    }

    /// One step of telling; whether there is more to tell at once.
    async fn tell_everybody(&self) -> bool {
        match self.tell_people().await {
            Ok(told) => told,
            Err(error) => {
                tracing::warn!(?error, "telling people failed");
                false
            }
        }
    }

    async fn watch_when_due(&self, watched_at: &mut Option<fanfare_model::Timestamp>) {
        let now = self.now();
        if watched_at.is_some_and(|at| now < at + watch::EVERY) {
            return;
        }
        *watched_at = Some(now);
        let watched = async {
            self.warn_of_disabling().await?;
            self.warn_of_backlogs().await?;
            self.forget_old_mails().await
        };
        if let Err(error) = watched.await {
            tracing::warn!(?error, "looking for what people are to be warned of failed");
        }
    }

    async fn forget_old_mails(&self) -> Result<(), AppError> {
        let before = self.now().minus(fanfare_model::limits::MAILS_KEPT);
        self.store().expire_mails(before, 1_000).await?;
        Ok(())
    }
}
