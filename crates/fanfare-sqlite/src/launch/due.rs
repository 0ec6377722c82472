//! What the clock has to look at.

use fanfare_model::{DistributionId, ExperienceId, OrganizationId, Timestamp};
use fanfare_store::{Due, DueNow};
use rusqlite::{Connection, Row};

use super::gather;
use crate::fault::Fault;

/// Experiences and distributions with a time, earliest first.
pub(crate) fn sql(table: &str) -> String {
    format!(
        "SELECT o.id, t.id, t.next_at FROM {table} t INDEXED BY {table}_due \
         JOIN organizations o ON o.key = t.organization \
         WHERE t.next_at IS NOT NULL ORDER BY t.next_at LIMIT ?1"
    )
}

/// See [`fanfare_store::LaunchStore::launch_due`].
pub(crate) fn due(connection: &Connection, now: Timestamp, limit: usize) -> Result<DueNow, Fault> {
    let first = |table: &str, of: fn([u8; 16]) -> Due| {
        let read = move |row: &Row<'_>| {
            let organization = OrganizationId::from_bytes(row.get(0)?);
            let at = Timestamp::from_millis(row.get(2)?);
            Ok(Some((at, organization, of(row.get(1)?))))
        };
        // One more than asked for tells when the clock has to look next.
        let rows = limit.saturating_add(1);
        gather(connection, &sql(table), [i64::try_from(rows).unwrap_or(i64::MAX)], rows, read)
    };
    let mut all = first("experiences", |id| Due::Experience(ExperienceId::from_bytes(id)))?;
    // An experience opens before its distributions that are due at the same time.
    all.extend(first("distributions", |id| Due::Distribution(DistributionId::from_bytes(id)))?);
    all.sort_by_key(|(at, ..)| *at);
    let later = all.partition_point(|(at, ..)| *at <= now);
    let next = all.get(later).map(|(at, ..)| *at);
    let fits = later <= limit;
    let due =
        all.into_iter().take(later.min(limit)).map(|(_, organization, due)| (organization, due));
    Ok((due.collect(), next.filter(|_| fits)))
}
