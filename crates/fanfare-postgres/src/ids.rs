//! Ids as the database keeps them.

use fanfare_model::{Id, IdKind};
use tokio_postgres::Row;
use uuid::Uuid;

const DAY_MS: i64 = 24 * 3600 * 1000;

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

/// The day of a time in milliseconds.
pub(crate) fn day_at(ms: i64) -> i32 {
    i32::try_from(ms.div_euclid(DAY_MS)).unwrap_or(i32::MAX)
}

/// The least UUID that an id made at this time can have.
pub(crate) const fn first_at(ms: i64) -> u128 {
    let ms = if ms < 0 { 0 } else { ms };
    (ms.cast_unsigned() as u128) << 80
}

/// A column as a count or number that is never negative.
pub(crate) fn unsigned(row: &Row, column: &str) -> u64 {
    row.get::<_, i64>(column).cast_unsigned()
}
