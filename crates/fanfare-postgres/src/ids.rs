//! Ids as the database keeps them.

use std::time::Duration;

use fanfare_model::{Id, IdKind, Timestamp};
use tokio_postgres::Row;
use uuid::Uuid;

const DAY_MS: i64 = 24 * 3600 * 1000;
/// How far the time in an id may be from the time at which its event was accepted, or its delivery
/// created.
const DISORDER: Duration = Duration::from_secs(3600);

/// The id's UUID.
pub(crate) const fn uuid<K: IdKind>(id: Id<K>) -> Uuid {
    Uuid::from_u128(id.as_u128())
}

/// The id of a UUID.
pub(crate) const fn id<K: IdKind>(uuid: Uuid) -> Id<K> {
    Id::from_u128(uuid.as_u128())
}

/// The day whose piece holds what has this id, counted from the Unix epoch.
pub(crate) fn day_of<K: IdKind>(id: Id<K>) -> i32 {
    day_at(id.unix_ms())
}

/// The same for an id as the database keeps it.
pub(crate) fn day_of_uuid(id: Uuid) -> i32 {
    day_at(ms_of_uuid(id))
}

/// The milliseconds in an id as the database keeps it.
pub(crate) const fn ms_of_uuid(id: Uuid) -> i64 {
    (id.as_u128() >> 80) as i64
}

/// The day of a time in milliseconds.
pub(crate) fn day_at(ms: i64) -> i32 {
    i32::try_from(ms.div_euclid(DAY_MS)).unwrap_or(i32::MAX)
}

/// The least UUID that an id made at this time can have.
pub(crate) const fn first_at(ms: i64) -> u128 {
    let ms = if ms < 0 { 0 } else { ms };
    (ms.cast_unsigned() as u128) << 80
}

/// Between which ids is what was accepted or created in `since ≤ time < until`.
pub(crate) fn around(
    since: Option<Timestamp>,
    until: Option<Timestamp>,
) -> (Option<u128>, Option<u128>) {
    let first = |time: Timestamp| first_at(time.as_millis());
    (since.map(|time| first(time.minus(DISORDER))), until.map(|time| first(time + DISORDER)))
}

/// A column as a count or number that is never negative.
pub(crate) fn unsigned(row: &Row, column: &str) -> u64 {
    row.get::<_, i64>(column).cast_unsigned()
}
