//! Deliveries, read and steered by people.

use async_trait::async_trait;
use fanfare_model::{DeliveryId, DeliveryStatus, OrganizationId, Timestamp, WebhookStatus};
use fanfare_store::{
    Audit, CancelResult, Delivery, DeliveryDetail, DeliveryFilter, DeliveryStore, EditRefused,
    Page, PageRequest, StoreError,
};
use tokio_postgres::types::ToSql;
use uuid::Uuid;

use crate::PostgresStore;
use crate::audit_ops;
use crate::delivery_row;
use crate::fault::Fault;
use crate::ids::{around, day_of, id, uuid};
use crate::paging::Travel;
use crate::record::Effects;
use crate::send_again::{Again, Made};
use crate::session::{Scope, Session};
use crate::store::{read, transact};
use crate::walk::{self, Source};

/// Which deliveries are wanted.
pub(crate) struct Deliveries {
    webhook: Option<Uuid>,
    status: Vec<i16>,
    /// The same when only such are wanted that ended badly: they have an index of their own.
    badly: Vec<i16>,
    types: i64,
    errors: Vec<i16>,
    codes: (Option<i32>, Option<i32>),
    since: Option<i64>,
    until: Option<i64>,
}

impl Deliveries {
    /// Those that match.
    pub(crate) fn new(filter: &DeliveryFilter) -> Self {
        let badly = |status: &DeliveryStatus| {
            matches!(status, DeliveryStatus::Failed | DeliveryStatus::Cancelled)
        };
        let mut status: Vec<_> = filter.status.iter().map(|s| i16::from(s.code())).collect();
        status.sort_unstable();
        status.dedup();
        let all_badly = filter.status.iter().all(badly);
        Self {
            webhook: filter.webhook_id.map(uuid),
            badly: if all_badly { status.clone() } else { Vec::new() },
            status,
            types: i64::from(filter.types.bits()),
            errors: filter.error_class.iter().map(|class| i16::from(class.code())).collect(),
            codes: filter
                .status_code
                .map(|(first, last)| (i32::from(first), i32::from(last)))
                .unzip(),
            since: filter.since.map(Timestamp::as_millis),
            until: filter.until.map(Timestamp::as_millis),
        }
    }

    /// The rows of one index.
    fn branch(&self, badly: Option<i16>, direction: &str, limit: usize) -> String {
        // IS TRUE keeps the planner to the index of what is narrower, the webhook.
        let whose = match self.webhook {
            Some(_) => "(organization_id = $1) IS TRUE AND webhook_id = $6",
            None => "organization_id = $1 AND $6::uuid IS NULL",
        };
        let badly = badly.map_or(String::new(), |code| format!("AND ended_badly = {code}"));
        format!(
            "SELECT day, id, (cardinality($7::smallint[]) = 0 OR status = ANY ($7)) \
                 AND ($8::bigint >> type) & 1 = 1 \
                 AND (cardinality($9::smallint[]) = 0 OR error_class = ANY ($9)) \
                 AND ($10::integer IS NULL OR status_code >= $10) \
                 AND ($11::integer IS NULL OR status_code <= $11) \
                 AND ($12::bigint IS NULL OR created_at >= $12) \
                 AND ($13::bigint IS NULL OR created_at < $13) AS fits \
             FROM deliveries \
             WHERE {whose} {badly} \
               AND day >= $2 AND day <= $3 AND id > $4 AND id < $5 \
             ORDER BY day {direction}, id {direction} LIMIT {limit}"
        )
    }
}

impl Source for Deliveries {
    fn rows(&self, direction: &str, limit: usize) -> String {
        match &self.badly[..] {
            [] => self.branch(None, direction, limit),
            [one] => self.branch(Some(*one), direction, limit),
            several => {
                let branches = several.iter().map(|code| {
                    let branch = self.branch(Some(*code), direction, limit);
                    format!("({branch})")
                });
                let branches: Vec<_> = branches.collect();
                format!(
                    "SELECT * FROM ({}) b ORDER BY day {direction}, id {direction} LIMIT {limit}",
                    branches.join(" UNION ALL ")
                )
            }
        }
    }

