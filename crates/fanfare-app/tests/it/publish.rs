//! Publishing, one by one and in batches.

use fanfare_app::{BatchItem, ErrorCode, EventInput};
use fanfare_model::{EventType, catalogue, limits};
use fanfare_store::{EventFilter, PageRequest};
use serde_json::{Value, json};

use crate::world::{World, accepted, at, code, field, receipt};

fn winner() -> Value {
    json!({
        "consumer_id": "con_123",
        "distribution_id": "dist_456",
        "experience_id": "exp_789",
        "product_id": "prod_012"
    })
}

async fn count(world: &World) -> usize {
    let page = PageRequest { limit: limits::PAGE, ..PageRequest::default() };
    world.app.events(&world.caller, EventFilter::default(), page).await.unwrap().items.len()
}

#[tokio::test]
async fn the_body_is_the_seeds_envelope_byte_for_byte() {
    let world = World::new().await;
    let data = winner();
    let input = EventInput { event_type: "distribution.winner_selected", data: &data };
    let receipt = receipt(world.app.publish(&world.caller, input, None).await.unwrap());
    assert_eq!(receipt.timestamp, at("2024-06-20T15:30:00Z"));
    let event = world.app.event(&world.caller, receipt.id).await.unwrap().event;
    let expected = format!(
        concat!(
            r#"{{"id":"{}","type":"distribution.winner_selected","#,
            r#""timestamp":"2024-06-20T15:30:00Z","organization_id":"{}","#,
            r#""data":{{"consumer_id":"con_123","distribution_id":"dist_456","#,
            r#""experience_id":"exp_789","product_id":"prod_012"}}}}"#
        ),
        receipt.id, world.caller.organization_id
    );
    assert_eq!(std::str::from_utf8(&event.body).unwrap(), expected);
    assert_eq!(event.summary.accepted_at, receipt.timestamp);
}

#[tokio::test]
async fn every_type_can_be_published_with_its_example() {
    let world = World::new().await;
    for event_type in EventType::ALL {
        assert_eq!(world.publish(event_type).await.event_type, event_type);
    }
    assert_eq!(count(&world).await, EventType::ALL.len());
}

#[tokio::test]
async fn what_does_not_fit_the_catalogue_is_refused_by_field() {
    let world = World::new().await;
    let publish = async |event_type: &str, data: Value| {
        world.app.publish(&world.caller, EventInput { event_type, data: &data }, None).await
    };
    assert_eq!(field(publish("order.payed", winner()).await), "type");
    for data in [json!([]), json!("x"), json!(null), json!(1)] {
        assert_eq!(field(publish("distribution.winner_selected", data).await), "data");
    }
    let mut data = winner();
    data["verification_code"] = json!("123456");
    let unknown = publish("distribution.winner_selected", data).await;
    assert_eq!(field(unknown), "data.verification_code");
    let mut data = winner();
    data["consumer_id"] = json!(123);
    assert_eq!(field(publish("distribution.winner_selected", data).await), "data.consumer_id");
    assert_eq!(count(&world).await, 0);
}

#[tokio::test]
async fn data_has_a_limit_to_the_byte() {
    let world = World::new().await;
    let mut data = catalogue::example_data(EventType::ConsumerCreated);
    data["metadata"] = json!({ "note": "" });
    let rest = serde_json::to_vec(&data).unwrap().len();
    let publish = async |length: usize| {
        let mut data = data.clone();
        data["metadata"]["note"] = Value::String("x".repeat(length));
        let input = EventInput { event_type: "consumer.created", data: &data };
        world.app.publish(&world.caller, input, None).await
    };
    assert!(publish(limits::EVENT_DATA - rest).await.is_ok());
    let too_large = publish(limits::EVENT_DATA - rest + 1).await;
    assert_eq!(code(too_large), ErrorCode::PayloadTooLarge);
}

#[tokio::test]
async fn a_batch_takes_what_is_valid_and_names_what_is_not() {
    let world = World::new().await;
    world.webhook(&["*"]).await;
    let (good, bad) = (winner(), json!({}));
    let name = "distribution.winner_selected";
    let inputs = [
        EventInput { event_type: name, data: &good },
        EventInput { event_type: "nonsense", data: &good },
        EventInput { event_type: name, data: &bad },
        EventInput { event_type: name, data: &good },
    ];
    let items = receipt(world.app.publish_batch(&world.caller, &inputs, None).await.unwrap());
    assert_eq!(items.len(), 4);
    let (first, last) = (accepted(&items[0]).unwrap(), accepted(&items[3]).unwrap());
    assert!(first.id < last.id, "in their order");
    match &items[1] {
        BatchItem::Rejected(item) => assert_eq!(item.details[0].field, "type"),
        other => panic!("{other:?}"),
    }
    match &items[2] {
        BatchItem::Rejected(item) => {
            assert_eq!(item.code, ErrorCode::ValidationFailed);
            assert!(item.details.iter().all(|detail| detail.field.starts_with("data.")));
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(count(&world).await, 2);
    assert_eq!(world.attempt_all(200).await, 2);
}

#[tokio::test]
async fn a_batch_without_one_valid_item_writes_nothing_and_still_answers() {
    let world = World::new().await;
    let data = json!({});
    let inputs = [EventInput { event_type: "order.paid", data: &data }; 3];
    let items = receipt(world.app.publish_batch(&world.caller, &inputs, None).await.unwrap());
    assert!(items.iter().all(|item| matches!(item, BatchItem::Rejected(_))));
    assert_eq!(count(&world).await, 0);
}

#[tokio::test]
async fn a_batch_has_a_size() {
    let world = World::new().await;
    let data = winner();
    let input = EventInput { event_type: "distribution.winner_selected", data: &data };
    let batch =
        async |size: usize| world.app.publish_batch(&world.caller, &vec![input; size], None).await;
    assert_eq!(field(batch(0).await), "events");
    assert_eq!(field(batch(limits::BATCH_EVENTS + 1).await), "events");
    let items = receipt(batch(limits::BATCH_EVENTS).await.unwrap());
    assert!(items.iter().all(|item| accepted(item).is_some()));
}

#[test]
fn the_catalogue_is_served_whole() {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let rows = runtime.block_on(async { World::empty().app.event_types() });
    assert_eq!(rows.iter().filter(|row| !row.report).count(), 16);
    assert_eq!(rows.len(), EventType::known().count());
    for row in rows {
        assert_eq!(row.report, row.event_type.is_report());
        assert!(row.event_type.as_str().starts_with(row.category));
        assert_eq!(row.example["type"], row.event_type.as_str());
        assert!(row.schema.is_object() && !row.description.is_empty() && row.version > 0);
    }
}
