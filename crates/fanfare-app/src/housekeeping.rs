//! What has to be done now and then: retention, cancelling what nobody serves, removing sessions and
//! links that have ended (by one node at a time), noting when keys were used (by each).
//!
//! Each step is bounded, and after a step the loop rests four times as long as the step took, so
//! that housekeeping never has more than a fifth of the store to itself. The wall clock decides
//! when it is time; a store that fails is asked again next time.

use std::time::Duration;

use fanfare_model::{Timestamp, limits};
use fanfare_store::{StoreError, Swept};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::App;
use crate::turn::{TURN_EVERY, Turn};

/// Events expired, or deliveries cancelled, in one step.
const STEP: usize = 250;
/// How often the loop looks for deliveries that nobody serves. The claims pass them over in the
/// meantime.
const UNSERVED_EVERY: Duration = Duration::from_secs(10);
/// How often the loop expires what is old.
const EXPIRE_EVERY: Duration = Duration::from_secs(60);
/// How often it is written when keys were used.
const KEY_USAGE_EVERY: Duration = Duration::from_secs(60);
/// Rest after a step, as a multiple of the step's time.
const REST: u32 = 4;

impl App {
    /// Keeps house until `shutdown`, while it is this node's turn: expires what is older than the
    /// retention, cancels what waits for disabled webhooks, removes sessions, links and counted
    /// attempts that have ended. In bounded steps with pauses, so that
    /// accepting events goes on meanwhile.
    pub async fn run_housekeeping(&self, shutdown: CancellationToken) {
        let turn = Turn::new("housekeeping");
        let mut expire_at = Timestamp::from_millis(i64::MIN);
        while !shutdown.is_cancelled() {
            let ours = turn.is_ours(self.store()).await;
            if ours {
                self.cancel_unserved(&shutdown).await;
            }
            if ours && self.now() >= expire_at {
                expire_at = self.now() + EXPIRE_EVERY;
                self.expire(&shutdown).await;
                self.sweep_people(&shutdown).await;
            }
            let next = self.now() + if ours { UNSERVED_EVERY } else { TURN_EVERY };
            tokio::select! {
                () = self.shared.clock.sleep_until(next) => {}
                () = self.shared.unserved_wake.notified() => {}
                () = shutdown.cancelled() => {}
            }
        }
    }

    /// Writes when keys were used, now and then until `shutdown`, and once more then.
    pub async fn run_key_usage(&self, shutdown: CancellationToken) {
        loop {
            if let Err(error) = self.flush_key_usage().await {
                tracing::warn!(?error, "noting when keys were used failed");
            }
            if shutdown.is_cancelled() {
                return;
            }
            let next = self.now() + KEY_USAGE_EVERY;
            tokio::select! {
                () = self.shared.clock.sleep_until(next) => {}
                () = shutdown.cancelled() => {}
            }
        }
    }

    async fn cancel_unserved(&self, shutdown: &CancellationToken) {
        loop {
            let began = Instant::now();
            let done = self.store().cancel_unserved(STEP, self.now()).await;
            if !goes_on(done, "cancelling what nobody serves", began, shutdown).await {
                return;
            }
        }
    }

    async fn expire(&self, shutdown: &CancellationToken) {
        loop {
            let began = Instant::now();
            let before = self.now().minus(self.shared.options.retention);
            let done = self.store().expire(before, STEP).await;
            if !goes_on(done, "expiring old events", began, shutdown).await {
                return;
            }
        }
    }
}

impl App {
    async fn sweep_people(&self, shutdown: &CancellationToken) {
        loop {
            let began = Instant::now();
            let now = self.now();
            let idle = now.minus(limits::SESSION_IDLE);
            let counted = now.minus(limits::SIGN_IN_WINDOW);
            let swept = self.store().sweep_people(now, idle, counted, STEP).await;
            let most = |swept: Swept| swept.sessions.max(swept.links).max(swept.attempts) as usize;
            let what = "removing what has ended of people";
            if !goes_on(swept.map(most), what, began, shutdown).await {
                return;
            }
        }
    }
}

/// Rests after a step; whether another one is needed and wanted.
async fn goes_on(
    done: Result<usize, StoreError>,
    what: &str,
    began: Instant,
    shutdown: &CancellationToken,
) -> bool {
    match done {
        Ok(count) if count >= STEP => {
            let rest = began.elapsed().saturating_mul(REST);
            tokio::select! {
                () = tokio::time::sleep(rest) => true,
                () = shutdown.cancelled() => false,
            }
        }
        Ok(_) => false,
        Err(error) => {
            tracing::warn!(%error, "{what} failed");
            false
        }
    }
}
