//! Writing many rows with one statement: a column of them is one parameter, an array.

use fanfare_model::OrganizationId;
use tokio_postgres::types::ToSql;

use crate::fault::Fault;
use crate::ids::uuid;
use crate::session::Session;

/// A table of an organization's: the names and types of its columns after `organization_id`.
pub(super) struct Table {
    pub(super) name: &'static str,
    pub(super) columns: &'static [(&'static str, &'static str)],
}

/// One column of the rows to write.
pub(super) type Column<'r> = Box<dyn ToSql + Sync + 'r>;

/// Takes a column out of rows.
pub(super) fn column<'r, R, T>(rows: &'r [R], of: impl Fn(&'r R) -> T) -> Column<'r>
where
    T: ToSql + Sync + 'r,
{
    Box::new(rows.iter().map(of).collect::<Vec<T>>())
}

impl Table {
    /// The columns, for a `SELECT`.
    pub(super) fn list(&self) -> String {
        let names: Vec<_> = self.columns.iter().map(|(name, _)| *name).collect();
        names.join(", ")
    }

    /// The rows, `$2…`. An array of arrays has to be rectangular, so that an array goes as text.
    pub(super) fn rows(&self) -> String {
        let arrays = self.columns.iter().zip(2..).map(|((_, kind), number)| {
            let kind = if kind.ends_with("[]") { "text" } else { kind };
            format!("${number}::{kind}[]")
        });
        format!("unnest({}) AS u ({})", arrays.collect::<Vec<_>>().join(", "), self.list())
    }

    /// Makes rows.
    pub(super) fn insert(&self) -> String {
        let values = self.columns.iter().map(|(name, kind)| match kind.ends_with("[]") {
            true => format!("u.{name}::{kind}"),
            false => format!("u.{name}"),
        });
        format!(
            "INSERT INTO {} (organization_id, {}) SELECT $1, {} FROM {}",
            self.name,
            self.list(),
            values.collect::<Vec<_>>().join(", "),
            self.rows()
        )
    }

    /// Makes rows or replaces them whole, by `id`.
    pub(super) fn put(&self) -> String {
        let sets = self.columns.iter().filter(|(name, _)| *name != "id");
        let sets: Vec<_> = sets.map(|(name, _)| format!("{name} = excluded.{name}")).collect();
        format!(
            "{} ON CONFLICT (organization_id, id) DO UPDATE SET {}",
            self.insert(),
            sets.join(", ")
        )
    }
}

/// Runs a statement over rows of an organization, `$1`.
pub(super) async fn write(
    session: &Session,
    sql: &str,
    organization: OrganizationId,
    columns: &[Column<'_>],
) -> Result<(), Fault> {
    let organization = uuid(organization);
    let mut params: Vec<&(dyn ToSql + Sync)> = vec![&organization];
    params.extend(columns.iter().map(|column| &**column as &(dyn ToSql + Sync)));
    session.execute(sql, &params).await.map(drop)
}
