//! Publishing, by the router and by the short way in front of it.

use fanfare_model::EventType;
use http::StatusCode;
use serde_json::{Value, json};

use crate::world::{World, event};

#[tokio::test]
async fn every_type_of_the_catalogue_can_be_published() {
    let world = World::new().await;
    let types = world.get("/api/event-types").anonymous().send().await.json();
    assert_eq!(types["data"].as_array().unwrap().len(), EventType::known().count());
    for row in types["data"].as_array().unwrap() {
        let body = json!({"type": row["type"], "data": row["example"]["data"]});
        let answer = world.post("/api/events", body).send().await;
        if row["report"] == true {
            answer.expect(StatusCode::BAD_REQUEST);
            continue;
        }
        let receipt = answer.expect(StatusCode::ACCEPTED);
        let seen = world.get(&format!("/api/events/{}", receipt["id"].as_str().unwrap()));
        let seen = seen.send().await.expect(StatusCode::OK);
        assert_eq!(seen["data"], row["example"]["data"]);
        assert_eq!((&seen["type"], &seen["timestamp"]), (&row["type"], &receipt["timestamp"]));
    }
}

#[tokio::test]
async fn a_batch_answers_for_each_event() {
    let world = World::new().await;
    let webhook = world.webhook().await;
    let body = json!({"events": [
        event(EventType::OrderPaid),
        {"type": "order.payed", "data": {}},
        {"type": "order.paid", "data": {"order_id": 5}},
        event(EventType::ConsumerCreated),
    ]});
    let answer = world.post("/api/events/batch", body).send().await.expect(StatusCode::ACCEPTED);
    assert_eq!((&answer["accepted"], &answer["rejected"]), (&json!(2), &json!(2)));
    let items = answer["data"].as_array().unwrap();
    let statuses: Vec<_> = items.iter().map(|item| item["status"].as_str().unwrap()).collect();
    assert_eq!(statuses, ["accepted", "rejected", "rejected", "accepted"]);
    assert_eq!(items[1]["error"]["code"], "validation_failed");
    assert_eq!(items[1]["error"]["details"][0]["field"], "type");
    let field = items[2]["error"]["details"][0]["field"].as_str().unwrap();
    assert!(field.starts_with("data"), "{field}");
    let deliveries = world.get(&format!("/api/webhooks/{webhook}/deliveries")).send().await;
    assert_eq!(deliveries.json()["data"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn batches_have_a_length() {
    let world = World::new().await;
    let many: Vec<Value> = (0..1_001).map(|_| json!({"type": "x", "data": {}})).collect();
    for events in [json!([]), json!(many)] {
        let answer = world.post("/api/events/batch", json!({"events": events})).send().await;
        assert_eq!(answer.refused_field(), "events");
    }
}

#[tokio::test]
async fn the_data_keeps_its_bytes_and_its_order() {
    let world = World::new().await;
    let body = r#"{"data":{"order_id":"ord_1","consumer_id":"con_1","total_amount":"149.90",
        "currency_code":"EUR","status":"paid","metadata":{"z":1,"a":"ü"}},"type":"order.paid"}"#;
    let call = world.request(http::Method::POST, "/api/events");
    let answer = call.header("Content-Type", "application/json").body(body).send().await;
    if answer.status == StatusCode::ACCEPTED {
        let path = format!("/api/events/{}", answer.json()["id"].as_str().unwrap());
        let text = String::from_utf8(world.get(&path).send().await.body.to_vec()).unwrap();
        let (order, consumer) = (text.find("order_id"), text.find("consumer_id"));
        assert!(order < consumer, "{text}");
    } else {
        assert!(answer.refused_field().starts_with("data"));
    }
}
