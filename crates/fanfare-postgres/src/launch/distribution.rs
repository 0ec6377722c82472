//! Distributions, with how many participants have each status.

mod columns;

use std::sync::LazyLock;

use fanfare_model::launch::{
    AuctionRules, Bid, Distribution, DistributionKind, DistributionRules, DistributionStatus,
    DrawRules, DrawState, QueueRules, QueueState,
};
use fanfare_model::{DistributionId, ExperienceId, OrganizationId};
use fanfare_store::{DistributionFilter, Page, PageRequest, ParticipantCounts};
use tokio_postgres::Row;

use super::book::Tx;
use super::opened::{Counts, Opened, Unwritten};
use super::table::{Table, column, write};
use super::{codes, narrowed};
use crate::cells::{Cells, array, damaged, maybe_uuid, ms};
use crate::fault::Fault;
use crate::ids::uuid;
use crate::paging::{OfRows as _, Travel};
use crate::session::Session;

const TABLE: Table = Table {
    name: "distributions",
    columns: &[
        ("id", "uuid"),
        ("experience_id", "uuid"),
        ("product_id", "uuid"),
        ("name", "text"),
        ("kind", "smallint"),
        ("status", "smallint"),
        ("open_at", "bigint"),
        ("close_at", "bigint"),
        ("capacity", "bigint"),
        ("metadata", "text"),
        ("joined", "bigint"),
        ("wake_at", "bigint"),
        ("created_at", "bigint"),
        ("updated_at", "bigint"),
        ("next_at", "bigint"),
        ("counts", "integer[]"),
        ("grant_expires_after", "bigint"),
        ("admission_rate", "bigint"),
        ("granted_to", "bigint"),
        ("winner_count", "bigint"),
        ("draw_at", "bigint"),
        ("replace_expired", "boolean"),
        ("seed", "bytea"),
        ("drawn_at", "bigint"),
        ("finished_at", "bigint"),
        ("selected", "bigint"),
        ("entrants", "bigint"),
        ("currency", "text"),
        ("starting_price", "text"),
        ("reserve_price", "text"),
        ("minimum_increment", "text"),
        ("settle_at", "bigint"),
        ("auto_extend_seconds", "bigint"),
        ("bid_count", "bigint"),
        ("highest_id", "uuid"),
        ("highest_consumer", "uuid"),
        ("highest_amount", "text"),
        ("highest_number", "bigint"),
        ("highest_at", "bigint"),
    ],
};

static ONE: LazyLock<String> = LazyLock::new(|| {
    format!("SELECT {} FROM distributions WHERE organization_id = $1 AND id = $2", TABLE.list())
});
static OF_EXPERIENCE: LazyLock<String> = LazyLock::new(|| {
    format!(
        "SELECT {} FROM distributions WHERE organization_id = $1 AND experience_id = $2 \
         ORDER BY id",
        TABLE.list()
    )
});
static PUT: LazyLock<String> = LazyLock::new(|| TABLE.put());

/// Writes what joining changes, and the counts.
const PUT_JOINED: &str = "UPDATE distributions d SET joined = u.joined, wake_at = u.wake_at, \
         next_at = u.next_at, counts = u.counts::integer[] \
     FROM unnest($2::uuid[], $3::bigint[], $4::bigint[], $5::bigint[], $6::text[]) \
         AS u (id, joined, wake_at, next_at, counts) \
     WHERE d.organization_id = $1 AND d.id = u.id";

fn read(row: &Row) -> Result<(Distribution, Counts), Fault> {
    let cells = Cells(row);
    let id = cells.id("id");
    let rules = match cells.code("kind", DistributionKind::from_code)? {
        DistributionKind::Queue => DistributionRules::Queue(QueueRules {
            admission_rate: cells.maybe_number("admission_rate")?,
            admission_expires_after: cells.maybe_number("grant_expires_after")?,
            state: QueueState { granted_to: cells.maybe_time("granted_to") },
        }),
        DistributionKind::Draw => DistributionRules::Draw(draw(&cells)?),
        DistributionKind::Auction => DistributionRules::Auction(auction(&cells, id)?),
    };
    let distribution = Distribution {
        id,
        experience_id: cells.id("experience_id"),
        product_id: cells.maybe_id("product_id"),
        name: cells.get("name"),
        rules,
        status: cells.code("status", DistributionStatus::from_code)?,
        open_at: cells.maybe_time("open_at"),
        close_at: cells.maybe_time("close_at"),
        capacity: cells.maybe_number("capacity")?,
        metadata: cells.metadata()?,
        joined: cells.number("joined")?,
        wake_at: cells.maybe_time("wake_at"),
        created_at: cells.time("created_at"),
        updated_at: cells.time("updated_at"),
    };
    Ok((distribution, Counts::read(&cells.get::<Vec<i32>>("counts"))?))
}

