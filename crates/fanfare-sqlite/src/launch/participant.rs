//! Participants: joined a thousand times a second, so every index of theirs has a reason.

use std::sync::LazyLock;

use fanfare_model::launch::{Participant, ParticipantStatus};
use fanfare_model::{ConsumerId, DistributionId, Timestamp};
use fanfare_store::{Listed, Page, PageRequest, ParticipantFilter, ParticipantOrder, SortKey};
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::opened::Known;
use super::{distribution, find, first_change, gather};
use crate::cells::{Cells, amount, blob, ms};
use crate::event_ops::ID_DISORDER;
use crate::fault::Fault;
use crate::paging::Travel;
use crate::writer::Tx;

const COLUMNS: &str = "place, consumer, status, rank, joined_at, granted_at, expires_at, \
     ended_at, is_backfill, order_id, amount, updated_at, change";

const NUMBER_BITS: u32 = 32;

/// The row of a number in the distribution with this key.
pub(super) const fn place(key: i64, number: u32) -> i64 {
    key << NUMBER_BITS | number as i64
}

/// The number of a row.
pub(super) const fn number_of(place: i64) -> u32 {
    place as u32
}

/// The rows between two numbers, both left out.
pub(super) fn places(key: i64, (above, below): (i64, i64)) -> (i64, i64) {
    let end = 1 << NUMBER_BITS;
    let first = key << NUMBER_BITS;
    (first + above.min(end), first + below.min(end))
}

fn read(row: &Row<'_>, distribution_id: DistributionId) -> Result<Listed<Participant>, Fault> {
    let mut cells = Cells::new(row);
    let number = number_of(cells.get()?);
    let item = Participant {
        distribution_id,
        consumer_id: cells.id()?,
        status: cells.code(ParticipantStatus::from_code)?,
        number,
        rank: cells.get()?,
        joined_at: cells.time()?,
        granted_at: cells.maybe_time()?,
        expires_at: cells.maybe_time()?,
        ended_at: cells.maybe_time()?,
        is_backfill: cells.get()?,
        order_id: cells.maybe_id()?,
        amount: cells.maybe_parsed()?,
        updated_at: cells.time()?,
    };
    Ok(Listed { item, change: cells.get()? })
}

pub(super) static ONE: LazyLock<String> = LazyLock::new(|| {
    format!("SELECT {COLUMNS} FROM participants WHERE distribution = ?1 AND consumer = ?2")
});

fn find_in(
    connection: &Connection,
    key: i64,
    distribution_id: DistributionId,
    consumer: ConsumerId,
) -> Result<Option<Participant>, Fault> {
    let found = find(connection, &ONE, params![key, consumer.to_bytes()], |row| {
        read(row, distribution_id)
    })?;
    Ok(found.map(|listed| listed.item))
}

pub(crate) fn one(
    connection: &Connection,
    organization: i64,
    distribution_id: DistributionId,
    consumer: ConsumerId,
) -> Result<Option<Participant>, Fault> {
    match distribution::key(connection, organization, distribution_id)? {
        Some(key) => find_in(connection, key, distribution_id, consumer),
        None => Ok(None),
    }
}

/// A participant inside a transaction, which remembers it.
pub(super) fn look_up(
    tx: &mut Tx<'_, '_>,
    organization: i64,
    distribution_id: DistributionId,
    consumer: ConsumerId,
) -> Result<Option<Participant>, Fault> {
    let Some(opened) = tx.open(organization, distribution_id)? else { return Ok(None) };
    let key = opened.key;
    let found = find_in(tx.connection, key, distribution_id, consumer)?;
    tx.book.learn(key, consumer, found.as_ref().map(|found| known(key, found)));
    Ok(found)
}

const fn known(key: i64, participant: &Participant) -> Known {
    Known { place: place(key, participant.number), status: participant.status }
}

pub(super) fn put(
    tx: &mut Tx<'_, '_>,
    organization: i64,
    participant: &Participant,
) -> Result<(), Fault> {
    let (id, consumer) = (participant.distribution_id, participant.consumer_id);
    let key = tx.open_known(organization, id)?.key;
    let before = match tx.book.known(key, consumer) {
        Some(before) => before,
        None => look_up(tx, organization, id, consumer)?.map(|found| known(key, &found)),
    };
    let place = place(key, participant.number);
    if before.is_some_and(|before| before.place != place) {
        return Err(Fault::failed("a participant's number is for good"));
    }
    let change = tx.next_change(participant.updated_at)?;
    match before {
        None => insert(tx.connection, (place, key, change), participant)?,
        Some(_) => update(tx.connection, (place, change), participant)?,
    }
    let status = participant.status;
    tx.open_known(organization, id)?.moved(before.map(|before| before.status), status)?;
    tx.book.learn(key, consumer, Some(Known { place, status }));
    Ok(())
}

