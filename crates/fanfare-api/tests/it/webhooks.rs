//! Webhooks over HTTP: what the routes do with bodies that are right.

use http::{Method, StatusCode};
use serde_json::{Value, json};

use crate::world::{URL, World};

#[tokio::test]
async fn the_seeds_body_creates_a_webhook() {
    let world = World::new().await;
    let body = json!({
        "url": "https://hooks.example.com/webhooks/fanfare",
        "events": ["consumer.created", "distribution.winner_selected"],
        "secret": "whsec_your_secret_key"
    });
    for path in ["/api/webhooks", "/api/v1/webhooks"] {
        let created = world.post(path, body.clone()).send().await.expect(StatusCode::CREATED);
        assert_eq!(created["events"], body["events"]);
        assert_eq!(created["secret"], Value::Null, "what was given is not shown");
        assert_eq!(created["standardWebhooks"], "unavailable");
    }
}

#[tokio::test]
async fn a_patch_changes_what_it_names() {
    let world = World::new().await;
    let body = json!({"url": URL, "events": ["*"], "description": "old", "rateLimit": 5});
    let created = world.post("/api/webhooks", body).send().await.json();
    let path = format!("/api/webhooks/{}", created["id"].as_str().unwrap());
    let patch = |body: Value| world.request(Method::PATCH, &path).json(body).send();
    let changed = patch(json!({"events": ["order.*"], "description": null})).await;
    let changed = changed.expect(StatusCode::OK);
    assert_eq!(changed["events"], json!(["order.*"]));
    assert_eq!((&changed["description"], &changed["rateLimit"]), (&Value::Null, &json!(5)));
    assert_eq!(changed["version"], 2);
    for field in ["url", "events", "headers", "maxInFlight"] {
        let answer = patch(json!({field: null})).await;
        assert_eq!(answer.refused_field(), field, "null would look like a change and be none");
    }
    let answer = patch(json!({"secret": "whsec_another_secret_key"})).await;
    assert_eq!(answer.refused_field(), "secret");
    assert_eq!(world.get(&path).send().await.json(), changed);
}

#[tokio::test]
async fn commands_lead_where_they_may() {
    let world = World::new().await;
    let id = world.webhook().await;
    let command =
        |name: &str| world.request(Method::POST, &format!("/api/webhooks/{id}/{name}")).send();
    for (name, status) in
        [("pause", "paused"), ("pause", "paused"), ("resume", "active"), ("disable", "disabled")]
    {
        assert_eq!(command(name).await.expect(StatusCode::OK)["status"], status, "{name}");
    }
    let refused = command("pause").await;
    let message = refused.refused(409, "illegal_transition")["error"]["message"].clone();
    assert!(message.as_str().unwrap().contains("disabled"), "{message}");
    let enabled = command("enable").await.expect(StatusCode::OK);
    assert_eq!((&enabled["status"], &enabled["disabledReason"]), (&json!("active"), &Value::Null));
}

#[tokio::test]
async fn a_rotation_shows_the_new_secret_once_and_can_be_switched() {
    let world = World::new().await;
    let id = world.webhook().await;
    let path = format!("/api/webhooks/{id}");
    let rotate = world.request(Method::POST, &format!("{path}/rotate-secret"));
    let rotated = rotate.idempotent("rotate").send().await.expect(StatusCode::OK);
    assert!(rotated["secret"].as_str().unwrap().starts_with("whsec_"));
    assert_eq!(rotated["previousSecretUntil"], "2024-06-21T15:30:00Z");
    assert_eq!(rotated["signsWithPrevious"], true);
    let again = world.request(Method::POST, &format!("{path}/rotate-secret"));
    let again = again.idempotent("rotate").send().await;
    assert_eq!(again.headers["idempotent-replayed"], "true");
    assert_eq!(again.json()["secret"], Value::Null);
    let switched = world.request(Method::POST, &format!("{path}/switch-signature")).send().await;
    assert_eq!(switched.expect(StatusCode::OK)["signsWithPrevious"], false);
    let running = world.post(&format!("{path}/rotate-secret"), json!({})).send().await;
    running.refused(409, "conflict");
    let now = json!({"overlapSeconds": 0, "secret": "a-secret-of-my-own"});
    let done = world.post(&format!("{path}/rotate-secret"), now).send().await;
    let done = done.expect(StatusCode::OK);
    assert_eq!((&done["secret"], &done["previousSecretUntil"]), (&Value::Null, &Value::Null));
    let long = json!({"overlapSeconds": 604_801});
    let answer = world.post(&format!("{path}/rotate-secret"), long).send().await;
    assert!(answer.refused_field().starts_with("overlap"));
}

