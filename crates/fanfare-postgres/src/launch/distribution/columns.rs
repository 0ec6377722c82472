//! Distributions as columns, in the order of the table's.

use fanfare_model::launch::DistributionRules;

use crate::cells::{amount, array, json, maybe_uuid, ms};
use crate::fault::Fault;
use crate::ids::uuid;
use crate::launch::opened::Opened;
use crate::launch::table::{Column, column};

/// The columns of all kinds: those of the others are NULL.
pub(super) fn of<'r>(rows: &'r [&Opened]) -> Result<Vec<Column<'r>>, Fault> {
    let metadata = rows.iter().map(|row| json(row.distribution.metadata.as_ref()));
    let mut columns = vec![
        column(rows, |row| uuid(row.distribution.id)),
        column(rows, |row| uuid(row.distribution.experience_id)),
        column(rows, |row| maybe_uuid(row.distribution.product_id)),
        column(rows, |row| row.distribution.name.as_deref()),
        column(rows, |row| i16::from(row.distribution.kind().code())),
        column(rows, |row| i16::from(row.distribution.status.code())),
        column(rows, |row| ms(row.distribution.open_at)),
        column(rows, |row| ms(row.distribution.close_at)),
        column(rows, |row| row.distribution.capacity.map(i64::from)),
        Box::new(metadata.collect::<Result<Vec<_>, _>>()?),
        column(rows, |row| i64::from(row.distribution.joined)),
        column(rows, |row| ms(row.distribution.wake_at)),
        column(rows, |row| row.distribution.created_at.as_millis()),
        column(rows, |row| row.distribution.updated_at.as_millis()),
        column(rows, |row| ms(row.distribution.next_at())),
        column(rows, |row| array(row.counts.all().iter())),
        column(rows, |row| expires_after(&row.distribution.rules).map(i64::from)),
    ];
    queue_columns(rows, &mut columns);
    draw_columns(rows, &mut columns);
    auction_columns(rows, &mut columns);
    Ok(columns)
}

/// For how many seconds an admission, a selection or a win holds.
const fn expires_after(rules: &DistributionRules) -> Option<u32> {
    match rules {
        DistributionRules::Queue(queue) => queue.admission_expires_after,
        DistributionRules::Draw(draw) => draw.selection_expires_after,
        DistributionRules::Auction(auction) => auction.win_expires_after,
    }
}

fn queue_columns<'r>(rows: &'r [&Opened], columns: &mut Vec<Column<'r>>) {
    let queue = |row: &&'r Opened| match &row.distribution.rules {
        DistributionRules::Queue(queue) => Some(queue),
        _ => None,
    };
    columns.extend([
        column(rows, |row| queue(row).and_then(|queue| queue.admission_rate).map(i64::from)),
        column(rows, |row| ms(queue(row).and_then(|queue| queue.state.granted_to))),
    ]);
}

fn draw_columns<'r>(rows: &'r [&Opened], columns: &mut Vec<Column<'r>>) {
    let draw = |row: &&'r Opened| match &row.distribution.rules {
        DistributionRules::Draw(draw) => Some(draw),
        _ => None,
    };
    columns.extend([
        column(rows, |row| draw(row).map(|draw| i64::from(draw.winner_count))),
        column(rows, |row| ms(draw(row).and_then(|draw| draw.draw_at))),
        column(rows, |row| draw(row).map(|draw| draw.replace_expired)),
        column(rows, |row| draw(row).map(|draw| &draw.state.seed[..])),
        column(rows, |row| ms(draw(row).and_then(|draw| draw.state.drawn_at))),
        column(rows, |row| ms(draw(row).and_then(|draw| draw.state.finished_at))),
        column(rows, |row| draw(row).map(|draw| i64::from(draw.state.selected))),
        column(rows, |row| draw(row).map(|draw| i64::from(draw.state.entrants))),
    ]);
}

fn auction_columns<'r>(rows: &'r [&Opened], columns: &mut Vec<Column<'r>>) {
    let auction = |row: &&'r Opened| match &row.distribution.rules {
        DistributionRules::Auction(auction) => Some(auction),
        _ => None,
    };
    let highest = |row: &&'r Opened| auction(row).and_then(|auction| auction.highest);
    columns.extend([
        column(rows, |row| auction(row).map(|auction| auction.currency.to_string())),
        column(rows, |row| amount(auction(row).map(|auction| auction.starting_price))),
        column(rows, |row| amount(auction(row).and_then(|auction| auction.reserve_price))),
        column(rows, |row| amount(auction(row).map(|auction| auction.minimum_increment))),
        column(rows, |row| ms(auction(row).map(|auction| auction.settle_at))),
        column(rows, |row| {
            auction(row).and_then(|auction| auction.auto_extend_seconds).map(i64::from)
        }),
        column(rows, |row| auction(row).map(|auction| i64::from(auction.bid_count))),
        column(rows, |row| maybe_uuid(highest(row).map(|bid| bid.id))),
        column(rows, |row| maybe_uuid(highest(row).map(|bid| bid.consumer_id))),
        column(rows, |row| amount(highest(row).map(|bid| bid.amount))),
        column(rows, |row| highest(row).map(|bid| i64::from(bid.number))),
        column(rows, |row| ms(highest(row).map(|bid| bid.placed_at))),
    ]);
}