fn insert(
    connection: &Connection,
    (place, key, change): (i64, i64, i64),
    participant: &Participant,
) -> Result<(), Fault> {
    let sql = "INSERT INTO participants (place, consumer, status, rank, joined_at, granted_at, \
         expires_at, ended_at, is_backfill, order_id, amount, updated_at, change, distribution) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)";
    connection.prepare_cached(sql)?.execute(params![
        place,
        participant.consumer_id.to_bytes(),
        participant.status.code(),
        participant.rank,
        participant.joined_at.as_millis(),
        ms(participant.granted_at),
        ms(participant.expires_at),
        ms(participant.ended_at),
        participant.is_backfill,
        blob(participant.order_id),
        amount(participant.amount),
        participant.updated_at.as_millis(),
        change,
        key,
    ])?;
    Ok(())
}

/// What can change of a row.
pub(super) const UPDATE: &str = "UPDATE participants SET status = ?2, granted_at = ?3, \
     expires_at = ?4, ended_at = ?5, is_backfill = ?6, order_id = ?7, amount = ?8, \
     updated_at = ?9, change = ?10 WHERE place = ?1";

/// Who joined what, when and with which number or rank stays.
fn update(
    connection: &Connection,
    (place, change): (i64, i64),
    participant: &Participant,
) -> Result<(), Fault> {
    connection.prepare_cached(UPDATE)?.execute(params![
        place,
        participant.status.code(),
        ms(participant.granted_at),
        ms(participant.expires_at),
        ms(participant.ended_at),
        participant.is_backfill,
        blob(participant.order_id),
        amount(participant.amount),
        participant.updated_at.as_millis(),
        change,
    ])?;
    Ok(())
}

/// The first participants with a status.
pub(crate) fn first_sql(order: ParticipantOrder) -> String {
    let (index, rest) = match order {
        ParticipantOrder::Number => ("participants_number", "ORDER BY place"),
        ParticipantOrder::Rank => ("participants_rank", "AND rank IS NOT NULL ORDER BY rank"),
        ParticipantOrder::Expiry => {
            ("participants_expiry", "AND expires_at IS NOT NULL ORDER BY expires_at")
        }
    };
    format!(
        "SELECT {COLUMNS} FROM participants INDEXED BY {index} \
         WHERE distribution = ?1 AND status = ?2 {rest} LIMIT ?3"
    )
}

pub(super) fn first(
    tx: &mut Tx<'_, '_>,
    organization: i64,
    distribution_id: DistributionId,
    status: ParticipantStatus,
    order: ParticipantOrder,
    limit: usize,
) -> Result<Vec<Participant>, Fault> {
    let Some(opened) = tx.open(organization, distribution_id)? else { return Ok(Vec::new()) };
    let key = opened.key;
    let rows = i64::try_from(limit).unwrap_or(i64::MAX);
    let params = params![key, status.code(), rows];
    let found = gather(tx.connection, &first_sql(order), params, limit, |row| {
        Ok(Some(read(row, distribution_id)?.item))
    })?;
    for participant in &found {
        tx.book.learn(key, participant.consumer_id, Some(known(key, participant)));
    }
    Ok(found)
}

/// Participants with a status after a rank.
pub(crate) fn ranked_sql() -> String {
    format!(
        "SELECT {COLUMNS} FROM participants INDEXED BY participants_rank \
         WHERE distribution = ?1 AND status = ?2 AND rank > ?3 ORDER BY rank LIMIT ?4"
    )
}

/// See [`fanfare_store::LaunchStore::draw_order`].
pub(crate) fn draw_order(
    connection: &Connection,
    organization: i64,
    distribution_id: DistributionId,
    after: Option<[u8; 32]>,
    limit: usize,
) -> Result<Option<Vec<Participant>>, Fault> {
    let key = distribution::key(connection, organization, distribution_id)?;
    let Some(key) = key else { return Ok(None) };
    let after = after.map_or_else(Vec::new, Vec::from);
    let rows = i64::try_from(limit).unwrap_or(i64::MAX);
    let mut ranked = Vec::new();
    for status in ParticipantStatus::ALL {
        let params = params![key, status.code(), after, rows];
        ranked.extend(gather(connection, &ranked_sql(), params, limit, |row| {
            Ok(Some(read(row, distribution_id)?.item))
        })?);
    }
    ranked.sort_unstable_by_key(|participant| participant.rank);
    ranked.truncate(limit);
    Ok(Some(ranked))
}

