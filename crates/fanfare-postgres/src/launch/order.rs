//! Orders.

use std::sync::LazyLock;

use fanfare_model::launch::{Order, OrderStatus, Payment, Tracking};
use fanfare_model::{OrderId, OrganizationId};
use fanfare_store::{Listed, OrderFilter, Page, PageRequest, SortKey};
use tokio_postgres::Row;

use super::book::Tx;
use super::buffer::{Buffer, Names};
use super::table::{Table, column, write};
use super::{Between, codes, find_id, named_in, narrowed};
use crate::cells::{Cells, json, maybe_uuid, ms};
use crate::fault::Fault;
use crate::ids::{unsigned, uuid};
use crate::paging::{OfRows as _, Travel};
use crate::session::Session;

const TABLE: Table = Table {
    name: "orders",
    columns: &[
        ("id", "uuid"),
        ("external_order_id", "text"),
        ("consumer_id", "uuid"),
        ("distribution_id", "uuid"),
        ("experience_id", "uuid"),
        ("product_id", "uuid"),
        ("status", "smallint"),
        ("total_amount", "text"),
        ("currency", "text"),
        ("metadata", "text"),
        ("paid_at", "bigint"),
        ("payment_provider", "text"),
        ("payment_reference", "text"),
        ("carrier", "text"),
        ("tracking_number", "text"),
        ("tracking_url", "text"),
        ("fulfilled_at", "bigint"),
        ("cancelled_at", "bigint"),
        ("cancel_reason", "text"),
        ("created_at", "bigint"),
        ("updated_at", "bigint"),
        ("change", "bigint"),
    ],
};

static ONE: LazyLock<String> = LazyLock::new(|| {
    format!("SELECT {} FROM orders WHERE organization_id = $1 AND id = $2", TABLE.list())
});
static PUT: LazyLock<String> = LazyLock::new(|| TABLE.put());

fn read(row: &Row) -> Result<Listed<Order>, Fault> {
    let cells = Cells(row);
    let payment = cells.maybe_time("paid_at").map(|paid_at| Payment {
        paid_at,
        provider: cells.get("payment_provider"),
        reference: cells.get("payment_reference"),
    });
    let item = Order {
        id: cells.id("id"),
        external_order_id: cells.get("external_order_id"),
        consumer_id: cells.id("consumer_id"),
        distribution_id: cells.maybe_id("distribution_id"),
        experience_id: cells.maybe_id("experience_id"),
        product_id: cells.maybe_id("product_id"),
        status: cells.code("status", OrderStatus::from_code)?,
        total_amount: cells.parsed("total_amount")?,
        currency: cells.parsed("currency")?,
        metadata: cells.metadata()?,
        payment,
        tracking: Tracking {
            carrier: cells.get("carrier"),
            number: cells.get("tracking_number"),
            url: cells.get("tracking_url"),
        },
        fulfilled_at: cells.maybe_time("fulfilled_at"),
        cancelled_at: cells.maybe_time("cancelled_at"),
        cancel_reason: cells.get("cancel_reason"),
        created_at: cells.time("created_at"),
        updated_at: cells.time("updated_at"),
    };
    Ok(Listed { item, change: unsigned(row, "change") })
}

/// See [`fanfare_store::LaunchStore::order`].
pub(crate) async fn one(
    session: &Session,
    organization: OrganizationId,
    id: OrderId,
) -> Result<Option<Order>, Fault> {
    let row = session.find(&ONE, &[&uuid(organization), &uuid(id)]).await?;
    row.map(|row| Ok(read(&row)?.item)).transpose()
}

/// Whether a list goes through a range of the index by status for each status: nothing narrower is
/// filtered by.
fn goes_by_status(filter: &OrderFilter, sort: SortKey) -> bool {
    let narrow = filter.external_order_id.is_some()
        || filter.consumer_id.is_some()
        || filter.distribution_id.is_some();
    !narrow && (sort == SortKey::Updated || !filter.status.is_empty())
}

/// Orders between two bounds, `$2` and `$3`, of the sorted column, at most `$11`; with the
/// statuses `$7`.
fn list_sql(filter: &OrderFilter, sort: SortKey, direction: &str) -> String {
    let column = match sort {
        SortKey::Created => "id",
        SortKey::Updated => "change",
    };
    let filters = narrowed(
        4,
        &[
            ("external_order_id", "text", filter.external_order_id.is_some()),
            ("consumer_id", "uuid", filter.consumer_id.is_some()),
            ("distribution_id", "uuid", filter.distribution_id.is_some()),
        ],
    );
    let number = [("external_order_id", 4, filter.external_order_id.is_some())];
    let range = |status: &str| {
        format!(
            "SELECT {} FROM {} WHERE organization_id = $1 AND {filters} AND {status} \
             AND {column} > $2 AND {column} < $3 AND created_at >= $8 AND created_at < $9 \
             AND updated_at >= $10 ORDER BY {column} {direction} LIMIT $11",
            TABLE.list(),
            named_in(TABLE.name, &number)
        )
    };
    if goes_by_status(filter, sort) {
        return format!(
            "SELECT o.* FROM unnest($7::smallint[]) AS s (status) CROSS JOIN LATERAL ({}) o \
             ORDER BY {column} {direction} LIMIT $11",
            range("status = s.status")
        );
    }
    range("($7::smallint[] IS NULL OR status = ANY ($7))")
}

