//! The short way and the router answer alike.

use fanfare_model::EventType;
use http::{HeaderMap, Method, StatusCode};
use serde_json::{Value, json};

use crate::world::{Answer, Call, World, event};

/// What must be the same: all but ids, which differ from request to request.
fn comparable(answer: &Answer) -> (StatusCode, Vec<(String, String)>, Value) {
    let mut body = answer.json();
    body["id"].take();
    if body["error"].is_object() {
        body["error"]["requestId"].take();
    }
    (answer.status, headers(&answer.headers), body)
}

fn headers(headers: &HeaderMap) -> Vec<(String, String)> {
    let mut all: Vec<_> = headers
        .iter()
        .filter(|(name, _)| !["x-request-id", "content-length"].contains(&name.as_str()))
        .map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()))
        .collect();
    all.sort();
    all
}

#[tokio::test]
async fn the_short_way_answers_like_the_router() {
    let world = World::new().await;
    compare(&world).await;
}

async fn compare<'w>(world: &'w World) {
    let good = event(EventType::OrderPaid);
    let post = |body: Value| world.post("/api/events", body);
    let raw = |kind: &str, body: Vec<u8>| {
        world.request(Method::POST, "/api/events").header("Content-Type", kind).body(body)
    };
    let json_kind = "application/json";
    let cases: [&dyn Fn() -> Call<'w>; 11] = [
        &|| post(good.clone()),
        &|| post(good.clone()).anonymous(),
        &|| post(good.clone()).key("sk_live_x"),
        &|| post(json!({"type": "nope", "data": {}})),
        &|| post(json!({"type": "order.paid"})),
        &|| post(json!([])),
        &|| raw(json_kind, b"{".to_vec()),
        &|| raw(json_kind, vec![b' '; 5_000_000]),
        &|| raw("text/plain", b"{}".to_vec()),
        &|| raw(json_kind, b"\xff".to_vec()),
        &|| post(good.clone()).idempotent("bad key"),
    ];
    for (index, case) in cases.iter().enumerate() {
        let (direct, short) = (case().send().await, case().through_front().send().await);
        assert_eq!(comparable(&direct), comparable(&short), "case {index}");
        assert!(short.headers.contains_key("x-request-id"));
    }
}

#[tokio::test]
async fn what_is_not_publishing_goes_on_to_the_router() {
    let world = World::new().await;
    world.webhook().await;
    for path in ["/api/webhooks", "/api/events", "/api/v1/events", "/docs"] {
        let answer = world.get(path).through_front().send().await;
        assert_eq!(answer.status, StatusCode::OK, "{path}");
    }
    let call = world.post("/api/v1/events", event(EventType::OrderPaid));
    assert_eq!(call.through_front().send().await.status, StatusCode::ACCEPTED);
}
