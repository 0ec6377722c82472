//! T17: nodes are asked to end (SIGTERM) and started again, one after the other, under load.

use std::sync::Arc;
use std::time::Duration;

use crate::publisher::Rate;
use crate::world::{Plan, Store, World, quiet_database};
use crate::{Figures, Setup};

/// Longer than the grace that nodes are given.
const IN_ORDER: Duration = Duration::from_secs(15);

/// Three nodes on one database.
pub(super) fn rolling(setup: &Setup) -> Figures {
    let (_cluster, url) = quiet_database(setup);
    restart(setup, Store::Postgres(url), 3)
}

/// The one node of an embedded store.
pub(super) fn embedded(setup: &Setup) -> Figures {
    restart(setup, Store::Embedded(None), 1)
}

/// Asks a node to end, and waits until it did; gives how long that took.
pub(super) fn end_in_order(world: &mut World, node: usize) -> Duration {
    let asked = tokio::time::Instant::now();
    world.nodes[node].signal("TERM");
    let ended = world.nodes[node].ended_within(IN_ORDER);
    if !ended.is_some_and(|status| status.success()) {
        world.ledger.wrong(format!("a node that was asked to end: {ended:?}"));
    }
    asked.elapsed()
}

/// A node that ends in order finishes what it sent and gives back what it holds, so that nothing
/// arrives twice and nothing waits for a lease to end.
fn restart(setup: &Setup, store: Store, nodes: usize) -> Figures {
    let mut world = World::new(setup, store, nodes, &Plan::default());
    let load = world.publish(Rate::default());
    let mut longest = Duration::ZERO;
    for round in 0.. {
        if round >= nodes && !world.goes_on() {
            break;
        }
        world.pause(300, 900);
        let ledger = Arc::clone(&world.ledger);
        let node = round % nodes;
        ledger.fault(format!("node {node} restarted"), || {
            longest = longest.max(end_in_order(&mut world, node));
            world.nodes[node].launch();
            world.nodes[node].wait_until_ready();
        });
    }
    world.notes.push(format!("ended within {:.1} s", longest.as_secs_f64()));
    let mut figures = world.finish(load);
    if figures.duplicates > 0 {
        figures.broken.push(format!("{} arrived again after an orderly end", figures.duplicates));
    }
    if figures.takeovers > 0 {
        figures.broken.push(format!("{} leases were left behind", figures.takeovers));
    }
    figures
}