/// Participants between two bounds, `?2` and `?3`, of the sorted column, with the status `?4`
/// unless it is any.
pub(crate) fn list_sql(key: SortKey, any_status: bool, direction: &str) -> String {
    let (from, column) = match (key, any_status) {
        (SortKey::Created, true) => {
            ("participants NOT INDEXED WHERE ?1 > 0 AND ?4 IS NULL", "place")
        }
        (SortKey::Created, false) => (
            "participants INDEXED BY participants_number WHERE distribution = ?1 AND status = ?4",
            "place",
        ),
        (SortKey::Updated, _) => (
            "participants INDEXED BY participants_change WHERE distribution = ?1 AND status = ?4",
            "change",
        ),
    };
    format!(
        "SELECT {COLUMNS} FROM {from} AND {column} > ?2 AND {column} < ?3 \
         ORDER BY {column} {direction}"
    )
}

/// Who joined first from a number on.
pub(super) const JOINED_FROM: &str = "SELECT place, joined_at FROM participants \
     WHERE place >= ?1 AND place < ?2 ORDER BY place LIMIT 1";

/// The first number that may have joined at or after a time, if joining times are less than
/// [`ID_DISORDER`] out of order.
fn first_number_since(connection: &Connection, key: i64, since: Timestamp) -> Result<i64, Fault> {
    let since = since.minus(ID_DISORDER).as_millis();
    let (_, end) = places(key, (0, i64::MAX));
    let last = "SELECT max(place) FROM participants WHERE place < ?1";
    let last: Option<i64> = connection.prepare_cached(last)?.query_row([end], |row| row.get(0))?;
    let (mut low, mut high) = (place(key, 1), last.map_or(0, |last| last + 1));
    while low < high {
        let middle = low + (high - low) / 2;
        let found: Option<(i64, i64)> = connection
            .prepare_cached(JOINED_FROM)?
            .query_row((middle, high), |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?;
        match found {
            Some((at, joined_at)) if joined_at < since => low = at + 1,
            _ => high = middle,
        }
    }
    Ok(low - (key << NUMBER_BITS))
}

pub(crate) fn list(
    connection: &Connection,
    organization: i64,
    distribution_id: DistributionId,
    filter: &ParticipantFilter,
    sort: SortKey,
    page: &PageRequest,
) -> Result<Option<Page<Listed<Participant>>>, Fault> {
    let key = distribution::key(connection, organization, distribution_id)?;
    let Some(key) = key else { return Ok(None) };
    let travel = Travel::new(page);
    let (above, below) = match sort {
        SortKey::Created => {
            let (mut above, below) = travel.numbers();
            if let Some(after) = filter.created_after {
                above = above.max(first_number_since(connection, key, after)? - 1);
            }
            places(key, (above, below))
        }
        SortKey::Updated => travel.since_change(filter.updated_after.map(first_change)).numbers(),
    };
    let wanted = |row: &Row<'_>| {
        let listed = read(row, distribution_id)?;
        let (joined_at, updated_at) = (listed.item.joined_at, listed.item.updated_at);
        let fits = filter.created_after.is_none_or(|after| joined_at >= after)
            && filter.created_before.is_none_or(|before| joined_at < before)
            && filter.updated_after.is_none_or(|after| updated_at >= after);
        Ok(fits.then_some(listed))
    };
    let statuses: Vec<Option<u8>> = match (&filter.status[..], sort) {
        ([], SortKey::Created) => vec![None],
        ([], SortKey::Updated) => {
            ParticipantStatus::ALL.iter().map(|one| Some(one.code())).collect()
        }
        (some, _) => some.iter().map(|one| Some(one.code())).collect(),
    };
    let mut items = Vec::new();
    for status in statuses {
        let sql = list_sql(sort, status.is_none(), travel.direction());
        let params = params![key, above, below, status];
        items.extend(gather(connection, &sql, params, travel.rows(), wanted)?);
    }
    Ok(Some(travel.finish(merged(items, sort, &travel))))
}

/// Ranges of several statuses in the order of travel, as far as the page goes.
fn merged(
    mut items: Vec<Listed<Participant>>,
    sort: SortKey,
    travel: &Travel,
) -> Vec<Listed<Participant>> {
    items.sort_unstable_by_key(|listed| match sort {
        SortKey::Created => u64::from(listed.item.number),
        SortKey::Updated => listed.change,
    });
    if !travel.is_ascending() {
        items.reverse();
    }
    items.truncate(travel.rows());
    items
}
