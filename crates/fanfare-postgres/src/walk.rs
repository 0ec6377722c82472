//! Walking through events or deliveries in the order of their ids, in bounded steps.
//!
//! Promises: a step is one statement that looks at so many rows at most, however few of them are
//! wanted; a walk ends after a number of rows and says so. The rows looked at stay in the database:
//! a step brings the ids of those that are wanted.

use fanfare_model::OrganizationId;
use fanfare_store::Page;
use tokio_postgres::types::ToSql;
use uuid::Uuid;

use crate::fault::Fault;
use crate::ids::{day_of_uuid, uuid};
use crate::paging::{OfRows as _, Travel};
use crate::session::Session;

/// Rows a list looks at before it gives what it has found.
const LOOKED_AT: usize = 200_000;
/// Rows a list or a count looks at in all.
pub(crate) const LOOKED_AT_MOST: usize = 5_000_000;
/// Rows of a walk's first step: one page of which everything is wanted.
const FIRST_STEP: usize = 128;
/// Rows of every other step.
const STEP: usize = 4_096;

/// What a walk goes through.
pub(crate) trait Source: Send + Sync {
    /// A query of the next rows in this direction, at most `limit`: of the organization `$1`, with
    /// `$2 ≤ day ≤ $3` and `$4 < id < $5`. It gives `day`, `id` and whether the row `fits`.
    fn rows(&self, direction: &str, limit: usize) -> String;
    /// The query's further parameters.
    fn params(&self) -> Vec<&(dyn ToSql + Sync)>;
}

/// A walk on its way.
pub(crate) struct Walk<'w, S> {
    session: &'w Session,
    organization: Uuid,
    source: &'w S,
    ascending: bool,
    above: Uuid,
    below: Uuid,
    looked_at: usize,
    most: usize,
    ended: bool,
}

impl<'w, S: Source> Walk<'w, S> {
    /// A walk in the direction and between the bounds of `travel`, over `most` rows or little more.
    pub(crate) fn new(
        session: &'w Session,
        organization: OrganizationId,
        source: &'w S,
        travel: &Travel,
        most: usize,
    ) -> Self {
        Self {
            session,
            organization: uuid(organization),
            source,
            ascending: travel.is_ascending(),
            above: travel.above(),
            below: travel.below(),
            looked_at: 0,
            most,
            ended: false,
        }
    }

    /// The next rows that fit; `None` when it has come to the end of the list or of its budget.
    pub(crate) async fn step(&mut self) -> Result<Option<Vec<Uuid>>, Fault> {
        if self.ended || self.is_out_of_budget() {
            return Ok(None);
        }
        let limit = if self.looked_at == 0 { FIRST_STEP } else { STEP };
        let rows = self.source.rows(if self.ascending { "ASC" } else { "DESC" }, limit);
        let sql = format!(
            "SELECT count(*) AS looked_at, (array_agg(l.id))[count(*)::integer] AS last, \
                    coalesce(array_agg(l.id) FILTER (WHERE l.fits), '{{}}') AS found \
             FROM ({rows}) l"
        );
        let days = (day_of_uuid(self.above), day_of_uuid(self.below));
        let mut params: Vec<&(dyn ToSql + Sync)> =
            vec![&self.organization, &days.0, &days.1, &self.above, &self.below];
        params.extend(self.source.params());
        let row = self.session.one(&sql, &params).await?;
        let looked_at = usize::try_from(row.get::<_, i64>("looked_at")).unwrap_or(usize::MAX);
        self.ended = looked_at < limit;
        self.looked_at += looked_at;
        match row.get::<_, Option<Uuid>>("last") {
            Some(last) if self.ascending => self.above = last,
            Some(last) => self.below = last,
            None => {}
        }
        Ok(Some(row.get("found")))
    }

    /// Whether it came to the end of the list.
    pub(crate) const fn has_ended(&self) -> bool {
        self.ended
    }

    /// Whether it stopped because it had looked at enough.
    pub(crate) const fn is_out_of_budget(&self) -> bool {
        !self.ended && self.looked_at >= self.most
    }

    /// The row that an ascending walk looked at last, or where it began.
    pub(crate) const fn place(&self) -> Uuid {
        self.above
    }
}

/// The ids of a page.
pub(crate) async fn page(
    session: &Session,
    organization: OrganizationId,
    source: &impl Source,
    travel: &Travel,
) -> Result<Page<Uuid>, Fault> {
    let mut walk = Walk::new(session, organization, source, travel, LOOKED_AT_MOST);
    let mut found = Vec::new();
    while !travel.is_full(&found) {
        let Some(more) = walk.step().await? else { break };
        found.extend(more);
        if !found.is_empty() && walk.looked_at >= LOOKED_AT {
            break;
        }
    }
    if found.is_empty() && walk.is_out_of_budget() {
        return Err(too_much());
    }
    let mut page = travel.finish(found);
    page.has_more |= !walk.has_ended();
    Ok(page)
}

/// How many rows fit, counting at most `limit`.
pub(crate) async fn count(
    session: &Session,
    organization: OrganizationId,
    source: &impl Source,
    travel: &Travel,
    limit: u64,
) -> Result<u64, Fault> {
    let mut walk = Walk::new(session, organization, source, travel, LOOKED_AT_MOST);
    let mut count = 0;
    while count < limit {
        let Some(found) = walk.step().await? else { break };
        count += found.len() as u64;
    }
    if count < limit && walk.is_out_of_budget() { Err(too_much()) } else { Ok(count.min(limit)) }
}

fn too_much() -> Fault {
    Fault::Away("there is too much to look through: narrow the filter, by time for example".into())
}
