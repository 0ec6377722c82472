//! The wire shape of every resource. A change here is a change of what customers were promised.

use fanfare_model::EventType;
use http::{Method, StatusCode};
use insta::assert_json_snapshot;
use serde_json::{Value, json};

use crate::world::{URL, World};

#[tokio::test]
async fn webhooks() {
    let world = World::new().await;
    let body = json!({
        "url": URL,
        "events": ["consumer.created", "order.*"],
        "secret": "whsec_your_secret_key",
        "description": "shop",
        "headers": {"X-Shop": "1"},
        "maxInFlight": 8,
        "rateLimit": 100,
    });
    let created = world.post("/api/webhooks", body).send().await;
    let webhook = created.expect(StatusCode::CREATED);
    let path = format!("/api/webhooks/{}", webhook["id"].as_str().unwrap());
    assert_eq!(created.headers["location"], path.as_str());
    assert_json_snapshot!("webhook_created", webhook);
    assert_json_snapshot!("webhooks", world.get("/api/webhooks").send().await.json());

    let generated = world.post("/api/webhooks", json!({"url": URL, "events": ["*"]})).send().await;
    let mut generated = generated.expect(StatusCode::CREATED);
    let secret = generated["secret"].take();
    assert!(secret.as_str().unwrap().starts_with("whsec_") && secret.as_str().unwrap().len() == 50);
    assert_eq!(generated["standardWebhooks"], "available");

    let reader = world.key_with([fanfare_model::Scope::WebhooksRead].into_iter().collect()).await;
    let seen = world.get(&path).key(&reader).send().await.json();
    assert_eq!(seen["headers"], json!({"x-shop": null}), "values may be secrets");
}

#[tokio::test]
async fn events_and_deliveries() {
    let world = World::new().await;
    let webhook = world.webhook().await;
    let id = world.publish(EventType::DistributionWinnerSelected).await;
    let event = world.get("/api/events").send().await.json();
    assert_json_snapshot!("events", event);
    let delivery = world.get("/api/deliveries").send().await.json();
    assert_json_snapshot!("deliveries_pending", delivery);
    world.attempt(503, b"closed for maintenance").await;
    let id_of = delivery["data"][0]["id"].as_str().unwrap();
    let detail = world.get(&format!("/api/deliveries/{id_of}")).send().await.json();
    assert_json_snapshot!("delivery_failed", detail);
    let resent = world.post(&format!("/api/deliveries/{id_of}/resend"), json!({})).send().await;
    assert_eq!(resent.expect(StatusCode::ACCEPTED)["origin"], "resend");
    let seen = world.get(&format!("/api/events/{id}")).send().await.json();
    assert_json_snapshot!("event_detail", seen);
    assert_json_snapshot!("notices", world.get("/api/notices").send().await.json());
    let failed = world.get(&format!("/api/webhooks/{webhook}")).send().await.json();
    assert_eq!(failed["status"], "failed");
}

#[tokio::test]
async fn responses_that_are_no_text_are_shown_in_base64() {
    let world = World::new().await;
    world.webhook().await;
    world.publish(EventType::OrderPaid).await;
    world.attempt(200, b"\xff\x00\xfe").await;
    let seen = world.get("/api/deliveries").send().await.json();
    assert_eq!(seen["data"][0]["responseBody"], "/wD+");
    assert_eq!(seen["data"][0]["responseBodyEncoding"], "base64");
}

#[tokio::test]
async fn publishing() {
    let world = World::new().await;
    let one = crate::world::event(EventType::OrderPaid);
    let receipt = world.post("/api/events", one.clone()).send().await;
    assert_json_snapshot!("published", receipt.expect(StatusCode::ACCEPTED));
    let batch = json!({"events": [one, {"type": "order.payed", "data": {}}]});
    let answer = world.post("/api/events/batch", batch).send().await;
    assert_json_snapshot!("published_batch", answer.expect(StatusCode::ACCEPTED));
}

