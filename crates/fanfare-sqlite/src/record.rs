//! Recording attempts: one row per delivery changes, and whatever follows for its webhook.

mod notices;

use std::sync::Arc;
use std::time::Duration;

use fanfare_model::{DeliveryStatus, Timestamp, WebhookStatus};
use fanfare_store::{Figure, Record, RecordResult, Verdict, Webhook, after_attempt};

use crate::attempt;
use crate::fault::Fault;
use crate::ids::delivery_seq;
use crate::state::Subject;
use crate::webhook_ops;
use crate::webhook_row;
use crate::writer::Tx;

/// A delivery under a lease that lives.
pub(crate) struct Held {
    pub(crate) seq: i64,
    pub(crate) webhook: u32,
    attempts: u8,
    /// It is in no queue of the database.
    in_memory: bool,
    /// Its receiver may have got a person that was erased since.
    erased: bool,
}

/// The delivery with this number, if the lease is its live one. Its row of the window is ended.
pub(crate) fn take_held(tx: &mut Tx<'_, '_>, seq: i64, lease: u64) -> Option<Held> {
    if lease == tx.state.memory_lease
        && let Some(webhook) = tx.state.end_row(seq)
    {
        let erased = tx.state.end_erased(seq);
        return Some(Held { seq, webhook, attempts: 0, in_memory: true, erased });
    }
    let lease = tx.state.leases.get(seq).copied().filter(|held| held.token == lease);
    let lease = lease?;
    tx.state.set_lease(seq, None);
    let (webhook, attempts) = (lease.webhook, lease.attempts);
    let erased = tx.state.end_erased(seq);
    Some(Held { seq, webhook, attempts, in_memory: false, erased })
}

/// All records of one call.
pub(crate) fn record(
    tx: &mut Tx<'_, '_>,
    records: &[Record],
    disable_after: Duration,
    now: Timestamp,
) -> Result<Vec<RecordResult>, Fault> {
    tx.state.hear(now);
    let mut results = Vec::with_capacity(records.len());
    for record in records {
        let seq = delivery_seq(record.id.as_u128());
        results.push(match take_held(tx, seq, record.lease.0) {
            Some(held) => RecordResult::Recorded(write(tx, &held, record, disable_after, now)?),
            None => RecordResult::LeaseLost,
        });
    }
    Ok(results)
}

fn write(
    tx: &mut Tx<'_, '_>,
    held: &Held,
    record: &Record,
    disable_after: Duration,
    now: Timestamp,
) -> Result<DeliveryStatus, Fault> {
    let served = follow_up(tx, held, record, disable_after, now)?;
    tx.effects.figures.push((Subject::Webhook(held.webhook), Figure::attempt(record)));
    let (status, due) = match record.verdict {
        Verdict::Succeeded => (DeliveryStatus::Succeeded, None),
        Verdict::Exhausted | Verdict::Gone => (DeliveryStatus::Failed, None),
        Verdict::RetryAt(at) if served => (DeliveryStatus::Pending, Some(at)),
        // What waits for a webhook that is disabled is cancelled, and this would wait.
        Verdict::RetryAt(_) | Verdict::Cancelled => (DeliveryStatus::Cancelled, None),
    };
    let mut bytes = std::mem::take(&mut tx.hot.scratch);
    attempt::encode(&record.attempt, &mut bytes);
    if held.erased {
        attempt::erase_response(&mut bytes)?;
    }
    let written = write_row(tx, held, &bytes, status, due);
    tx.hot.scratch = bytes;
    written.map(|()| status)
}

fn write_row(
    tx: &mut Tx<'_, '_>,
    held: &Held,
    attempt: &[u8],
    status: DeliveryStatus,
    due: Option<Timestamp>,
) -> Result<(), Fault> {
    if held.in_memory && due.is_none() {
        tx.hot.end_delivery.execute((held.seq, status.code(), attempt))?;
        return Ok(());
    }
    if held.attempts > 0 {
        tx.connection
            .prepare_cached(
                "INSERT INTO attempts (delivery, number, attempt) \
                 SELECT seq, attempts, attempt FROM deliveries WHERE seq = ?1",
            )?
            .execute([held.seq])?;
    }
    let attempts = held.attempts.saturating_add(1);
    match due {
        Some(at) => {
            tx.state.leases.waits(held.webhook, (at.as_millis(), held.seq));
            tx.connection
                .prepare_cached(
                    "UPDATE deliveries SET parked = 1, due_at = ?2, attempts = ?3, \
                     attempt = ?4 WHERE seq = ?1",
                )?
                .execute((held.seq, at.as_millis(), attempts, attempt))?
        }
        None => tx
            .connection
            .prepare_cached(
                "UPDATE deliveries SET parked = 0, status = ?2, attempts = ?3, \
                 attempt = ?4 WHERE seq = ?1",
            )?
            .execute((held.seq, status.code(), attempts, attempt))?,
    };
    Ok(())
}

/// What the verdict means for the webhook. Gives whether it still takes deliveries.
fn follow_up(
    tx: &mut Tx<'_, '_>,
    held: &Held,
    record: &Record,
    disable_after: Duration,
    now: Timestamp,
) -> Result<bool, Fault> {
    let verdict = record.verdict;
    let before = tx.state.webhooks.get(&held.webhook);
    let healthy = before.is_some_and(|webhook| {
        webhook.failing_since.is_none() && webhook.status != WebhookStatus::Failed
    });
    if healthy && verdict == Verdict::Succeeded {
        return Ok(true);
    }
    let Some(before) = before.cloned() else {
        if verdict == Verdict::Exhausted {
            notices::of_delivery(tx, held.seq, false, now)?;
        }
        return Ok(false);
    };
    let after = after_attempt(Webhook::clone(&before), verdict, disable_after, now);
    notices::write(tx, held, record, (&before, &after), now)?;
    if after == *before {
        return Ok(before.status.accepts());
    }
    if after.status == before.status {
        webhook_row::update(tx.connection, held.webhook, &after)?;
        let after = Arc::new(after);
        let accepts = after.status.accepts();
        let (organization, id) = (after.organization_id, after.id);
        tx.state.set_webhook(organization, id, held.webhook, Some(after));
        return Ok(accepts);
    }
    let saved = webhook_ops::save(tx, held.webhook, &before, after, now)?;
    Ok(saved.status.accepts())
}

/// Makes held deliveries due again, no attempt counted.
pub(crate) fn release(
    tx: &mut Tx<'_, '_>,
    leases: &[(i64, u64)],
    due: Timestamp,
) -> Result<(), Fault> {
    for (seq, lease) in leases {
        if let Some(held) = take_held(tx, *seq, *lease) {
            tx.connection
                .prepare_cached("UPDATE deliveries SET parked = 1, due_at = ?2 WHERE seq = ?1")?
                .execute((held.seq, due.as_millis()))?;
            tx.waits(held.seq, held.webhook, due);
        }
    }
    Ok(())
}

/// Ends held deliveries as cancelled.
pub(crate) fn drop_leased(tx: &mut Tx<'_, '_>, leases: &[(i64, u64)]) -> Result<(), Fault> {
    for (seq, lease) in leases {
        if let Some(held) = take_held(tx, *seq, *lease) {
            tx.connection
                .prepare_cached("UPDATE deliveries SET parked = 0, status = 3 WHERE seq = ?1")?
                .execute([held.seq])?;
        }
    }
    Ok(())
}
