//! Writes results in batches: while one batch is being committed the next one gathers.
//!
//! A result leaves memory only when the store has it. A store that is away is asked again until
//! it is back; meanwhile the room of what is unrecorded stays taken, so that nothing piles up
//! without bound, and slots wait once the gathered responses are large.

use std::sync::Arc;
use std::time::Duration;

use fanfare_model::{DeliveryId, Timestamp, WebhookId};
use fanfare_store::{LeaseToken, Record, RecordResult, Store, StoreError, Verdict};
use parking_lot::Mutex;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use crate::engine::Shared;

/// Most records in one call of the store.
const BATCH: usize = 1_000;
/// Response bytes in one call, roughly, at most: a call is one transaction, and accepting events
/// waits while it is written.
const BATCH_BYTES: usize = 32 * 1024;
/// Response bytes that may wait to be recorded before slots wait.
const RESPONSE_BYTES: usize = 16 * 1024 * 1024;
/// The first wait after the store refused, doubled up to [`RETRY_MAX`]. That is short, because a
/// store may be there for a moment only, and what is not recorded before its lease ends is sent
/// again.
const RETRY: Duration = Duration::from_millis(50);
const RETRY_MAX: Duration = Duration::from_millis(250);

/// A result on its way to the store, with the room it holds.
#[derive(Debug)]
pub(crate) struct Done {
    pub(crate) webhook: WebhookId,
    pub(crate) bytes: usize,
    pub(crate) record: Record,
}

/// A lease to give up, with the room it holds.
#[derive(Debug)]
pub(crate) struct Returned {
    pub(crate) webhook: WebhookId,
    pub(crate) bytes: usize,
    pub(crate) id: DeliveryId,
    pub(crate) lease: LeaseToken,
    pub(crate) how: Return,
}

/// What becomes of a delivery that is given back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Return {
    /// Due at this time, no attempt counted.
    DueAt(Timestamp),
    /// Cancelled: its webhook is gone.
    Cancelled,
    /// The store gave the lease to somebody else: nothing to write.
    Forgotten,
}

/// Gathers results.
#[derive(Debug, Default)]
pub(crate) struct Recorder {
    gathered: Mutex<Gathered>,
    arrived: Notify,
    written: Notify,
}

#[derive(Debug, Default)]
struct Gathered {
    done: Vec<Done>,
    returned: Vec<Returned>,
    response_bytes: usize,
    closed: bool,
}

impl Recorder {
    /// Takes a result; waits while too many response bytes are unwritten, but not once the
    /// process is to end at all costs.
    pub(crate) async fn done(&self, done: Done, abandon: &CancellationToken) {
        let bytes = done.record.attempt.response_body.len();
        if bytes > 0 && self.gathered.lock().response_bytes >= RESPONSE_BYTES {
            tokio::select! {
                () = self.wait_for_space() => {}
                () = abandon.cancelled() => {}
            }
        }
        let mut gathered = self.gathered.lock();
        gathered.response_bytes += bytes;
        gathered.done.push(done);
        drop(gathered);
        self.arrived.notify_one();
    }

    async fn wait_for_space(&self) {
        loop {
            let written = self.written.notified();
            if self.gathered.lock().response_bytes < RESPONSE_BYTES {
                return;
            }
            written.await;
        }
    }

    /// Takes leases to give up.
    pub(crate) fn give_back(&self, returned: impl IntoIterator<Item = Returned>) {
        self.gathered.lock().returned.extend(returned);
        self.arrived.notify_one();
    }

    /// After everything gathered is written, [`run`] ends.
    pub(crate) fn close(&self) {
        self.gathered.lock().closed = true;
        self.arrived.notify_one();
    }

    fn take(&self) -> Option<(Vec<Done>, Vec<Returned>)> {
        let mut gathered = self.gathered.lock();
        if gathered.done.is_empty() && gathered.returned.is_empty() {
            return None;
        }
        let mut bytes = 0;
        let fits = gathered.done.iter().take(BATCH).take_while(|done| {
            let before = bytes;
            bytes += done.record.attempt.response_body.len();
            before < BATCH_BYTES
        });
        let count = fits.count();
        let rest = gathered.done.split_off(count);
        let done = std::mem::replace(&mut gathered.done, rest);
        Some((done, std::mem::take(&mut gathered.returned)))
    }

    fn is_closed(&self) -> bool {
        self.gathered.lock().closed
    }
}

/// The loop: ends when the recorder is closed and everything is written.
pub(crate) async fn run(shared: Arc<Shared>, store: Arc<dyn Store>) {
    let recorder = &shared.recorder;
    loop {
        let arrived = recorder.arrived.notified();
        match recorder.take() {
            Some((done, returned)) => {
                write_records(&shared, &*store, done).await;
                write_returns(&shared, &*store, returned).await;
                recorder.written.notify_waiters();
            }
            None if recorder.is_closed() => return,
            None => arrived.await,
        }
    }
}

