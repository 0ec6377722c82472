//! Claiming due deliveries: a few of each webhook, so that no backlog fills a batch.
//!
//! The index of what waits is ordered by webhook, then due time. A claim skips from webhook to
//! webhook in it and reads of each no more than it may take, so that a million waiting rows of
//! a paused webhook cost one step. It writes nothing: see [`crate::state::Leases`]. A claim that
//! had to stop at its limit is continued by the next one with the webhook after.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use bytes::Bytes;
use fanfare_model::{EventId, EventType, Timestamp, WebhookId};
use fanfare_store::{Claim, Claimed, EventSource, LeaseToken, Leased, Webhook};
use rusqlite::{OptionalExtension, Rows};

use crate::event_row;
use crate::fault::Fault;
use crate::ids::delivery_id;
use crate::state::Lease;
use crate::writer::Tx;

/// Bodies one claim brings into memory, roughly, at most.
const BODY_BYTES: usize = 8 * 1024 * 1024;

pub(crate) const NEXT_WEBHOOK: &str = "SELECT webhook FROM deliveries INDEXED BY deliveries_due \
     WHERE parked = 1 AND webhook > ?1 ORDER BY webhook LIMIT 1";
/// From one place on: the rest of its due time.
pub(crate) const SAME_DUE: &str = "SELECT seq, due_at, event, created_at, attempts \
     FROM deliveries INDEXED BY deliveries_due \
     WHERE parked = 1 AND webhook = ?1 AND due_at = ?2 AND seq >= ?3 ORDER BY seq";
/// And what is due later.
pub(crate) const LATER: &str = "SELECT seq, due_at, event, created_at, attempts \
     FROM deliveries INDEXED BY deliveries_due \
     WHERE parked = 1 AND webhook = ?1 AND due_at > ?2 ORDER BY due_at, seq";

/// A delivery that waits.
struct Waiting {
    seq: i64,
    due_at: i64,
    event: i64,
    created_at: Timestamp,
    attempts: u8,
}

/// The body and what else deliveries of one event share.
struct Shared {
    id: EventId,
    event_type: EventType,
    accepted_at: Timestamp,
    test: bool,
    body: Bytes,
}

struct Claiming<'q> {
    claim: &'q Claim,
    lease: u64,
    skip: HashSet<WebhookId>,
    events: HashMap<i64, Shared>,
    bytes: usize,
    claimed: Claimed,
}

/// One claim.
pub(crate) fn claim(tx: &mut Tx<'_, '_>, claim: &Claim) -> Result<Claimed, Fault> {
    tx.state.hear(claim.now);
    for seq in tx.state.leases.ended(claim.now) {
        tx.state.free_lease(seq);
    }
    let mut claiming = Claiming {
        claim,
        lease: tx.state.next_lease(),
        skip: claim.skip.iter().copied().collect(),
        events: HashMap::new(),
        bytes: 0,
        claimed: Claimed::default(),
    };
    let begin = tx.state.claimed_last;
    let mut stopped_at = None;
    for (above, up_to) in [(begin, u32::MAX), (0, begin)] {
        let mut webhook = above;
        while let Some(next) = next_webhook(tx, webhook)?.filter(|next| *next <= up_to) {
            webhook = next;
            claiming.of_webhook(tx, webhook)?;
            if claiming.is_full() && stopped_at.is_none() {
                stopped_at = Some(webhook);
            }
        }
    }
    tx.state.claimed_last = stopped_at.unwrap_or(0);
    Ok(claiming.finish(tx))
}

fn next_webhook(tx: &Tx<'_, '_>, above: u32) -> Result<Option<u32>, Fault> {
    let mut next = tx.connection.prepare_cached(NEXT_WEBHOOK)?;
    Ok(next.query_row([above], |row| row.get(0)).optional()?)
}

