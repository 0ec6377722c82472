//! Bids.

use std::sync::LazyLock;

use fanfare_model::launch::Bid;
use fanfare_model::{DistributionId, OrganizationId};
use fanfare_store::{Page, PageRequest};
use tokio_postgres::Row;

use super::book::Tx;
use super::distribution::{self, missing};
use super::table::{Table, column, write};
use crate::cells::Cells;
use crate::fault::Fault;
use crate::ids::uuid;
use crate::paging::{OfRows as _, Travel};
use crate::session::Session;

const TABLE: Table = Table {
    name: "bids",
    columns: &[
        ("distribution_id", "uuid"),
        ("number", "bigint"),
        ("id", "uuid"),
        ("consumer_id", "uuid"),
        ("amount", "text"),
        ("placed_at", "bigint"),
    ],
};

static INSERT: LazyLock<String> = LazyLock::new(|| TABLE.insert());

fn read(row: &Row) -> Result<Bid, Fault> {
    let cells = Cells(row);
    Ok(Bid {
        id: cells.id("id"),
        distribution_id: cells.id("distribution_id"),
        consumer_id: cells.id("consumer_id"),
        amount: cells.parsed("amount")?,
        number: cells.number("number")?,
        placed_at: cells.time("placed_at"),
    })
}

/// See [`fanfare_store::LaunchStore::bids`].
pub(crate) async fn list(
    session: &Session,
    organization: OrganizationId,
    auction: DistributionId,
    page: &PageRequest,
) -> Result<Option<Page<Bid>>, Fault> {
    if !distribution::exists(session, organization, auction).await? {
        return Ok(None);
    }
    let travel = Travel::new(page);
    let sql = format!(
        "SELECT {} FROM bids WHERE organization_id = $1 AND distribution_id = $2 \
         AND number > $3 AND number < $4 ORDER BY number {} LIMIT $5",
        TABLE.list(),
        travel.direction()
    );
    let ids = (uuid(organization), uuid(auction));
    let ((above, below), most) = (travel.numbers(), travel.limit());
    let rows = session.query(&sql, &[&ids.0, &ids.1, &above, &below, &most]).await?;
    travel.collect(&rows, read).map(Some)
}

impl Tx<'_> {
    /// Makes a bid.
    pub(super) async fn put_bid(&mut self, bid: &Bid) -> Result<(), Fault> {
        self.open(bid.distribution_id).await?.ok_or_else(|| missing(bid.distribution_id))?;
        self.bids.push(*bid);
        Ok(())
    }

    /// Sends what was put.
    pub(super) async fn write_bids(&mut self) -> Result<(), Fault> {
        let rows = std::mem::take(&mut self.bids);
        if rows.is_empty() {
            return Ok(());
        }
        let columns = [
            column(&rows, |row| uuid(row.distribution_id)),
            column(&rows, |row| i64::from(row.number)),
            column(&rows, |row| uuid(row.id)),
            column(&rows, |row| uuid(row.consumer_id)),
            column(&rows, |row| row.amount.to_string()),
            column(&rows, |row| row.placed_at.as_millis()),
        ];
        write(self.session, &INSERT, self.organization, &columns).await
    }
}
