//! What requests of providers came to, counted in memory and written now and then.
//!
//! Bounded: so many connections, and of each so many refusals, between two writes; what is beyond
//! that is counted and not kept. Requests to connections that do not exist are nobody's.

use std::collections::HashMap;
use std::time::Duration;

use fanfare_model::inbound::InboundOutcome;
use fanfare_model::{ConnectionId, Timestamp, limits};
use fanfare_store::{Connection, InboundCount, InboundTally, RefusedInbound};
use parking_lot::Mutex;
use tokio_util::sync::CancellationToken;

use crate::{App, AppError};

/// Connections that are counted for between two writes.
const CONNECTIONS: usize = 10_000;
/// How often it is written.
const EVERY: Duration = Duration::from_secs(5);

/// What is not written yet.
#[derive(Debug, Default)]
pub(crate) struct Tallies(Mutex<HashMap<ConnectionId, InboundTally>>);

impl Tallies {
    fn add(&self, connection: &Connection, outcome: InboundOutcome, now: Timestamp) -> bool {
        let mut all = self.0.lock();
        if all.len() >= CONNECTIONS && !all.contains_key(&connection.id) {
            return false;
        }
        let tally = all.entry(connection.id).or_insert_with(|| InboundTally {
            organization_id: connection.organization_id,
            connection_id: connection.id,
            counts: Vec::new(),
            refused: Vec::new(),
        });
        match tally.counts.iter_mut().find(|one| one.outcome == outcome) {
            Some(one) => {
                one.count += 1;
                one.last_at = one.last_at.max(now);
            }
            None => tally.counts.push(InboundCount { outcome, count: 1, last_at: now }),
        }
        tally.refused.len() < limits::REFUSALS_KEPT
    }

    fn keep(&self, connection: ConnectionId, refused: RefusedInbound) {
        if let Some(tally) = self.0.lock().get_mut(&connection) {
            tally.refused.push(refused);
        }
    }

    fn take(&self) -> Vec<InboundTally> {
        std::mem::take(&mut *self.0.lock()).into_values().collect()
    }

    /// Puts back what could not be written.
    fn give_back(&self, tallies: Vec<InboundTally>) {
        let mut all = self.0.lock();
        for tally in tallies {
            let Some(newer) = all.get_mut(&tally.connection_id) else {
                all.insert(tally.connection_id, tally);
                continue;
            };
            for one in tally.counts {
                match newer.counts.iter_mut().find(|count| count.outcome == one.outcome) {
                    Some(count) => count.count += one.count,
                    None => newer.counts.push(one),
                }
            }
            newer.refused.extend(tally.refused);
            newer.refused.truncate(limits::REFUSALS_KEPT);
        }
    }
}

impl App {
    /// Counts what a request to a connection came to; of a refused one, where it came from and when
    /// is kept as well.
    pub fn count_inbound(&self, connection: &Connection, outcome: InboundOutcome, address: &str) {
        let now = self.now();
        let room = self.shared.tallies.add(connection, outcome, now);
        if room && outcome.is_refusal() {
            let (id, address) = (self.ids().next(), address.to_owned());
            let refused = RefusedInbound { id, outcome, at: now, address };
            self.shared.tallies.keep(connection.id, refused);
        }
    }

    /// Writes what was counted, now and then until `shutdown`, and once more then.
    pub async fn run_tallies(&self, shutdown: CancellationToken) {
        loop {
            if let Err(error) = self.flush_tallies().await {
                tracing::warn!(?error, "writing what requests of providers came to failed");
            }
            if shutdown.is_cancelled() {
                return;
            }
            let next = self.now() + EVERY;
            tokio::select! {
                () = self.shared.clock.sleep_until(next) => {}
                () = shutdown.cancelled() => {}
            }
        }
    }

    /// Writes what was counted.
    pub async fn flush_tallies(&self) -> Result<(), AppError> {
        let tallies = self.shared.tallies.take();
        if tallies.is_empty() {
            return Ok(());
        }
        let written = self.store().add_tallies(tallies.clone()).await;
        if written.is_err() {
            self.shared.tallies.give_back(tallies);
        }
        Ok(written?)
    }
}
