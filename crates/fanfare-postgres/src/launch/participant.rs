//! Participants: joined a thousand times a second, so every index of theirs has a reason.

use std::collections::HashMap;
use std::sync::LazyLock;

use fanfare_model::launch::{Participant, ParticipantStatus};
use fanfare_model::{ConsumerId, DistributionId, OrganizationId, Timestamp};
use fanfare_store::{Listed, Page, PageRequest, ParticipantFilter, SortKey};
use tokio_postgres::Row;

use super::buffer::Buffer;
use super::table::Table;
use super::{Between, ID_DISORDER, codes, distribution};
use crate::cells::Cells;
use crate::fault::Fault;
use crate::ids::{unsigned, uuid};
use crate::paging::{OfRows as _, Travel};
use crate::session::{Params, Session};

pub(super) const TABLE: Table = Table {
    name: "participants",
    columns: &[
        ("distribution_id", "uuid"),
        ("number", "bigint"),
        ("consumer_id", "uuid"),
        ("status", "smallint"),
        ("rank", "bytea"),
        ("joined_at", "bigint"),
        ("granted_at", "bigint"),
        ("expires_at", "bigint"),
        ("ended_at", "bigint"),
        ("is_backfill", "boolean"),
        ("order_id", "uuid"),
        ("amount", "text"),
        ("updated_at", "bigint"),
        ("change", "bigint"),
    ],
};

/// A distribution, `$2`, by the indexes that begin with it; the primary key does not serve. Why: see
/// the schema.
pub(super) const ITS_INDEX: &str =
    "organization_id IS NOT DISTINCT FROM $1 AND distribution_id = $2";

static ONE: LazyLock<String> = LazyLock::new(|| {
    format!("SELECT {} FROM participants WHERE {ITS_INDEX} AND consumer_id = $3", TABLE.list())
});

/// Reads a row of the table's columns.
pub(super) fn read(row: &Row) -> Result<Listed<Participant>, Fault> {
    let cells = Cells(row);
    let item = Participant {
        distribution_id: cells.id("distribution_id"),
        consumer_id: cells.id("consumer_id"),
        status: cells.code("status", ParticipantStatus::from_code)?,
        number: cells.number("number")?,
        rank: cells.maybe_bytes("rank")?,
        joined_at: cells.time("joined_at"),
        granted_at: cells.maybe_time("granted_at"),
        expires_at: cells.maybe_time("expires_at"),
        ended_at: cells.maybe_time("ended_at"),
        is_backfill: cells.get("is_backfill"),
        order_id: cells.maybe_id("order_id"),
        amount: cells.maybe_parsed("amount")?,
        updated_at: cells.time("updated_at"),
    };
    Ok(Listed { item, change: unsigned(row, "change") })
}

/// Reads a row, without its change.
pub(super) fn read_item(row: &Row) -> Result<Participant, Fault> {
    Ok(read(row)?.item)
}

/// See [`fanfare_store::LaunchStore::participant`].
pub(crate) async fn one(
    session: &Session,
    organization: OrganizationId,
    distribution: DistributionId,
    consumer: ConsumerId,
) -> Result<Option<Participant>, Fault> {
    let params = (uuid(organization), uuid(distribution), uuid(consumer));
    let row = session.find(&ONE, &[&params.0, &params.1, &params.2]).await?;
    row.as_ref().map(read_item).transpose()
}

/// Those who stood in a draw after a rank: a range of the index for each status.
static RANKED: LazyLock<String> = LazyLock::new(|| {
    format!(
        "SELECT p.* FROM unnest($3::smallint[]) AS s (status) CROSS JOIN LATERAL (
             SELECT {} FROM participants
             WHERE {ITS_INDEX} AND status = s.status AND rank > $4 ORDER BY rank LIMIT $5
         ) p ORDER BY rank LIMIT $5",
        TABLE.list()
    )
});

fn all_statuses() -> Vec<i16> {
    ParticipantStatus::ALL.iter().map(|status| i16::from(status.code())).collect()
}

/// See [`fanfare_store::LaunchStore::draw_order`].
pub(crate) async fn draw_order(
    session: &Session,
    organization: OrganizationId,
    distribution: DistributionId,
    after: Option<[u8; 32]>,
    limit: usize,
) -> Result<Option<Vec<Participant>>, Fault> {
    if !distribution::exists(session, organization, distribution).await? {
        return Ok(None);
    }
    let after = after.map_or_else(Vec::new, Vec::from);
    let most = i64::try_from(limit).unwrap_or(i64::MAX);
    let ids = (uuid(organization), uuid(distribution));
    let params: Params<'_> = &[&ids.0, &ids.1, &all_statuses(), &after, &most];
    let rows = session.query(&RANKED, params).await?;
    rows.iter().map(read_item).collect::<Result<_, _>>().map(Some)
}

