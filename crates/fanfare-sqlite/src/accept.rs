//! Accepting events: the hottest path, together with [`crate::record`].
//!
//! Matching happens here, in the writer, from webhooks held in memory: whoever matched when the
//! event was accepted is exactly whoever gets a delivery.

use std::sync::Arc;

use fanfare_model::{DeliveryOrigin, OrganizationId, Timestamp, WebhookId};
use fanfare_store::{
    Accept, AcceptResult, EventSource, Figure, IdempotencyStart, LeaseToken, Leased, NewEvent,
    Webhook,
};

use crate::event_row::source_code;
use crate::fault::Fault;
use crate::idempotency;
use crate::ids::delivery_id;
use crate::state::Subject;
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
    let call = Call {
        organization_id: accept.organization_id,
        organization,
        at: accept.at,
        source: accept.source,
        only: accept.only,
        except: accept.except,
    };
    let mut fanouts = Vec::with_capacity(accept.events.len());
    for event in &accept.events {
        fanouts.push(fan_out(tx, call, event)?);
    }
    Ok(AcceptResult::Accepted(fanouts))
}

/// What events accepted together have in common.
#[derive(Clone, Copy)]
pub(crate) struct Call {
    pub(crate) organization_id: OrganizationId,
    /// Its key.
    pub(crate) organization: i64,
    pub(crate) at: Timestamp,
    pub(crate) source: EventSource,
    pub(crate) only: Option<WebhookId>,
    pub(crate) except: Option<WebhookId>,
}

/// One event with its deliveries; gives how many these are.
pub(crate) fn fan_out(tx: &mut Tx<'_, '_>, call: Call, event: &NewEvent) -> Result<u32, Fault> {
    let mut matching = std::mem::take(&mut tx.hot.matching);
    find_matching(tx, call, event, &mut matching);
    let seq = insert_event(tx, call, event, matching.len())?;
    let figure = Figure::accepted(call.at, call.source, event.event_type);
    tx.effects.figures.push((Subject::Organization(call.organization), figure));
    for (key, webhook) in &matching {
        insert_delivery(tx, call, event, seq, (*key, webhook))?;
    }
    let fanout = matching.len() as u32;
    matching.clear();
    tx.hot.matching = matching;
    Ok(fanout)
}

fn find_matching(
    tx: &Tx<'_, '_>,
    call: Call,
    event: &NewEvent,
    matching: &mut Vec<(u32, Arc<Webhook>)>,
) {
    matching.clear();
    if let Some(only) = call.only {
        matching.extend(tx.state.webhook(call.organization_id, only));
        return;
    }
    let tenant = tx.state.tenants.get(&call.organization_id);
    for key in tenant.map_or(&[][..], |tenant| &tenant.webhooks) {
        if let Some(webhook) = tx.state.webhooks.get(key)
            && webhook.status.accepts()
            && webhook.events.matches(event.event_type)
            && call.except != Some(webhook.id)
        {
            matching.push((*key, webhook.clone()));
        }
    }
}

fn insert_event(
    tx: &mut Tx<'_, '_>,
    call: Call,
    event: &NewEvent,
    fanout: usize,
) -> Result<i64, Fault> {
    let seq = tx.state.next_event;
    tx.state.next_event += 1;
    tx.hot.rows.push_event(NewEventRow {
        seq,
        organization: call.organization,
        id: event.id,
        event_type: event.event_type.index(),
        source: source_code(call.source),
        accepted_at: call.at,
        fanout: fanout as u32,
        first_delivery: tx.state.window.end(),
        body: event.body.clone(),
        person: event.person.clone(),
    })?;
    Ok(seq)
}

fn insert_delivery(
    tx: &mut Tx<'_, '_>,
    call: Call,
    event: &NewEvent,
    event_seq: i64,
    (key, webhook): (u32, &Arc<Webhook>),
) -> Result<(), Fault> {
    let seq = tx.state.window.end();
    let test = call.source == EventSource::Test;
    let origin = if test { DeliveryOrigin::Test } else { DeliveryOrigin::Fanout };
    // A test is sent whatever the webhook's status; everything else waits while it is paused.
    let wanted = webhook.status.is_served() || call.only.is_some();
    let in_memory =
        wanted && tx.handover.reserve(webhook.id, event.event_type.class(), event.body.len());
    if in_memory {
        tx.effects.leased.push(leased(tx, call, event, seq, webhook));
    } else {
        tx.waits(seq, key, call.at);
    }
    tx.state.window.push(if in_memory { key } else { 0 });
    tx.push_delivery(NewDelivery {
        seq,
        event: event_seq,
        webhook: key,
        organization: call.organization,
        event_type: event.event_type.index(),
        origin: origin.code(),
        created_at: call.at,
        parked: !in_memory,
    })
}

fn leased(
    tx: &Tx<'_, '_>,
    call: Call,
    event: &NewEvent,
    seq: i64,
    webhook: &Arc<Webhook>,
) -> Leased {
    Leased {
        id: delivery_id(seq, call.at),
        lease: LeaseToken(tx.state.memory_lease),
        lease_until: None,
        event_id: event.id,
        event_type: event.event_type,
        accepted_at: call.at,
        body: event.body.clone(),
        webhook: webhook.clone(),
        attempts: 0,
        test: call.source == EventSource::Test,
    }
}