#[tokio::test]
async fn a_test_is_marked_as_one() {
    let world = World::new().await;
    let body = json!({"url": URL, "events": ["order.paid"]});
    let id = world.post("/api/webhooks", body).send().await.json()["id"].clone();
    let path = format!("/api/webhooks/{}/test", id.as_str().unwrap());
    let sent = world.post(&path, json!({"type": "consumer.created"})).send().await;
    let sent = sent.expect(StatusCode::ACCEPTED);
    assert_eq!(sent["event"]["type"], "consumer.created");
    assert_eq!(sent["delivery"]["origin"], "test");
    let event = format!("/api/events/{}", sent["event"]["id"].as_str().unwrap());
    assert_eq!(world.get(&event).send().await.json()["test"], true);
    let wrong = world.post(&path, json!({"type": "consumer.create"})).send().await;
    assert_eq!(wrong.refused_field(), "type");
}

#[tokio::test]
async fn a_removed_webhook_is_gone_and_its_deliveries_stay() {
    let world = World::new().await;
    let id = world.webhook().await;
    world.publish(fanfare_model::EventType::OrderPaid).await;
    let path = format!("/api/webhooks/{id}");
    let gone = world.request(Method::DELETE, &path).send().await;
    assert_eq!((gone.status, gone.body.len()), (StatusCode::NO_CONTENT, 0));
    world.get(&path).send().await.refused(404, "not_found");
    world.request(Method::DELETE, &path).send().await.refused(404, "not_found");
    let left = world.get(&format!("{path}/deliveries")).send().await.expect(StatusCode::OK);
    assert_eq!(left["data"][0]["status"], "cancelled");
}

#[tokio::test]
async fn a_delivery_can_be_cancelled_while_it_waits() {
    let world = World::new().await;
    world.webhook().await;
    world.publish(fanfare_model::EventType::OrderPaid).await;
    let list = world.get("/api/deliveries").send().await.json();
    let path = format!("/api/deliveries/{}", list["data"][0]["id"].as_str().unwrap());
    for _ in 0..2 {
        let cancelled = world.request(Method::POST, &format!("{path}/cancel")).send().await;
        assert_eq!(cancelled.expect(StatusCode::OK)["status"], "cancelled");
    }
    assert_eq!(world.attempt(200, b"").await, 0, "nothing is left to attempt");
    let everything = world.post("/api/deliveries/resend", json!({"filter": {}})).send().await;
    assert_eq!(everything.refused_field(), "filter");
}

#[tokio::test]
async fn limits_are_told() {
    let world = World::new().await;
    for _ in 0..50 {
        world.webhook().await;
    }
    let more = world.post("/api/webhooks", json!({"url": URL, "events": ["*"]})).send().await;
    let message = more.refused(409, "limit_reached")["error"]["message"].clone();
    assert!(message.as_str().unwrap().contains("50"), "{message}");
    let many: Vec<_> = (0..101).map(|_| "order.paid").collect();
    let body = json!({"url": URL, "events": many, "description": "x".repeat(501),
        "maxInFlight": 257, "rateLimit": 0, "secret": "short", "headers": {"Host": "x"}});
    let details = world.post("/api/webhooks", body).send().await;
    let details = details.refused(400, "validation_failed")["error"]["details"].clone();
    let fields: Vec<_> =
        details.as_array().unwrap().iter().map(|one| one["field"].as_str().unwrap()).collect();
    for wanted in ["events", "description", "maxInFlight", "rateLimit", "secret"] {
        assert!(fields.contains(&wanted), "{wanted}: {fields:?}");
    }
    assert!(fields.iter().any(|field| field.starts_with("headers")), "{fields:?}");
}

