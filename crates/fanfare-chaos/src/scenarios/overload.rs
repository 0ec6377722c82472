//! T5: a database 200 ms away, with fewer sessions than callers.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use fanfare_testkit::HttpClient;
use tokio::time::Instant;

use crate::node::KEY;
use crate::proxy::{Proxy, Way};
use crate::publisher::Rate;
use crate::scenarios::network::port_of;
use crate::world::{Plan, Store, World, quiet_database};
use crate::{Figures, Setup};

/// Callers that read, at a time.
const READERS: usize = 48;
/// No answer may take longer: a session is waited for during two seconds, and a read is a few
/// round trips of 200 ms.
const PATIENCE: Duration = Duration::from_secs(8);

/// Reads and writes beyond what few sessions can do: each is answered or refused in time.
pub(super) fn slow_database(setup: &Setup) -> Figures {
    let (_cluster, url) = quiet_database(setup);
    let proxy = Proxy::start(port_of(&url));
    let plan = Plan {
        // The clock is measured over a slow way too.
        tolerance: Duration::from_millis(250),
        echo: Duration::from_secs(14),
        via: Some(proxy.port()),
        variables: vec![("FANFARE_DATABASE_SESSIONS", "4".to_owned())],
        ..Plan::default()
    };
    let mut world = World::new(setup, Store::Postgres(url), 1, &plan);
    let ledger = Arc::clone(&world.ledger);
    let load = world.publish(Rate { publishers: 12, pause: Duration::from_millis(10) });
    let reads = Reads::default();
    ledger.fault("database 200 ms away", || {
        proxy.set(Way::Delay(Duration::from_millis(100)));
        thread::scope(|scope| {
            for _ in 0..READERS {
                scope.spawn(|| reads.make(&world));
            }
        });
        proxy.set(Way::Pass);
    });
    let (answered, shed) = (reads.answered.into_inner(), reads.shed.into_inner());
    if shed == 0 || answered == 0 {
        ledger.wrong(format!("{shed} reads were refused and {answered} answered: both must be"));
    }
    world.notes.push(format!("{answered} reads answered, {shed} shed"));
    let (acks, refused, unanswered, slowest) = ledger
        .look(|pages| (pages.acks.len(), pages.refused, pages.unanswered, pages.slowest_refusal));
    // A publisher waits for two sessions and for the requests that go before its own.
    if unanswered * 20 > acks + refused {
        let answered = format!("{unanswered} were not, {} were", acks + refused);
        ledger.wrong(format!("publishers were not answered within ten seconds: {answered}"));
    }
    world.notes.push(format!("slowest refusal {:.1} s", slowest.as_secs_f64()));
    let figures = world.finish(load);
    drop(proxy);
    figures
}

/// What became of reads.
#[derive(Default)]
struct Reads {
    answered: AtomicUsize,
    shed: AtomicUsize,
}

impl Reads {
    /// Reads again and again until the scenario's time is over.
    fn make(&self, world: &World) {
        let mut client = HttpClient::new(world.nodes[0].addr, Some(KEY));
        while world.goes_on() {
            let asked = Instant::now();
            let answer = client.get("/api/events?limit=5");
            let took = asked.elapsed();
            let wrong = match answer {
                Ok(answer) if answer.status == 200 => {
                    self.answered.fetch_add(1, Ordering::Relaxed);
                    None
                }
                Ok(answer) if answer.status == 503 => {
                    self.shed.fetch_add(1, Ordering::Relaxed);
                    let silent = answer.header("retry-after").is_none();
                    silent.then(|| "a read was refused without Retry-After".to_owned())
                }
                Ok(answer) => Some(format!("a read was answered {}", answer.status)),
                Err(error) => Some(format!("a read was not answered: {error}")),
            };
            let late = (took > PATIENCE).then(|| format!("a read took {took:?}"));
            for wrong in wrong.into_iter().chain(late) {
                world.ledger.wrong(wrong);
            }
        }
    }
}
