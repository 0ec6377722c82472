//! Products.

use std::sync::LazyLock;

use fanfare_model::launch::Product;
use fanfare_model::{OrganizationId, ProductId};
use fanfare_store::{Page, PageRequest};
use tokio_postgres::Row;

use super::book::Tx;
use super::table::{Table, column, write};
use crate::cells::{Cells, json};
use crate::fault::Fault;
use crate::ids::uuid;
use crate::paging::{OfRows as _, Travel};
use crate::session::Session;

const TABLE: Table = Table {
    name: "products",
    columns: &[
        ("id", "uuid"),
        ("name", "text"),
        ("url", "text"),
        ("metadata", "text"),
        ("created_at", "bigint"),
        ("updated_at", "bigint"),
    ],
};

static ONE: LazyLock<String> = LazyLock::new(|| {
    format!("SELECT {} FROM products WHERE organization_id = $1 AND id = $2", TABLE.list())
});
static PUT: LazyLock<String> = LazyLock::new(|| TABLE.put());

fn read(row: &Row) -> Result<Product, Fault> {
    let cells = Cells(row);
    Ok(Product {
        id: cells.id("id"),
        name: cells.get("name"),
        url: cells.get("url"),
        metadata: cells.metadata()?,
        created_at: cells.time("created_at"),
        updated_at: cells.time("updated_at"),
    })
}

/// See [`fanfare_store::LaunchStore::product`].
pub(crate) async fn one(
    session: &Session,
    organization: OrganizationId,
    id: ProductId,
) -> Result<Option<Product>, Fault> {
    let row = session.find(&ONE, &[&uuid(organization), &uuid(id)]).await?;
    row.as_ref().map(read).transpose()
}

/// See [`fanfare_store::LaunchStore::products`].
pub(crate) async fn list(
    session: &Session,
    organization: OrganizationId,
    page: &PageRequest,
) -> Result<Page<Product>, Fault> {
    let travel = Travel::new(page);
    let sql = format!(
        "SELECT {} FROM products WHERE organization_id = $1 AND id > $2 AND id < $3 \
         ORDER BY id {} LIMIT $4",
        TABLE.list(),
        travel.direction()
    );
    let params = (uuid(organization), travel.above(), travel.below(), travel.limit());
    let rows = session.query(&sql, &[&params.0, &params.1, &params.2, &params.3]).await?;
    travel.collect(&rows, read)
}

impl Tx<'_> {
    /// Makes or replaces a product.
    pub(super) async fn put_product(&mut self, product: &Product) -> Result<(), Fault> {
        let rows = std::slice::from_ref(product);
        let columns = [
            column(rows, |row| uuid(row.id)),
            column(rows, |row| row.name.as_str()),
            column(rows, |row| row.url.as_deref()),
            Box::new(vec![json(product.metadata.as_ref())?]),
            column(rows, |row| row.created_at.as_millis()),
            column(rows, |row| row.updated_at.as_millis()),
        ];
        write(self.session, &PUT, self.organization, &columns).await
    }

    /// Removes a product.
    pub(super) async fn delete_product(&mut self, id: ProductId) -> Result<(), Fault> {
        let sql = "DELETE FROM products WHERE organization_id = $1 AND id = $2";
        let params = (uuid(self.organization), uuid(id));
        self.session.execute(sql, &[&params.0, &params.1]).await.map(drop)
    }

    /// Whether an experience, a distribution or an order names it.
    pub(super) async fn product_is_used(&mut self, id: ProductId) -> Result<bool, Fault> {
        self.write_distributions().await?;
        self.write_orders().await?;
        let sql = "SELECT EXISTS (SELECT 1 FROM experiences \
                           WHERE organization_id = $1 AND $2 = ANY (products)) \
                OR EXISTS (SELECT 1 FROM distributions \
                           WHERE organization_id = $1 AND product_id = $2) \
                OR EXISTS (SELECT 1 FROM orders WHERE organization_id = $1 AND product_id = $2)";
        let params = (uuid(self.organization), uuid(id));
        Ok(self.session.one(sql, &[&params.0, &params.1]).await?.get(0))
    }
}
