//! What waits for whom, whether it is getting less, and what needs somebody to look.
//!
//! Nothing is counted row by row beyond a bound: how much waits comes from an index, how fast it is
//! worked off from the figures of the last five whole minutes.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use fanfare_model::{DisabledReason, Scope, Timestamp, WebhookId, WebhookStatus, limits};
use fanfare_store::{
    Notice, Order, PageRequest, StatsWidth, Webhook, WebhookBacklog, WebhookFilter,
};

use crate::{App, AppError, Caller};

/// Over how long it is judged how fast a backlog drains.
const JUDGED: Duration = Duration::from_secs(5 * 60);
/// A delivery that is due for longer needs attention.
const OVERDUE: Duration = Duration::from_secs(60);
/// The latest notices that are shown beside what needs attention.
const NOTICES: usize = 5;

/// What waits for a webhook, and how that develops.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BacklogView {
    /// How much waits, and since when.
    pub backlog: WebhookBacklog,
    /// Deliveries made per minute, over the last five whole minutes.
    pub made_per_minute: f64,
    /// Deliveries ended per minute, over the same time. Cancelled ones do not count.
    pub ended_per_minute: f64,
    /// When nothing would wait if it went on like that; zero when nothing waits, `None` when it
    /// does not get less. A lower bound when more waits than was counted.
    pub drains_in: Option<Duration>,
}

impl BacklogView {
    /// Whether something waits and more comes than ends.
    pub fn grows(&self) -> bool {
        self.backlog.waiting > 0 && self.made_per_minute > self.ended_per_minute
    }
}

/// Why somebody should look at a webhook.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum AttentionReason {
    /// Its last delivery was given up.
    Failed,
    /// It gets nothing any more.
    Disabled(DisabledReason),
    /// More comes than ends.
    BacklogGrows(BacklogView),
    /// Something has been due for more than a minute, and for longest of all webhooks.
    OldestPending(BacklogView),
    /// Two secrets are alive until this time.
    SecretRotates(Timestamp),
}

/// A webhook that somebody should look at.
#[derive(Debug, Clone, PartialEq)]
pub struct Attention {
    /// The webhook.
    pub webhook_id: WebhookId,
    /// Where it sends to.
    pub url: String,
    /// Why.
    pub reason: AttentionReason,
    /// Since when: of a status its change, of a backlog when the oldest was due; `None`: not known.
    pub since: Option<Timestamp>,
}

/// What needs attention in an organization.
#[derive(Debug, Clone, PartialEq)]
pub struct NeedsAttention {
    /// Webhooks with a reason, gravest reasons first; one webhook may have several.
    pub webhooks: Vec<Attention>,
    /// The latest notices; empty for a caller without `deliveries:read`.
    pub notices: Vec<Notice>,
}

impl App {
    /// What waits for each webhook of the caller's organization, oldest webhook first. Needs
    /// `webhooks:read`.
    pub async fn backlog(&self, caller: &Caller) -> Result<Vec<BacklogView>, AppError> {
        caller.require(Scope::WebhooksRead)?;
        let (organization, now) = (caller.organization_id, self.now());
        let until = StatsWidth::Minute.begin(now);
        let bounds = (until.minus(JUDGED), until);
        let minutes = self.store().stats_of_webhooks(organization, StatsWidth::Minute, bounds);
        let mut flows: BTreeMap<WebhookId, (u64, u64)> = BTreeMap::new();
        for (webhook, minute) in minutes.await? {
            let (made, ended) = flows.entry(webhook).or_default();
            *made += minute.made;
            *ended += minute.succeeded + minute.failed;
        }
        let backlogs = self.store().webhook_backlogs(organization, now).await?;
        let view = |backlog: WebhookBacklog| {
            let flow = flows.get(&backlog.webhook_id).copied();
            view(backlog, flow.unwrap_or_default())
        };
        Ok(backlogs.into_iter().map(view).collect())
    }

