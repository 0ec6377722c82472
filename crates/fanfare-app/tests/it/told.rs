//! What the domain tells of each type is what the catalogue says of it: every field, no other.

use std::collections::BTreeSet;

use fanfare_app::{
    Change, DistributionFields, Fulfilment, NewConsumer, NewExperience, NewOrder, PaymentInput,
    UpdateConsumer,
};
use fanfare_model::{EventType, catalogue};
use serde_json::{Value, json};

use crate::launch::order_of;
use crate::world::{World, at};

/// One of everything that consumers, experiences and orders tell.
async fn everything(world: &World) {
    let (app, caller) = (&world.app, &world.caller);
    let new = NewConsumer {
        email: Some("ada@example.com".into()),
        phone: Some("+15550100123".into()),
        full_name: Some("Ada".into()),
        external_id: Some("crm-1".into()),
        metadata: json!({"tier": "gold"}).as_object().cloned(),
    };
    let ada = app.create_consumer(caller, new).await.unwrap().id;
    let update = UpdateConsumer { phone: Change::Clear, ..Default::default() };
    app.update_consumer(caller, ada, update).await.unwrap();
    let product = world.product().await;
    let new = NewExperience {
        name: "Drop".into(),
        open_at: Some(at("2024-06-20T16:00:00Z")),
        time_zone: Some("Europe/Paris".into()),
        product_ids: vec![product],
        ..Default::default()
    };
    let experience = app.create_experience(caller, new).await.unwrap();
    let fields =
        DistributionFields { product_id: Change::Set(product), ..DistributionFields::default() };
    let queue = world.queue(&experience, fields).await;
    app.activate_experience(caller, experience.id).await.unwrap();
    let buyer = world.admitted(queue).await;
    let order = world.order(NewOrder { distribution_id: Some(queue), ..order_of(buyer) }).await.id;
    app.pay_order(caller, order, PaymentInput::default()).await.unwrap();
    app.fulfill_order(caller, order, Fulfilment::default()).await.unwrap();
    let order = world.order(order_of(ada)).await.id;
    app.cancel_order(caller, order, None).await.unwrap();
    app.complete_experience(caller, experience.id).await.unwrap();
    let other = world.experience(None, None).await.id;
    app.cancel_experience(caller, other).await.unwrap();
    app.delete_consumer(caller, ada).await.unwrap();
}

/// Holds the data of an event to the table of its type.
pub(crate) fn hold(event_type: EventType, data: &Value) {
    assert_eq!(catalogue::validate(event_type, data), Ok(()), "{event_type}: {data}");
    let told: BTreeSet<_> = data.as_object().unwrap().keys().map(String::as_str).collect();
    let known: BTreeSet<_> = event_type.fields().iter().map(|field| field.name).collect();
    assert_eq!(told, known, "{event_type}");
}

#[tokio::test]
async fn every_event_has_every_field_of_its_type_and_no_other() {
    let world = World::new().await;
    everything(&world).await;
    let mut seen = BTreeSet::new();
    for (event_type, data) in world.told().await {
        hold(event_type, &data);
        seen.insert(event_type.as_str());
    }
    let own = EventType::ALL.into_iter().filter(|one| {
        use EventType::{DistributionBidPlaced, DistributionWinnerSelected};
        !matches!(one, DistributionBidPlaced | DistributionWinnerSelected)
    });
    assert_eq!(seen, own.map(EventType::as_str).collect());
}

#[tokio::test]
async fn the_envelope_tells_the_time_of_the_change() {
    let world = World::new().await;
    let page = fanfare_store::PageRequest::default();
    let consumer = world.consumer().await;
    let filter = fanfare_store::EventFilter::default();
    let events = world.app.events(&world.caller, filter, page).await.unwrap().items;
    assert_eq!(events[0].summary.accepted_at, consumer.created_at);
    let body: Value = serde_json::from_slice(&events[0].body).unwrap();
    assert_eq!(body["organization_id"], json!(world.caller.organization_id));
    assert_eq!(
        (&body["id"], &body["timestamp"]),
        (&json!(events[0].summary.id), &json!(consumer.created_at))
    );
}
