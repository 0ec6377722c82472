//! What the clock has to look at.

use fanfare_model::Timestamp;
use fanfare_store::{Due, DueNow};
use tokio_postgres::Row;

use crate::cells::Cells;
use crate::fault::Fault;
use crate::session::Session;

/// The first `$1` experiences and the first `$1` distributions with a time, earliest first. An
/// experience opens before its distributions that are due at the same time.
const FIRST: &str = "SELECT * FROM (
        (SELECT organization_id, id, next_at, true AS is_experience FROM experiences
         WHERE next_at IS NOT NULL ORDER BY next_at LIMIT $1)
        UNION ALL
        (SELECT organization_id, id, next_at, false FROM distributions
         WHERE next_at IS NOT NULL ORDER BY next_at LIMIT $1)
    ) d ORDER BY next_at, is_experience DESC";

/// See [`fanfare_store::LaunchStore::launch_due`].
pub(crate) async fn due(session: &Session, now: Timestamp, limit: usize) -> Result<DueNow, Fault> {
    // One more than asked for tells when the clock has to look next.
    let rows = i64::try_from(limit).unwrap_or(i64::MAX).saturating_add(1);
    let rows = session.query(FIRST, &[&rows]).await?;
    let at = |row: &Row| Cells(row).time("next_at");
    let later = rows.partition_point(|row| at(row) <= now);
    let next = rows.get(later).map(at).filter(|_| later <= limit);
    let due = rows.iter().take(later.min(limit)).map(|row| {
        let cells = Cells(row);
        let due = match cells.get("is_experience") {
            true => Due::Experience(cells.id("id")),
            false => Due::Distribution(cells.id("id")),
        };
        (cells.id("organization_id"), due)
    });
    Ok((due.collect(), next))
}
