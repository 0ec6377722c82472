//! The notices that follow from a result, written in its transaction.

use fanfare_model::{DisabledReason, NoticeId, Timestamp, WebhookStatus};
use fanfare_store::{NoticeKind, Record, Verdict, Webhook};

use super::Held;
use crate::fault::Fault;
use crate::ids::delivery_id;
use crate::writer::Tx;

/// What people are told of this result, and which of it is reported to other webhooks.
pub(super) fn write(
    tx: &mut Tx<'_, '_>,
    held: &Held,
    record: &Record,
    (before, after): (&Webhook, &Webhook),
    now: Timestamp,
) -> Result<(), Fault> {
    let changed = (before.status != after.status).then_some(after.status);
    // What comes of the delivery of a report is reported to nobody.
    let report = !record.event_type.is_report();
    if record.verdict == Verdict::Exhausted {
        let report = report && changed == Some(WebhookStatus::Failed);
        of_delivery(tx, held.seq, report, now)?;
    }
    let kind = match (changed, after.disabled_reason) {
        (Some(WebhookStatus::Disabled), Some(DisabledReason::Gone)) => NoticeKind::WebhookGone,
        (Some(WebhookStatus::Disabled), _) => NoticeKind::WebhookDisabled,
        (Some(WebhookStatus::Active), _) => NoticeKind::WebhookRecovered,
        _ => return Ok(()),
    };
    let id: NoticeId = tx.ids.next();
    let sql = "INSERT INTO notices (organization, id, kind, webhook, created_at, untold, report) \
         SELECT organization, ?2, ?3, key, ?4, 1, ?5 FROM webhooks WHERE key = ?1";
    let row = (held.webhook, id.to_bytes(), kind.code(), now.as_millis(), report);
    tx.connection.prepare_cached(sql)?.execute(row)?;
    Ok(())
}

/// A delivery was given up.
pub(super) fn of_delivery(
    tx: &mut Tx<'_, '_>,
    seq: i64,
    report: bool,
    now: Timestamp,
) -> Result<(), Fault> {
    let id: NoticeId = tx.ids.next();
    let created_at: i64 = tx
        .connection
        .prepare_cached("SELECT created_at FROM deliveries WHERE seq = ?1")?
        .query_row([seq], |row| row.get(0))?;
    let delivery = delivery_id(seq, Timestamp::from_millis(created_at)).to_bytes();
    // Kind 0: see NoticeKind::code.
    let sql = "INSERT INTO notices (organization, id, kind, webhook, created_at, delivery, \
             delivery_id, event_id, type, untold, report) \
         SELECT d.organization, ?2, 0, d.webhook, ?3, d.seq, ?4, e.id, d.type, 1, ?5 \
         FROM deliveries d JOIN events e ON e.seq = d.event WHERE d.seq = ?1";
    let row = (seq, id.to_bytes(), now.as_millis(), delivery, report);
    tx.connection.prepare_cached(sql)?.execute(row)?;
    Ok(())
}
