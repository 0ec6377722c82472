//! T5: a database 200 ms away, with fewer sessions than callers.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
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
/// No answer may take longer: a read waits for its key and for a session, each for two seconds at
/// most, and is a few round trips of 200 ms.
const PATIENCE: Duration = Duration::from_secs(8);
/// No refusal may take longer: two seconds for the turn, two for a session, and a round trip.
const REFUSED_WITHIN: Duration = Duration::from_secs(5);
/// Events a second that are accepted beside the readers, and that arrive, at least: one session
/// accepts, a batch takes a few round trips, and so does what is recorded.
const LEAST: f64 = 2.0;

/// Reads beyond what few sessions can do, and writes beside them: each read is answered or refused
/// in time, and readers keep nobody from publishing and delivering.
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
    let done = || ledger.look(|pages| [pages.acks.len(), pages.arrivals.len()]);
    let rates = ledger.fault("database 200 ms away", || {
        proxy.set(Way::Delay(Duration::from_millis(100)));
        let (before, began) = (done(), Instant::now());
        thread::scope(|scope| {
            for _ in 0..READERS {
                scope.spawn(|| reads.make(&world));
            }
        });
        let (after, took) = (done(), began.elapsed().as_secs_f64());
        proxy.set(Way::Pass);
        [0, 1].map(|which| (after[which] - before[which]) as f64 / took)
    });
    if rates.iter().any(|rate| *rate < LEAST) {
        ledger.wrong(format!("beside readers {rates:.1?} events were accepted, arrived a second"));
    }
    let [accepted, arrived] = rates;
    world.notes.push(format!("beside readers {accepted:.1} accepted/s, {arrived:.1} arrived/s"));
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
    if slowest > REFUSED_WITHIN {
        ledger.wrong(format!("a publisher was refused after {slowest:?}"));
    }
    let slowest_read = Duration::from_millis(reads.slowest_shed.into_inner());
    let slowest = [slowest, slowest_read].map(|time| time.as_secs_f64());
    world.notes.push(format!("slowest refusal {:.1} s, of a read {:.1} s", slowest[0], slowest[1]));
    let figures = world.finish(load);
    drop(proxy);
    figures
}

/// What became of reads.
#[derive(Default)]
struct Reads {
    answered: AtomicUsize,
    shed: AtomicUsize,
    /// In milliseconds.
    slowest_shed: AtomicU64,
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
                    self.slowest_shed.fetch_max(took.as_millis() as u64, Ordering::Relaxed);
                    let late = took > REFUSED_WITHIN;
                    let silent = answer.header("retry-after").is_none();
                    silent
                        .then(|| "a read was refused without Retry-After".to_owned())
                        .or_else(|| late.then(|| format!("a read was refused after {took:?}")))
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