    fn params(&self) -> Vec<&(dyn ToSql + Sync)> {
        vec![
            &self.webhook,
            &self.status,
            &self.types,
            &self.errors,
            &self.codes.0,
            &self.codes.1,
            &self.since,
            &self.until,
        ]
    }
}

/// A page's way through the deliveries that a filter means.
pub(crate) fn travel(filter: &DeliveryFilter, page: &PageRequest) -> Travel {
    let (above, below) = around(filter.since, filter.until);
    Travel::new(page).within(above, below)
}

async fn page_of(
    session: &Session,
    organization: OrganizationId,
    filter: &DeliveryFilter,
    page: &PageRequest,
) -> Result<Page<Delivery>, Fault> {
    let (wanted, travel) = (Deliveries::new(filter), travel(filter, page));
    let page = walk::page(session, organization, &wanted, &travel).await?;
    let items = delivery_row::find_all(session, organization, &page.items).await?;
    Ok(Page { items, has_more: page.has_more })
}

async fn detail(
    session: &Session,
    organization: OrganizationId,
    id: DeliveryId,
) -> Result<Option<DeliveryDetail>, Fault> {
    let Some(delivery) = delivery_row::find(session, organization, id).await? else {
        return Ok(None);
    };
    let key = (organization, id);
    let mut attempts = delivery_row::earlier_attempts(session, key, delivery.attempts).await?;
    attempts.extend(delivery.last_attempt.clone());
    let sql = "SELECT accepted_at, body FROM events \
         WHERE organization_id = $1 AND day = $2 AND id = $3";
    let event = delivery.event_id;
    let key = (uuid(organization), day_of(event), uuid(event));
    let event = session.find(sql, &[&key.0, &key.1, &key.2]).await?;
    let event = event.ok_or_else(|| Fault::corrupt("a delivery has no event"))?;
    Ok(Some(DeliveryDetail {
        delivery,
        attempts,
        event_accepted_at: Timestamp::from_millis(event.get("accepted_at")),
        body: event.get::<_, Vec<u8>>("body").into(),
    }))
}

fn refusal(code: &'static str, message: &str) -> Fault {
    Fault::Refused(StoreError::Refused(EditRefused { code, message: message.into() }))
}

async fn resend(
    store: &PostgresStore,
    session: &Session,
    (organization, wanted): (OrganizationId, DeliveryId),
    now: Timestamp,
) -> Result<Option<(Delivery, Made)>, Fault> {
    // The lock keeps the webhook from being disabled meanwhile.
    let sql = "SELECT w.status, w.deleted_at FROM deliveries d \
         JOIN webhooks w ON w.organization_id = d.organization_id AND w.id = d.webhook_id \
         WHERE d.organization_id = $1 AND d.day = $2 AND d.id = $3 FOR SHARE OF w";
    let key = (uuid(organization), day_of(wanted), uuid(wanted));
    let Some(webhook) = session.find(sql, &[&key.0, &key.1, &key.2]).await? else {
        return Ok(None);
    };
    if webhook.get::<_, Option<i64>>("deleted_at").is_some() {
        return Err(refusal("webhook_deleted", "the webhook was deleted"));
    }
    if webhook.get::<_, i16>("status") == i16::from(WebhookStatus::Disabled.code()) {
        return Err(refusal("webhook_disabled", "the webhook is disabled; enable it first"));
    }
    let from = (Again::Deliveries, &[key.2][..]);
    let made = store.send_again(session, organization, from, (now, 0)).await?;
    let Some(made) = made.first() else { return Ok(None) };
    let delivery = delivery_row::find(session, organization, id(made.id)).await?;
    Ok(delivery.map(|delivery| (delivery, *made)))
}

