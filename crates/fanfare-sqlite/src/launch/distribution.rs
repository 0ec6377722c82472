//! Distributions, with how many participants have each status.

use std::sync::LazyLock;

use fanfare_model::launch::{
    AuctionRules, Bid, Distribution, DistributionKind, DistributionRules, DistributionStatus,
    DrawRules, DrawState, ParticipantStatus, QueueRules, QueueState,
};
use fanfare_model::{DistributionId, ExperienceId};
use fanfare_store::{DistributionFilter, Page, PageRequest, ParticipantCounts};
use rusqlite::{Connection, OptionalExtension, Row, ToSql, params};

use super::{find, gather, upsert};
use crate::cells::{Cells, amount, blob, json, ms};
use crate::fault::Fault;
use crate::paging::{OfRows as _, Travel};

const COLUMNS: &str = "id, experience, product, name, kind, status, open_at, close_at, capacity, \
     metadata, joined, wake_at, created_at, updated_at, grant_expires_after, admission_rate, \
     granted_to, winner_count, draw_at, replace_expired, seed, drawn_at, finished_at, selected, \
     entrants, currency, starting_price, reserve_price, minimum_increment, settle_at, \
     auto_extend_seconds, bid_count, highest_id, highest_consumer, highest_amount, \
     highest_number, highest_at";

pub(super) static ONE: LazyLock<String> = LazyLock::new(|| {
    format!("SELECT key, {COLUMNS} FROM distributions WHERE organization = ?1 AND id = ?2")
});
static PUT: LazyLock<String> =
    LazyLock::new(|| upsert("distributions", &format!("organization, {COLUMNS}, next_at")));

/// A row of `key` and [`COLUMNS`].
fn read(row: &Row<'_>) -> Result<(i64, Distribution), Fault> {
    let mut cells = Cells::new(row);
    let key = cells.get()?;
    let id = cells.id()?;
    let (experience_id, product_id, name) = (cells.id()?, cells.maybe_id()?, cells.get()?);
    let kind = cells.code(DistributionKind::from_code)?;
    let mut distribution = Distribution {
        id,
        experience_id,
        product_id,
        name,
        rules: DistributionRules::Queue(QueueRules::default()),
        status: cells.code(DistributionStatus::from_code)?,
        open_at: cells.maybe_time()?,
        close_at: cells.maybe_time()?,
        capacity: cells.get()?,
        metadata: cells.metadata()?,
        joined: cells.get()?,
        wake_at: cells.maybe_time()?,
        created_at: cells.time()?,
        updated_at: cells.time()?,
    };
    let expires_after = cells.get()?;
    distribution.rules = match kind {
        DistributionKind::Queue => DistributionRules::Queue(QueueRules {
            admission_rate: cells.get()?,
            admission_expires_after: expires_after,
            state: QueueState { granted_to: cells.maybe_time()? },
        }),
        DistributionKind::Draw => DistributionRules::Draw(draw(cells.skip(2), expires_after)?),
        DistributionKind::Auction => {
            DistributionRules::Auction(auction(cells.skip(10), expires_after, id)?)
        }
    };
    Ok((key, distribution))
}

fn draw(cells: &mut Cells<'_, '_>, expires_after: Option<u32>) -> Result<DrawRules, Fault> {
    Ok(DrawRules {
        winner_count: cells.get()?,
        draw_at: cells.maybe_time()?,
        selection_expires_after: expires_after,
        replace_expired: cells.get()?,
        state: DrawState {
            seed: cells.get()?,
            drawn_at: cells.maybe_time()?,
            finished_at: cells.maybe_time()?,
            selected: cells.get()?,
            entrants: cells.get()?,
        },
    })
}

fn auction(
    cells: &mut Cells<'_, '_>,
    expires_after: Option<u32>,
    id: DistributionId,
) -> Result<AuctionRules, Fault> {
    Ok(AuctionRules {
        currency: cells.parsed()?,
        starting_price: cells.parsed()?,
        reserve_price: cells.maybe_parsed()?,
        minimum_increment: cells.parsed()?,
        settle_at: cells.time()?,
        auto_extend_seconds: cells.get()?,
        win_expires_after: expires_after,
        bid_count: cells.get()?,
        highest: highest(cells, id)?,
    })
}

fn highest(
    cells: &mut Cells<'_, '_>,
    distribution_id: DistributionId,
) -> Result<Option<Bid>, Fault> {
    let Some(id) = cells.maybe_id()? else { return Ok(None) };
    Ok(Some(Bid {
        id,
        distribution_id,
        consumer_id: cells.id()?,
        amount: cells.parsed()?,
        number: cells.get()?,
        placed_at: cells.time()?,
    }))
}

