//! Events: accepted, read.

use std::time::Duration;

use async_trait::async_trait;
use fanfare_model::{EventId, OrganizationId, Timestamp};
use fanfare_store::{
    Accept, AcceptResult, Delivery, Event, EventFilter, EventStore, Page, PageRequest, StoreError,
};
use rusqlite::Connection;

use crate::delivery_row::{self, organization_key, webhook_id};
use crate::event_row::{self, EventRow};
use crate::fault::Fault;
use crate::paging::{OfRows as _, Travel};
use crate::{SqliteStore, accept};

/// How far the time in an event's id may be from the time at which it was accepted.
pub(crate) const ID_DISORDER: Duration = Duration::from_secs(3600);
/// Deliveries shown of one event.
const DELIVERIES: i64 = 1_000;

/// Bytes an event costs in the queue beyond its body.
const OVERHEAD: usize = 200;

/// Finds one event.
pub(crate) fn find(
    connection: &Connection,
    organization: i64,
    id: EventId,
) -> Result<Option<EventRow>, Fault> {
    let mut find = connection.prepare_cached(&format!(
        "SELECT {} FROM events WHERE organization = ?1 AND id = ?2",
        event_row::COLUMNS
    ))?;
    let mut rows = find.query((organization, id.to_bytes()))?;
    rows.next()?.map(event_row::read).transpose()
}

/// The part of the index in which events accepted between these times are.
pub(crate) fn id_bounds(
    since: Option<Timestamp>,
    until: Option<Timestamp>,
) -> (Option<u128>, Option<u128>) {
    let at =
        |time: Timestamp| (time.as_millis().clamp(0, (1 << 48) - 1).unsigned_abs() as u128) << 80;
    (since.map(|time| at(time.minus(ID_DISORDER))), until.map(|time| at(time + ID_DISORDER)))
}

fn page_of(
    connection: &Connection,
    organization: OrganizationId,
    filter: &EventFilter,
    page: &PageRequest,
) -> Result<Page<Event>, Fault> {
    let (since, until) = id_bounds(filter.since, filter.until);
    let travel = Travel::new(page).within(since, until);
    let Some(organization) = organization_key(connection, organization)? else {
        return Ok(travel.finish(Vec::new()));
    };
    let mut list = connection.prepare_cached(&format!(
        "SELECT {} FROM events WHERE organization = ?1 AND id > ?2 AND id < ?3 ORDER BY id {}",
        event_row::COLUMNS,
        travel.direction()
    ))?;
    let mut rows = list.query((organization, travel.above(), travel.below()))?;
    let mut items = Vec::new();
    while let Some(row) = rows.next()? {
        let accepted_at = Timestamp::from_millis(row.get(4)?);
        let fits = filter.types.contains(event_row::event_type(row.get(2)?)?)
            && filter.since.is_none_or(|since| accepted_at >= since)
            && filter.until.is_none_or(|until| accepted_at < until);
        if fits {
            items.push(event_row::read(row)?.event);
        }
        if travel.is_full(&items) {
            break;
        }
    }
    Ok(travel.finish(items))
}

pub(crate) const FANNED_OUT: &str = "deliveries WHERE seq >= ?1 AND seq < ?1 + ?2";
pub(crate) const SENT_AGAIN: &str = "deliveries INDEXED BY deliveries_again \
     WHERE event = ?1 AND origin <> 0 AND (seq < ?2 OR seq >= ?2 + ?3)";

fn deliveries_of(
    connection: &Connection,
    organization: OrganizationId,
    id: EventId,
) -> Result<Vec<Delivery>, Fault> {
    let Some(organization) = organization_key(connection, organization)? else {
        return Ok(Vec::new());
    };
    let Some(found) = find(connection, organization, id)? else { return Ok(Vec::new()) };
    let fanout = i64::from(found.event.summary.fanout);
    let mut at_once = connection.prepare_cached(&format!(
        "SELECT {} FROM {FANNED_OUT} ORDER BY seq LIMIT {DELIVERIES}",
        delivery_row::COLUMNS
    ))?;
    let mut again = connection.prepare_cached(&format!(
        "SELECT {} FROM {SENT_AGAIN} ORDER BY seq LIMIT {DELIVERIES}",
        delivery_row::COLUMNS
    ))?;
    let mut rows = at_once
        .query_map((found.first_delivery, fanout), delivery_row::read)?
        .collect::<Result<Vec<_>, _>>()?;
    let later = again.query_map((found.seq, found.first_delivery, fanout), delivery_row::read)?;
    for row in later {
        rows.push(row?);
    }
    rows.truncate(DELIVERIES as usize);
    rows.into_iter()
        .map(|row| {
            let webhook = webhook_id(connection, row.webhook)?;
            row.into_delivery(id, webhook)
        })
        .collect()
}

#[async_trait]
impl EventStore for SqliteStore {
    async fn accept(&self, accept: Accept) -> Result<AcceptResult, StoreError> {
        let bytes = accept.events.iter().map(|event| event.body.len() + OVERHEAD).sum();
        self.write_hot(bytes, move |tx| accept::accept(tx, &accept)).await
    }

    async fn event(
        &self,
        organization: OrganizationId,
        id: EventId,
    ) -> Result<Option<Event>, StoreError> {
        self.readers
            .read(move |connection| {
                let Some(organization) = organization_key(connection, organization)? else {
                    return Ok(None);
                };
                Ok(find(connection, organization, id)?.map(|found| found.event))
            })
            .await
    }

    async fn events(
        &self,
        organization: OrganizationId,
        filter: EventFilter,
        page: PageRequest,
    ) -> Result<Page<Event>, StoreError> {
        self.readers.read(move |connection| page_of(connection, organization, &filter, &page)).await
    }

    async fn event_deliveries(
        &self,
        organization: OrganizationId,
        id: EventId,
    ) -> Result<Vec<Delivery>, StoreError> {
        self.readers.read(move |connection| deliveries_of(connection, organization, id)).await
    }
}