async fn cancel(
    session: &Session,
    (organization, wanted): (OrganizationId, DeliveryId),
) -> Result<Option<(CancelResult, Effects)>, Fault> {
    let key = (uuid(organization), day_of(wanted), uuid(wanted));
    // Whoever records a result at the same time is waited for.
    let end = "WITH ended AS (
            DELETE FROM waiting WHERE organization_id = $1 AND delivery_id = $3
            RETURNING webhook_id
        ), marked AS (
            UPDATE deliveries SET status = $4, ended_badly = $4, due_at = NULL
            WHERE organization_id = $1 AND day = $2 AND id = $3 AND EXISTS (SELECT 1 FROM ended)
        )
        SELECT webhook_id FROM ended";
    let cancelled = i16::from(DeliveryStatus::Cancelled.code());
    let ended = session.find(end, &[&key.0, &key.1, &key.2, &cancelled]).await?;
    if let Some(ended) = ended {
        let cancelled = vec![(id(ended.get("webhook_id")), wanted)];
        let effects = Effects { cancelled, ..Effects::default() };
        return Ok(Some((CancelResult::Cancelled, effects)));
    }
    let sql = "SELECT status FROM deliveries WHERE organization_id = $1 AND day = $2 AND id = $3";
    let row = session.find(sql, &[&key.0, &key.1, &key.2]).await?;
    let status = row.as_ref().map(delivery_row::status).transpose()?;
    Ok(status.map(|status| (CancelResult::AlreadyEnded(status), Effects::default())))
}

#[async_trait]
impl DeliveryStore for PostgresStore {
    async fn delivery(
        &self,
        organization: OrganizationId,
        id: DeliveryId,
    ) -> Result<Option<DeliveryDetail>, StoreError> {
        read!(self, Scope::Organization(organization), |session| detail(&session, organization, id)
            .await)
    }

    async fn deliveries(
        &self,
        organization: OrganizationId,
        filter: DeliveryFilter,
        page: PageRequest,
    ) -> Result<Page<Delivery>, StoreError> {
        read!(self, Scope::Organization(organization), |session| page_of(
            &session,
            organization,
            &filter,
            &page
        )
        .await)
    }

    async fn count_deliveries(
        &self,
        organization: OrganizationId,
        filter: DeliveryFilter,
        limit: u64,
    ) -> Result<u64, StoreError> {
        let (wanted, travel) = (Deliveries::new(&filter), travel(&filter, &PageRequest::default()));
        read!(self, Scope::Organization(organization), |session| walk::count(
            &session,
            organization,
            &wanted,
            &travel,
            limit
        )
        .await)
    }

    async fn resend(
        &self,
        organization: OrganizationId,
        id: DeliveryId,
        now: Timestamp,
        audit: Audit,
    ) -> Result<Option<Delivery>, StoreError> {
        let made = transact!(self, Scope::Organization(organization), |session| {
            let made = resend(self, &session, (organization, id), now).await?;
            if let Some((delivery, _)) = &made {
                audit_ops::tell(&session, organization, &audit, None, Some(delivery)).await?;
            }
            Ok(made)
        })?;
        Ok(made.map(|(delivery, made)| {
            self.apply(Effects { made: vec![made], ..Effects::default() });
            delivery
        }))
    }

    async fn cancel(
        &self,
        organization: OrganizationId,
        id: DeliveryId,
        _now: Timestamp,
        audit: Audit,
    ) -> Result<Option<CancelResult>, StoreError> {
        let done = transact!(self, Scope::Organization(organization), |session| {
            let done = cancel(&session, (organization, id)).await?;
            if matches!(done, Some((CancelResult::Cancelled, _))) {
                audit_ops::tell(&session, organization, &audit, None, None).await?;
            }
            Ok(done)
        })?;
        Ok(done.map(|(result, effects)| {
            self.apply(effects);
            result
        }))
    }
}