/// The distribution with its key.
pub(super) fn keyed(
    connection: &Connection,
    organization: i64,
    id: DistributionId,
) -> Result<Option<(i64, Distribution)>, Fault> {
    find(connection, &ONE, params![organization, id.to_bytes()], read)
}

pub(super) const KEY: &str = "SELECT key FROM distributions WHERE organization = ?1 AND id = ?2";
pub(super) const COUNTS: &str = "SELECT status, count FROM participant_counts \
     WHERE distribution = ?1 AND count > 0 ORDER BY status";

/// The key of a distribution.
pub(crate) fn key(
    connection: &Connection,
    organization: i64,
    id: DistributionId,
) -> Result<Option<i64>, Fault> {
    let mut key = connection.prepare_cached(KEY)?;
    Ok(key.query_row(params![organization, id.to_bytes()], |row| row.get(0)).optional()?)
}

pub(super) fn of_experience(
    connection: &Connection,
    organization: i64,
    id: ExperienceId,
) -> Result<Vec<Distribution>, Fault> {
    let sql = of_experience_sql();
    gather(connection, &sql, params![organization, id.to_bytes()], usize::MAX, |row| {
        Ok(Some(read(row)?.1))
    })
}

pub(crate) fn of_experience_sql() -> String {
    format!(
        "SELECT key, {COLUMNS} FROM distributions INDEXED BY distributions_experience \
         WHERE organization = ?1 AND experience = ?2 ORDER BY id"
    )
}

/// Writes the columns of all kinds: those of the others are NULL.
pub(super) fn put(
    connection: &Connection,
    organization: i64,
    distribution: &Distribution,
) -> Result<(), Fault> {
    let rules = Rules::of(&distribution.rules);
    let metadata = json(distribution.metadata.as_ref())?;
    let mut columns: Vec<Box<dyn ToSql>> = vec![
        Box::new(organization),
        Box::new(distribution.id.to_bytes()),
        Box::new(distribution.experience_id.to_bytes()),
        Box::new(blob(distribution.product_id)),
        Box::new(distribution.name.clone()),
        Box::new(distribution.kind().code()),
        Box::new(distribution.status.code()),
        Box::new(ms(distribution.open_at)),
        Box::new(ms(distribution.close_at)),
        Box::new(distribution.capacity),
        Box::new(metadata),
        Box::new(distribution.joined),
        Box::new(ms(distribution.wake_at)),
        Box::new(distribution.created_at.as_millis()),
        Box::new(distribution.updated_at.as_millis()),
    ];
    rules.push(&mut columns);
    columns.push(Box::new(ms(distribution.next_at())));
    let mut put = connection.prepare_cached(&PUT)?;
    put.execute(rusqlite::params_from_iter(columns))?;
    Ok(())
}

/// Writes what joining changes.
pub(super) fn put_joined(
    connection: &Connection,
    organization: i64,
    distribution: &Distribution,
) -> Result<(), Fault> {
    let sql = "UPDATE distributions SET joined = ?3, wake_at = ?4, next_at = ?5 \
         WHERE organization = ?1 AND id = ?2";
    connection.prepare_cached(sql)?.execute(params![
        organization,
        distribution.id.to_bytes(),
        distribution.joined,
        ms(distribution.wake_at),
        ms(distribution.next_at()),
    ])?;
    Ok(())
}

/// The rules, by kind.
#[derive(Default)]
struct Rules<'a> {
    queue: Option<&'a QueueRules>,
    draw: Option<&'a DrawRules>,
    auction: Option<&'a AuctionRules>,
}

impl<'a> Rules<'a> {
    fn of(rules: &'a DistributionRules) -> Self {
        match rules {
            DistributionRules::Queue(queue) => Self { queue: Some(queue), ..Self::default() },
            DistributionRules::Draw(draw) => Self { draw: Some(draw), ..Self::default() },
            DistributionRules::Auction(auction) => {
                Self { auction: Some(auction), ..Self::default() }
            }
        }
    }

