//! The launch domain's one clock.
//!
//! **Promises.** What the store says is due is done when it is due, in one transaction for each
//! experience and distribution; what a transaction leaves is due again at once. Many are worked
//! on at the same time, each by one task, so that a slow or failing one keeps nobody waiting: one
//! that failed rests for [`REST`] and is tried again. Nothing is kept in memory that a restart
//! would miss. Several nodes do no harm: every transaction begins with what is stored.
//!
//! One node of several does it at a time ([`Turn`]), and looks every second, because what is due may
//! have been written by another.
//!
//! **How.** The loop looks at what is due, works on it, and sleeps until something ends, is due,
//! has rested, or a use case says that something may be due earlier.

use std::collections::HashMap;
use std::time::Duration;

use fanfare_model::{OrganizationId, Timestamp};
use fanfare_store::{Due, StoreError};
use tokio::task::{Id, JoinError, JoinSet};
use tokio_util::sync::CancellationToken;

use super::moves::advance_experience;
use super::tending::{STEP, experience_of, tend};
use crate::turn::{TURN_EVERY, Turn};
use crate::{App, AppError, Caller};

/// Transactions under way at the same time: they share commits.
const AT_A_TIME: usize = 32;
/// Rest of what failed, and of the loop when the store does not answer.
const REST: Duration = Duration::from_secs(1);
/// How often the loop looks when nothing tells it to: for what another node wrote.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// What the clock works on: something that is due, of an organization.
type Item = (OrganizationId, Due);

/// What is not to be begun again now.
#[derive(Default)]
struct Hands {
    running: JoinSet<Result<(), AppError>>,
    busy: HashMap<Id, Item>,
    resting: HashMap<Item, Timestamp>,
}

impl App {
    /// Drives everything in the launch domain that has a time, until `shutdown`; what is under
    /// way then is finished. One per process is enough; several do no harm.
    pub async fn run_launch(&self, shutdown: CancellationToken) {
        let turn = Turn::new("launch");
        let mut ask_at = self.now();
        let mut ours = false;
        let mut hands = Hands::default();
        while !shutdown.is_cancelled() {
            if self.now() >= ask_at {
                ours = turn.is_ours(self.store()).await;
                ask_at = self.now() + TURN_EVERY;
            }
            let looked = if ours { self.look(&mut hands).await } else { Ok(Some(ask_at)) };
            let next = match looked {
                Ok(next) => next,
                Err(error) => {
                    tracing::warn!(%error, "looking at what is due in launches failed");
                    Some(self.now() + REST)
                }
            };
            let look_at = self.now() + LOOK_EVERY;
            let next = next.map_or(look_at, |at| at.min(look_at));
            tokio::select! {
                Some(done) = hands.running.join_next_with_id() => self.put_down(&mut hands, done),
                () = self.shared.clock.sleep_until(next) => {}
                () = self.shared.launch_wake.notified() => {}
                () = shutdown.cancelled() => {}
            }
        }
        while let Some(done) = hands.running.join_next_with_id().await {
            self.put_down(&mut hands, done);
        }
    }

    /// Begins what is due, as far as there are hands, and says when to look again.
    async fn look(&self, hands: &mut Hands) -> Result<Option<Timestamp>, StoreError> {
        let now = self.now();
        hands.resting.retain(|_, until| *until > now);
        // What cannot be begun must not hide what can.
        let limit = AT_A_TIME + hands.busy.len() + hands.resting.len();
        let (due, next) = self.store().launch_due(now, limit).await?;
        for item in due {
            if hands.running.len() == AT_A_TIME {
                // One of them ends before anything else can be begun.
                return Ok(None);
            }
            if hands.resting.contains_key(&item) || hands.busy.values().any(|one| *one == item) {
                continue;
            }
            let app = self.clone();
            let task = hands.running.spawn(async move { app.advance(item).await });
            hands.busy.insert(task.id(), item);
        }
        let rested = hands.resting.values().min().copied();
        Ok([next, rested].into_iter().flatten().min())
    }

    /// Does one step of what is due.
    async fn advance(&self, (organization, due): Item) -> Result<(), AppError> {
        self.transact(&Caller::clock(organization), move |step| match due {
            Due::Experience(id) => advance_experience(step, id),
            Due::Distribution(id) => {
                let Some(mut distribution) = step.tx.distribution(id)? else { return Ok(()) };
                let experience = experience_of(step, &distribution)?;
                let before = distribution.clone();
                tend(step, &mut distribution, &experience, STEP)?;
                if distribution != before {
                    step.tx.put_distribution(&distribution)?;
                }
                Ok(())
            }
        })
        .await
    }

    /// Frees the hand that was at work; what failed rests.
    fn put_down(&self, hands: &mut Hands, done: Result<(Id, Result<(), AppError>), JoinError>) {
        let (id, failure) = match done {
            Ok((id, Ok(()))) => (id, None),
            Ok((id, Err(error))) => {
                let context = error.context().map_or("", |context| context.for_log());
                (id, Some(format!("{error} {context}")))
            }
            Err(error) => (error.id(), Some(error.to_string())),
        };
        let Some(item) = hands.busy.remove(&id) else { return };
        if let Some(failure) = failure {
            tracing::warn!(?item, failure, "a step of a launch failed and is tried again");
            hands.resting.insert(item, self.now() + REST);
        }
    }
}
