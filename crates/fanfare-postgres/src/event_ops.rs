//! Events: accepted, read.

use async_trait::async_trait;
use fanfare_model::{EventId, EventTypes, OrganizationId, Timestamp, WebhookId};
use fanfare_store::{
    Accept, AcceptResult, Delivery, Event, EventFilter, EventStore, Page, PageRequest, Replay,
    StoreError,
};
use tokio_postgres::types::ToSql;

use crate::PostgresStore;
use crate::fault::Fault;
use crate::ids::{around, day_of, day_of_uuid, uuid};
use crate::paging::Travel;
use crate::session::{Scope, Session};
use crate::store::read;
use crate::walk::{self, Source};
use crate::{delivery_row, event_row};

/// Deliveries shown of one event.
const DELIVERIES: i64 = 1_000;

/// Which events are wanted.
pub(crate) struct Events {
    types: i64,
    since: Option<i64>,
    until: Option<i64>,
    /// Tests are left out.
    published: bool,
    /// Of which this webhook has no delivery that succeeded or is pending.
    missing: Option<uuid::Uuid>,
}

impl Events {
    fn new(types: EventTypes, since: Option<Timestamp>, until: Option<Timestamp>) -> Self {
        Self {
            types: i64::from(types.bits()),
            since: since.map(Timestamp::as_millis),
            until: until.map(Timestamp::as_millis),
            published: false,
            missing: None,
        }
    }

    /// Those that a replay sends.
    pub(crate) fn of_replay(replay: &Replay) -> Self {
        let missing = |webhook: WebhookId| replay.only_missing.then(|| uuid(webhook));
        Self {
            published: true,
            missing: missing(replay.webhook_id),
            ..Self::new(replay.types, Some(replay.since), Some(replay.until))
        }
    }
}

impl Source for Events {
    // IS TRUE keeps the planner to the index by event: an event has few deliveries, a webhook many.
    fn rows(&self, direction: &str, limit: usize) -> String {
        format!(
            "SELECT e.day, e.id, ($6::bigint >> e.type) & 1 = 1 \
                 AND ($7::bigint IS NULL OR e.accepted_at >= $7) \
                 AND ($8::bigint IS NULL OR e.accepted_at < $8) \
                 AND NOT ($9::boolean AND e.source = 1) \
                 AND ($10::uuid IS NULL OR NOT EXISTS ( \
                     SELECT 1 FROM deliveries d \
                     WHERE d.organization_id = $1 AND d.event_id = e.id AND d.day >= e.day \
                       AND (d.webhook_id = $10) IS TRUE AND d.status < 2)) AS fits \
             FROM events e \
             WHERE e.organization_id = $1 AND e.day >= $2 AND e.day <= $3 \
               AND e.id > $4 AND e.id < $5 \
             ORDER BY e.day {direction}, e.id {direction} LIMIT {limit}"
        )
    }

    fn params(&self) -> Vec<&(dyn ToSql + Sync)> {
        vec![&self.types, &self.since, &self.until, &self.published, &self.missing]
    }
}

async fn page_of(
    session: &Session,
    organization: OrganizationId,
    filter: &EventFilter,
    page: &PageRequest,
) -> Result<Page<Event>, Fault> {
    let (above, below) = around(filter.since, filter.until);
    let travel = Travel::new(page).within(above, below);
    let wanted = Events::new(filter.types, filter.since, filter.until);
    let page = walk::page(session, organization, &wanted, &travel).await?;
    let sql = format!(
        "SELECT {} FROM unnest($2::integer[], $3::uuid[]) WITH ORDINALITY AS k (day, id, place) \
         JOIN events e ON e.organization_id = $1 AND e.day = k.day AND e.id = k.id \
         ORDER BY k.place",
        event_row::COLUMNS
    );
    let days: Vec<_> = page.items.iter().map(|id| day_of_uuid(*id)).collect();
    let rows = session.query(&sql, &[&uuid(organization), &days, &page.items]).await?;
    let items = rows.iter().map(event_row::event).collect::<Result<_, _>>()?;
    Ok(Page { items, has_more: page.has_more })
}

#[async_trait]
impl EventStore for PostgresStore {
    async fn accept(&self, accept: Accept) -> Result<AcceptResult, StoreError> {
        self.batcher.accept(self, accept).await
    }

    async fn event(
        &self,
        organization: OrganizationId,
        id: EventId,
    ) -> Result<Option<Event>, StoreError> {
        let sql = format!(
            "SELECT {} FROM events e WHERE e.organization_id = $1 AND e.day = $2 AND e.id = $3",
            event_row::COLUMNS
        );
        read!(self, Scope::Organization(organization), |session| {
            let params = (uuid(organization), day_of(id), uuid(id));
            let row = session.find(&sql, &[&params.0, &params.1, &params.2]).await?;
            row.as_ref().map(event_row::event).transpose()
        })
    }

    async fn events(
        &self,
        organization: OrganizationId,
        filter: EventFilter,
        page: PageRequest,
    ) -> Result<Page<Event>, StoreError> {
        read!(self, Scope::Organization(organization), |session| page_of(
            &session,
            organization,
            &filter,
            &page
        )
        .await)
    }

    async fn event_deliveries(
        &self,
        organization: OrganizationId,
        id: EventId,
    ) -> Result<Vec<Delivery>, StoreError> {
        let sql = format!(
            "SELECT {} FROM deliveries d \
             WHERE d.organization_id = $1 AND d.event_id = $2 AND d.day >= $3 \
             ORDER BY d.day, d.id LIMIT $4",
            delivery_row::COLUMNS
        );
        read!(self, Scope::Organization(organization), |session| {
            let params = (uuid(organization), uuid(id), day_of(id));
            let rows = session.query(&sql, &[&params.0, &params.1, &params.2, &DELIVERIES]).await?;
            rows.iter().map(delivery_row::delivery).collect()
        })
    }
}
