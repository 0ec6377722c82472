//! Erasing a consumer takes the person out of everything that is kept, and nothing else.

use bytes::Bytes;
use fanfare_model::{ConsumerId, EventId, EventType, OrganizationId, limits};
use serde_json::{Value, json};

use super::World;
use super::accept::key;
use super::launch::items;
use super::world::{at, attempt, day, page};
use crate::{
    Accept, ConsumerFilter, EventSource, IdempotencyStart, LaunchTx, Leased, NewEvent, Order,
    OrderFilter, Record, SortKey, StoredResponse, Verdict, erasure,
};

const PERSON: [&str; 3] = ["ada@shop.example", "+49 170 1", "Ada Löwe"];

fn names_the_person(bytes: &[u8]) -> bool {
    let text = String::from_utf8_lossy(bytes);
    PERSON.iter().any(|part| text.contains(part))
}

fn event(world: &World, id: ConsumerId, event_type: EventType, second: u64) -> NewEvent {
    let [email, phone, full_name] = PERSON;
    let body = json!({
        "id": "wh_evt_1",
        "type": event_type.to_string(),
        "data": {
            "consumer_id": id.to_string(),
            "email": email,
            "phone": phone,
            "full_name": full_name,
            "external_id": null,
            "metadata": {"size": full_name},
            "source": "api",
            "changed_fields": ["email"],
        },
    });
    let person = crate::names_a_person(event_type).then(|| id.to_string().into_boxed_str());
    NewEvent {
        body: Bytes::from(body.to_string()),
        person,
        ..world.new_event(event_type, at(second))
    }
}

async fn erase(world: &World, org: OrganizationId, id: ConsumerId, last: Option<NewEvent>) {
    let work = move |tx: &mut dyn LaunchTx| {
        if let Some(last) = &last {
            tx.emit(last.clone(), at(50))?;
        }
        Ok(tx.erase_consumer(id)?)
    };
    assert!(world.store.launch(org, true, Box::new(work)).await.expect("work"));
}

async fn body(world: &World, org: OrganizationId, id: EventId) -> Bytes {
    world.store.event(org, id).await.expect("a read").expect("the event").body
}

/// Records an attempt whose receiver answered with what it got.
async fn answer(world: &World, leased: &Leased, verdict: Verdict, second: u64) {
    let mut attempt = attempt(verdict, at(second));
    attempt.response_body = leased.body.clone();
    attempt.response_truncated = true;
    let record = Record {
        id: leased.id,
        lease: leased.lease,
        event_type: leased.event_type,
        attempt,
        verdict,
    };
    world.store.record(vec![record], limits::DISABLE_AFTER, at(second)).await.expect("recorded");
}

/// The row goes, the events' bodies lose the person and nothing else, whoever emitted them; what
/// holds ids only stays.
pub async fn erasing_takes_the_person_out_of_events(world: &World) {
    let (org, _) = world.shop().await;
    let (erased, other) = (world.consumer(org, 1).await.id, world.consumer(org, 1).await.id);
    let created = event(world, erased, EventType::ConsumerCreated, 2);
    let published = event(world, erased, EventType::ConsumerUpdated, 3);
    let of_other = event(world, other, EventType::ConsumerCreated, 4);
    let unnamed = event(world, erased, EventType::OrderPaid, 5);
    let same_transaction = event(world, erased, EventType::ConsumerUpdated, 6);
    let order = world.new_order(erased, 5);
    world.put_orders(org, std::slice::from_ref(&order)).await;
    let (one, two) = (created.clone(), of_other.clone());
    world
        .change(org, move |tx| {
            tx.emit(one.clone(), at(2))?;
            tx.emit(two.clone(), at(4))
        })
        .await;
    let accept = Accept {
        organization_id: org,
        at: at(3),
        events: vec![published.clone(), unnamed.clone()],
        source: EventSource::Api,
        only: None,
        except: None,
        idempotency: None,
    };
    world.store.accept(accept).await.expect("accepted");
    erase(world, org, erased, Some(same_transaction.clone())).await;
    for event in [&created, &published, &same_transaction] {
        let stored = body(world, org, event.id).await;
        assert_eq!(stored, erasure::without_person(&event.body).expect("an event"));
        assert!(!names_the_person(&stored));
        let stored: Value = serde_json::from_slice(&stored).expect("JSON");
        assert_eq!(stored["data"]["consumer_id"], erased.to_string());
        assert_eq!(stored["data"]["email"], Value::Null);
    }
    for event in [&of_other, &unnamed] {
        assert_eq!(body(world, org, event.id).await, event.body);
    }
    assert!(world.store.consumer(org, erased).await.expect("a read").is_none());
    let all = page(9, Order::Ascending);
    let left = world.store.consumers(org, ConsumerFilter::default(), SortKey::Updated, all).await;
    assert_eq!(items(left).iter().map(|consumer| consumer.id).collect::<Vec<_>>(), [other]);
    let orders = world.store.orders(org, OrderFilter::default(), SortKey::Created, all).await;
    assert_eq!(items(orders), [order]);
}