    /// What waits for one webhook. Needs `webhooks:read`.
    pub async fn webhook_backlog(
        &self,
        caller: &Caller,
        id: WebhookId,
    ) -> Result<BacklogView, AppError> {
        let all = self.backlog(caller).await?;
        let one = all.into_iter().find(|view| view.backlog.webhook_id == id);
        one.ok_or_else(|| AppError::not_found("webhook"))
    }

    /// What somebody should look at. Needs `webhooks:read`.
    pub async fn needs_attention(&self, caller: &Caller) -> Result<NeedsAttention, AppError> {
        let backlogs = self.backlog(caller).await?;
        let all = self.all_webhooks(caller).await?;
        let notices = if caller.may(Scope::DeliveriesRead) {
            let page = PageRequest { limit: NOTICES, ..PageRequest::default() };
            self.store().notices(caller.organization_id, page).await?.items
        } else {
            Vec::new()
        };
        Ok(NeedsAttention { webhooks: judge(&all, &backlogs, self.now()), notices })
    }

    /// Every webhook of the organization, oldest first: there are at most
    /// [`limits::WEBHOOKS_PER_ORGANIZATION`].
    pub(crate) async fn all_webhooks(
        &self,
        caller: &Caller,
    ) -> Result<Vec<Arc<Webhook>>, AppError> {
        let page = PageRequest {
            limit: limits::WEBHOOKS_PER_ORGANIZATION,
            order: Order::Ascending,
            after: None,
            before: None,
        };
        let list = self.store().webhooks(caller.organization_id, WebhookFilter::default(), page);
        Ok(list.await?.items)
    }
}

fn view(backlog: WebhookBacklog, (made, ended): (u64, u64)) -> BacklogView {
    let minutes = JUDGED.as_secs_f64() / 60.0;
    let drains_in = match ended.checked_sub(made) {
        _ if backlog.waiting == 0 => Some(Duration::ZERO),
        None | Some(0) => None,
        Some(net) => Some(JUDGED.mul_f64(backlog.waiting as f64 / net as f64)),
    };
    BacklogView {
        backlog,
        made_per_minute: made as f64 / minutes,
        ended_per_minute: ended as f64 / minutes,
        drains_in,
    }
}

fn judge(all: &[Arc<Webhook>], backlogs: &[BacklogView], now: Timestamp) -> Vec<Attention> {
    let oldest = backlogs.iter().filter_map(|view| Some((view.backlog.oldest_due?, view)));
    let oldest = oldest.min_by_key(|(due, _)| *due);
    let oldest = oldest.filter(|(due, _)| now.since(*due) > OVERDUE);
    let mut found = Vec::new();
    for webhook in all {
        let mut add = |reason, since| {
            let (webhook_id, url) = (webhook.id, webhook.url.clone());
            found.push(Attention { webhook_id, url, reason, since });
        };
        match (webhook.status, webhook.disabled_reason) {
            (WebhookStatus::Disabled, Some(reason)) => {
                add(AttentionReason::Disabled(reason), Some(webhook.status_changed_at));
            }
            (WebhookStatus::Failed, _) => {
                add(AttentionReason::Failed, Some(webhook.status_changed_at));
            }
            _ => {}
        }
        let waits = backlogs.iter().find(|view| view.backlog.webhook_id == webhook.id);
        if let Some(view) = waits.filter(|view| view.grows()) {
            add(AttentionReason::BacklogGrows(*view), view.backlog.oldest_due);
        }
        if let Some((due, view)) = oldest.filter(|(_, view)| view.backlog.webhook_id == webhook.id)
        {
            add(AttentionReason::OldestPending(*view), Some(due));
        }
        let previous = webhook.previous_secret.as_ref().filter(|previous| previous.until > now);
        if let Some(previous) = previous {
            add(AttentionReason::SecretRotates(previous.until), None);
        }
    }
    found.sort_by_key(|attention| attention.reason.rank());
    found
}

impl AttentionReason {
    const fn rank(self) -> u8 {
        match self {
            Self::Failed => 0,
            Self::Disabled(_) => 1,
            Self::BacklogGrows(_) => 2,
            Self::OldestPending(_) => 3,
            Self::SecretRotates(_) => 4,
        }
    }
}

#[cfg(test)]
mod tests;