    /// The columns from `grant_expires_after` on.
    fn push(&self, columns: &mut Vec<Box<dyn ToSql>>) {
        let Self { queue, draw, auction } = *self;
        let state = draw.map(|draw| &draw.state);
        let highest = auction.and_then(|auction| auction.highest.as_ref());
        let expires_after = queue
            .and_then(|queue| queue.admission_expires_after)
            .or_else(|| draw.and_then(|draw| draw.selection_expires_after))
            .or_else(|| auction.and_then(|auction| auction.win_expires_after));
        columns.extend([
            Box::new(expires_after) as Box<dyn ToSql>,
            Box::new(queue.and_then(|queue| queue.admission_rate)),
            Box::new(ms(queue.and_then(|queue| queue.state.granted_to))),
            Box::new(draw.map(|draw| draw.winner_count)),
            Box::new(ms(draw.and_then(|draw| draw.draw_at))),
            Box::new(draw.map(|draw| draw.replace_expired)),
            Box::new(state.map(|state| state.seed)),
            Box::new(ms(state.and_then(|state| state.drawn_at))),
            Box::new(ms(state.and_then(|state| state.finished_at))),
            Box::new(state.map(|state| state.selected)),
            Box::new(state.map(|state| state.entrants)),
            Box::new(auction.map(|auction| auction.currency.to_string())),
            Box::new(amount(auction.map(|auction| auction.starting_price))),
            Box::new(amount(auction.and_then(|auction| auction.reserve_price))),
            Box::new(amount(auction.map(|auction| auction.minimum_increment))),
            Box::new(ms(auction.map(|auction| auction.settle_at))),
            Box::new(auction.and_then(|auction| auction.auto_extend_seconds)),
            Box::new(auction.map(|auction| auction.bid_count)),
            Box::new(blob(highest.map(|bid| bid.id))),
            Box::new(blob(highest.map(|bid| bid.consumer_id))),
            Box::new(amount(highest.map(|bid| bid.amount))),
            Box::new(highest.map(|bid| bid.number)),
            Box::new(ms(highest.map(|bid| bid.placed_at))),
        ]);
    }
}

pub(super) fn delete(
    connection: &Connection,
    organization: i64,
    id: DistributionId,
) -> Result<(), Fault> {
    connection
        .prepare_cached("DELETE FROM distributions WHERE organization = ?1 AND id = ?2")?
        .execute(params![organization, id.to_bytes()])?;
    Ok(())
}

/// How many participants have each status.
pub(crate) fn counts(connection: &Connection, key: i64) -> Result<ParticipantCounts, Fault> {
    gather(connection, COUNTS, [key], usize::MAX, |row| {
        let mut cells = Cells::new(row);
        Ok(Some((cells.code(ParticipantStatus::from_code)?, cells.get()?)))
    })
}

/// So many participants have this status.
pub(super) fn put_count(
    connection: &Connection,
    key: i64,
    status: ParticipantStatus,
    count: u32,
) -> Result<(), Fault> {
    let sql = "INSERT INTO participant_counts (distribution, status, count) VALUES (?1, ?2, ?3) \
         ON CONFLICT (distribution, status) DO UPDATE SET count = excluded.count";
    connection.prepare_cached(sql)?.execute(params![key, status.code(), count])?;
    Ok(())
}

pub(crate) fn one(
    connection: &Connection,
    organization: i64,
    id: DistributionId,
) -> Result<Option<(Distribution, ParticipantCounts)>, Fault> {
    let Some((key, distribution)) = keyed(connection, organization, id)? else { return Ok(None) };
    Ok(Some((distribution, counts(connection, key)?)))
}

/// Distributions between two ids, `?2` and `?3`; of an experience, `?4`, if the filter has one.
pub(crate) fn list_sql(filter: &DistributionFilter, direction: &str) -> String {
    let (index, only) = match filter.experience_id {
        Some(_) => ("distributions_experience", "AND experience = ?4"),
        None => ("distributions_id", "AND ?4 IS NULL"),
    };
    format!(
        "SELECT key, {COLUMNS} FROM distributions INDEXED BY {index} \
         WHERE organization = ?1 {only} AND id > ?2 AND id < ?3 ORDER BY id {direction}"
    )
}

pub(crate) fn list(
    connection: &Connection,
    organization: i64,
    filter: &DistributionFilter,
    page: &PageRequest,
) -> Result<Page<(Distribution, ParticipantCounts)>, Fault> {
    let travel = Travel::new(page);
    let sql = list_sql(filter, travel.direction());
    let experience = blob(filter.experience_id);
    let params = params![organization, travel.above(), travel.below(), experience];
    let found = gather(connection, &sql, params, travel.rows(), |row| {
        let (key, distribution) = read(row)?;
        let fits = filter.kind.is_none_or(|kind| distribution.kind() == kind)
            && (filter.status.is_empty() || filter.status.contains(&distribution.status));
        Ok(fits.then_some((key, distribution)))
    })?;
    let counted =
        found.into_iter().map(|(key, distribution)| Ok((distribution, counts(connection, key)?)));
    Ok(travel.finish(counted.collect::<Result<_, Fault>>()?))
}
