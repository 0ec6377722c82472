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

/// Rows that one step of a plan may look at: those of a walk's step, and some more.
const ROWS: u64 = 6_000;
/// Pages that a statement may touch: about four for each row.
const PAGES: u64 = 25_000;
/// Tables that stay small however much is in the others.
const SMALL: [&str; 3] = ["turns", "erased_consumers", "schema_versions"];

/// What was found.
struct Checks {
    /// Of what each piece is a piece.
    wholes: BTreeMap<String, String>,
    state: &'static str,
    complaints: Vec<String>,
    statements: usize,
}

impl Checks {
    fn new(world: &World) -> Self {
        Self { wholes: world.wholes(), state: "", complaints: Vec::new(), statements: 0 }
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
        for index in wanted.iter().filter(|index| !used.iter().any(|used| used == *index)) {
            self.complain(name, format_args!("uses {used:?} and not {index}"));
        }
        answer
    }

    fn look_at(&mut self, name: &str, seen: &Seen, doings: &Doings) {
        for read in &doings.reads {
            let scans = read.step == "Seq Scan" && !SMALL.contains(&&*read.table);
            if scans || read.rows > ROWS {
                self.complain(name, format_args!("{read:?}\n{}\n{:#}", seen.sql, seen.plan));
            }
        }
        if doings.sorted > ROWS {
            let sorted = doings.sorted;
            self.complain(name, format_args!("sorts {sorted} rows\n{}\n{:#}", seen.sql, seen.plan));
        }
        if doings.pages > PAGES {
            let pages = doings.pages;
            self.complain(name, format_args!("{pages} pages\n{}\n{:#}", seen.sql, seen.plan));
        }
    }

    fn complain(&mut self, name: &str, what: std::fmt::Arguments<'_>) {
        self.complaints.push(format!("{name}, {}: {what}", self.state));
    }
}

async fn all(world: &World, checks: &mut Checks, state: &'static str) {
    checks.state = state;
    webhooks::all(world, checks).await;
    launch::all(world, checks).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_statement_finds_its_rows_by_an_index() {
    let world = World::empty().await;
    let mut checks = Checks::new(&world);
    world.fill();
    all(&world, &mut checks, "not analyzed").await;
    world.analyze();
    all(&world, &mut checks, "analyzed").await;
    world.end().await;
    let complaints = checks.complaints.join("\n\n");
    assert!(complaints.is_empty(), "{complaints}");
    assert!(checks.statements > 300, "{} statements", checks.statements);
}
