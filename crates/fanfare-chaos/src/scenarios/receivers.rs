//! T14 and T15: a receiver is away, and comes back to find much that is due.

use std::sync::Arc;
use std::thread;
use std::time::Duration;

use tokio::time::Instant;

use crate::publisher::Rate;
use crate::receiver::Manners;
use crate::world::{Plan, Store, World, quiet_database};
use crate::{Figures, Setup};

/// Events that are published while it is away.
const FEW: usize = 1_500;
const MANY: usize = 100_000;

/// On two nodes.
pub(super) fn postgres(setup: &Setup) -> Figures {
    let (_cluster, url) = quiet_database(setup);
    away(setup, Store::Postgres(url), 2)
}

/// On the embedded store.
pub(super) fn embedded(setup: &Setup) -> Figures {
    away(setup, Store::Embedded(None), 1)
}

/// Nothing but the receiver fails, so that nothing may arrive twice.
fn away(setup: &Setup, store: Store, nodes: usize) -> Figures {
    let seconds = if setup.is_long() { 15 } else { 2 };
    let plan = Plan {
        // No delivery runs out of attempts while the receiver is away.
        waits: [0, 1_000 * seconds, 2_000 * seconds, 60_000, 60_000, 60_000],
        manners: Manners { failing: false, slow: Duration::ZERO, slow_every: 1 },
        echo: Duration::ZERO,
        // Requests queue before a receiver that comes back to many.
        lag: Duration::from_secs(5),
        ..Plan::default()
    };
    let mut world = World::new(setup, store, nodes, &plan);
    let wanted = if setup.is_long() { MANY } else { FEW };
    world.receiver.go_away();
    let load = world.publish(Rate { publishers: 16, pause: Duration::ZERO });
    let published =
        world.eventually(Duration::from_secs(120), |world| world.ledger.acks() >= wanted);
    load.end();
    if !published {
        world.ledger.wrong(format!("only {} events were accepted", world.ledger.acks()));
    }
    thread::sleep(Duration::from_millis(500));
    world.receiver.come_back();
    let back = Instant::now();
    let ledger = Arc::clone(&world.ledger);
    let mut figures = world.settle();
    let (count, last) = ledger.look(|pages| {
        let last = pages.arrivals.iter().map(|arrival| arrival.at).max();
        (pages.arrivals.len(), last.unwrap_or(back))
    });
    let took = last.duration_since(back);
    figures.recovery = took;
    figures.faults = 1;
    if figures.duplicates > 0 {
        figures
            .broken
            .push(format!("{} arrived again, and nothing had failed", figures.duplicates));
    }
    figures.notes.push(format!("{count} arrived within {:.1} s of its return", took.as_secs_f64()));
    figures
}
