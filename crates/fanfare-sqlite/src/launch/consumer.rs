//! Consumers.

use std::sync::LazyLock;

use fanfare_model::ConsumerId;
use fanfare_model::launch::{Consumer, ConsumerSource};
use fanfare_store::{ConsumerFilter, Listed, Page, PageRequest, SortKey};
use rusqlite::{Connection, Row, params};

use super::{exists, find, first_change, gather, upsert};
use crate::cells::{Cells, json};
use crate::event_ops::id_bounds;
use crate::fault::Fault;
use crate::paging::{OfRows as _, Travel};
use crate::writer::Tx;

const COLUMNS: &str = "id, email, phone, full_name, external_id, metadata, source, created_at, \
     updated_at, change";

fn read(row: &Row<'_>) -> Result<Listed<Consumer>, Fault> {
    let mut cells = Cells::new(row);
    let item = Consumer {
        id: cells.id()?,
        email: cells.get()?,
        phone: cells.get()?,
        full_name: cells.get()?,
        external_id: cells.get()?,
        metadata: cells.metadata()?,
        source: cells.code(ConsumerSource::from_code)?,
        created_at: cells.time()?,
        updated_at: cells.time()?,
    };
    Ok(Listed { item, change: cells.get()? })
}

pub(super) static ONE: LazyLock<String> = LazyLock::new(|| {
    format!("SELECT {COLUMNS} FROM consumers WHERE organization = ?1 AND id = ?2")
});
static PUT: LazyLock<String> =
    LazyLock::new(|| upsert("consumers", &format!("organization, {COLUMNS}, email_folded")));

pub(super) const IS_THERE: &str = "SELECT 1 FROM consumers WHERE organization = ?1 AND id = ?2";
pub(super) const BY_EMAIL: &str =
    "SELECT id FROM consumers WHERE organization = ?1 AND email_folded = ?2";
pub(super) const BY_EXTERNAL_ID: &str =
    "SELECT id FROM consumers WHERE organization = ?1 AND external_id = ?2";
pub(super) const DELETE: &str = "DELETE FROM consumers WHERE organization = ?1 AND id = ?2";

/// The address under which an e-mail address is looked for.
fn folded(email: &str) -> String {
    email.to_lowercase()
}

pub(crate) fn one(
    connection: &Connection,
    organization: i64,
    id: ConsumerId,
) -> Result<Option<Consumer>, Fault> {
    let found = find(connection, &ONE, params![organization, id.to_bytes()], read)?;
    Ok(found.map(|listed| listed.item))
}

pub(super) fn is_there(
    connection: &Connection,
    organization: i64,
    id: ConsumerId,
) -> Result<bool, Fault> {
    exists(connection, IS_THERE, params![organization, id.to_bytes()])
}

fn id_of(row: &Row<'_>) -> Result<ConsumerId, Fault> {
    Ok(ConsumerId::from_bytes(row.get(0)?))
}

pub(super) fn by_email(
    connection: &Connection,
    organization: i64,
    email: &str,
) -> Result<Option<ConsumerId>, Fault> {
    find(connection, BY_EMAIL, params![organization, folded(email)], id_of)
}

pub(super) fn by_external_id(
    connection: &Connection,
    organization: i64,
    external_id: &str,
) -> Result<Option<ConsumerId>, Fault> {
    find(connection, BY_EXTERNAL_ID, params![organization, external_id], id_of)
}

pub(super) fn put(
    tx: &mut Tx<'_, '_>,
    organization: i64,
    consumer: &Consumer,
) -> Result<(), Fault> {
    let change = tx.next_change(consumer.updated_at)?;
    tx.connection.prepare_cached(&PUT)?.execute(params![
        organization,
        consumer.id.to_bytes(),
        consumer.email,
        consumer.phone,
        consumer.full_name,
        consumer.external_id,
        json(consumer.metadata.as_ref())?,
        consumer.source.code(),
        consumer.created_at.as_millis(),
        consumer.updated_at.as_millis(),
        change,
        consumer.email.as_deref().map(folded),
    ])?;
    Ok(())
}

pub(super) fn delete(
    connection: &Connection,
    organization: i64,
    id: ConsumerId,
) -> Result<(), Fault> {
    connection.prepare_cached(DELETE)?.execute(params![organization, id.to_bytes()])?;
    Ok(())
}

/// Consumers between two bounds, `?2` and `?3`, of the sorted column.
pub(crate) fn list_sql(filter: &ConsumerFilter, key: SortKey, direction: &str) -> String {
    let column = match key {
        SortKey::Created => "id",
        SortKey::Updated => "change",
    };
    // At most one consumer has the address, at most one has the external id.
    let (index, only) = match filter {
        ConsumerFilter { email: Some(_), .. } => ("consumers_email", "AND email_folded = ?4"),
        ConsumerFilter { external_id: Some(_), .. } => {
            ("consumers_external", "AND external_id = ?5")
        }
        _ if key == SortKey::Created => ("consumers_id", ""),
        _ => ("consumers_change", ""),
    };
    format!(
        "SELECT {COLUMNS} FROM consumers INDEXED BY {index} WHERE organization = ?1 {only} \
         AND {column} > ?2 AND {column} < ?3 AND (?4 IS NULL OR email_folded = ?4) \
         AND (?5 IS NULL OR external_id = ?5) ORDER BY {column} {direction}"
    )
}

pub(crate) fn list(
    connection: &Connection,
    organization: i64,
    filter: &ConsumerFilter,
    key: SortKey,
    page: &PageRequest,
) -> Result<Page<Listed<Consumer>>, Fault> {
    let travel = Travel::new(page);
    let wanted = |row: &Row<'_>| {
        let listed = read(row)?;
        let (created_at, updated_at) = (listed.item.created_at, listed.item.updated_at);
        let fits = filter.created_after.is_none_or(|after| created_at >= after)
            && filter.created_before.is_none_or(|before| created_at < before)
            && filter.updated_after.is_none_or(|after| updated_at >= after);
        Ok(fits.then_some(listed))
    };
    let email = filter.email.as_deref().map(folded);
    let external_id = filter.external_id.as_deref();
    let items = match key {
        SortKey::Created => {
            let (since, until) = id_bounds(filter.created_after, filter.created_before);
            let travel = travel.within(since, until);
            let sql = list_sql(filter, key, travel.direction());
            let params = params![organization, travel.above(), travel.below(), email, external_id];
            gather(connection, &sql, params, travel.rows(), wanted)?
        }
        SortKey::Updated => {
            let travel = travel.since_change(filter.updated_after.map(first_change));
            let (above, below) = travel.numbers();
            let sql = list_sql(filter, key, travel.direction());
            let params = params![organization, above, below, email, external_id];
            gather(connection, &sql, params, travel.rows(), wanted)?
        }
    };
    Ok(travel.finish(items))
}
