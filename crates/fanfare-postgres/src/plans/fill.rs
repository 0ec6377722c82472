//! The database whose plans are looked at, and the names of what is in it.

use std::collections::BTreeMap;
use std::sync::Arc;

use fanfare_model::{ConsumerId, Id, IdKind, IdSource, Timestamp};
use fanfare_store::conformance::FakeEngine;
use fanfare_testdb::{Database, administer};
use fanfare_testkit::{ManualClock, SeededEntropy};

use crate::{PostgresOptions, PostgresStore, apply_schema};

/// When the ten days that the database holds begin and end.
pub(super) const SINCE: i64 = UNTIL - 864_000_000;
pub(super) const UNTIL: i64 = 1_795_428_000_000;
const DAY_MS: i64 = 86_400_000;

fn day(ms: i64) -> i32 {
    i32::try_from(ms.div_euclid(DAY_MS)).expect("a day")
}

/// A UUID as `uid` makes it.
const fn uid(ms: i64, number: u64) -> u128 {
    let head = (ms.cast_unsigned() << 16) | 0x7000 | (number & 0xfff);
    ((head as u128) << 64) | (1 << 63 | number >> 12) as u128
}

/// The id of what has this number and was made when the ten days began: an organization, a webhook,
/// a consumer, an experience, a distribution.
pub(super) const fn named<K: IdKind>(number: u64) -> Id<K> {
    Id::from_u128(uid(SINCE, number))
}

/// The same of what was made so many milliseconds later.
pub(super) const fn later<K: IdKind>(ms: i64, number: u64) -> Id<K> {
    Id::from_u128(uid(SINCE + ms, number))
}

/// So many milliseconds after the ten days.
pub(super) fn after(ms: i64) -> Timestamp {
    Timestamp::from_millis(UNTIL + ms)
}

/// A store on a database of its own.
pub(super) struct World {
    pub(super) store: Arc<PostgresStore>,
    pub(super) engine: Arc<FakeEngine>,
    database: Database,
}

impl World {
    /// With our schema and the pieces of all days, and nothing in it.
    pub(super) async fn empty() -> Self {
        let database = Database::new();
        let options = PostgresOptions::new(&database.url);
        apply_schema(&options).await.expect("the schema");
        let clock = Arc::new(ManualClock::at(after(0)));
        let ids = Arc::new(IdSource::new(clock, Arc::new(SeededEntropy::new(7))));
        let engine = Arc::new(FakeEngine::default());
        let store = PostgresStore::open(options, engine.clone(), ids).await.expect("it opens");
        let days: Vec<_> = (day(SINCE)..=day(UNTIL) + 1).collect();
        store.make_pieces(&days).await.expect("pieces");
        Self { store, engine, database }
    }

    /// Puts everything in.
    pub(super) fn fill(&self) {
        administer(&self.database.url, include_str!("fill.sql"));
    }

    /// Makes a day that is older, of which nothing waits.
    pub(super) async fn add_old_day(&self) {
        let day = day(SINCE) - 2;
        self.store.make_pieces(&[day, day + 1]).await.expect("pieces");
        let sql = include_str!("old_day.sql")
            .replace(":day", &day.to_string())
            .replace(":since", &SINCE.to_string());
        administer(&self.database.url, &sql);
    }

    /// Has the events of a made-up person name this consumer.
    pub(super) fn name_in_events(&self, person: &str, consumer: ConsumerId) {
        let sql = format!(
            "SET fanfare.organization = '*'; \
             UPDATE fanfare.events SET person = '{consumer}' WHERE person = '{person}'"
        );
        administer(&self.database.url, &sql);
    }

    /// Has the database look at its tables, as it does by itself after a while: at the pieces, but
    /// never at what they are pieces of.
    pub(super) fn analyze(&self) {
        administer(
            &self.database.url,
            "DO $$ DECLARE name regclass; BEGIN \
                 FOR name IN SELECT oid FROM pg_class \
                             WHERE relnamespace = 'fanfare'::regnamespace AND relkind = 'r' \
                 LOOP EXECUTE 'ANALYZE ' || name; END LOOP; \
             END $$",
        );
    }

    /// Of what each piece is a piece.
    pub(super) fn wholes(&self) -> BTreeMap<String, String> {
        let text = administer(
            &self.database.url,
            "SELECT c.relname, p.relname FROM pg_inherits i \
             JOIN pg_class c ON c.oid = i.inhrelid JOIN pg_class p ON p.oid = i.inhparent",
        );
        let pairs = text.lines().filter_map(|line| line.split_once('|'));
        pairs.map(|(piece, whole)| (piece.to_owned(), whole.to_owned())).collect()
    }

    /// Closes the store and drops the database.
    pub(super) async fn end(self) {
        self.store.close().await;
    }
}
