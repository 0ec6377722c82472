//! How far the organization's webhooks are behind while the launch is played.

use std::sync::Arc;
use std::time::Duration;

use fanfare_model::{Clock, Timestamp};
use serde::Serialize;
use serde_json::Value;
use tokio::time::{Instant, sleep};

use super::play::text;
use crate::client::Api;
use crate::progress::Progress;

/// Between two looks.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// The server writes figures once a second; by then it has.
const FIGURES_EVERY: Duration = Duration::from_millis(1_500);
/// How long those that are behind are waited for at the end while none of them gets on.
const PATIENCE: Duration = Duration::from_secs(60);

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
    /// The longest that its oldest untried delivery had waited, in milliseconds, by this machine's
    /// clock.
    pub(super) most_lag_ms: u64,
    /// How long after the end of the launch it had caught up; none if it did not.
    pub(super) caught_up_ms: Option<u64>,
    #[serde(skip)]
    before: [u64; 3],
    /// When its oldest untried delivery was created.
    #[serde(skip)]
    oldest: Option<Timestamp>,
}

impl Webhook {
    fn is_behind(&self) -> bool {
        // A paused or disabled one is not served.
        self.oldest.is_some() && matches!(self.status.as_str(), "active" | "failed")
    }
}

/// All webhooks.
pub(super) struct Lag {
    api: Api,
    clock: Arc<dyn Clock>,
    webhooks: Vec<Webhook>,
}

impl Lag {
    /// Notes how they stand before the launch.
    pub(super) async fn new(mut api: Api, clock: Arc<dyn Clock>) -> anyhow::Result<Self> {
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
                oldest: None,
            });
        }
        Ok(Self { api, clock, webhooks })
    }

    /// Looks again and again at what the launch made, which began `since`; never ends by itself.
    pub(super) async fn watch(&mut self, since: &str) -> anyhow::Result<()> {
        loop {
            self.look(since).await?;
            sleep(LOOK_EVERY).await;
        }
    }

    /// One look; whether any of them got on.
    async fn look(&mut self, since: &str) -> anyhow::Result<bool> {
        let mut got_on = false;
        for webhook in &mut self.webhooks {
            let path = format!(
                "/api/deliveries?status=pending&webhookId={}&createdAfter={since}&sort=createdAt&limit=1",
                webhook.id
            );
            let oldest = self.api.get(&path).await?;
            // What was tried already waits for its next attempt: that is the receiver's lag.
            let untried = |delivery: &&Value| delivery["attemptCount"] == 0;
            let created = match oldest["data"].get(0).filter(untried) {
                Some(delivery) => Some(text(delivery, "createdAt")?.parse()?),
                None => None,
            };
            got_on |= created != webhook.oldest;
            webhook.oldest = created;
            let lag = created.map_or(Duration::ZERO, |created| self.clock.now().since(created));
            webhook.most_lag_ms = webhook.most_lag_ms.max(milliseconds(lag));
        }
        Ok(got_on)
    }

    /// Waits until all that are served have caught up, and gives the figures.
    pub(super) async fn catch_up(mut self, since: &str) -> anyhow::Result<Vec<Webhook>> {
        let began = Instant::now();
        let progress = Progress::begin("catching up", self.webhooks.len());
        let mut moved = began;
        loop {
            if self.look(since).await? {
                moved = Instant::now();
            }
            for webhook in &mut self.webhooks {
                if webhook.caught_up_ms.is_none() && !webhook.is_behind() {
                    webhook.caught_up_ms = Some(milliseconds(began.elapsed()));
                    progress.step(1);
                }
            }
            let done = self.webhooks.iter().all(|webhook| webhook.caught_up_ms.is_some());
            if done || moved.elapsed() > PATIENCE {
                break;
            }
            sleep(LOOK_EVERY / 10).await;
        }
        progress.end();
        if !self.webhooks.is_empty() {
            sleep(FIGURES_EVERY).await;
        }
        let Self { mut api, mut webhooks, .. } = self;
        for webhook in &mut webhooks {
            let [succeeded, retried, failed] = stats(&mut api, &webhook.id).await?;
            webhook.succeeded = succeeded.saturating_sub(webhook.before[0]);
            webhook.retried = retried.saturating_sub(webhook.before[1]);
            webhook.failed = failed.saturating_sub(webhook.before[2]);
            let shown = api.get(&format!("/api/webhooks/{}", webhook.id)).await?;
            webhook.status = text(&shown, "status")?;
        }
        Ok(webhooks)
    }
}

fn milliseconds(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

/// Deliveries that succeeded, attempts that are repeated, deliveries that were given up.
async fn stats(api: &mut Api, id: &str) -> anyhow::Result<[u64; 3]> {
    let stats = api.get(&format!("/api/webhooks/{id}/stats?window=24h")).await?;
    Ok(["succeeded", "retried", "failed"].map(|field| stats[field].as_u64().unwrap_or(0)))
}
