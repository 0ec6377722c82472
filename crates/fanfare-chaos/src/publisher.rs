//! Publishers that do what a careful client does: a key for each request, and the same request
//! again until it is answered with success, at whichever node is there.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use fanfare_testkit::HttpClient;
use tokio::time::Instant;

use crate::dice::Dice;
use crate::ledger::Ledger;
use crate::node::KEY;

/// The webhook of everything, and the one of consumers only.
pub(crate) const ALL: &str = "/all";
/// See [`ALL`].
pub(crate) const CONSUMERS: &str = "/consumers";

/// After the load was ended, a request that is not acknowledged by then never will be.
const STUBBORN: Duration = Duration::from_secs(60);
/// Between two tries of one request.
const BREATH: Duration = Duration::from_millis(50);

/// How much is published.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rate {
    /// Publishers at a time.
    pub(crate) publishers: usize,
    /// How long each pauses after an event.
    pub(crate) pause: Duration,
}

impl Default for Rate {
    fn default() -> Self {
        Self { publishers: 4, pause: Duration::from_millis(12) }
    }
}

/// Publishers at work.
pub(crate) struct Load {
    stop: Arc<AtomicBool>,
    threads: Vec<JoinHandle<()>>,
}

impl Load {
    /// Begins; every publisher asks any of these nodes.
    pub(crate) fn begin(nodes: &[SocketAddr], ledger: &Arc<Ledger>, rate: Rate, seed: u64) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let numbers = Arc::new(AtomicU64::new(0));
        let threads = (0..rate.publishers).map(|number| {
            let publisher = Publisher {
                clients: nodes.iter().map(|addr| HttpClient::new(*addr, Some(KEY))).collect(),
                ledger: Arc::clone(ledger),
                dice: Dice::new(seed.wrapping_add(number as u64 + 1)),
                run: seed,
            };
            let (stop, numbers) = (Arc::clone(&stop), Arc::clone(&numbers));
            thread::spawn(move || publisher.work(&stop, &numbers, rate.pause))
        });
        let threads = threads.collect();
        Self { stop, threads }
    }

    /// Lets every publisher finish its request.
    ///
    /// # Panics
    /// When a publisher panicked.
    pub(crate) fn end(mut self) {
        self.stop.store(true, Ordering::Relaxed);
        for thread in self.threads.drain(..) {
            thread.join().expect("a publisher does not panic");
        }
    }
}

impl Drop for Load {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
    }
}

struct Publisher {
    clients: Vec<HttpClient>,
    ledger: Arc<Ledger>,
    dice: Dice,
    run: u64,
}

impl Publisher {
    fn work(mut self, stop: &AtomicBool, numbers: &AtomicU64, pause: Duration) {
        while !stop.load(Ordering::Relaxed) {
            let number = numbers.fetch_add(1, Ordering::Relaxed);
            self.insist(stop, &format!("con_{:016x}_{number:08}", self.run), number);
            thread::sleep(pause);
        }
    }

    /// The same request until it is acknowledged.
    fn insist(&mut self, stop: &AtomicBool, key: &str, number: u64) {
        let mut deadline = None;
        loop {
            let node = self.dice.below(self.clients.len());
            if publish(&mut self.clients[node], &self.ledger, key, number) {
                return;
            }
            if stop.load(Ordering::Relaxed) {
                let deadline = *deadline.get_or_insert_with(|| Instant::now() + STUBBORN);
                if Instant::now() > deadline {
                    self.ledger.wrong(format!("{key} was never acknowledged"));
                    return;
                }
            }
            thread::sleep(BREATH);
        }
    }
}

/// Publishes once; `true`: acknowledged.
pub(crate) fn publish(client: &mut HttpClient, ledger: &Ledger, key: &str, number: u64) -> bool {
    let (event_type, paths): (_, &[&str]) = match number % 3 {
        0 => ("consumer.deleted", &[ALL, CONSUMERS]),
        _ => ("distribution.winner_selected", &[ALL]),
    };
    let data = match number % 3 {
        0 => format!(r#"{{"consumer_id":"{key}"}}"#),
        _ => format!(
            r#"{{"consumer_id":"{key}","distribution_id":"dist_1","experience_id":"exp_1",
                "product_id":"prod_1"}}"#
        ),
    };
    let body = format!(r#"{{"type":"{event_type}","data":{data}}}"#);
    let headers = [("content-type", "application/json"), ("idempotency-key", key)];
    let asked = Instant::now();
    let Ok(answer) = client.send("POST", "/api/events", &headers, body.as_bytes()) else {
        ledger.unanswered();
        return false;
    };
    match answer.status {
        202 => {
            let text: serde_json::Value = serde_json::from_slice(&answer.body).unwrap_or_default();
            match text["id"].as_str() {
                Some(id) => ledger.acknowledged(key, id, paths),
                None => ledger.wrong(format!("an acknowledgement without an id: {text}")),
            }
            true
        }
        503 => {
            if answer.header("retry-after").is_none() {
                ledger.wrong("a 503 does not say when to come back".to_owned());
            }
            ledger.refused(asked.elapsed());
            false
        }
        status => {
            ledger.wrong(format!("{key} was answered {status}: {}", answer.text()));
            true
        }
    }
}
