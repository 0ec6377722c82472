//! Experiences, with the products they launch.

use fanfare_model::launch::{Experience, ExperienceStatus};
use fanfare_model::{ExperienceId, ProductId};
use fanfare_store::{ExperienceFilter, Page, PageRequest};
use rusqlite::{Connection, Row, params};

use super::{find, gather, upsert};
use crate::cells::{Cells, json, ms};
use crate::fault::Fault;
use crate::paging::{OfRows as _, Travel};

const COLUMNS: &str = "id, name, slug, status, open_at, close_at, time_zone, created_by, \
     metadata, activated_at, ended_at, created_at, updated_at";

/// Everything but the products, which are rows of their own.
fn read(row: &Row<'_>) -> Result<Experience, Fault> {
    let mut cells = Cells::new(row);
    Ok(Experience {
        id: cells.id()?,
        name: cells.get()?,
        slug: cells.get()?,
        status: cells.code(ExperienceStatus::from_code)?,
        open_at: cells.maybe_time()?,
        close_at: cells.maybe_time()?,
        time_zone: cells.get()?,
        product_ids: Vec::new(),
        created_by: cells.get()?,
        metadata: cells.metadata()?,
        activated_at: cells.maybe_time()?,
        ended_at: cells.maybe_time()?,
        created_at: cells.time()?,
        updated_at: cells.time()?,
    })
}

fn products_of(
    connection: &Connection,
    organization: i64,
    id: ExperienceId,
) -> Result<Vec<ProductId>, Fault> {
    let sql = "SELECT product FROM experience_products \
         WHERE organization = ?1 AND experience = ?2 ORDER BY position";
    gather(connection, sql, params![organization, id.to_bytes()], usize::MAX, |row| {
        Ok(Some(ProductId::from_bytes(row.get(0)?)))
    })
}

pub(crate) fn one(
    connection: &Connection,
    organization: i64,
    id: ExperienceId,
) -> Result<Option<Experience>, Fault> {
    let sql = format!("SELECT {COLUMNS} FROM experiences WHERE organization = ?1 AND id = ?2");
    let mut found = find(connection, &sql, params![organization, id.to_bytes()], read)?;
    if let Some(experience) = &mut found {
        experience.product_ids = products_of(connection, organization, id)?;
    }
    Ok(found)
}

pub(super) const BY_SLUG: &str = "SELECT id FROM experiences WHERE organization = ?1 AND slug = ?2";

pub(super) fn by_slug(
    connection: &Connection,
    organization: i64,
    slug: &str,
) -> Result<Option<ExperienceId>, Fault> {
    find(connection, BY_SLUG, params![organization, slug], |row| {
        Ok(ExperienceId::from_bytes(row.get(0)?))
    })
}

pub(super) fn put(
    connection: &Connection,
    organization: i64,
    experience: &Experience,
) -> Result<(), Fault> {
    let sql = upsert("experiences", &format!("organization, {COLUMNS}, next_at"));
    connection.prepare_cached(&sql)?.execute(params![
        organization,
        experience.id.to_bytes(),
        experience.name,
        experience.slug,
        experience.status.code(),
        ms(experience.open_at),
        ms(experience.close_at),
        experience.time_zone,
        experience.created_by,
        json(experience.metadata.as_ref())?,
        ms(experience.activated_at),
        ms(experience.ended_at),
        experience.created_at.as_millis(),
        experience.updated_at.as_millis(),
        ms(experience.next_at()),
    ])?;
    if products_of(connection, organization, experience.id)? != experience.product_ids {
        put_products(connection, organization, experience)?;
    }
    Ok(())
}

fn put_products(
    connection: &Connection,
    organization: i64,
    experience: &Experience,
) -> Result<(), Fault> {
    delete_products(connection, organization, experience.id)?;
    let mut put = connection.prepare_cached(
        "INSERT INTO experience_products (organization, experience, position, product) \
         VALUES (?1, ?2, ?3, ?4)",
    )?;
    for (position, product) in experience.product_ids.iter().enumerate() {
        put.execute((organization, experience.id.to_bytes(), position, product.to_bytes()))?;
    }
    Ok(())
}

fn delete_products(
    connection: &Connection,
    organization: i64,
    id: ExperienceId,
) -> Result<(), Fault> {
    connection
        .prepare_cached(
            "DELETE FROM experience_products WHERE organization = ?1 AND experience = ?2",
        )?
        .execute(params![organization, id.to_bytes()])?;
    Ok(())
}

pub(super) fn delete(
    connection: &Connection,
    organization: i64,
    id: ExperienceId,
) -> Result<(), Fault> {
    delete_products(connection, organization, id)?;
    connection
        .prepare_cached("DELETE FROM experiences WHERE organization = ?1 AND id = ?2")?
        .execute(params![organization, id.to_bytes()])?;
    Ok(())
}

pub(crate) fn list_sql(direction: &str) -> String {
    format!(
        "SELECT {COLUMNS} FROM experiences WHERE organization = ?1 AND id > ?2 AND id < ?3 \
         ORDER BY id {direction}"
    )
}

pub(crate) fn list(
    connection: &Connection,
    organization: i64,
    filter: &ExperienceFilter,
    page: &PageRequest,
) -> Result<Page<Experience>, Fault> {
    let travel = Travel::new(page);
    let params = params![organization, travel.above(), travel.below()];
    let sql = list_sql(travel.direction());
    let mut items = gather(connection, &sql, params, travel.rows(), |row| {
        let experience = read(row)?;
        let fits = filter.status.is_empty() || filter.status.contains(&experience.status);
        Ok(fits.then_some(experience))
    })?;
    for experience in &mut items {
        experience.product_ids = products_of(connection, organization, experience.id)?;
    }
    Ok(travel.finish(items))
}
