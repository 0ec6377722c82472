//! What results mean for their webhooks: well, failing, failed, disabled; and the notices.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use fanfare_model::{OrganizationId, Timestamp, WebhookId, WebhookStatus};
use fanfare_store::{Record, Verdict, Webhook, after_attempt};

use super::statement::Held;
use super::{Effects, cancel_waiting, notices};
use crate::PostgresStore;
use crate::fault::Fault;
use crate::session::Session;
use crate::{webhook_ops, webhook_row};

/// Deliveries that are cancelled together with the disabling of their webhook; housekeeping does
/// the rest.
pub(crate) const CANCELLED_AT_ONCE: i64 = 1_000;

/// Does what follows from results, in their transaction.
pub(super) async fn follow_up(
    store: &PostgresStore,
    session: &Session,
    records: &[Record],
    held: &[Held],
    (disable_after, now): (Duration, Timestamp),
) -> Result<Effects, Fault> {
    let mut effects = Effects::default();
    let mut verdicts: BTreeMap<(WebhookId, OrganizationId), Vec<Verdict>> = BTreeMap::new();
    let mut news = notices::News::default();
    for one in held {
        let Some(record) = records.get(one.number) else { continue };
        if record.verdict == Verdict::Exhausted {
            news.given_up.push((one, record.event_type));
        }
        if !(one.well && record.verdict == Verdict::Succeeded) {
            let key = (one.webhook, one.organization);
            verdicts.entry(key).or_default().push(record.verdict);
        }
    }
    for ((webhook, organization), verdicts) in verdicts {
        let whose = (organization, webhook);
        let changed = one_webhook(session, whose, &verdicts, (disable_after, now));
        if let Some((before, webhook)) = changed.await? {
            if before != webhook.status {
                let mut causes = held.iter().filter(|one| one.webhook == webhook.id);
                let is_report = |one: &Held| {
                    records.get(one.number).is_some_and(|record| record.event_type.is_report())
                };
                news.changed.push((webhook.clone(), causes.any(|one| !is_report(one))));
            }
            effects.changed.push((webhook, false));
        }
    }
    notices::write(store, session, news, now).await?;
    Ok(effects)
}

/// The webhook after these verdicts, if that is another, with the status it had.
async fn one_webhook(
    session: &Session,
    (organization, id): (OrganizationId, WebhookId),
    verdicts: &[Verdict],
    (disable_after, now): (Duration, Timestamp),
) -> Result<Option<(WebhookStatus, Arc<Webhook>)>, Fault> {
    let Some(before) = webhook_ops::lock(session, organization, id).await? else {
        return Ok(None);
    };
    let fold = |webhook, verdict: &Verdict| after_attempt(webhook, *verdict, disable_after, now);
    let mut after = verdicts.iter().fold(before.clone(), fold);
    if after == before {
        return Ok(None);
    }
    if after.status != before.status {
        after.version = before.version + 1;
        after.updated_at = now;
        after.status_changed_at = now;
    }
    webhook_row::put(session, &after).await?;
    if after.status == WebhookStatus::Disabled && before.status != WebhookStatus::Disabled {
        cancel_waiting(session, id, (now, CANCELLED_AT_ONCE)).await?;
    }
    Ok(Some((before.status, Arc::new(after))))
}
