//! Accepting events: the hottest path, together with [`crate::record`].
//!
//! Matching happens here, in the writer, from webhooks held in memory: whoever matched when the
//! event was accepted is exactly whoever gets a delivery.

use std::sync::Arc;

use fanfare_model::DeliveryOrigin;
use fanfare_store::{
    Accept, AcceptResult, EventSource, IdempotencyStart, LeaseToken, Leased, NewEvent, Webhook,
};

use crate::event_row::source_code;
use crate::fault::Fault;
use crate::idempotency;
use crate::ids::delivery_id;
use crate::writer::{NewDelivery, NewEventRow, Tx};

/// Everything of one call.
pub(crate) fn accept(tx: &mut Tx<'_, '_>, accept: &Accept) -> Result<AcceptResult, Fault> {
    tx.state.hear(accept.at);
    let organization = tx.tenant_key(accept.organization_id)?;
    if let Some((key, response)) = &accept.idempotency {
        match idempotency::look_up(tx, key, accept.at)? {
            IdempotencyStart::Fresh => {
                idempotency::keep(tx, organization, key, Some(response), accept.at)?;
            }
            IdempotencyStart::Replayed(first) => return Ok(AcceptResult::Replayed(first)),
            IdempotencyStart::KeyReused => return Ok(AcceptResult::KeyReused),
            IdempotencyStart::KeyInUse => return Ok(AcceptResult::KeyInUse),
        }
    }
    let mut fanouts = Vec::with_capacity(accept.events.len());
    let mut matching = Vec::new();
    for event in &accept.events {
        find_matching(tx, accept, event, &mut matching);
        let seq = insert_event(tx, organization, accept, event, matching.len())?;
        for (key, webhook) in &matching {
            insert_delivery(
                tx,
                accept,
                event,
                Place { organization, event: seq, key: *key },
                webhook,
            )?;
        }
        fanouts.push(matching.len() as u32);
    }
    Ok(AcceptResult::Accepted(fanouts))
}

fn find_matching(
    tx: &Tx<'_, '_>,
    accept: &Accept,
    event: &NewEvent,
    matching: &mut Vec<(u32, Arc<Webhook>)>,
) {
    matching.clear();
    if let Some(only) = accept.only {
        matching.extend(tx.state.webhook(accept.organization_id, only));
        return;
    }
    let tenant = tx.state.tenants.get(&accept.organization_id);
    for key in tenant.map_or(&[][..], |tenant| &tenant.webhooks) {
        if let Some(webhook) = tx.state.webhooks.get(key)
            && webhook.status.accepts()
            && webhook.events.matches(event.event_type)
        {
            matching.push((*key, webhook.clone()));
        }
    }
}

fn insert_event(
    tx: &mut Tx<'_, '_>,
    organization: i64,
    accept: &Accept,
    event: &NewEvent,
    fanout: usize,
) -> Result<i64, Fault> {
    let seq = tx.state.next_event;
    tx.state.next_event += 1;
    tx.hot.rows.push_event(NewEventRow {
        seq,
        organization,
        id: event.id,
        event_type: event.event_type.index(),
        source: source_code(accept.source),
        accepted_at: accept.at,
        fanout: fanout as u32,
        first_delivery: tx.state.window.end(),
        body: event.body.clone(),
    })?;
    Ok(seq)
}

#[derive(Clone, Copy)]
struct Place {
    organization: i64,
    event: i64,
    key: u32,
}

fn insert_delivery(
    tx: &mut Tx<'_, '_>,
    accept: &Accept,
    event: &NewEvent,
    place: Place,
    webhook: &Arc<Webhook>,
) -> Result<(), Fault> {
    let seq = tx.state.window.end();
    let test = accept.source == EventSource::Test;
    let origin = if test { DeliveryOrigin::Test } else { DeliveryOrigin::Fanout };
    // A test is sent whatever the webhook's status; everything else waits while it is paused.
    let wanted = webhook.status.is_served() || accept.only.is_some();
    let in_memory = wanted && tx.handover.reserve(webhook.id, event.body.len());
    if in_memory {
        tx.effects.leased.push(leased(tx, accept, event, seq, webhook));
    } else {
        tx.waits(seq, place.key, accept.at);
    }
    tx.state.window.push(if in_memory { place.key } else { 0 });
    tx.hot.rows.push_delivery(NewDelivery {
        seq,
        event: place.event,
        webhook: place.key,
        organization: place.organization,
        event_type: event.event_type.index(),
        origin: origin.code(),
        created_at: accept.at,
        parked: !in_memory,
    })?;
    Ok(())
}

fn leased(
    tx: &Tx<'_, '_>,
    accept: &Accept,
    event: &NewEvent,
    seq: i64,
    webhook: &Arc<Webhook>,
) -> Leased {
    Leased {
        id: delivery_id(seq, accept.at),
        lease: LeaseToken(tx.state.memory_lease),
        lease_until: None,
        event_id: event.id,
        event_type: event.event_type,
        accepted_at: accept.at,
        body: event.body.clone(),
        webhook: webhook.clone(),
        attempts: 0,
        test: accept.source == EventSource::Test,
    }
}
