//! Orders.

use std::sync::LazyLock;

use fanfare_model::OrderId;
use fanfare_model::launch::{Order, OrderStatus, Payment, Tracking};
use fanfare_store::{Listed, OrderFilter, Page, PageRequest, SortKey};
use rusqlite::{Connection, Row, params};

use super::{find, first_change, upsert};
use crate::cells::{Cells, blob, json, ms};
use crate::event_ops::id_bounds;
use crate::fault::Fault;
use crate::paging::{OfRows as _, Travel};
use crate::writer::Tx;

const COLUMNS: &str = "id, external_order_id, consumer, distribution, experience, product, \
     status, total_amount, currency, metadata, paid_at, payment_provider, payment_reference, \
     carrier, tracking_number, tracking_url, fulfilled_at, cancelled_at, cancel_reason, \
     created_at, updated_at, change";

pub(super) static ONE: LazyLock<String> =
    LazyLock::new(|| format!("SELECT {COLUMNS} FROM orders WHERE organization = ?1 AND id = ?2"));
static PUT: LazyLock<String> =
    LazyLock::new(|| upsert("orders", &format!("organization, {COLUMNS}")));

fn read(row: &Row<'_>) -> Result<Listed<Order>, Fault> {
    let mut cells = Cells::new(row);
    let item = Order {
        id: cells.id()?,
        external_order_id: cells.get()?,
        consumer_id: cells.id()?,
        distribution_id: cells.maybe_id()?,
        experience_id: cells.maybe_id()?,
        product_id: cells.maybe_id()?,
        status: cells.code(OrderStatus::from_code)?,
        total_amount: cells.parsed()?,
        currency: cells.parsed()?,
        metadata: cells.metadata()?,
        payment: payment(&mut cells)?,
        tracking: Tracking { carrier: cells.get()?, number: cells.get()?, url: cells.get()? },
        fulfilled_at: cells.maybe_time()?,
        cancelled_at: cells.maybe_time()?,
        cancel_reason: cells.get()?,
        created_at: cells.time()?,
        updated_at: cells.time()?,
    };
    Ok(Listed { item, change: cells.get()? })
}

fn payment(cells: &mut Cells<'_, '_>) -> Result<Option<Payment>, Fault> {
    let paid_at = cells.maybe_time()?;
    let (provider, reference) = (cells.get()?, cells.get()?);
    Ok(paid_at.map(|paid_at| Payment { paid_at, provider, reference }))
}

pub(crate) fn one(
    connection: &Connection,
    organization: i64,
    id: OrderId,
) -> Result<Option<Order>, Fault> {
    let found = find(connection, &ONE, params![organization, id.to_bytes()], read)?;
    Ok(found.map(|listed| listed.item))
}

pub(super) const BY_EXTERNAL_ID: &str =
    "SELECT id FROM orders WHERE organization = ?1 AND external_order_id = ?2";

pub(super) fn by_external_id(
    connection: &Connection,
    organization: i64,
    external_id: &str,
) -> Result<Option<OrderId>, Fault> {
    find(connection, BY_EXTERNAL_ID, params![organization, external_id], |row| {
        Ok(OrderId::from_bytes(row.get(0)?))
    })
}

pub(super) fn put(tx: &mut Tx<'_, '_>, organization: i64, order: &Order) -> Result<(), Fault> {
    let change = tx.next_change(order.updated_at)?;
    let payment = order.payment.as_ref();
    tx.connection.prepare_cached(&PUT)?.execute(params![
        organization,
        order.id.to_bytes(),
        order.external_order_id,
        order.consumer_id.to_bytes(),
        blob(order.distribution_id),
        blob(order.experience_id),
        blob(order.product_id),
        order.status.code(),
        order.total_amount.to_string(),
        order.currency.as_str(),
        json(order.metadata.as_ref())?,
        ms(payment.map(|payment| payment.paid_at)),
        payment.and_then(|payment| payment.provider.as_deref()),
        payment.and_then(|payment| payment.reference.as_deref()),
        order.tracking.carrier,
        order.tracking.number,
        order.tracking.url,
        ms(order.fulfilled_at),
        ms(order.cancelled_at),
        order.cancel_reason,
        order.created_at.as_millis(),
        order.updated_at.as_millis(),
        change,
    ])?;
    Ok(())
}

/// Which part of which index a list goes through: that of the narrowest filter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Through {
    Everything,
    External,
    Consumer,
    Distribution,
    Status(OrderStatus),
}

