//! Orders of participants: who may have one, and what its payment does.

use std::time::Duration;

use fanfare_app::{
    Change, DistributionFields, ErrorCode, Fulfilment, NewOrder, PaymentInput, RuleFields,
};
use fanfare_model::launch::{OrderStatus, ParticipantStatus};
use fanfare_model::{ConsumerId, DistributionId, EventType, OrderId};
use serde_json::json;

use crate::launch::order_of;
use crate::world::{World, code, field};

/// A queue whose admissions hold for a minute.
fn a_minute() -> DistributionFields {
    let admission_expires_after = Change::Set(60);
    let rules = RuleFields { admission_expires_after, ..RuleFields::default() };
    DistributionFields { rules, ..DistributionFields::default() }
}

fn order_in(distribution: DistributionId, consumer: ConsumerId) -> NewOrder {
    NewOrder { distribution_id: Some(distribution), ..order_of(consumer) }
}

async fn pay(world: &World, id: OrderId) -> OrderStatus {
    let payment = PaymentInput::default();
    world.app.pay_order(&world.caller, id, payment).await.unwrap().status
}

async fn standing(world: &World, queue: DistributionId, consumer: ConsumerId) -> ParticipantStatus {
    world.app.participant(&world.caller, queue, consumer).await.unwrap().status
}

#[tokio::test]
async fn an_order_of_a_distribution_is_for_whom_it_let_through() {
    let world = World::new().await;
    let product = world.product().await;
    let fields = DistributionFields { product_id: Change::Set(product), ..a_minute() };
    let (experience, queue) = world.open_queue(fields).await;
    let (outside, waiting) = (world.consumer().await.id, world.joined(queue).await);
    let (admitted, late) = (world.admitted(queue).await, world.admitted(queue).await);
    let told = world.told().await.len();
    let order =
        async |consumer| world.app.create_order(&world.caller, order_in(queue, consumer)).await;
    for (consumer, why) in [(outside, "takes no part"), (waiting, "QUEUED")] {
        let refusal = order(consumer).await.unwrap_err();
        assert_eq!(refusal.code(), ErrorCode::Conflict);
        assert_eq!(refusal.details()[0].field, "distributionId");
        assert!(refusal.message().contains(why), "{refusal}");
    }
    assert_eq!(world.told().await.len(), told, "nothing is told of what was refused");
    let made = order(admitted).await.unwrap();
    assert_eq!((made.experience_id, made.product_id), (Some(experience.id), Some(product)));
    let other = world.product().await;
    let own = NewOrder { product_id: Some(other), ..order_in(queue, admitted) };
    assert_eq!(world.order(own).await.product_id, Some(other), "what is bought may be told");

    world.advance(Duration::from_secs(60));
    let refusal = order(late).await.unwrap_err();
    assert!(refusal.message().contains("ended at 2024-06-20T15:31:00Z"), "{refusal}");
    let stranger = world.organization("Umbrella").await;
    let consumer = world.app.create_consumer(&stranger, Default::default()).await.unwrap().id;
    let foreign = world.app.create_order(&stranger, order_in(queue, consumer)).await;
    assert_eq!(field(foreign), "distributionId");
}

