//! The pieces of events, deliveries and attempts: one for each day.
//!
//! Promises: pieces are made ahead of the days they are for, and at once when one is missing after
//! all; making one does not stop those who read and write (it is made beside the table, then
//! attached). Several nodes may do it at the same time.

use std::sync::Arc;
use std::time::Duration;

use crate::PostgresStore;
use crate::fault::Fault;
use crate::ids::day_at;
use crate::session::Session;

/// The tables that come in pieces.
const TABLES: [&str; 3] = ["events", "deliveries", "attempts"];

/// A row is replaced on its own page when a delivery ends. It is twice as long then, and those of a page
/// often end in one transaction, so that a page keeps room for all of them beside what they were.
const SETTINGS: [&str; 3] = [
    "autovacuum_vacuum_insert_scale_factor = 0.1",
    "fillfactor = 33, autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_cost_delay = 1",
    "autovacuum_vacuum_insert_scale_factor = 0.1",
];

/// For how many days after this one pieces are made ahead.
const AHEAD: i32 = 2;
/// How often that is seen to.
const EVERY: Duration = Duration::from_secs(3600);

/// Makes the pieces of this day and the next ones.
pub(crate) async fn make_ahead(store: &PostgresStore) -> Result<(), Fault> {
    let today = day_at(store.ids.now().as_millis());
    let days: Vec<i32> = (today..=today.saturating_add(AHEAD)).collect();
    store.make_pieces(&days).await
}

/// Makes pieces ahead until the store is closed.
pub(crate) async fn run(store: Arc<PostgresStore>) {
    while store.stop.run_until_cancelled(tokio::time::sleep(EVERY)).await.is_some() {
        if let Err(fault) = make_ahead(&store).await {
            tracing::warn!(%fault, "no pieces were made ahead; each will be made when it is needed");
        }
    }
}

/// Makes the pieces of these days that do not exist. Not inside a transaction.
pub(crate) async fn make(session: &Session, days: &[i32]) -> Result<(), Fault> {
    for day in days {
        for (table, settings) in TABLES.iter().zip(SETTINGS) {
            if !exists(session, table, *day).await? {
                make_one(session, table, settings, *day).await?;
            }
        }
    }
    Ok(())
}

/// The days of which there are events, first to last.
pub(crate) async fn days(session: &Session) -> Result<Vec<i32>, Fault> {
    let sql = "SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid \
         WHERE i.inhparent = 'fanfare.events'::regclass";
    let rows = session.query(sql, &[]).await?;
    let mut days: Vec<i32> = rows.iter().filter_map(|row| day(row.get(0))).collect();
    days.sort_unstable();
    Ok(days)
}

/// Drops a day, inside a transaction.
pub(crate) async fn drop_day(session: &Session, day: i32) -> Result<(), Fault> {
    for table in TABLES {
        session.run(&format!("DROP TABLE IF EXISTS fanfare.{}", name(table, day))).await?;
    }
    Ok(())
}

/// The day in the name of a piece.
fn day(name: &str) -> Option<i32> {
    let (_, number) = name.rsplit_once('_')?;
    match number.strip_prefix('m') {
        Some(number) => number.parse::<i32>().ok().map(|day| -day),
        None => number.parse().ok(),
    }
}

/// The name of a piece.
pub(crate) fn name(table: &str, day: i32) -> String {
    let sign = if day < 0 { "m" } else { "" };
    format!("{table}_{sign}{}", day.unsigned_abs())
}

async fn exists(session: &Session, table: &str, day: i32) -> Result<bool, Fault> {
    let sql = "SELECT i.inhrelid IS NOT NULL FROM pg_class c \
         LEFT JOIN pg_inherits i ON i.inhrelid = c.oid \
         WHERE c.oid = to_regclass($1)";
    let name = format!("fanfare.{}", name(table, day));
    Ok(session.find(sql, &[&name]).await?.is_some_and(|row| row.get(0)))
}

async fn make_one(session: &Session, table: &str, settings: &str, day: i32) -> Result<(), Fault> {
    let name = name(table, day);
    let below = day.saturating_add(1);
    // The check makes attaching quick; two nodes take turns by the lock. The catalogue is asked by
    // a query, because names that were looked up before the lock are remembered as missing.
    let sql = format!(
        "BEGIN; SET LOCAL lock_timeout = '2s'; \
         SELECT pg_advisory_xact_lock(hashtext('{name}')); \
         DO $$ BEGIN \
           IF NOT EXISTS (SELECT 1 FROM pg_class \
                          WHERE relname = '{name}' AND relnamespace = 'fanfare'::regnamespace) \
           THEN \
             CREATE TABLE fanfare.{name} (LIKE fanfare.{table} INCLUDING DEFAULTS \
               INCLUDING CONSTRAINTS INCLUDING STORAGE) WITH ({settings}); \
             ALTER TABLE fanfare.{name} ADD CONSTRAINT {name}_day \
               CHECK (day >= {day} AND day < {below}); \
             ALTER TABLE fanfare.{table} ATTACH PARTITION fanfare.{name} \
               FOR VALUES FROM ({day}) TO ({below}); \
             ALTER TABLE fanfare.{name} DROP CONSTRAINT {name}_day; \
             ALTER TABLE fanfare.{name} ENABLE ROW LEVEL SECURITY; \
             ALTER TABLE fanfare.{name} FORCE ROW LEVEL SECURITY; \
           END IF; \
         END $$; COMMIT"
    );
    let made = session.run(&sql).await;
    if made.is_err() {
        let _broken_anyway = session.run("ROLLBACK").await;
    }
    made
}
