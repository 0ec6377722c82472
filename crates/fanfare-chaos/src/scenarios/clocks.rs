//! T8: nodes whose wall clocks are wrong by an hour, one ahead and one behind.

use std::path::PathBuf;

use fanfare_model::Timestamp;
use fanfare_testdb::administer;

use crate::publisher::Rate;
use crate::receiver::unix_seconds;
use crate::world::{Plan, Store, World, quiet_database};
use crate::{Figures, Setup};

/// How many milliseconds the times that nodes write may be from the database's.
const APART: i64 = 2_000;

/// Three nodes that agree on the time all the same, because it is the database's.
pub(super) fn wrong(setup: &Setup) -> Figures {
    let library = library().expect("libfaketime is not installed: install the package faketime");
    let (_cluster, url) = quiet_database(setup);
    let mut world = World::new(setup, Store::Postgres(url.clone()), 1, &Plan::default());
    for offset in ["+1h", "-1h"] {
        let mut spec = world.spec.clone();
        spec.variables.extend([
            ("LD_PRELOAD", library.display().to_string()),
            ("FAKETIME", offset.to_owned()),
            ("FAKETIME_DONT_FAKE_MONOTONIC", "1".to_owned()),
        ]);
        world.add_node(spec);
    }
    let wrong_ones = world.nodes.iter().filter(|node| clock_is_wrong(&node.log_text())).count();
    if wrong_ones != 2 {
        world.ledger.wrong(format!("{wrong_ones} nodes have a wrong clock, not two"));
    }
    let begin = database_time(&url);
    let load = world.publish(Rate::default());
    while world.goes_on() {
        world.pause(400, 900);
        world.kill_and_start(world.any_node(), 0, 500);
    }
    let late = outside(&url, begin - APART, database_time(&url) + APART);
    if late > 0 {
        world.ledger.wrong(format!("{late} events or attempts have a wrong time"));
    }
    world.finish(load)
}

/// Milliseconds since 1970, as the database says.
fn database_time(url: &str) -> i64 {
    number(url, "SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint")
}

/// Events and attempts outside of these times.
fn outside(url: &str, from: i64, until: i64) -> i64 {
    let sql = format!(
        "SET fanfare.organization = '*';
        SELECT (SELECT count(*) FROM fanfare.events
                WHERE accepted_at NOT BETWEEN {from} AND {until})
             + (SELECT count(*) FROM fanfare.deliveries
                WHERE started_at NOT BETWEEN {from} AND {until})"
    );
    number(url, &sql)
}

fn number(url: &str, sql: &str) -> i64 {
    administer(url, sql).trim().parse().expect("a number")
}

/// Whether the times in a log are of another hour: logs have the machine's clock.
fn clock_is_wrong(log: &str) -> bool {
    let time = log.split_whitespace().next().and_then(|text| text.parse::<Timestamp>().ok());
    let time = time.expect("a log begins with a time").as_unix_seconds();
    (time - unix_seconds()).abs() > 1_800
}

fn library() -> Option<PathBuf> {
    let folders = std::fs::read_dir("/usr/lib").ok()?.flatten().map(|entry| entry.path());
    let mut found = folders.map(|folder| folder.join("faketime/libfaketimeMT.so.1"));
    found.find(|library| library.is_file())
}