fn draw(cells: &Cells<'_>) -> Result<DrawRules, Fault> {
    Ok(DrawRules {
        winner_count: cells.number("winner_count")?,
        draw_at: cells.maybe_time("draw_at"),
        selection_expires_after: cells.maybe_number("grant_expires_after")?,
        replace_expired: cells.get("replace_expired"),
        state: DrawState {
            seed: cells.maybe_bytes("seed")?.ok_or_else(|| damaged("seed", "missing"))?,
            drawn_at: cells.maybe_time("drawn_at"),
            finished_at: cells.maybe_time("finished_at"),
            selected: cells.number("selected")?,
            entrants: cells.number("entrants")?,
        },
    })
}

fn auction(cells: &Cells<'_>, id: DistributionId) -> Result<AuctionRules, Fault> {
    Ok(AuctionRules {
        currency: cells.parsed("currency")?,
        starting_price: cells.parsed("starting_price")?,
        reserve_price: cells.maybe_parsed("reserve_price")?,
        minimum_increment: cells.parsed("minimum_increment")?,
        settle_at: cells.time("settle_at"),
        auto_extend_seconds: cells.maybe_number("auto_extend_seconds")?,
        win_expires_after: cells.maybe_number("grant_expires_after")?,
        bid_count: cells.number("bid_count")?,
        highest: highest(cells, id)?,
    })
}

fn highest(cells: &Cells<'_>, distribution_id: DistributionId) -> Result<Option<Bid>, Fault> {
    let Some(id) = cells.maybe_id("highest_id") else { return Ok(None) };
    Ok(Some(Bid {
        id,
        distribution_id,
        consumer_id: cells.id("highest_consumer"),
        amount: cells.parsed("highest_amount")?,
        number: cells.number("highest_number")?,
        placed_at: cells.time("highest_at"),
    }))
}

async fn find(
    session: &Session,
    organization: OrganizationId,
    id: DistributionId,
) -> Result<Option<(Distribution, Counts)>, Fault> {
    let row = session.find(&ONE, &[&uuid(organization), &uuid(id)]).await?;
    row.as_ref().map(read).transpose()
}

/// Whether there is such a distribution.
pub(super) async fn exists(
    session: &Session,
    organization: OrganizationId,
    id: DistributionId,
) -> Result<bool, Fault> {
    let sql = "SELECT 1 FROM distributions WHERE organization_id = $1 AND id = $2";
    Ok(session.find(sql, &[&uuid(organization), &uuid(id)]).await?.is_some())
}

/// See [`fanfare_store::LaunchStore::distribution`].
pub(crate) async fn one(
    session: &Session,
    organization: OrganizationId,
    id: DistributionId,
) -> Result<Option<(Distribution, ParticipantCounts)>, Fault> {
    let found = find(session, organization, id).await?;
    Ok(found.map(|(distribution, counts)| (distribution, counts.shown())))
}

