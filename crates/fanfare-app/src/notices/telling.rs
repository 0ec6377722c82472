//! From untold notices to mails.

use std::collections::{BTreeMap, HashSet};
use std::time::Duration;

use fanfare_model::{NoticeId, OrganizationId, WebhookId, limits};
use fanfare_store::{NoticeKind, NoticeMark, Untold};

use super::Content;
use crate::launch::Stop;
use crate::people::People;
use crate::{App, AppError};

/// Notices told, or marks mailed, in one step.
const STEP: usize = 200;
/// So long what happens together is gathered before the first mail about it.
const GATHERED: Duration = Duration::from_secs(5);

impl App {
    /// One step of telling people what happened. `true`: there may be more to tell at once.
    pub async fn tell_people(&self) -> Result<bool, AppError> {
        let untold = self.store().untold_notices(STEP).await?;
        if untold.is_empty() && !self.store().is_mark_due(self.now()).await? {
            return Ok(false);
        }
        let reported = self.report(&untold).await?;
        self.people(move |people| people.tell_some(&reported)).await?;
        Ok(untold.len() == STEP)
    }
}

impl People<'_> {
    fn tell_some(&mut self, reported: &HashSet<NoticeId>) -> Result<(), Stop> {
        let mut news: BTreeMap<(OrganizationId, WebhookId), Vec<Untold>> = BTreeMap::new();
        for untold in self.tx.untold_notices(STEP)? {
            // What came after we looked is reported first, and told with the next step.
            if !untold.report || reported.contains(&untold.notice.id) {
                let webhook = (untold.organization_id, untold.notice.webhook_id);
                news.entry(webhook).or_default().push(untold);
            }
        }
        for ((organization, webhook), news) in news {
            self.tell_of_webhook(organization, webhook, &news)?;
        }
        for mark in self.tx.marks_due(self.now, STEP)? {
            self.tell_of_failures(mark)?;
        }
        Ok(())
    }

    fn tell_of_webhook(
        &mut self,
        organization: OrganizationId,
        webhook: WebhookId,
        news: &[Untold],
    ) -> Result<(), Stop> {
        let known = self.tx.mark(organization, webhook)?;
        let mut mark = known.unwrap_or_else(|| NoticeMark::new(organization, webhook));
        for untold in news {
            self.tx.tell_notice(organization, untold.notice.id)?;
            if self.shared().options.mails {
                self.note(&mut mark, untold)?;
            }
        }
        Ok(self.tx.put_mark(&mark)?)
    }

    /// What a notice means for what people are told.
    fn note(&mut self, mark: &mut NoticeMark, untold: &Untold) -> Result<(), Stop> {
        let (notice, organization) = (untold.notice, untold.organization_id);
        let (webhook, at) = (notice.webhook_id, notice.created_at);
        let content = match notice.kind {
            NoticeKind::DeliveryFailed { delivery_id, .. } => {
                mark.untold += 1;
                mark.types = untold
                    .event_type
                    .into_iter()
                    .fold(mark.types, |types, one| types.union(one.into()));
                mark.first.get_or_insert((delivery_id, notice.id));
                mark.last = Some(delivery_id);
                let soon = self.now + GATHERED;
                let next = mark.mailed_at.map_or(soon, |at| at + limits::FAILURE_MAIL_EVERY);
                mark.due_at.get_or_insert(next.max(soon));
                return Ok(());
            }
            NoticeKind::WebhookRecovered if !std::mem::take(&mut mark.told_failing) => {
                return Ok(());
            }
            NoticeKind::WebhookRecovered => Content::Recovered { webhook, at },
            NoticeKind::WebhookGone | NoticeKind::WebhookDisabled => {
                let untold = take_untold(mark);
                mark.told_failing = false;
                let gone = notice.kind == NoticeKind::WebhookGone;
                Content::Disabled { webhook, gone, at, untold }
            }
            // Told when they were written.
            NoticeKind::WebhookWarned(_) | NoticeKind::BacklogStays => return Ok(()),
        };
        self.mail_managers(organization, notice.id, &content)
    }

    /// Mails what was given up since the last time.
    fn tell_of_failures(&mut self, mut mark: NoticeMark) -> Result<(), Stop> {
        let (organization, webhook) = (mark.organization_id, mark.webhook_id);
        let (types, first) = (mark.types, mark.first);
        let last = mark.last;
        let count = take_untold(&mut mark);
        if let Some(((first, about), last)) = first.zip(last) {
            let content = Content::Failed { webhook, count, types, first, last };
            self.mail_managers(organization, about, &content)?;
            mark.mailed_at = Some(self.now);
            mark.told_failing = true;
        }
        Ok(self.tx.put_mark(&mark)?)
    }
}

/// Nothing is untold any more; gives how much was.
fn take_untold(mark: &mut NoticeMark) -> u64 {
    let count = mark.untold;
    let untouched = NoticeMark::new(mark.organization_id, mark.webhook_id);
    *mark = NoticeMark {
        mailed_at: mark.mailed_at,
        told_failing: mark.told_failing,
        warned: mark.warned,
        backlog_told_at: mark.backlog_told_at,
        ..untouched
    };
    count
}