async fn write_records(shared: &Shared, store: &dyn Store, done: Vec<Done>) {
    if done.is_empty() {
        return;
    }
    let records: Vec<Record> = done.iter().map(|done| done.record.clone()).collect();
    let disable_after = shared.options.disable_after;
    let results = insist(&shared.abandon, || {
        store.record(records.clone(), disable_after, shared.clock.now())
    });
    let results = results.await.unwrap_or_default();
    let lost = results.iter().filter(|result| **result == RecordResult::LeaseLost);
    lost.for_each(|_| shared.counters.lease_lost());
    let next_due = done.iter().filter_map(|done| match done.record.verdict {
        Verdict::RetryAt(due) => Some(due),
        _ => None,
    });
    if let Some(due) = next_due.min() {
        shared.claims.due_at(due);
    }
    let mut response_bytes = 0;
    let freed = done.iter().map(|done| {
        response_bytes += done.record.attempt.response_body.len();
        (done.webhook, done.bytes)
    });
    shared.give_room_back(freed);
    shared.recorder.gathered.lock().response_bytes -= response_bytes;
}

async fn write_returns(shared: &Shared, store: &dyn Store, returned: Vec<Returned>) {
    let mut due: Vec<(Timestamp, Vec<(DeliveryId, LeaseToken)>)> = Vec::new();
    let mut cancelled = Vec::new();
    for item in &returned {
        match item.how {
            Return::DueAt(at) => match due.iter_mut().find(|(when, _)| *when == at) {
                Some((_, leases)) => leases.push((item.id, item.lease)),
                None => due.push((at, vec![(item.id, item.lease)])),
            },
            Return::Cancelled => cancelled.push((item.id, item.lease)),
            Return::Forgotten => {}
        }
    }
    for (at, leases) in due {
        shared.counters.released(leases.len());
        let _given_up = insist(&shared.abandon, || store.release(leases.clone(), at)).await;
        shared.claims.due_at(at);
    }
    if !cancelled.is_empty() {
        let now = shared.clock.now();
        let _given_up = insist(&shared.abandon, || store.drop_leased(cancelled.clone(), now)).await;
    }
    shared.give_room_back(returned.iter().map(|item| (item.webhook, item.bytes)));
}

/// Asks until the store takes it. Only an error that will not mend, or the end of the process,
/// gives up: then the lease ends by itself and the delivery is attempted again.
async fn insist<T, F>(abandon: &CancellationToken, mut ask: impl FnMut() -> F) -> Option<T>
where
    F: Future<Output = Result<T, StoreError>>,
{
    let (mut wait, mut tries) = (RETRY, 1_u32);
    loop {
        match ask().await {
            Ok(value) => {
                if tries > 1 {
                    tracing::info!(tries, "the store is back, results are recorded");
                }
                return Some(value);
            }
            Err(StoreError::Unavailable(why)) if tries == 1 => {
                tracing::warn!(%why, "the store is away, asking until it is back");
            }
            Err(StoreError::Unavailable(why)) => {
                tracing::debug!(%why, tries, "the store is still away");
            }
            Err(error) => {
                tracing::error!(%error, "results were not recorded; their leases will end");
                return None;
            }
        }
        tokio::select! {
            () = tokio::time::sleep(wait) => {}
            () = abandon.cancelled() => return None,
        }
        wait = (wait * 2).min(RETRY_MAX);
        tries = tries.saturating_add(1);
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::Instant;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_store_that_is_there_for_a_moment_is_not_missed() {
        for away_ms in (200..8_000).step_by(130) {
            let begin = Instant::now();
            let [from, until] = [away_ms, away_ms + 300].map(Duration::from_millis);
            let goes_on = CancellationToken::new();
            let taken = insist(&goes_on, async || {
                let at = begin.elapsed();
                if from <= at && at < until {
                    return Ok(at);
                }
                Err(StoreError::Unavailable("away".into()))
            });
            let taken = tokio::time::timeout(until, taken).await;
            assert!(taken.is_ok(), "there from {from:?} to {until:?}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn who_is_to_end_at_all_costs_does_not_insist() {
        let abandon = CancellationToken::new();
        let never = insist::<(), _>(&abandon, async || Err(StoreError::Unavailable("away".into())));
        let end = async {
            tokio::time::sleep(Duration::from_secs(5)).await;
            abandon.cancel();
        };
        assert_eq!(tokio::join!(never, end).0, None);
    }
}
