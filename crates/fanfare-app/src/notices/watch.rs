//! What people are warned of although nothing happened: time that is nearly over, and backlogs.

use std::sync::Arc;
use std::time::Duration;

use fanfare_model::{OrganizationId, Timestamp, WebhookId};
use fanfare_store::{Notice, NoticeKind, NoticeMark, Warning, Webhook};

use super::Content;
use crate::backlog::BacklogView;
use crate::launch::Stop;
use crate::people::People;
use crate::{App, AppError, Caller};

/// How often it is looked.
pub(super) const EVERY: Duration = Duration::from_secs(60);
/// Webhooks that are looked at in one read.
const STEP: usize = 100;
/// A backlog is worth a mail when something in it has been due for so long.
const OVERDUE: Duration = Duration::from_secs(60);

impl App {
    /// Warns of webhooks that will be disabled if they go on failing.
    pub async fn warn_of_disabling(&self) -> Result<(), AppError> {
        let limit = self.shared.options.disable_after;
        let half = self.now().minus(limit / 2);
        for step in 0.. {
            let failing = self.store().failing_webhooks(half, (step * STEP, STEP)).await?;
            for webhook in &failing {
                self.warn(webhook, limit).await?;
            }
            if failing.len() < STEP {
                return Ok(());
            }
        }
        Ok(())
    }

    async fn warn(&self, webhook: &Arc<Webhook>, limit: Duration) -> Result<(), AppError> {
        let Some(since) = webhook.failing_since else { return Ok(()) };
        let over = self.now().since(since);
        let warning = if over >= limit * 4 / 5 { Warning::FourFifths } else { Warning::Half };
        let (organization, id) = (webhook.organization_id, webhook.id);
        let mark = self.store().mark(organization, id).await?;
        if mark.is_some_and(|mark| is_warned(&mark, since, warning)) {
            return Ok(());
        }
        let ends_at = since + limit;
        self.people(move |people| {
            let mut mark = people.known_mark(organization, id)?;
            if is_warned(&mark, since, warning) {
                return Ok(());
            }
            mark.warned = Some((since, warning));
            let content = Content::Warned { webhook: id, warning, failing_since: since, ends_at };
            people.tell_now(&mark, NoticeKind::WebhookWarned(warning), &content)
        })
        .await
    }

    /// Warns of backlogs that will not drain within the time that the operator set, if one is set.
    pub async fn warn_of_backlogs(&self) -> Result<(), AppError> {
        let Some(within) = self.shared.options.drain_within else { return Ok(()) };
        for organization in self.store().organizations().await? {
            let caller = Caller::clock(organization.id);
            let backlogs = self.backlog(&caller).await?;
            let webhooks = self.all_webhooks(&caller).await?;
            for webhook in webhooks.iter().filter(|webhook| webhook.status.is_served()) {
                let view = backlogs.iter().find(|view| view.backlog.webhook_id == webhook.id);
                self.judge_backlog(webhook, view, within).await?;
            }
        }
        Ok(())
    }

    async fn judge_backlog(
        &self,
        webhook: &Arc<Webhook>,
        view: Option<&BacklogView>,
        within: Duration,
    ) -> Result<(), AppError> {
        let (organization, id) = (webhook.organization_id, webhook.id);
        let mark = self.store().mark(organization, id).await?;
        let is_told = mark.is_some_and(|mark| mark.backlog_told_at.is_some());
        let late = view.filter(|view| {
            let due = view.backlog.oldest_due.is_some_and(|due| self.now().since(due) > OVERDUE);
            due && view.drains_in.is_none_or(|drains_in| drains_in > within)
        });
        // What fails is told of as a failure.
        let late = late.filter(|_| webhook.failing_since.is_none());
        let is_gone = view.is_none_or(|view| view.drains_in.is_some_and(|it| it <= within / 2));
        let said = match late {
            Some(view) if !is_told => Some(Content::Backlog {
                webhook: id,
                waiting: view.backlog.waiting,
                drains_in: view.drains_in.map(|it| it.as_secs()),
                within: within.as_secs(),
            }),
            None if is_told && is_gone => None,
            _ => return Ok(()),
        };
        self.people(move |people| {
            let mut mark = people.known_mark(organization, id)?;
            let told_at = said.is_some().then_some(people.now);
            if mark.backlog_told_at.is_some() == told_at.is_some() {
                return Ok(());
            }
            mark.backlog_told_at = told_at;
            match &said {
                Some(content) => people.tell_now(&mark, NoticeKind::BacklogStays, content),
                None => Ok(people.tx.put_mark(&mark)?),
            }
        })
        .await
    }
}

fn is_warned(mark: &NoticeMark, since: Timestamp, warning: Warning) -> bool {
    mark.warned.is_some_and(|(then, told)| then == since && told >= warning)
}

impl People<'_> {
    fn known_mark(
        &mut self,
        organization: OrganizationId,
        webhook: WebhookId,
    ) -> Result<NoticeMark, Stop> {
        let known = self.tx.mark(organization, webhook)?;
        Ok(known.unwrap_or_else(|| NoticeMark::new(organization, webhook)))
    }

    /// Writes a notice and mails it, with its mark.
    fn tell_now(
        &mut self,
        mark: &NoticeMark,
        kind: NoticeKind,
        content: &Content,
    ) -> Result<(), Stop> {
        let (id, webhook_id, created_at) = (self.id(), mark.webhook_id, self.now);
        let notice = Notice { id, kind, webhook_id, created_at };
        self.tx.put_notice(mark.organization_id, &notice)?;
        self.tx.put_mark(mark)?;
        self.mail_managers(mark.organization_id, id, content)
    }
}
