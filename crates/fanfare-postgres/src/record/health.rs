//! What results mean for their webhooks: well, failing, failed, disabled; and the notices.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use fanfare_model::{
    DisabledReason, NoticeId, OrganizationId, Timestamp, WebhookId, WebhookStatus,
};
use fanfare_store::{Record, Verdict, Webhook, after_attempt};
use uuid::Uuid;

use super::statement::Held;
use super::{Effects, cancel_waiting};
use crate::PostgresStore;
use crate::fault::Fault;
use crate::ids::uuid;
use crate::session::Session;
use crate::{webhook_ops, webhook_row};

/// Deliveries that are cancelled together with the disabling of their webhook; housekeeping does
/// the rest.
pub(crate) const CANCELLED_AT_ONCE: i64 = 1_000;

/// Kinds of notices, as they are kept.
pub(crate) const NOTICE_FAILED: i16 = 0;
pub(crate) const NOTICE_GONE: i16 = 1;
pub(crate) const NOTICE_DISABLED: i16 = 2;

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
    let mut exhausted = Vec::new();
    for one in held {
        let Some(record) = records.get(one.number) else { continue };
        if record.verdict == Verdict::Exhausted {
            exhausted.push(one);
        }
        if !(one.well && record.verdict == Verdict::Succeeded) {
            let key = (one.webhook, one.organization);
            verdicts.entry(key).or_default().push(record.verdict);
        }
    }
    notices_of_deliveries(store, session, &exhausted, now).await?;
    for ((webhook, organization), verdicts) in verdicts {
        let whose = (organization, webhook);
        let changed = one_webhook(store, session, whose, &verdicts, (disable_after, now));
        if let Some(webhook) = changed.await? {
            effects.changed.push((webhook, false));
        }
    }
    Ok(effects)
}

/// The webhook after these verdicts, if that is another.
async fn one_webhook(
    store: &PostgresStore,
    session: &Session,
    (organization, id): (OrganizationId, WebhookId),
    verdicts: &[Verdict],
    (disable_after, now): (Duration, Timestamp),
) -> Result<Option<Arc<Webhook>>, Fault> {
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
        let kind = match after.disabled_reason {
            Some(DisabledReason::Gone) => NOTICE_GONE,
            _ => NOTICE_DISABLED,
        };
        notice(store, session, &after, (kind, now)).await?;
        cancel_waiting(session, id, (now, CANCELLED_AT_ONCE)).await?;
    }
    Ok(Some(Arc::new(after)))
}

async fn notice(
    store: &PostgresStore,
    session: &Session,
    webhook: &Webhook,
    (kind, now): (i16, Timestamp),
) -> Result<(), Fault> {
    let id: NoticeId = store.ids.next();
    let sql = "INSERT INTO notices (organization_id, id, kind, webhook_id, created_at) \
         VALUES ($1, $2, $3, $4, $5)";
    let params = (uuid(webhook.organization_id), uuid(id), uuid(webhook.id), now.as_millis());
    let params: crate::session::Params<'_> = &[&params.0, &params.1, &kind, &params.2, &params.3];
    session.execute(sql, params).await.map(drop)
}

/// One notice for each delivery that was given up.
async fn notices_of_deliveries(
    store: &PostgresStore,
    session: &Session,
    exhausted: &[&Held],
    now: Timestamp,
) -> Result<(), Fault> {
    if exhausted.is_empty() {
        return Ok(());
    }
    let column = |of: fn(&Held) -> Uuid| exhausted.iter().map(|one| of(one)).collect::<Vec<_>>();
    let ids: Vec<_> = exhausted.iter().map(|_| uuid(NoticeId::clone(&store.ids.next()))).collect();
    let sql = "INSERT INTO notices (organization_id, id, kind, webhook_id, created_at, \
         delivery_id, event_id) \
         SELECT n.organization_id, n.id, $5, n.webhook_id, $6, n.delivery_id, n.event_id \
         FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $7::uuid[]) \
              AS n (organization_id, id, webhook_id, delivery_id, event_id) \
         ON CONFLICT (delivery_id) WHERE delivery_id IS NOT NULL DO NOTHING";
    let params: crate::session::Params<'_> = &[
        &column(|one| uuid(one.organization)),
        &ids,
        &column(|one| uuid(one.webhook)),
        &column(|one| one.delivery),
        &NOTICE_FAILED,
        &now.as_millis(),
        &column(|one| one.event),
    ];
    session.execute(sql, params).await.map(drop)
}
