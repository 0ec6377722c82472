//! T1 and T3: processes end without a word.

use std::sync::Arc;
use std::thread;
use std::time::Duration;

use fanfare_testdb::{Cluster, administer};

use crate::ledger::Ledger;
use crate::proxy::{Proxy, Way};
use crate::publisher::{Rate, publish};
use crate::world::{Plan, Store, World, at_port, quiet_database};
use crate::{Figures, Setup};

/// Random nodes of three are killed under load.
pub(super) fn nodes(setup: &Setup) -> Figures {
    let (_cluster, url) = quiet_database(setup);
    let mut world = World::new(setup, Store::Postgres(url), 3, &Plan::default());
    let load = world.publish(Rate::default());
    while world.goes_on() {
        world.pause(100, 900);
        world.kill_and_start(world.any_node(), 0, 1_500);
    }
    world.finish(load)
}

/// The one node of an embedded store is killed under load.
pub(super) fn embedded(setup: &Setup) -> Figures {
    let mut world = World::new(setup, Store::Embedded(None), 1, &Plan::default());
    let load = world.publish(Rate::default());
    while world.goes_on() {
        world.pause(100, 700);
        world.kill_and_start(0, 0, 300);
    }
    world.finish(load)
}

/// How often the database is killed at least, when there is time for it.
const KILLS: usize = 20;

/// PostgreSQL is killed and started again; at the end once between its COMMIT and the answer.
pub(super) fn database(setup: &Setup) -> Figures {
    let mut cluster = Cluster::start(&[]);
    let url = cluster.database("chaos", None);
    let plan = Plan { echo: Duration::from_secs(3), ..Plan::default() };
    let mut world = World::new(setup, Store::Postgres(url.clone()), 2, &plan);
    let load = world.publish(Rate::default());
    let least = if setup.is_long() { KILLS } else { 2 };
    for round in 0.. {
        if round >= least && !world.goes_on() {
            break;
        }
        world.pause(100, 1_200);
        let ledger = Arc::clone(&world.ledger);
        ledger.fault("database killed", || {
            cluster.kill();
            world.pause(0, 800);
            cluster.launch();
        });
    }
    load.end();
    answer_lost(&mut world, &mut cluster, &url);
    world.settle()
}

/// A request whose event is committed, and whose publisher never hears of it, is made again.
fn answer_lost(world: &mut World, cluster: &mut Cluster, url: &str) {
    const KEYED: &str = "con_answer_lost";
    let proxy = Proxy::start(cluster.port());
    let mut spec = world.spec.clone();
    spec.database = at_port(url, proxy.port());
    world.add_node(spec);
    let mut client = world.client(world.nodes.len() - 1);
    let ledger = Arc::clone(&world.ledger);
    let answered = ledger.fault("database killed between COMMIT and answer", || {
        proxy.set(Way::LoseAnswerTo(KEYED.as_bytes()));
        let first = thread::spawn(move || publish(&mut client, &Ledger::default(), KEYED, 0));
        let committed =
            world.eventually(Duration::from_secs(5), |_| !event_of(url, KEYED).is_empty());
        cluster.kill();
        proxy.set(Way::Cut);
        let answered = first.join().expect("a publisher does not panic");
        cluster.launch();
        proxy.set(Way::Pass);
        committed.then_some(answered)
    });
    let committed = event_of(url, KEYED);
    if answered != Some(false) || committed.is_empty() {
        ledger.wrong(format!("the answer was not lost after the commit: {answered:?}"));
    }
    let mut client = world.client(world.nodes.len() - 1);
    let again =
        world.eventually(Duration::from_secs(20), |_| publish(&mut client, &ledger, KEYED, 0));
    let told = ledger.look(|pages| pages.acks.get(KEYED).map(|ack| ack.event.clone()));
    let told = told.unwrap_or_default();
    if !again || told.is_empty() || !committed.contains(&told) {
        ledger.wrong(format!("{told} was acknowledged the second time, not {committed}"));
    }
}

/// The answer that is kept for a key, if it is committed.
fn event_of(url: &str, key: &str) -> String {
    let sql = format!(
        "SET fanfare.organization = '*'; \
         SELECT encode(body, 'escape') FROM fanfare.idempotency WHERE key = '{key}'"
    );
    administer(url, &sql).trim().to_owned()
}