/// What receivers answered to these events goes, of every attempt, resends and later ones
/// included; that there were attempts, and how they ended, stays.
pub async fn erasing_takes_the_person_out_of_answers(world: &World) {
    let (org, _) = world.shop().await;
    let id = world.consumer(org, 1).await.id;
    let other = world.consumer(org, 1).await.id;
    let (mine, theirs) = (
        event(world, id, EventType::ConsumerCreated, 2),
        event(world, other, EventType::ConsumerCreated, 2),
    );
    let in_memory = event(world, id, EventType::ConsumerUpdated, 3);
    for event in [&mine, &theirs, &in_memory] {
        let event = event.clone();
        world.change(org, move |tx| tx.emit(event.clone(), at(2))).await;
    }
    let handed = world.engine.take();
    assert_eq!(handed.len(), 3);
    answer(world, &handed[0], Verdict::RetryAt(at(10)), 3).await;
    let again = world.claim(at(10)).await.deliveries.remove(0);
    answer(world, &again, Verdict::Exhausted, 11).await;
    answer(world, &handed[1], Verdict::Succeeded, 3).await;
    let resent =
        world.store.resend(org, again.id, at(12), None).await.expect("made").expect("known");
    let second = world.claim(at(12)).await.deliveries.remove(0);
    assert_eq!(second.id, resent.id);
    answer(world, &second, Verdict::RetryAt(at(60)), 13).await;
    let before = world.detail(org, &handed[0]).await;

    erase(world, org, id, None).await;
    let after = world.detail(org, &handed[0]).await;
    assert_eq!(after.attempts.len(), 2);
    for (attempt, was) in after.attempts.iter().zip(&before.attempts) {
        assert!(attempt.response_body.is_empty() && !attempt.response_truncated);
        let mut same = was.clone();
        same.response_body = Bytes::new();
        same.response_truncated = false;
        assert_eq!(attempt.status_code, same.status_code);
        assert_eq!(format!("{attempt:?}"), format!("{same:?}"));
    }
    assert!(world.detail(org, &second).await.attempts[0].response_body.is_empty());
    assert_eq!(world.detail(org, &handed[1]).await.attempts[0].response_body, theirs.body);
    let third = world.claim(at(60)).await.deliveries.remove(0);
    assert!(!names_the_person(&third.body), "what is sent from now on");
    // Handed over before, so its receiver may still have got the person, and answer with it.
    answer(world, &handed[2], Verdict::Succeeded, 61).await;
    let late = &world.detail(org, &handed[2]).await.attempts[0];
    assert!(late.response_body.is_empty() && late.status_code == Some(200));
    answer(world, &third, Verdict::Succeeded, 61).await;
    let detail = world.detail(org, &third).await;
    assert_eq!(detail.attempts[1].response_body, third.body, "it holds nothing personal");
}

/// Kept answers to requests that hold the consumer's id say that it was erased.
pub async fn erasing_takes_the_person_out_of_kept_answers(world: &World) {
    let (org, _) = world.shop().await;
    let (foreign, _) = world.shop().await;
    let (id, other) = (world.consumer(org, 1).await.id, world.consumer(org, 1).await.id);
    let shown = |id: ConsumerId| format!("{{\"id\":\"{id}\",\"email\":\"{}\"}}", PERSON[0]);
    let kept = [
        (org, "one", shown(id), true),
        (org, "batch", format!("[{},{}]", shown(other), shown(id)), true),
        (org, "other", shown(other), false),
        (org, "none", "{}".to_owned(), false),
        (foreign, "one", shown(id), false),
    ];
    for (org, name, body, _) in &kept {
        let key = key(*org, name, 1);
        world.store.begin_idempotent(key.clone(), at(2)).await.expect("held");
        let response = StoredResponse { status: 201, body: Bytes::from(body.clone()) };
        world.store.finish_idempotent(key, Some(response), at(2)).await.expect("kept");
    }
    let held = key(org, "running", 1);
    world.store.begin_idempotent(held.clone(), at(2)).await.expect("held");
    erase(world, org, id, None).await;
    for (org, name, body, erased) in &kept {
        let again = world.store.begin_idempotent(key(*org, name, 1), at(3)).await;
        let body = if *erased { erasure::erased_answer(id) } else { body.clone().into_bytes() };
        let response = StoredResponse { status: 201, body: Bytes::from(body) };
        assert_eq!(again.expect("known"), IdempotencyStart::Replayed(response), "{name}");
    }
    let late = StoredResponse { status: 200, body: Bytes::from(shown(id)) };
    world.store.finish_idempotent(held.clone(), Some(late), at(3)).await.expect("kept");
    let again = world.store.begin_idempotent(held, at(4)).await.expect("known");
    let body = Bytes::from(erasure::erased_answer(id));
    let late = StoredResponse { status: 200, body };
    assert_eq!(again, IdempotencyStart::Replayed(late), "a request that ran meanwhile");
}

/// Events that were erased are still sent, listed and removed like any others.
pub async fn erased_events_live_on(world: &World) {
    let (org, _) = world.shop().await;
    let id = world.consumer(org, 1).await.id;
    let created = event(world, id, EventType::ConsumerCreated, 2);
    let emitted = created.clone();
    world.engine.set_room(0);
    world.change(org, move |tx| tx.emit(emitted.clone(), at(2))).await;
    world.engine.set_room(usize::MAX);
    erase(world, org, id, None).await;
    erase(world, org, id, None).await;
    let sent = world.claim(at(60)).await.deliveries.remove(0);
    assert_eq!(sent.body, erasure::without_person(&created.body).expect("an event"));
    world.record(&sent, Verdict::Succeeded, at(61)).await;
    assert_eq!(world.store.event_deliveries(org, created.id).await.expect("a list").len(), 1);
    assert_eq!(world.store.expire(day(10), 10).await.expect("a step"), 1);
    assert!(world.store.event(org, created.id).await.expect("a read").is_none());
    erase(world, org, id, None).await;
}
