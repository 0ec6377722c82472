//! Experiences, with the products they launch.

use std::sync::LazyLock;

use fanfare_model::launch::{Experience, ExperienceStatus};
use fanfare_model::{ExperienceId, OrganizationId};
use fanfare_store::{ExperienceFilter, Page, PageRequest};
use tokio_postgres::Row;
use uuid::Uuid;

use super::book::Tx;
use super::table::{Table, column, write};
use super::{codes, find_id};
use crate::cells::{Cells, array, json, ms};
use crate::fault::Fault;
use crate::ids::{id as id_of, uuid};
use crate::paging::{OfRows as _, Travel};
use crate::session::Session;

const TABLE: Table = Table {
    name: "experiences",
    columns: &[
        ("id", "uuid"),
        ("name", "text"),
        ("slug", "text"),
        ("status", "smallint"),
        ("open_at", "bigint"),
        ("close_at", "bigint"),
        ("time_zone", "text"),
        ("created_by", "text"),
        ("metadata", "text"),
        ("activated_at", "bigint"),
        ("ended_at", "bigint"),
        ("created_at", "bigint"),
        ("updated_at", "bigint"),
        ("products", "uuid[]"),
        ("next_at", "bigint"),
    ],
};

static ONE: LazyLock<String> = LazyLock::new(|| {
    format!("SELECT {} FROM experiences WHERE organization_id = $1 AND id = $2", TABLE.list())
});
static PUT: LazyLock<String> = LazyLock::new(|| TABLE.put());

fn read(row: &Row) -> Result<Experience, Fault> {
    let cells = Cells(row);
    let products: Vec<Uuid> = cells.get("products");
    Ok(Experience {
        id: cells.id("id"),
        name: cells.get("name"),
        slug: cells.get("slug"),
        status: cells.code("status", ExperienceStatus::from_code)?,
        open_at: cells.maybe_time("open_at"),
        close_at: cells.maybe_time("close_at"),
        time_zone: cells.get("time_zone"),
        product_ids: products.into_iter().map(id_of).collect(),
        created_by: cells.get("created_by"),
        metadata: cells.metadata()?,
        activated_at: cells.maybe_time("activated_at"),
        ended_at: cells.maybe_time("ended_at"),
        created_at: cells.time("created_at"),
        updated_at: cells.time("updated_at"),
    })
}

/// See [`fanfare_store::LaunchStore::experience`].
pub(crate) async fn one(
    session: &Session,
    organization: OrganizationId,
    id: ExperienceId,
) -> Result<Option<Experience>, Fault> {
    let row = session.find(&ONE, &[&uuid(organization), &uuid(id)]).await?;
    row.as_ref().map(read).transpose()
}

/// See [`fanfare_store::LaunchStore::experiences`].
pub(crate) async fn list(
    session: &Session,
    organization: OrganizationId,
    filter: &ExperienceFilter,
    page: &PageRequest,
) -> Result<Page<Experience>, Fault> {
    let travel = Travel::new(page);
    let sql = format!(
        "SELECT {} FROM experiences WHERE organization_id = $1 AND id > $2 AND id < $3 \
         AND ($4::smallint[] IS NULL OR status = ANY ($4)) ORDER BY id {} LIMIT $5",
        TABLE.list(),
        travel.direction()
    );
    let status = codes(filter.status.iter().map(|status| status.code()));
    let (above, below, most) = (travel.above(), travel.below(), travel.limit());
    let organization = uuid(organization);
    let rows = session.query(&sql, &[&organization, &above, &below, &status, &most]).await?;
    travel.collect(&rows, read)
}

impl Tx<'_> {
    /// Which experience has this slug.
    pub(super) async fn experience_by_slug(
        &mut self,
        slug: &str,
    ) -> Result<Option<ExperienceId>, Fault> {
        let sql = "SELECT id FROM experiences WHERE organization_id = $1 AND slug = $2";
        find_id(self.session, sql, self.organization, slug).await
    }

    /// Makes or replaces an experience.
    pub(super) async fn put_experience(&mut self, experience: &Experience) -> Result<(), Fault> {
        let rows = std::slice::from_ref(experience);
        let columns = [
            column(rows, |row| uuid(row.id)),
            column(rows, |row| row.name.as_str()),
            column(rows, |row| row.slug.as_str()),
            column(rows, |row| i16::from(row.status.code())),
            column(rows, |row| ms(row.open_at)),
            column(rows, |row| ms(row.close_at)),
            column(rows, |row| row.time_zone.as_deref()),
            column(rows, |row| row.created_by.as_deref()),
            Box::new(vec![json(experience.metadata.as_ref())?]),
            column(rows, |row| ms(row.activated_at)),
            column(rows, |row| ms(row.ended_at)),
            column(rows, |row| row.created_at.as_millis()),
            column(rows, |row| row.updated_at.as_millis()),
            column(rows, |row| array(row.product_ids.iter().map(|id| uuid(*id)))),
            column(rows, |row| ms(row.next_at())),
        ];
        write(self.session, &PUT, self.organization, &columns).await
    }

    /// Removes an experience.
    pub(super) async fn delete_experience(&mut self, id: ExperienceId) -> Result<(), Fault> {
        let sql = "DELETE FROM experiences WHERE organization_id = $1 AND id = $2";
        let params = (uuid(self.organization), uuid(id));
        self.session.execute(sql, &[&params.0, &params.1]).await.map(drop)
    }
}
