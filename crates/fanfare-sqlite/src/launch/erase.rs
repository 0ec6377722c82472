//! Erasing a person.

use fanfare_model::ConsumerId;
use fanfare_store::erasure;
use rusqlite::{OptionalExtension, params};

use super::consumer;
use crate::attempt;
use crate::event_ops::{FANNED_OUT, SENT_AGAIN};
use crate::fault::Fault;
use crate::idempotency;
use crate::inbound;
use crate::writer::Tx;

/// An event that names the person.
struct Naming {
    seq: i64,
    fanout: i64,
    first_delivery: i64,
}

/// See [`fanfare_store::LaunchTx::erase_consumer`].
pub(super) fn erase(tx: &mut Tx<'_, '_>, organization: i64, id: ConsumerId) -> Result<(), Fault> {
    // What the same transaction emitted before is in memory and must be found as well.
    tx.hot.rows.flush()?;
    if let Some(person) = consumer::one(tx.connection, organization, id)? {
        inbound::erase(tx.connection, organization, &person)?;
    }
    consumer::delete(tx.connection, organization, id)?;
    for event in naming(tx, organization, id)? {
        erase_body(tx, event.seq)?;
        for delivery in deliveries_of(tx, &event)? {
            erase_answers(tx, delivery)?;
            tx.state.erase_answer_of(delivery);
        }
    }
    idempotency::erase_consumer(tx, organization, id)?;
    tx.state.erase_consumer(id);
    tx.connection.prepare_cached("UPDATE meta SET erasures = erasures + 1")?.execute([])?;
    tx.effects.erased = true;
    Ok(())
}

pub(crate) const NAMING: &str = "SELECT seq, fanout, first_delivery FROM events \
     INDEXED BY events_person WHERE person = ?1 AND organization = ?2";

fn naming(tx: &Tx<'_, '_>, organization: i64, id: ConsumerId) -> Result<Vec<Naming>, Fault> {
    super::gather(tx.connection, NAMING, params![id.to_string(), organization], usize::MAX, |row| {
        Ok(Some(Naming { seq: row.get(0)?, fanout: row.get(1)?, first_delivery: row.get(2)? }))
    })
}

fn erase_body(tx: &Tx<'_, '_>, event: i64) -> Result<(), Fault> {
    let body: Vec<u8> = tx
        .connection
        .prepare_cached("SELECT body FROM events WHERE seq = ?1")?
        .query_row([event], |row| row.get(0))?;
    let body = erasure::without_person(&body)
        .map_err(|error| Fault::corrupt(format!("an event's body: {error}")))?;
    tx.connection
        .prepare_cached("UPDATE events SET body = ?2 WHERE seq = ?1")?
        .execute(params![event, body])?;
    Ok(())
}

fn deliveries_of(tx: &Tx<'_, '_>, event: &Naming) -> Result<Vec<i64>, Fault> {
    let mut at_once = tx.connection.prepare_cached(&format!("SELECT seq FROM {FANNED_OUT}"))?;
    let mut again = tx.connection.prepare_cached(&format!("SELECT seq FROM {SENT_AGAIN}"))?;
    let seq = |row: &rusqlite::Row<'_>| row.get(0);
    let mut found = at_once
        .query_map((event.first_delivery, event.fanout), seq)?
        .collect::<Result<Vec<_>, _>>()?;
    for later in again.query_map((event.seq, event.first_delivery, event.fanout), seq)? {
        found.push(later?);
    }
    Ok(found)
}

/// What receivers answered to a delivery.
fn erase_answers(tx: &Tx<'_, '_>, delivery: i64) -> Result<(), Fault> {
    let latest: Option<Vec<u8>> = tx
        .connection
        .prepare_cached("SELECT attempt FROM deliveries WHERE seq = ?1 AND attempts > 0")?
        .query_row([delivery], |row| row.get(0))
        .optional()?;
    if let Some(mut bytes) = latest {
        attempt::erase_response(&mut bytes)?;
        tx.connection
            .prepare_cached("UPDATE deliveries SET attempt = ?2 WHERE seq = ?1")?
            .execute(params![delivery, bytes])?;
    }
    let sql = "SELECT number, attempt FROM attempts WHERE delivery = ?1";
    let earlier = super::gather(tx.connection, sql, [delivery], usize::MAX, |row| {
        Ok(Some((row.get::<_, i64>(0)?, row.get::<_, Vec<u8>>(1)?)))
    })?;
    for (number, mut bytes) in earlier {
        attempt::erase_response(&mut bytes)?;
        tx.connection
            .prepare_cached("UPDATE attempts SET attempt = ?3 WHERE delivery = ?1 AND number = ?2")?
            .execute(params![delivery, number, bytes])?;
    }
    Ok(())
}