#[tokio::test]
async fn jobs() {
    let world = World::new().await;
    let webhook = world.webhook().await;
    world.publish(EventType::OrderPaid).await;
    world.advance(60);
    let replay = json!({"since": "2024-06-20T15:00:00Z", "onlyMissing": false});
    let path = format!("/api/webhooks/{webhook}/replay");
    let answer = world.post(&path, replay.clone()).send().await;
    let job = answer.expect(StatusCode::ACCEPTED);
    let place = answer.headers["location"].to_str().unwrap();
    assert_eq!(world.get(place).send().await.json(), job);
    assert_json_snapshot!("job_replay", job);
    let mut dry = replay;
    dry["dryRun"] = Value::Bool(true);
    let count = world.post(&path, dry).send().await.expect(StatusCode::OK);
    assert_eq!(count, json!({"dryRun": true, "count": 1}));

    world.attempt(500, b"").await;
    let filter = json!({"filter": {"status": ["failed"], "eventType": ["order.*"],
        "errorClass": ["http_5xx"], "statusCode": "5xx", "webhookId": webhook,
        "createdAfter": "2024-06-20T15:00:00Z"}});
    let job = world.post("/api/deliveries/resend", filter).send().await;
    let job = job.expect(StatusCode::ACCEPTED);
    assert_json_snapshot!("job_resend", job);
    let cancel = format!("/api/jobs/{}/cancel", job["id"].as_str().unwrap());
    let ended = world.request(Method::POST, &cancel).send().await;
    assert_eq!(ended.expect(StatusCode::OK)["status"], "cancelled");
    assert_eq!(world.get("/api/jobs").send().await.json()["data"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn account() {
    let world = World::new().await;
    assert_json_snapshot!("me", world.get("/api/me").send().await.json());
    let body = json!({"name": "shop", "scopes": ["events:write", "webhooks:read"], "mode": "live"});
    let mut created = world.post("/api/keys", body).send().await.expect(StatusCode::CREATED);
    let key = created["key"].take();
    assert!(key.as_str().unwrap().starts_with(created["prefix"].as_str().unwrap()));
    assert_json_snapshot!("key_created", created);
    let path = format!("/api/keys/{}", created["id"].as_str().unwrap());
    world.advance(60);
    let revoked = world.request(Method::DELETE, &path).send().await.expect(StatusCode::OK);
    assert_json_snapshot!("key_revoked", revoked);
}

#[tokio::test]
async fn figures() {
    let world = World::new().await;
    let webhook = world.webhook().await;
    world.publish(EventType::OrderPaid).await;
    world.attempt(200, b"ok").await;
    world.advance(2);
    let path = format!("/api/webhooks/{webhook}/stats?window=1h");
    let mut stats = world.get(&path).send().await.expect(StatusCode::OK);
    let series = stats["series"].take();
    assert_eq!(series.as_array().unwrap().len(), 60);
    assert_json_snapshot!("webhook_stats", stats);
    assert_json_snapshot!("webhook_stats_point", series[0]);
    let wrong = world.get(&format!("/api/webhooks/{webhook}/stats?window=2h")).send().await;
    assert_eq!(wrong.refused_field(), "window");
    let mut all = world.get("/api/stats?window=30d").send().await.expect(StatusCode::OK);
    assert_eq!(all["deliveries"]["series"].take().as_array().unwrap().len(), 120);
    let series = all["events"]["series"].take();
    assert_eq!(series[119], 1);
    assert_json_snapshot!("organization_stats", all);
    let path = format!("/api/webhooks/{webhook}/backlog");
    assert_json_snapshot!("backlog", world.get(&path).send().await.expect(StatusCode::OK));
}

#[tokio::test]
async fn event_types() {
    let world = World::new().await;
    let types = world.get("/api/event-types").anonymous().send().await.json();
    let paid = types["data"].as_array().unwrap().iter().find(|row| row["type"] == "order.paid");
    assert_json_snapshot!("event_type", paid.unwrap());
}
