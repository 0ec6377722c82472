//! T2: a node stands still past its leases and goes on as if nothing had happened.

use std::sync::Arc;
use std::time::Duration;

use crate::publisher::Rate;
use crate::receiver::Manners;
use crate::world::{LEASE, Plan, Store, World, quiet_database};
use crate::{Figures, Setup};

/// SIGSTOP, longer than a lease, SIGCONT: what it still holds in memory is not recorded any more.
pub(super) fn node(setup: &Setup) -> Figures {
    let (_cluster, url) = quiet_database(setup);
    // Requests are on their way at any time; not so slow that the engine takes it for trouble.
    let slow = Manners { slow: Duration::from_millis(240), slow_every: 2, failing: true };
    let plan = Plan { manners: slow, ..Plan::default() };
    let mut world = World::new(setup, Store::Postgres(url), 2, &plan);
    let load = world.publish(Rate::default());
    let mut rejected = 0;
    loop {
        world.pause(800, 1_200);
        let node = world.any_node();
        let before = world.nodes[node].counter("fanfare_leases_lost");
        let ledger = Arc::clone(&world.ledger);
        ledger.fault(format!("node {node} stalled"), || {
            world.nodes[node].signal("STOP");
            std::thread::sleep(LEASE + Duration::from_millis(1_500));
            world.nodes[node].signal("CONT");
        });
        let told = |world: &World| world.nodes[node].counter("fanfare_leases_lost") > before;
        if world.eventually(Duration::from_secs(5), told) {
            rejected += world.nodes[node].counter("fanfare_leases_lost") - before;
        } else {
            ledger.wrong("a stalled node's results were recorded after all".to_owned());
        }
        if !world.goes_on() {
            break;
        }
    }
    world.notes.push(format!("{rejected} stale results rejected"));
    world.finish(load)
}
