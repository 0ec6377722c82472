//! Bids.

use fanfare_model::DistributionId;
use fanfare_model::launch::Bid;
use fanfare_store::{Page, PageRequest};
use rusqlite::{Connection, Row, params};

use super::participant::{number_of, place, places};
use super::{distribution, gather};
use crate::cells::Cells;
use crate::fault::Fault;
use crate::paging::Travel;
use crate::writer::Tx;

const COLUMNS: &str = "place, id, consumer, amount, placed_at";

fn read(row: &Row<'_>, distribution_id: DistributionId) -> Result<Bid, Fault> {
    let mut cells = Cells::new(row);
    let number = number_of(cells.get()?);
    Ok(Bid {
        id: cells.id()?,
        distribution_id,
        consumer_id: cells.id()?,
        amount: cells.parsed()?,
        number,
        placed_at: cells.time()?,
    })
}

pub(super) fn put(tx: &mut Tx<'_, '_>, organization: i64, bid: &Bid) -> Result<(), Fault> {
    let key = tx.open_known(organization, bid.distribution_id)?.key;
    let sql = "INSERT INTO bids (place, id, consumer, amount, placed_at) \
         VALUES (?1, ?2, ?3, ?4, ?5)";
    tx.connection.prepare_cached(sql)?.execute(params![
        place(key, bid.number),
        bid.id.to_bytes(),
        bid.consumer_id.to_bytes(),
        bid.amount.to_string(),
        bid.placed_at.as_millis(),
    ])?;
    Ok(())
}

pub(crate) fn list_sql(direction: &str) -> String {
    format!("SELECT {COLUMNS} FROM bids WHERE place > ?1 AND place < ?2 ORDER BY place {direction}")
}

pub(crate) fn list(
    connection: &Connection,
    organization: i64,
    id: DistributionId,
    page: &PageRequest,
) -> Result<Option<Page<Bid>>, Fault> {
    let Some(key) = distribution::key(connection, organization, id)? else { return Ok(None) };
    let travel = Travel::new(page);
    let (above, below) = places(key, travel.numbers());
    let sql = list_sql(travel.direction());
    let items = gather(connection, &sql, params![above, below], travel.rows(), |row| {
        read(row, id).map(Some)
    })?;
    Ok(Some(travel.finish(items)))
}