/// Participants between two bounds, `$3` and `$4`, of the sorted column, at most `$8`; with the
/// statuses `$9` unless they are any.
fn list_sql(sort: SortKey, any_status: bool, direction: &str) -> String {
    let column = match sort {
        SortKey::Created => "number",
        SortKey::Updated => "change",
    };
    let range = |part: &str| {
        format!(
            "SELECT {} FROM participants WHERE {part} AND {column} > $3 AND {column} < $4 AND joined_at >= $5 AND joined_at < $6 \
             AND updated_at >= $7 ORDER BY {column} {direction} LIMIT $8",
            TABLE.list()
        )
    };
    if any_status {
        return format!(
            "SELECT * FROM ({}) p WHERE $9::smallint[] IS NULL",
            range("organization_id = $1 AND distribution_id = $2")
        );
    }
    format!(
        "SELECT p.* FROM unnest($9::smallint[]) AS s (status) CROSS JOIN LATERAL ({}) p \
         ORDER BY {column} {direction} LIMIT $8",
        range(&format!("{ITS_INDEX} AND status = s.status"))
    )
}

/// The first number that may have joined at or after a time: found by halving, as if joining times
/// grew with the numbers.
const FIRST_SINCE: &str = "WITH RECURSIVE search AS (
        SELECT 1::bigint AS low, coalesce(max(number), 0) + 1 AS high FROM participants
        WHERE organization_id = $1 AND distribution_id = $2
        UNION ALL
        SELECT CASE WHEN f.joined_at < $3 THEN f.number + 1 ELSE s.low END,
               CASE WHEN f.joined_at < $3 THEN s.high ELSE s.low + (s.high - s.low) / 2 END
        FROM search s LEFT JOIN LATERAL (
            SELECT number, joined_at FROM participants
            WHERE organization_id = $1 AND distribution_id = $2
              AND number >= s.low + (s.high - s.low) / 2 AND number < s.high
            ORDER BY number LIMIT 1
        ) f ON true
        WHERE s.low < s.high
    )
    SELECT low FROM search WHERE low >= high";

/// The same, if joining times are less than [`ID_DISORDER`] out of order.
async fn first_number_since(
    session: &Session,
    (organization, distribution): (OrganizationId, DistributionId),
    since: Timestamp,
) -> Result<i64, Fault> {
    let since = since.minus(ID_DISORDER).as_millis();
    let row = session.one(FIRST_SINCE, &[&uuid(organization), &uuid(distribution), &since]).await?;
    Ok(row.get("low"))
}

/// See [`fanfare_store::LaunchStore::participants`].
pub(crate) async fn list(
    session: &Session,
    (organization, distribution): (OrganizationId, DistributionId),
    filter: &ParticipantFilter,
    sort: SortKey,
    page: &PageRequest,
) -> Result<Option<Page<Listed<Participant>>>, Fault> {
    if !distribution::exists(session, organization, distribution).await? {
        return Ok(None);
    }
    let between = Between {
        created_after: filter.created_after,
        created_before: filter.created_before,
        updated_after: filter.updated_after,
    };
    let travel = Travel::new(page);
    let (mut above, below) = match sort {
        SortKey::Created => travel.numbers(),
        SortKey::Updated => between.changes(&travel),
    };
    if let (SortKey::Created, Some(after)) = (sort, filter.created_after) {
        let first = first_number_since(session, (organization, distribution), after).await?;
        above = above.max(first - 1);
    }
    let status = match (codes(filter.status.iter().map(|status| status.code())), sort) {
        (None, SortKey::Updated) => Some(all_statuses()),
        (status, _) => status,
    };
    let (since, until, changed) = between.times();
    let rows = session
        .query(
            &list_sql(sort, status.is_none(), travel.direction()),
            &[
                &uuid(organization),
                &uuid(distribution),
                &above,
                &below,
                &since,
                &until,
                &changed,
                &travel.limit(),
                &status,
            ],
        )
        .await?;
    travel.collect(&rows, read).map(Some)
}

/// A participant's key within the organization.
pub(super) type Key = (DistributionId, ConsumerId);

/// What a transaction knows of participants and has not written yet.
#[derive(Default)]
pub(super) struct Participants {
    /// `None`: there is none.
    pub(super) known: HashMap<Key, Option<Participant>>,
    /// Those without a row.
    pub(super) new: Buffer<Key, Listed<Participant>>,
    pub(super) changed: Buffer<Key, Listed<Participant>>,
}

impl Participants {
    /// A participant that was read.
    pub(super) fn learn(&mut self, key: Key, found: Option<Participant>) {
        self.known.insert(key, found);
    }
}