/// See [`fanfare_store::LaunchStore::orders`].
pub(crate) async fn list(
    session: &Session,
    organization: OrganizationId,
    filter: &OrderFilter,
    sort: SortKey,
    page: &PageRequest,
) -> Result<Page<Listed<Order>>, Fault> {
    let between = Between {
        created_after: filter.created_after,
        created_before: filter.created_before,
        updated_after: filter.updated_after,
    };
    let travel = Travel::new(page);
    let (above, below) = between.bounds(&travel, sort);
    let (since, until, changed) = between.times();
    let by_status = goes_by_status(filter, sort);
    let wanted =
        if by_status && filter.status.is_empty() { OrderStatus::ALL } else { &filter.status };
    let rows = session
        .query(
            &list_sql(filter, sort, travel.direction()),
            &[
                &uuid(organization),
                &*above,
                &*below,
                &filter.external_order_id,
                &maybe_uuid(filter.consumer_id),
                &maybe_uuid(filter.distribution_id),
                &codes(wanted.iter().map(|status| status.code())),
                &since,
                &until,
                &changed,
                &travel.limit(),
            ],
        )
        .await?;
    travel.collect(&rows, read)
}

/// What a transaction knows of orders and has not written yet.
#[derive(Default)]
pub(super) struct Orders {
    unwritten: Buffer<OrderId, Listed<Order>>,
    external_ids: Names<OrderId>,
}

impl Tx<'_> {
    /// An order.
    pub(super) async fn order(&mut self, id: OrderId) -> Result<Option<Order>, Fault> {
        match self.orders.unwritten.get(&id) {
            Some(listed) => Ok(Some(listed.item.clone())),
            None => one(self.session, self.organization, id).await,
        }
    }

    /// Which order has this number in the shop that reported it.
    pub(super) async fn order_by_external_id(
        &mut self,
        external_id: &str,
    ) -> Result<Option<OrderId>, Fault> {
        if let Some(known) = self.orders.external_ids.holder(external_id) {
            return Ok(known);
        }
        let sql = "SELECT id FROM orders WHERE organization_id = $1 AND external_order_id = $2";
        let found = find_id(self.session, sql, self.organization, external_id).await?;
        // One that is about to be written has another number by now.
        let found = found.filter(|id| self.orders.unwritten.get(id).is_none());
        self.orders.external_ids.learn(external_id, found);
        Ok(found)
    }

    /// Makes or replaces an order.
    pub(super) async fn put_order(&mut self, order: &Order) -> Result<(), Fault> {
        let id = order.id;
        // Rows are written in the order of their first puts; a number may have become free later.
        let renamed =
            |before: &Listed<Order>| before.item.external_order_id != order.external_order_id;
        if self.orders.unwritten.get(&id).is_some_and(renamed) {
            self.write_orders().await?;
        }
        self.orders.external_ids.give(id, order.external_order_id.as_deref());
        let change = self.next_change(order.updated_at);
        self.orders.unwritten.put(id, Listed { item: order.clone(), change });
        Ok(())
    }

    /// Sends what was put.
    pub(super) async fn write_orders(&mut self) -> Result<(), Fault> {
        let rows = self.orders.unwritten.take();
        if rows.is_empty() {
            return Ok(());
        }
        let metadata = rows.iter().map(|row| json(row.item.metadata.as_ref()));
        let metadata = metadata.collect::<Result<Vec<_>, _>>()?;
        let payment = |row: &'_ Listed<Order>| row.item.payment.clone();
        let columns = [
            column(&rows, |row| uuid(row.item.id)),
            column(&rows, |row| row.item.external_order_id.as_deref()),
            column(&rows, |row| uuid(row.item.consumer_id)),
            column(&rows, |row| maybe_uuid(row.item.distribution_id)),
            column(&rows, |row| maybe_uuid(row.item.experience_id)),
            column(&rows, |row| maybe_uuid(row.item.product_id)),
            column(&rows, |row| i16::from(row.item.status.code())),
            column(&rows, |row| row.item.total_amount.to_string()),
            column(&rows, |row| row.item.currency.as_str()),
            Box::new(metadata),
            column(&rows, |row| ms(payment(row).map(|payment| payment.paid_at))),
            column(&rows, |row| payment(row).and_then(|payment| payment.provider)),
            column(&rows, |row| payment(row).and_then(|payment| payment.reference)),
            column(&rows, |row| row.item.tracking.carrier.as_deref()),
            column(&rows, |row| row.item.tracking.number.as_deref()),
            column(&rows, |row| row.item.tracking.url.as_deref()),
            column(&rows, |row| ms(row.item.fulfilled_at)),
            column(&rows, |row| ms(row.item.cancelled_at)),
            column(&rows, |row| row.item.cancel_reason.as_deref()),
            column(&rows, |row| row.item.created_at.as_millis()),
            column(&rows, |row| row.item.updated_at.as_millis()),
            column(&rows, |row| row.change.cast_signed()),
        ];
        write(self.session, &PUT, self.organization, &columns).await
    }
}