impl Claiming<'_> {
    fn is_full(&self) -> bool {
        self.claimed.deliveries.len() >= self.claim.limit || self.bytes >= BODY_BYTES
    }

    fn of_webhook(&mut self, tx: &mut Tx<'_, '_>, key: u32) -> Result<(), Fault> {
        let Some(webhook) = tx.state.webhooks.get(&key).cloned() else { return Ok(()) };
        if !webhook.status.is_served() || self.skip.contains(&webhook.id) {
            return Ok(());
        }
        let room = self.claim.limit.saturating_sub(self.claimed.deliveries.len());
        let take = room.min(self.claim.per_webhook);
        let waiting = waiting(tx, key, take + 1, self.claim.now.as_millis())?;
        let mut from = None;
        for (index, row) in waiting.into_iter().enumerate() {
            from = Some((row.due_at, row.seq));
            if index >= take || row.due_at > self.claim.now.as_millis() || self.is_full() {
                self.comes_next(Timestamp::from_millis(row.due_at));
                break;
            }
            let leased = self.lease(tx, key, &row, &webhook)?;
            self.claimed.deliveries.push(leased);
        }
        if let Some(from) = from {
            tx.state.leases.claimed_before(key, from);
        }
        Ok(())
    }

    fn comes_next(&mut self, due: Timestamp) {
        let next = self.claimed.next_due.map_or(due, |next| next.min(due));
        self.claimed.next_due = Some(next);
    }

    /// What others have claimed is due again when their leases end.
    fn finish(mut self, tx: &Tx<'_, '_>) -> Claimed {
        let counts = |lease: &Lease| {
            let webhook = tx.state.webhooks.get(&lease.webhook);
            lease.token != self.lease
                && webhook.is_some_and(|webhook| {
                    webhook.status.is_served() && !self.skip.contains(&webhook.id)
                })
        };
        if let Some(end) = tx.state.leases.next_end(counts) {
            self.comes_next(end);
        }
        self.claimed
    }

    fn lease(
        &mut self,
        tx: &mut Tx<'_, '_>,
        key: u32,
        row: &Waiting,
        webhook: &Arc<Webhook>,
    ) -> Result<Leased, Fault> {
        let (until, event) = (self.claim.lease_until, row.event);
        let lease = Lease {
            token: self.lease,
            until: Some(until),
            webhook: key,
            attempts: row.attempts,
            due_at: row.due_at,
        };
        tx.state.set_lease(row.seq, Some(lease));
        if !self.events.contains_key(&event) {
            let shared = shared(tx, event)?;
            self.bytes += shared.body.len();
            self.events.insert(event, shared);
        }
        let shared =
            self.events.get(&event).ok_or_else(|| Fault::corrupt("a delivery has no event"))?;
        Ok(Leased {
            id: delivery_id(row.seq, row.created_at),
            lease: LeaseToken(self.lease),
            lease_until: Some(until),
            event_id: shared.id,
            event_type: shared.event_type,
            accepted_at: shared.accepted_at,
            body: shared.body.clone(),
            webhook: webhook.clone(),
            attempts: row.attempts,
            test: shared.test,
        })
    }
}

/// The first unclaimed rows of a webhook, up to and with the first that is not due yet.
fn waiting(tx: &Tx<'_, '_>, webhook: u32, limit: usize, now: i64) -> Result<Vec<Waiting>, Fault> {
    let (due_at, seq) = tx.state.leases.begin(webhook);
    let mut found = Vec::new();
    let mut same = tx.connection.prepare_cached(SAME_DUE)?;
    take_unclaimed(tx, same.query((webhook, due_at, seq))?, (limit, now), &mut found)?;
    if found.last().is_none_or(|last| last.due_at <= now) {
        let mut later = tx.connection.prepare_cached(LATER)?;
        take_unclaimed(tx, later.query((webhook, due_at))?, (limit, now), &mut found)?;
    }
    Ok(found)
}

fn take_unclaimed(
    tx: &Tx<'_, '_>,
    mut rows: Rows<'_>,
    (limit, now): (usize, i64),
    found: &mut Vec<Waiting>,
) -> Result<(), Fault> {
    while found.len() < limit
        && let Some(row) = rows.next()?
    {
        let seq = row.get(0)?;
        if tx.state.leases.get(seq).is_none() {
            found.push(Waiting {
                seq,
                due_at: row.get(1)?,
                event: row.get(2)?,
                created_at: Timestamp::from_millis(row.get(3)?),
                attempts: row.get(4)?,
            });
            if found.last().is_some_and(|last| last.due_at > now) {
                return Ok(());
            }
        }
    }
    Ok(())
}

/// When the first unclaimed row of a webhook was or will be due.
pub(crate) fn oldest_due_of(tx: &Tx<'_, '_>, webhook: u32) -> Result<Option<Timestamp>, Fault> {
    let first = waiting(tx, webhook, 1, i64::MIN)?;
    Ok(first.first().map(|row| Timestamp::from_millis(row.due_at)))
}

/// When the first unclaimed row of any webhook was or will be due.
pub(crate) fn oldest_due(tx: &Tx<'_, '_>) -> Result<Option<Timestamp>, Fault> {
    let (mut webhook, mut oldest) = (0, None);
    while let Some(next) = next_webhook(tx, webhook)? {
        webhook = next;
        if let Some(due) = oldest_due_of(tx, webhook)? {
            oldest = Some(oldest.map_or(due, |oldest: Timestamp| oldest.min(due)));
        }
    }
    Ok(oldest)
}

fn shared(tx: &Tx<'_, '_>, event: i64) -> Result<Shared, Fault> {
    let mut find = tx
        .connection
        .prepare_cached(&format!("SELECT {} FROM events WHERE seq = ?1", event_row::COLUMNS))?;
    let mut rows = find.query([event])?;
    let row = rows.next()?.ok_or_else(|| Fault::corrupt("a delivery has no event"))?;
    let event = event_row::read(row)?.event;
    Ok(Shared {
        id: event.summary.id,
        event_type: event.summary.event_type,
        accepted_at: event.summary.accepted_at,
        test: event.summary.source == EventSource::Test,
        body: event.body,
    })
}
