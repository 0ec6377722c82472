//! The notices that follow from results, written in their transaction.

use std::collections::HashSet;
use std::sync::Arc;

use fanfare_model::{DisabledReason, EventType, NoticeId, Timestamp, WebhookId, WebhookStatus};
use fanfare_store::{NoticeKind, Webhook};
use uuid::Uuid;

use super::statement::Held;
use crate::PostgresStore;
use crate::fault::Fault;
use crate::ids::uuid;
use crate::session::{Params, Session};

/// What there is to tell of the results of one transaction.
#[derive(Default)]
pub(super) struct News<'h> {
    /// Deliveries that were given up.
    pub(super) given_up: Vec<(&'h Held, EventType)>,
    /// Webhooks whose status changed, and whether it was by more than deliveries of reports: what
    /// comes of those is reported to nobody.
    pub(super) changed: Vec<(Arc<Webhook>, bool)>,
}

/// Writes all of it, and which of it is reported to other webhooks.
pub(super) async fn write(
    store: &PostgresStore,
    session: &Session,
    news: News<'_>,
    now: Timestamp,
) -> Result<(), Fault> {
    if news.given_up.is_empty() && news.changed.is_empty() {
        return Ok(());
    }
    let mut reported = HashSet::new();
    for (webhook, is_caused) in &news.changed {
        let kind = match (webhook.status, webhook.disabled_reason) {
            (WebhookStatus::Disabled, Some(DisabledReason::Gone)) => NoticeKind::WebhookGone,
            (WebhookStatus::Disabled, _) => NoticeKind::WebhookDisabled,
            (WebhookStatus::Active, _) => NoticeKind::WebhookRecovered,
            (WebhookStatus::Failed, _) => {
                reported.extend(first_failure(&news.given_up, webhook.id));
                continue;
            }
            (WebhookStatus::Paused, _) => continue,
        };
        of_webhook(store, session, webhook, (kind, *is_caused), now).await?;
    }
    of_deliveries(store, session, &news.given_up, &reported, now).await
}

/// The delivery that made the webhook fail, if it is one that may be reported.
fn first_failure(given_up: &[(&Held, EventType)], webhook: WebhookId) -> Option<Uuid> {
    let mut of_it = given_up.iter().filter(|(held, _)| held.webhook == webhook);
    of_it.find(|(_, event_type)| !event_type.is_report()).map(|(held, _)| held.delivery)
}

async fn of_webhook(
    store: &PostgresStore,
    session: &Session,
    webhook: &Webhook,
    (kind, report): (NoticeKind, bool),
    now: Timestamp,
) -> Result<(), Fault> {
    let id: NoticeId = store.ids.next();
    let sql = "INSERT INTO notices (organization_id, id, kind, webhook_id, created_at, untold, \
         report) VALUES ($1, $2, $3, $4, $5, true, $6)";
    let params: Params<'_> = &[
        &uuid(webhook.organization_id),
        &uuid(id),
        &i16::from(kind.code()),
        &uuid(webhook.id),
        &now.as_millis(),
        &report,
    ];
    session.execute(sql, params).await.map(drop)
}

/// One notice for each delivery that was given up.
async fn of_deliveries(
    store: &PostgresStore,
    session: &Session,
    given_up: &[(&Held, EventType)],
    reported: &HashSet<Uuid>,
    now: Timestamp,
) -> Result<(), Fault> {
    if given_up.is_empty() {
        return Ok(());
    }
    let column =
        |of: fn(&Held) -> Uuid| given_up.iter().map(|(one, _)| of(one)).collect::<Vec<_>>();
    let ids: Vec<_> = given_up.iter().map(|_| uuid(NoticeId::clone(&store.ids.next()))).collect();
    let codes: Vec<i16> = given_up.iter().map(|(_, one)| i16::from(one.index())).collect();
    let reports: Vec<bool> =
        given_up.iter().map(|(one, _)| reported.contains(&one.delivery)).collect();
    // Kind 0: see NoticeKind::code.
    let sql = "INSERT INTO notices (organization_id, id, kind, webhook_id, created_at, \
         delivery_id, event_id, type, untold, report) \
         SELECT n.organization_id, n.id, 0, n.webhook_id, $5, n.delivery_id, n.event_id, n.type, \
                true, n.report \
         FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $6::uuid[], $7::smallint[], \
                     $8::boolean[]) \
              AS n (organization_id, id, webhook_id, delivery_id, event_id, type, report) \
         ON CONFLICT (delivery_id) WHERE delivery_id IS NOT NULL DO NOTHING";
    let params: Params<'_> = &[
        &column(|one| uuid(one.organization)),
        &ids,
        &column(|one| uuid(one.webhook)),
        &column(|one| one.delivery),
        &now.as_millis(),
        &column(|one| one.event),
        &codes,
        &reports,
    ];
    session.execute(sql, params).await.map(drop)
}
