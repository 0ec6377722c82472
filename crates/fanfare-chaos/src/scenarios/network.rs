//! T4: the network between a node and its database.

use std::sync::Arc;
use std::time::Duration;

use crate::proxy::{Proxy, Way};
use crate::publisher::Rate;
use crate::world::{Plan, Store, World, at_port, quiet_database};
use crate::{Figures, Setup};

/// One node of two reaches the database through a network that drops, delays and closes.
pub(super) fn proxy(setup: &Setup) -> Figures {
    let (_cluster, url) = quiet_database(setup);
    // A session that lost an answer holds its node up for as long as a statement may take.
    let plan = Plan {
        echo: Duration::from_secs(14),
        tolerance: Duration::from_millis(250),
        ..Plan::default()
    };
    let mut world = World::new(setup, Store::Postgres(url.clone()), 1, &plan);
    let proxy = Proxy::start(port_of(&url));
    let mut spec = world.spec.clone();
    spec.database = at_port(&url, proxy.port());
    world.add_node(spec);
    let load = world.publish(Rate::default());
    let ways = [
        Way::Cut,
        Way::Delay(Duration::from_millis(100)),
        Way::HalfClose,
        Way::Swallow,
        Way::SwallowAnswers,
    ];
    for round in 0.. {
        // Each of them once, then any.
        let way = ways.get(round).copied().unwrap_or_else(|| ways[world.dice.below(ways.len())]);
        if round >= ways.len() && !world.goes_on() {
            break;
        }
        let ledger = Arc::clone(&world.ledger);
        ledger.fault(format!("{way:?}"), || {
            proxy.set(way);
            world.pause(500, 1_000);
            proxy.set(Way::Pass);
        });
        world.pause(300, 600);
    }
    let back = world.eventually(Duration::from_secs(20), |world| {
        world.client(1).get("/api/events?limit=1").is_ok_and(|answer| answer.status == 200)
    });
    if !back {
        world.ledger.wrong("the node did not find its database again".to_owned());
    }
    let figures = world.finish(load);
    drop(proxy);
    figures
}

/// The port in a database's URL.
pub(super) fn port_of(url: &str) -> u16 {
    let (before, _) = url.rsplit_once('/').expect("a URL with a database");
    let port = before.rsplit_once(':').and_then(|(_, port)| port.parse().ok());
    port.expect("a URL with a port")
}
