//! Products.

use fanfare_model::ProductId;
use fanfare_model::launch::Product;
use fanfare_store::{Page, PageRequest};
use rusqlite::{Connection, Row, params};

use super::{exists, find, gather, upsert};
use crate::cells::{Cells, json};
use crate::fault::Fault;
use crate::paging::{OfRows as _, Travel};

const COLUMNS: &str = "id, name, url, metadata, created_at, updated_at";

fn read(row: &Row<'_>) -> Result<Product, Fault> {
    let mut cells = Cells::new(row);
    Ok(Product {
        id: cells.id()?,
        name: cells.get()?,
        url: cells.get()?,
        metadata: cells.metadata()?,
        created_at: cells.time()?,
        updated_at: cells.time()?,
    })
}

pub(crate) fn one(
    connection: &Connection,
    organization: i64,
    id: ProductId,
) -> Result<Option<Product>, Fault> {
    let sql = format!("SELECT {COLUMNS} FROM products WHERE organization = ?1 AND id = ?2");
    find(connection, &sql, params![organization, id.to_bytes()], read)
}

pub(super) fn put(
    connection: &Connection,
    organization: i64,
    product: &Product,
) -> Result<(), Fault> {
    let sql = upsert("products", &format!("organization, {COLUMNS}"));
    connection.prepare_cached(&sql)?.execute(params![
        organization,
        product.id.to_bytes(),
        product.name,
        product.url,
        json(product.metadata.as_ref())?,
        product.created_at.as_millis(),
        product.updated_at.as_millis(),
    ])?;
    Ok(())
}

pub(super) fn delete(
    connection: &Connection,
    organization: i64,
    id: ProductId,
) -> Result<(), Fault> {
    connection
        .prepare_cached("DELETE FROM products WHERE organization = ?1 AND id = ?2")?
        .execute(params![organization, id.to_bytes()])?;
    Ok(())
}

pub(crate) const USES: [&str; 3] = [
    "SELECT 1 FROM experience_products WHERE organization = ?1 AND product = ?2",
    "SELECT 1 FROM distributions WHERE organization = ?1 AND product = ?2",
    "SELECT 1 FROM orders WHERE organization = ?1 AND product = ?2",
];

pub(super) fn is_used(
    connection: &Connection,
    organization: i64,
    id: ProductId,
) -> Result<bool, Fault> {
    for sql in USES {
        if exists(connection, sql, params![organization, id.to_bytes()])? {
            return Ok(true);
        }
    }
    Ok(false)
}

pub(crate) fn list_sql(direction: &str) -> String {
    format!(
        "SELECT {COLUMNS} FROM products WHERE organization = ?1 AND id > ?2 AND id < ?3 \
         ORDER BY id {direction}"
    )
}

pub(crate) fn list(
    connection: &Connection,
    organization: i64,
    page: &PageRequest,
) -> Result<Page<Product>, Fault> {
    let travel = Travel::new(page);
    let params = params![organization, travel.above(), travel.below()];
    let sql = list_sql(travel.direction());
    let items = gather(connection, &sql, params, travel.rows(), |row| read(row).map(Some))?;
    Ok(travel.finish(items))
}