/// See [`fanfare_store::LaunchStore::distributions`].
pub(crate) async fn list(
    session: &Session,
    organization: OrganizationId,
    filter: &DistributionFilter,
    page: &PageRequest,
) -> Result<Page<(Distribution, ParticipantCounts)>, Fault> {
    let travel = Travel::new(page);
    let of = narrowed(4, &[("experience_id", "uuid", filter.experience_id.is_some())]);
    let sql = format!(
        "SELECT {} FROM distributions \
         WHERE organization_id = $1 AND {of} AND id > $2 AND id < $3 \
         AND ($5::smallint IS NULL OR kind = $5) \
         AND ($6::smallint[] IS NULL OR status = ANY ($6)) ORDER BY id {} LIMIT $7",
        TABLE.list(),
        travel.direction()
    );
    let rows = session
        .query(
            &sql,
            &[
                &uuid(organization),
                &travel.above(),
                &travel.below(),
                &maybe_uuid(filter.experience_id),
                &filter.kind.map(|kind| i16::from(kind.code())),
                &codes(filter.status.iter().map(|status| status.code())),
                &travel.limit(),
            ],
        )
        .await?;
    travel.collect(&rows, |row| {
        let (distribution, counts) = read(row)?;
        Ok((distribution, counts.shown()))
    })
}

impl Tx<'_> {
    /// A distribution, in memory from now on.
    pub(super) async fn open(&mut self, id: DistributionId) -> Result<Option<&mut Opened>, Fault> {
        if !self.distributions.contains_key(&id) {
            let found = find(self.session, self.organization, id).await?;
            let Some((distribution, counts)) = found else { return Ok(None) };
            self.distributions.insert(id, Opened::stored(distribution, counts));
        }
        self.opened_last = Some(id);
        Ok(self.distributions.get_mut(&id))
    }

    /// Every distribution of an experience, oldest first.
    pub(super) async fn distributions_of(
        &mut self,
        experience: ExperienceId,
    ) -> Result<Vec<Distribution>, Fault> {
        self.write_distributions().await?;
        let params = (uuid(self.organization), uuid(experience));
        let rows = self.session.query(&OF_EXPERIENCE, &[&params.0, &params.1]).await?;
        let mut found = Vec::with_capacity(rows.len());
        for row in &rows {
            let (distribution, counts) = read(row)?;
            let opened = Opened::stored(distribution.clone(), counts);
            self.distributions.entry(distribution.id).or_insert(opened);
            found.push(distribution);
        }
        Ok(found)
    }

    /// Makes or replaces a distribution.
    pub(super) async fn put_distribution(
        &mut self,
        distribution: &Distribution,
    ) -> Result<(), Fault> {
        let id = distribution.id;
        match self.open(id).await? {
            Some(opened) => opened.replace(distribution),
            None => drop(self.distributions.insert(id, Opened::new(distribution.clone()))),
        }
        Ok(())
    }

    /// Takes over what joining changes of a distribution.
    pub(super) async fn put_joined(&mut self, distribution: &Distribution) -> Result<(), Fault> {
        let opened = self.open(distribution.id).await?;
        opened.ok_or_else(|| missing(distribution.id))?.join(distribution);
        Ok(())
    }

    /// Removes a distribution.
    pub(super) async fn delete_distribution(&mut self, id: DistributionId) -> Result<(), Fault> {
        self.distributions.remove(&id);
        let sql = "DELETE FROM distributions WHERE organization_id = $1 AND id = $2";
        let params = (uuid(self.organization), uuid(id));
        self.session.execute(sql, &[&params.0, &params.1]).await.map(drop)
    }

    /// Sends what was changed.
    pub(super) async fn write_distributions(&mut self) -> Result<(), Fault> {
        let with = |what: Unwritten| {
            let all = self.distributions.values().filter(move |one| one.unwritten() == what);
            all.collect::<Vec<_>>()
        };
        let (whole, joined) = (with(Unwritten::Everything), with(Unwritten::Joins));
        if !whole.is_empty() {
            write(self.session, &PUT, self.organization, &columns::of(&whole)?).await?;
        }
        if !joined.is_empty() {
            let columns = [
                column(&joined, |one| uuid(one.distribution.id)),
                column(&joined, |one| i64::from(one.distribution.joined)),
                column(&joined, |one| ms(one.distribution.wake_at)),
                column(&joined, |one| ms(one.distribution.next_at())),
                column(&joined, |one| array(one.counts.all().iter())),
            ];
            write(self.session, PUT_JOINED, self.organization, &columns).await?;
        }
        self.distributions.values_mut().for_each(Opened::written);
        Ok(())
    }
}

/// Work names a distribution that it has not looked for.
pub(super) fn missing(id: DistributionId) -> Fault {
    Fault::failed(format!("there is no distribution {id}"))
}