impl Through {
    /// The ranges that together hold what the filter wants.
    fn of(filter: &OrderFilter, sort: SortKey) -> Vec<Self> {
        if filter.external_order_id.is_some() {
            return vec![Self::External];
        }
        if filter.consumer_id.is_some() {
            return vec![Self::Consumer];
        }
        if filter.distribution_id.is_some() {
            return vec![Self::Distribution];
        }
        match (&filter.status[..], sort) {
            ([], SortKey::Created) => vec![Self::Everything],
            ([], SortKey::Updated) => OrderStatus::ALL.iter().copied().map(Self::Status).collect(),
            (some, _) => some.iter().copied().map(Self::Status).collect(),
        }
    }
}

/// Orders between two bounds, `?2` and `?3`, of the sorted column, in one range.
pub(crate) fn list_sql(through: Through, sort: SortKey, direction: &str) -> String {
    let created = sort == SortKey::Created;
    let column = if created { "id" } else { "change" };
    let (index, only) = match (through, created) {
        (Through::Everything, _) => ("orders_id", "?4 IS NULL"),
        (Through::External, _) => ("orders_external", "external_order_id = ?4"),
        (Through::Consumer, true) => ("orders_consumer", "consumer = ?4"),
        (Through::Consumer, false) => ("orders_consumer_change", "consumer = ?4"),
        (Through::Distribution, true) => ("orders_distribution", "distribution = ?4"),
        (Through::Distribution, false) => ("orders_distribution_change", "distribution = ?4"),
        (Through::Status(_), true) => ("orders_status", "status = ?4"),
        (Through::Status(_), false) => ("orders_change", "status = ?4"),
    };
    format!(
        "SELECT {COLUMNS} FROM orders INDEXED BY {index} WHERE organization = ?1 AND {only} \
         AND {column} > ?2 AND {column} < ?3 ORDER BY {column} {direction}"
    )
}

fn fits(filter: &OrderFilter, order: &Order) -> bool {
    let same = |wanted: &Option<String>, has: &Option<String>| wanted.is_none() || wanted == has;
    (filter.status.is_empty() || filter.status.contains(&order.status))
        && filter.consumer_id.is_none_or(|id| order.consumer_id == id)
        && filter.distribution_id.is_none_or(|id| order.distribution_id == Some(id))
        && same(&filter.external_order_id, &order.external_order_id)
        && filter.created_after.is_none_or(|after| order.created_at >= after)
        && filter.created_before.is_none_or(|before| order.created_at < before)
        && filter.updated_after.is_none_or(|after| order.updated_at >= after)
}

pub(crate) fn list(
    connection: &Connection,
    organization: i64,
    filter: &OrderFilter,
    sort: SortKey,
    page: &PageRequest,
) -> Result<Page<Listed<Order>>, Fault> {
    let travel = Travel::new(page);
    let mut items = Vec::new();
    for through in Through::of(filter, sort) {
        let sql = list_sql(through, sort, travel.direction());
        let mut range = connection.prepare_cached(&sql)?;
        range.raw_bind_parameter(1, organization)?;
        match sort {
            SortKey::Created => {
                let (since, until) = id_bounds(filter.created_after, filter.created_before);
                let travel = travel.within(since, until);
                range.raw_bind_parameter(2, travel.above())?;
                range.raw_bind_parameter(3, travel.below())?;
            }
            SortKey::Updated => {
                let since = filter.updated_after.map(first_change);
                let (above, below) = travel.since_change(since).numbers();
                range.raw_bind_parameter(2, above)?;
                range.raw_bind_parameter(3, below)?;
            }
        }
        match through {
            Through::Everything => range.raw_bind_parameter(4, None::<i64>)?,
            Through::External => range.raw_bind_parameter(4, &filter.external_order_id)?,
            Through::Consumer => range.raw_bind_parameter(4, blob(filter.consumer_id))?,
            Through::Distribution => range.raw_bind_parameter(4, blob(filter.distribution_id))?,
            Through::Status(status) => range.raw_bind_parameter(4, status.code())?,
        }
        let enough = items.len() + travel.rows();
        let mut rows = range.raw_query();
        while items.len() < enough
            && let Some(row) = rows.next()?
        {
            items.extend(Some(read(row)?).filter(|listed| fits(filter, &listed.item)));
        }
    }
    items.sort_unstable_by_key(|listed| match sort {
        SortKey::Created => listed.item.id.as_u128(),
        SortKey::Updated => u128::from(listed.change),
    });
    if !travel.is_ascending() {
        items.reverse();
    }
    items.truncate(travel.rows());
    Ok(travel.finish(items))
}