#[tokio::test]
async fn paying_completes_the_checkout_first_and_once() {
    let world = World::new().await;
    let (experience, queue) = world.open_queue(DistributionFields::default()).await;
    let consumer = world.admitted(queue).await;
    let number = Some("A-1".to_owned());
    let order =
        world.order(NewOrder { external_order_id: number, ..order_in(queue, consumer) }).await;
    let told = world.told().await.len();
    world.advance(Duration::from_secs(5));
    assert_eq!(pay(&world, order.id).await, OrderStatus::Paid);
    assert_eq!(pay(&world, order.id).await, OrderStatus::Paid);
    assert_eq!(standing(&world, queue, consumer).await, ParticipantStatus::Completed);
    let told = world.told().await.split_off(told);
    assert_eq!(told[0].0, EventType::DistributionCompleted);
    assert_eq!(
        told[0].1,
        json!({
            "consumer_id": consumer,
            "distribution_id": queue,
            "experience_id": experience.id,
            "product_id": null,
            "distribution_type": "queue",
            "sequence_id": null,
            "order_id": order.id,
            "external_order_id": "A-1",
            "order_amount": "149.90",
            "currency_code": "USD",
            "admitted_at": "2024-06-20T15:30:00Z",
            "completed_at": "2024-06-20T15:30:05Z",
        })
    );
    assert_eq!((told[1].0, told.len()), (EventType::OrderPaid, 2));

    let second = world.order(order_in(queue, consumer)).await;
    assert_eq!(pay(&world, second.id).await, OrderStatus::Paid, "who has completed may buy more");
    let types = world.told_types().await;
    let completed = types.iter().filter(|one| **one == EventType::DistributionCompleted);
    assert_eq!(completed.count(), 1);
}

#[tokio::test]
async fn money_that_was_taken_is_told_of_even_when_the_time_is_over() {
    let world = World::new().await;
    let (_, late_queue) = world.open_queue(a_minute()).await;
    let late = world.admitted(late_queue).await;
    let late = (late_queue, late, world.order(order_in(late_queue, late)).await.id);
    world.advance(Duration::from_secs(60));
    let (experience, off_queue) = world.open_queue(a_minute()).await;
    let off = world.admitted(off_queue).await;
    let off = (off_queue, off, world.order(order_in(off_queue, off)).await.id);
    world.app.cancel_experience(&world.caller, experience.id).await.unwrap();
    for (queue, consumer, order) in [late, off] {
        assert_eq!(pay(&world, order).await, OrderStatus::Paid);
        assert_ne!(standing(&world, queue, consumer).await, ParticipantStatus::Completed);
        let types = world.told_types().await;
        assert_eq!(types.last(), Some(&EventType::OrderPaid));
        assert!(!types.contains(&EventType::DistributionCompleted));
    }
    let refusal = world.app.create_order(&world.caller, order_in(off_queue, off.1)).await;
    assert_eq!(code(refusal), ErrorCode::Conflict, "a cancelled distribution lets nobody through");
}

#[tokio::test]
async fn payments_at_the_same_time_are_one() {
    let world = World::new().await;
    let (_, queue) = world.open_queue(DistributionFields::default()).await;
    let consumer = world.admitted(queue).await;
    let order = world.order(order_in(queue, consumer)).await.id;
    let told = world.told().await.len();
    let complete = || world.app.complete(&world.caller, queue, consumer, Default::default());
    let (_, _, completed, _) =
        tokio::join!(pay(&world, order), pay(&world, order), complete(), pay(&world, order));
    let told = world.told_types().await.split_off(told);
    let count = |event_type| told.iter().filter(|one| **one == event_type).count();
    assert_eq!((count(EventType::OrderPaid), count(EventType::DistributionCompleted)), (1, 1));
    assert_eq!(told.len(), 2, "{told:?} {completed:?}");
}

#[tokio::test]
async fn an_erased_consumers_orders_go_on() {
    let world = World::new().await;
    let (_, queue) = world.open_queue(DistributionFields::default()).await;
    let consumer = world.admitted(queue).await;
    let order = world.order(order_in(queue, consumer)).await.id;
    world.app.delete_consumer(&world.caller, consumer).await.unwrap();
    let refusal = world.app.create_order(&world.caller, order_in(queue, consumer)).await;
    assert_eq!(field(refusal), "consumerId");
    assert_eq!(pay(&world, order).await, OrderStatus::Paid);
    let sent = world.app.fulfill_order(&world.caller, order, Fulfilment::default()).await.unwrap();
    assert_eq!((sent.status, sent.consumer_id), (OrderStatus::Fulfilled, consumer));
    assert_eq!(standing(&world, queue, consumer).await, ParticipantStatus::Completed);
}
