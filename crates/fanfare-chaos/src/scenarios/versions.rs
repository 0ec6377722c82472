//! T18: the schema becomes newer while nodes that do not know it are at work.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use fanfare_testdb::administer;

use crate::node::Node;
use crate::publisher::Rate;
use crate::scenarios::restarts::end_in_order;
use crate::world::{Plan, Store, World, quiet_database};
use crate::{Figures, Other, Setup};

/// How long a node may take to find out that it must not start.
const REFUSAL: Duration = Duration::from_secs(20);

const NO_OTHER: &str = "not run: no other version is given (--previous PATH)";

/// With what there is of another version.
pub(super) fn two(setup: &Setup) -> Figures {
    match &setup.other {
        Some(Other::NextSchema(apply)) => beside_the_next(setup, *apply),
        Some(Other::Previous(binary)) => from_the_previous(setup, binary),
        None => Figures { notes: vec![NO_OTHER.to_owned()], ..Figures::default() },
    }
}

/// Nodes of this version go on beside a newer schema; one that starts then says why it does not.
fn beside_the_next(setup: &Setup, apply: fn(&str)) -> Figures {
    let (_cluster, url) = quiet_database(setup);
    let world = World::new(setup, Store::Postgres(url.clone()), 2, &Plan::default());
    let load = world.publish(Rate::default());
    world.pause(500, 1_500);
    let ledger = Arc::clone(&world.ledger);
    ledger.fault("schema made newer", || apply(&url));
    let then = ledger.acks();
    refused(&world);
    while world.goes_on() {
        world.pause(100, 200);
    }
    // Sessions that are made now prepare their statements on the new schema.
    ledger.fault("sessions ended", || end_sessions(&url));
    if !world.eventually(REFUSAL, |world| world.ledger.acks() > then + 100) {
        ledger.wrong("nodes do not accept beside a newer schema".to_owned());
    }
    world.finish(load)
}

/// What the next version brings is applied beside nodes of the previous one, which are replaced one
/// by one.
fn from_the_previous(setup: &Setup, previous: &Path) -> Figures {
    let (_cluster, url) = quiet_database(setup);
    let before = Setup { binary: previous.to_owned(), ..setup.clone() };
    let mut world = World::new(&before, Store::Postgres(url.clone()), 3, &Plan::default());
    let (from, load) = (schema(&url), world.publish(Rate::default()));
    wait_for_a_third(&world, setup);
    let ledger = Arc::clone(&world.ledger);
    let mut now = world.spec.clone();
    now.binary.clone_from(&setup.binary);
    ledger.fault("migrate apply", || now.command(&["migrate", "apply"]));
    let to = schema(&url);
    world.notes.push(format!("schema {from} to {to}"));
    if from != to {
        refused(&world);
    }
    wait_for_a_third(&world, setup);
    for node in 0..world.nodes.len() {
        ledger.fault(format!("node {node} replaced"), || {
            end_in_order(&mut world, node);
            world.nodes[node].becomes(&setup.binary);
            world.nodes[node].launch();
            world.nodes[node].wait_until_ready();
        });
        world.pause(300, 900);
    }
    while world.goes_on() {
        world.pause(100, 200);
    }
    orderly(world.finish(load))
}

fn wait_for_a_third(world: &World, setup: &Setup) {
    let third = u64::try_from(setup.length.as_millis() / 3).unwrap_or(u64::MAX);
    world.pause(third, third + 100);
}

/// A node that does not know the schema ends by itself and says what to do.
fn refused(world: &World) {
    let mut node = Node::launched(world.spec.clone());
    let ended = node.ended_within(REFUSAL);
    let log = node.log_text();
    let says = log.contains("start the newer version that wrote it");
    if !says || ended.is_none_or(|status| status.success()) {
        world.ledger.wrong(format!("a node started on a newer schema ({ended:?}): {log}"));
    }
}

/// The schema's version.
fn schema(url: &str) -> String {
    let version = administer(url, "SELECT max(version) FROM fanfare.schema_versions");
    version.trim().to_owned()
}

fn end_sessions(url: &str) {
    let sql = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity \
         WHERE datname = current_database() AND application_name = 'fanfare'";
    administer(url, sql);
}

/// Nobody was killed: nothing has to be taken over.
fn orderly(mut figures: Figures) -> Figures {
    if figures.takeovers > 0 {
        figures.broken.push(format!("{} leases were left behind", figures.takeovers));
    }
    figures
}