#[tokio::test]
async fn an_automation_subscribes_to_a_url_once() {
    let world = World::new().await;
    let body = |events: Value| json!({"channel": "zapier", "url": URL, "events": events});
    let subscribe = async |body: Value| world.post("/api/webhooks", body).send().await;
    let first = subscribe(body(json!(["order.paid"]))).await.expect(StatusCode::CREATED);
    assert_eq!(first["channel"], "zapier");
    assert!(first["secret"].as_str().unwrap().starts_with("whsec_"));
    let again = subscribe(body(json!(["order.paid"]))).await;
    let place = format!("/api/webhooks/{}", first["id"].as_str().unwrap());
    assert_eq!(again.headers["location"], place.as_str());
    let again = again.expect(StatusCode::OK);
    assert_eq!(again["id"], first["id"]);
    assert_eq!(again["secret"], Value::Null, "it was shown");
    assert_eq!(again["version"], 1, "nothing changed");

    let mut other = body(json!(["order.*"]));
    other["description"] = json!("all orders");
    other["secret"] = json!("whsec_another_secret_key");
    let changed = subscribe(other.clone()).await.expect(StatusCode::OK);
    assert_eq!((&changed["id"], &changed["events"]), (&first["id"], &json!(["order.*"])));
    assert_eq!(changed["description"], "all orders");
    assert_eq!(changed["standardWebhooks"], "unavailable", "the secret is the given one");
    assert_eq!(subscribe(other).await.expect(StatusCode::OK)["version"], 2, "nothing changed");
    let kept = subscribe(body(json!(["order.*"]))).await.expect(StatusCode::OK);
    assert_eq!(kept["description"], "all orders", "what is left out stays");

    for (command, status) in [("disable", "active"), ("pause", "paused")] {
        world.request(Method::POST, &format!("{place}/{command}")).send().await;
        let again = subscribe(body(json!(["order.*"]))).await.expect(StatusCode::OK);
        assert_eq!((&again["status"], &again["disabledReason"]), (&json!(status), &Value::Null));
    }
    let list = world.get("/api/webhooks").send().await.json();
    assert_eq!(list["data"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn what_is_no_automation_may_have_a_url_twice() {
    let world = World::new().await;
    for channel in ["api", "dashboard"] {
        let body = json!({"channel": channel, "url": URL, "events": ["*"]});
        let first = world.post("/api/webhooks", body.clone()).send().await;
        let second = world.post("/api/webhooks", body).send().await;
        let ids = [first, second].map(|made| made.expect(StatusCode::CREATED)["id"].clone());
        assert_ne!(ids[0], ids[1]);
    }
}

#[tokio::test]
async fn the_channel_is_shown_and_filters_and_never_changes() {
    let world = World::new().await;
    let channels = ["api", "dashboard", "zapier", "make", "n8n", "pipedream"];
    for channel in channels {
        let body = json!({"channel": channel, "url": URL, "events": ["*"]});
        let made = world.post("/api/webhooks", body).send().await.expect(StatusCode::CREATED);
        assert_eq!(made["channel"], channel);
    }
    let unnamed = world.get(&format!("/api/webhooks/{}", world.webhook().await)).send().await;
    assert_eq!(unnamed.json()["channel"], "api");
    let listed = world.get("/api/webhooks?channel=n8n,make&status=active").send().await.json();
    let listed: Vec<_> = listed["data"].as_array().unwrap().iter().collect();
    let listed: Vec<_> = listed.iter().map(|webhook| &webhook["channel"]).collect();
    assert_eq!(listed, ["n8n", "make"]);
    let wrong = world.get("/api/webhooks?channel=ifttt").send().await;
    assert_eq!(wrong.refused_field(), "channel");
    let body = json!({"channel": "ifttt", "url": URL, "events": ["*"]});
    assert_eq!(world.post("/api/webhooks", body).send().await.refused_field(), "channel");
    let path = format!("/api/webhooks/{}", unnamed.json()["id"].as_str().unwrap());
    let patch = world.request(Method::PATCH, &path).json(json!({"channel": "n8n"})).send().await;
    assert_eq!(patch.refused_field(), "channel");
}

#[tokio::test]
async fn a_second_delete_finds_nothing() {
    let world = World::new().await;
    let path = format!("/api/webhooks/{}", world.webhook().await);
    let delete = || world.request(Method::DELETE, &path).send();
    assert_eq!(delete().await.status, StatusCode::NO_CONTENT);
    delete().await.refused(404, "not_found");
}

#[tokio::test]
async fn samples_are_what_webhooks_get() {
    let world = World::new().await;
    let path = "/api/event-types/order.paid/samples";
    let none = world.get(path).send().await.expect(StatusCode::OK);
    let types = world.get("/api/event-types").send().await.json();
    let types = types["data"].as_array().unwrap();
    let row = types.iter().find(|row| row["type"] == "order.paid").unwrap();
    assert_eq!(none, json!({"data": [row["example"]], "isExample": true}));
    let mut ids = Vec::new();
    for _ in 0..4 {
        ids.push(world.publish(fanfare_model::EventType::OrderPaid).await.to_string());
    }
    world.publish(fanfare_model::EventType::OrderCreated).await;
    let some = world.get(path).send().await.expect(StatusCode::OK);
    let data = some["data"].as_array().unwrap();
    let seen: Vec<_> = data.iter().map(|body| body["id"].as_str().unwrap()).collect();
    assert_eq!((seen, &some["isExample"]), (vec![&*ids[3], &*ids[2], &*ids[1]], &json!(false)));
    let keys: Vec<_> = data[0].as_object().unwrap().keys().map(String::as_str).collect();
    let mut wanted = ["id", "type", "timestamp", "organization_id", "data"];
    wanted.sort_unstable();
    let mut keys = keys;
    keys.sort_unstable();
    assert_eq!(keys, wanted);
    let all = world.get(&format!("{path}?limit=100")).send().await.json();
    assert_eq!(all["data"].as_array().unwrap().len(), 4);
    assert_eq!(world.get(&format!("{path}?limit=0")).send().await.refused_field(), "limit");
    world.get("/api/event-types/order.payed/samples").send().await.refused(404, "not_found");
    let stranger = world.stranger().await;
    let foreign = world.get(path).key(&stranger).send().await.expect(StatusCode::OK);
    assert_eq!(foreign["isExample"], true);
    let scopes = [fanfare_model::Scope::WebhooksRead].into_iter().collect();
    let blind = world.key_with(scopes).await;
    world.get(path).key(&blind).send().await.refused(403, "forbidden");
}
