//! Tests: on a database with a million deliveries, every statement finds its rows by the index it was
//! written for, and none looks through, sorts or touches more than a page's worth.
//!
//! The operations of the store are run as callers run them, so that a statement that is added to one
//! is looked at as well ([`look`]). They are run twice: on tables that the database knows nothing of yet, and on tables
//! that it has analyzed as its autovacuum does.

mod fill;
mod launch;
mod look;
mod webhooks;

use std::collections::BTreeMap;

use fill::World;
use look::{Doings, Seen};

pub(crate) use look::before;

/// Rows that one step of a plan may look at: three deliveries of each event of a walk's step.
const ROWS: u64 = 3 * 4_096;
/// Pages that a statement may touch: for each of a thousand deliveries that are cancelled at once, its
/// row and the way down each of its indexes.
const PAGES: u64 = 40_000;
/// How much more of both is borne as long as the database knows nothing of a table, which it does a
/// minute after the table has grown.
const UNKNOWN: u64 = 4;
/// Tables that stay small however much is in the others.
const SMALL: [&str; 3] = ["turns", "erased_consumers", "schema_versions"];

fn is_small(table: &str) -> bool {
    SMALL.contains(&table) || table.starts_with("pg_")
}

/// What was found.
struct Checks {
    /// Of what each piece is a piece.
    wholes: BTreeMap<String, String>,
    /// Whether the database knows its tables.
    analyzed: bool,
    /// A table that may be read from its beginning to its end.
    whole: Option<&'static str>,
    complaints: Vec<String>,
    statements: usize,
}

impl Checks {
    fn new(world: &World) -> Self {
        Self {
            wholes: world.wholes(),
            analyzed: false,
            whole: None,
            complaints: Vec::new(),
            statements: 0,
        }
    }

    /// Runs an operation; its statements must use these indexes, among others.
    async fn of<T>(
        &mut self,
        name: &str,
        wanted: &[&str],
        operation: impl Future<Output = T>,
    ) -> T {
        let (answer, seen) = look::at(operation).await;
        self.statements += seen.len();
        let mut used = Vec::new();
        for one in &seen {
            let doings = Doings::of(&one.plan, &self.wholes);
            self.look_at(name, one, &doings);
            used.extend(doings.reads.into_iter().filter_map(|read| read.index));
        }
        let wanted = if self.analyzed { wanted } else { &[] };
        for index in wanted.iter().filter(|index| !used.iter().any(|used| used == *index)) {
            self.complain(name, format_args!("uses {used:?} and not {index}"));
        }
        answer
    }

    fn look_at(&mut self, name: &str, seen: &Seen, doings: &Doings) {
        let times = if self.analyzed { 1 } else { UNKNOWN };
        let whole = self.whole;
        let partly = |read: &&look::Read| whole != Some(read.table.as_str());
        for read in doings.reads.iter().filter(partly) {
            let scans = read.step == "Seq Scan" && !is_small(&read.table);
            if scans || read.rows > ROWS * times {
                self.complain(name, format_args!("{read:?}\n{}\n{:#}", seen.sql, seen.plan));
            }
        }
        if doings.sorted > ROWS * times {
            let sorted = doings.sorted;
            self.complain(name, format_args!("sorts {sorted} rows\n{}\n{:#}", seen.sql, seen.plan));
        }
        if doings.pages > PAGES * times {
            let pages = doings.pages;
            self.complain(name, format_args!("{pages} pages\n{}\n{:#}", seen.sql, seen.plan));
        }
    }

    fn complain(&mut self, name: &str, what: std::fmt::Arguments<'_>) {
        let state = if self.analyzed { "analyzed" } else { "not analyzed" };
        self.complaints.push(format!("{name}, {state}: {what}"));
    }
}

async fn all(world: &World, checks: &mut Checks) {
    webhooks::all(world, checks).await;
    launch::all(world, checks).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_statement_finds_its_rows_by_an_index() {
    let world = World::empty().await;
    let mut checks = Checks::new(&world);
    world.fill();
    all(&world, &mut checks).await;
    world.analyze();
    checks.analyzed = true;
    all(&world, &mut checks).await;
    world.end().await;
    let complaints = checks.complaints.join("\n\n");
    assert!(complaints.is_empty(), "{complaints}");
    assert!(checks.statements > 300, "{} statements", checks.statements);
}
