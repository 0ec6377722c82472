//! The launch domain as rows: one file per noun, which reads and writes it, and [`tx`], which is
//! what work sees of them.
//!
//! ```text
//! work ─► queue: the organization's own ─► run: one transaction for what waits, on one session
//!                                            │ reads: a statement each, unless book knows
//!                                            │ writes: buffers ─► one statement for each table
//!                                            └ events: accept's statement ─► after the commit: engine
//! ```
//!
//! **Isolation.** A transaction of work first locks the row of its organization, so that work of an
//! organization runs one after the other, on all nodes together. Nobody else writes these tables.
//! What a transaction knows, it may therefore keep in memory until it ends ([`book`]).
//!
//! **Change numbers** come from [`book::Tx::next_change`]: they grow in the order of commits and are
//! at least the time of the change, shifted, so that one index by change serves "changed since" as
//! well. A list that is filtered by status and sorted by change merges one range per status, so that
//! a row is in one index by change and not in two.
//!
//! **Erased** ([`erase`]) is what the tables hold; [`mod@sweep`] has the old versions of the rows removed
//! as well. The space they took is free then, and is overwritten as it is used again.

pub(crate) mod bid;
mod book;
mod buffer;
pub(crate) mod consumer;
pub(crate) mod distribution;
pub(crate) mod due;
mod erase;
pub(crate) mod experience;
mod joining;
mod opened;
pub(crate) mod order;
pub(crate) mod participant;
pub(crate) mod product;
mod queue;
mod run;
mod sweep;
mod table;
mod tx;

use std::time::Duration;

use fanfare_model::{Id, IdKind, OrganizationId, Timestamp};
use fanfare_store::SortKey;
use tokio_postgres::types::ToSql;
use uuid::Uuid;

use crate::fault::Fault;
use crate::ids::{first_at, id, uuid};
use crate::paging::{OfRows as _, Travel};
use crate::session::Session;

pub(crate) use queue::{Works, dispatch};
pub(crate) use sweep::{Sweeper, run as sweep};

/// Change numbers of one millisecond.
const CHANGES_SHIFT: u32 = 20;
/// The latest time that a change number can hold, in milliseconds.
const LATEST: i64 = (1 << 42) - 1;
/// How far the time in an id, or the order of joining, may be from the time of creation.
const ID_DISORDER: Duration = Duration::from_secs(3600);
/// The latest time that an id can hold, in milliseconds.
const LATEST_ID: i64 = (1 << 48) - 1;

/// No change made at this time or later has a smaller number.
fn first_change(at: Timestamp) -> i64 {
    at.as_millis().clamp(0, LATEST) << CHANGES_SHIFT
}

/// Times between which a list looks.
#[derive(Debug, Clone, Copy)]
struct Between {
    created_after: Option<Timestamp>,
    created_before: Option<Timestamp>,
    updated_after: Option<Timestamp>,
}

/// A bound of a sorted column.
type Bound = Box<dyn ToSql + Sync + Send>;

impl Between {
    /// The part of the index that a list sorted by `key` goes through, both ends left out.
    fn bounds(&self, travel: &Travel, key: SortKey) -> (Bound, Bound) {
        match key {
            SortKey::Created => {
                let id = |at: Timestamp| first_at(at.as_millis().clamp(0, LATEST_ID));
                let since = self.created_after.map(|after| id(after.minus(ID_DISORDER)));
                let until = self.created_before.map(|before| id(before + ID_DISORDER));
                let travel = travel.within(since, until);
                (Box::new(travel.above()), Box::new(travel.below()))
            }
            SortKey::Updated => {
                let (above, below) = self.changes(travel);
                (Box::new(above), Box::new(below))
            }
        }
    }

    /// The same for a list that is sorted by change.
    fn changes(&self, travel: &Travel) -> (i64, i64) {
        travel.since_change(self.updated_after.map(first_change)).numbers()
    }

    /// Created from the first on and before the second, changed from the third on.
    fn times(&self) -> (i64, i64, i64) {
        let from = |at: Option<Timestamp>| at.map_or(i64::MIN, Timestamp::as_millis);
        let until = self.created_before.map_or(i64::MAX, Timestamp::as_millis);
        (from(self.created_after), until, from(self.updated_after))
    }
}

/// Statuses to choose from; `None`: any.
fn codes(codes: impl Iterator<Item = u8>) -> Option<Vec<i16>> {
    let codes: Vec<_> = codes.map(i16::from).collect();
    (!codes.is_empty()).then_some(codes)
}

/// Filters by columns, the parameters from `first` on, narrowest first. The first that is given is
/// named as it is, so that its index is gone through; the others are looked at in the rows, so that
/// there are few statements to prepare.
fn narrowed(first: usize, filters: &[(&str, &str, bool)]) -> String {
    let narrowest = filters.iter().position(|(.., is_given)| *is_given);
    let conditions = filters.iter().enumerate().map(|(index, (column, kind, _))| {
        let number = first + index;
        match narrowest == Some(index) {
            true => format!("{column} = ${number}"),
            false => format!("(${number}::{kind} IS NULL OR {column} = ${number})"),
        }
    });
    conditions.collect::<Vec<_>>().join(" AND ")
}

/// Where the rows of a list come from: a table, or what of it has a unique name, if one of these is
/// given: the column, its parameter and whether it is. That is one row, whatever the list is sorted by;
/// `OFFSET 0` keeps the planner from going through the order's index to find it.
fn named_in(table: &str, names: &[(&str, usize, bool)]) -> String {
    match names.iter().find(|(.., is_given)| *is_given) {
        Some((column, number, _)) => format!(
            "(SELECT * FROM {table} WHERE organization_id = $1 AND {column} = ${number} OFFSET 0) n"
        ),
        None => table.to_owned(),
    }
}

/// The id of what has a name that is unique in the organization.
async fn find_id<K: IdKind>(
    session: &Session,
    sql: &str,
    organization: OrganizationId,
    name: &str,
) -> Result<Option<Id<K>>, Fault> {
    let row = session.find(sql, &[&uuid(organization), &name]).await?;
    Ok(row.map(|row| id(row.get::<_, Uuid>("id"))))
}
