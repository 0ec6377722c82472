//! One connection's share of a load.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use super::connection::Connection;
use super::pace::Pace;
use super::report::Ack;
use super::requests::Requests;
use crate::clock;
use crate::event_key::EventKey;

/// How long a connection waits after 429 or 503 before it sends the same again.
const BACK_OFF: Duration = Duration::from_millis(5);
/// How much of an unexpected answer is kept for the report.
const KEPT: usize = 300;

/// What has come of a load, or of a part of it.
#[derive(Debug, Default)]
pub(super) struct Tally {
    pub(super) acks: Vec<Ack>,
    pub(super) requests: u64,
    pub(super) refused: u64,
    pub(super) failed: u64,
    pub(super) first_failure: Option<String>,
}

impl Tally {
    /// Adds another part.
    pub(super) fn add(&mut self, other: Self) {
        self.acks.extend(other.acks);
        self.requests += other.requests;
        self.refused += other.refused;
        self.failed += other.failed;
        self.first_failure = self.first_failure.take().or(other.first_failure);
    }

    fn fail(&mut self, events: u64, what: impl FnOnce() -> String) {
        self.failed += events;
        self.first_failure.get_or_insert_with(what);
    }
}

/// A connection and where its work comes from.
pub(super) struct Worker {
    pub(super) target: SocketAddr,
    pub(super) requests: Requests,
    /// The first event that nobody has taken yet; shared by all workers.
    pub(super) next: Arc<AtomicU64>,
    pub(super) events: u64,
    pub(super) batch: u64,
    pub(super) pace: Option<Pace>,
}

/// A request that is on its way.
#[derive(Clone, Copy)]
struct Sent {
    /// The number of its first event.
    first: u64,
    /// When it began, or was due.
    start: u64,
}

/// What an answer means for the load.
enum Answer {
    Done,
    SendAgain,
}

impl Worker {
    /// Sends until no event is left.
    pub(super) async fn run(mut self) -> Tally {
        let mut tally = Tally::default();
        let mut connection = None;
        let mut bytes = Vec::new();
        loop {
            if let Some(pace) = &self.pace {
                pace.wait().await;
            }
            let first = self.next.fetch_add(self.batch, Ordering::Relaxed);
            if first >= self.events {
                return tally;
            }
            self.requests.write(first, &mut bytes);
            let start = self.pace.as_ref().map_or_else(clock::now, |pace| pace.due_at(first));
            while matches!(
                self.send(&mut connection, &bytes, Sent { first, start }, &mut tally).await,
                Answer::SendAgain
            ) {
                tokio::time::sleep(BACK_OFF).await;
            }
        }
    }

    async fn send(
        &self,
        kept: &mut Option<Connection>,
        bytes: &[u8],
        sent: Sent,
        tally: &mut Tally,
    ) -> Answer {
        let connection = match kept {
            Some(connection) => connection,
            None => match Connection::open(self.target).await {
                Ok(opened) => kept.insert(opened),
                Err(error) => {
                    tally.fail(self.batch, || format!("connecting: {error}"));
                    return Answer::Done;
                }
            },
        };
        tally.requests += 1;
        let answered = connection.exchange(bytes, |response| match response.status {
            200..=299 => {
                self.acknowledge(response.body, sent, tally);
                Answer::Done
            }
            429 | 503 => {
                tally.refused += 1;
                Answer::SendAgain
            }
            status => {
                let body = &response.body[..response.body.len().min(KEPT)];
                tally.fail(self.batch, || format!("{status}: {}", String::from_utf8_lossy(body)));
                Answer::Done
            }
        });
        match answered.await {
            Ok(answer) => answer,
            Err(error) => {
                *kept = None;
                tally.fail(self.batch, || format!("no answer: {error}"));
                Answer::Done
            }
        }
    }

    /// Notes what is acknowledged: what the request was about, or else the events that the answer
    /// names.
    fn acknowledge(&self, answer: &[u8], sent: Sent, tally: &mut Tally) {
        let Sent { first, start } = sent;
        let at = clock::now();
        if let Some(event) = self.requests.key(first) {
            tally.acks.push(Ack { start, at, event });
            return;
        }
        let mut rest = answer;
        let mut named = 0;
        while named < self.batch
            && let Some((event, left)) = EventKey::find(rest)
        {
            tally.acks.push(Ack { start, at, event });
            named += 1;
            rest = left;
        }
        if named < self.batch {
            let body = &answer[..answer.len().min(KEPT)];
            tally.fail(self.batch - named, || String::from_utf8_lossy(body).into_owned());
        }
    }
}
