//! How far the organization's webhooks are behind while the launch is played.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use fanfare_model::{Clock, Timestamp};
use serde::Serialize;
use serde_json::Value;
use tokio::time::{Instant, sleep};

use super::play::text;
use super::progress::Progress;
use crate::client::Api;

/// Between two looks.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// How long webhooks may take to catch up at the end.
const PATIENCE: Duration = Duration::from_secs(300);

/// One webhook in figures.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Webhook {
    id: String,
    /// Where it sends to.
    pub(super) url: String,
    /// `active`, `paused`, …
    pub(super) status: String,
    /// Deliveries that succeeded while the launch was played.
    pub(super) succeeded: u64,
    /// Attempts that failed and are repeated.
    pub(super) retried: u64,
    /// Deliveries that were given up.
    pub(super) failed: u64,
    /// The longest that its oldest untried delivery had waited, in milliseconds.
    pub(super) most_lag_ms: u64,
    /// How long after the end of the launch it had caught up; none if it did not.
    pub(super) caught_up_ms: Option<u64>,
    #[serde(skip)]
    before: [u64; 3],
}

/// All webhooks, and when the launch began by the server's clock.
pub(super) struct Lag {
    api: Api,
    clock: Arc<dyn Clock>,
    since: String,
    webhooks: Rc<RefCell<Vec<Webhook>>>,
}

impl Lag {
    /// Begins to watch.
    pub(super) async fn new(
        mut api: Api,
        clock: Arc<dyn Clock>,
        since: String,
    ) -> anyhow::Result<Self> {
        let listed = api.get("/api/webhooks?limit=100").await?;
        let mut webhooks = Vec::new();
        for webhook in listed["data"].as_array().into_iter().flatten() {
            let (id, url) = (text(webhook, "id")?, text(webhook, "url")?);
            let before = stats(&mut api, &id).await?;
            webhooks.push(Webhook {
                id,
                url,
                status: text(webhook, "status")?,
                succeeded: 0,
                retried: 0,
                failed: 0,
                most_lag_ms: 0,
                caught_up_ms: None,
                before,
            });
        }
        Ok(Self { api, clock, since, webhooks: Rc::new(RefCell::new(webhooks)) })
    }

    /// Looks again and again; never ends by itself.
    pub(super) async fn watch(&mut self) -> anyhow::Result<()> {
        loop {
            self.look().await?;
            sleep(LOOK_EVERY).await;
        }
    }

    /// One look; how many webhooks are behind.
    async fn look(&mut self) -> anyhow::Result<usize> {
        let ids: Vec<_> = self.webhooks.borrow().iter().map(|webhook| webhook.id.clone()).collect();
        let mut behind = 0;
        for (place, id) in ids.iter().enumerate() {
            let path = format!(
                "/api/deliveries?status=pending&webhookId={id}&createdAfter={}&sort=createdAt&limit=1",
                self.since
            );
            let oldest = self.api.get(&path).await?;
            // What was tried already waits for its next attempt: that is the receiver's lag.
            let untried = |delivery: &&Value| delivery["attemptCount"] == 0;
            let Some(delivery) = oldest["data"].get(0).filter(untried) else { continue };
            let created =
                delivery["createdAt"].as_str().and_then(|at| at.parse::<Timestamp>().ok());
            let lag = created.map_or(Duration::ZERO, |created| self.clock.now().since(created));
            let mut webhooks = self.webhooks.borrow_mut();
            let served = matches!(webhooks[place].status.as_str(), "active" | "failed");
            behind += usize::from(served);
            let lag = u64::try_from(lag.as_millis()).unwrap_or(u64::MAX);
            webhooks[place].most_lag_ms = webhooks[place].most_lag_ms.max(lag);
        }
        Ok(behind)
    }

    /// Waits until all that are served have caught up, and gives the figures.
    pub(super) async fn catch_up(mut self) -> anyhow::Result<Vec<Webhook>> {
        let began = Instant::now();
        let count = self.webhooks.borrow().len();
        let progress = Progress::begin("catching up", count);
        let mut ahead = 0;
        while began.elapsed() < PATIENCE {
            let now = count - self.look().await?;
            progress.step(now.saturating_sub(ahead));
            ahead = ahead.max(now);
            if now == count {
                break;
            }
            sleep(LOOK_EVERY / 10).await;
        }
        let caught_up = (ahead == count).then(|| began.elapsed().as_millis() as u64);
        progress.end();
        // Figures are written once a second.
        sleep(LOOK_EVERY + LOOK_EVERY / 2).await;
        let mut webhooks = self.webhooks.take();
        for webhook in &mut webhooks {
            let [succeeded, retried, failed] = stats(&mut self.api, &webhook.id).await?;
            webhook.succeeded = succeeded.saturating_sub(webhook.before[0]);
            webhook.retried = retried.saturating_sub(webhook.before[1]);
            webhook.failed = failed.saturating_sub(webhook.before[2]);
            webhook.caught_up_ms = caught_up;
            let shown = self.api.get(&format!("/api/webhooks/{}", webhook.id)).await?;
            webhook.status = text(&shown, "status")?;
        }
        Ok(webhooks)
    }
}

/// Deliveries that succeeded, attempts that are repeated, deliveries that were given up.
async fn stats(api: &mut Api, id: &str) -> anyhow::Result<[u64; 3]> {
    let stats = api.get(&format!("/api/webhooks/{id}/stats?window=24h")).await?;
    Ok(["succeeded", "retried", "failed"].map(|field| stats[field].as_u64().unwrap_or(0)))
}
