//! The same request with the same key does nothing twice.

use std::time::Duration;

use fanfare_model::EventType;
use http::{Method, StatusCode};
use serde_json::{Value, json};

use crate::world::{URL, World, event};

fn webhook() -> Value {
    json!({"url": URL, "events": ["order.*"]})
}

#[tokio::test]
async fn a_repeated_event_is_published_once() {
    let world = World::new().await;
    for front in [false, true] {
        let send = async |path: &str| {
            let key = format!("evt-{front}");
            let call = world.post(path, event(EventType::OrderPaid)).idempotent(&key);
            if front { call.through_front().send().await } else { call.send().await }
        };
        let first = send("/api/events").await;
        assert!(!first.headers.contains_key("idempotent-replayed"));
        for path in ["/api/events", "/api/v1/events"] {
            let again = send(path).await;
            assert_eq!(again.expect(StatusCode::ACCEPTED), first.expect(StatusCode::ACCEPTED));
            assert_eq!(again.headers["idempotent-replayed"], "true");
            assert_eq!(again.headers["content-type"], "application/json");
        }
    }
    let events = world.get("/api/events").send().await.json();
    assert_eq!(events["data"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn a_repeated_batch_is_published_once() {
    let world = World::new().await;
    let body = json!({"events": [event(EventType::OrderPaid), {"type": "nope", "data": {}}]});
    let send = || world.post("/api/events/batch", body.clone()).idempotent("batch").send();
    let (first, again) = (send().await, send().await);
    assert_eq!(again.expect(StatusCode::ACCEPTED), first.expect(StatusCode::ACCEPTED));
    assert_eq!(again.headers["idempotent-replayed"], "true");
    assert_eq!(world.get("/api/events").send().await.json()["data"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_key_stands_for_one_request() {
    let world = World::new().await;
    world.post("/api/events", event(EventType::OrderPaid)).idempotent("k").send().await;
    let other = [
        world.post("/api/events", event(EventType::OrderCreated)),
        world.post("/api/events/batch", json!({"events": [event(EventType::OrderPaid)]})),
        world.post("/api/webhooks", webhook()),
    ];
    for call in other {
        call.idempotent("k").send().await.refused(409, "idempotency_key_reused");
    }
    let stranger = world.stranger().await;
    let call = world.post("/api/webhooks", webhook()).key(&stranger);
    assert_eq!(call.idempotent("k").send().await.status, StatusCode::CREATED, "keys are theirs");
}

#[tokio::test]
async fn a_repeated_creation_creates_once_and_shows_its_secret_once() {
    let world = World::new().await;
    let send = || world.post("/api/webhooks", webhook()).idempotent("create").send();
    let first = send().await;
    let mut shown = first.expect(StatusCode::CREATED);
    assert!(shown["secret"].as_str().unwrap().starts_with("whsec_"));
    let again = send().await;
    assert_eq!(again.headers["idempotent-replayed"], "true");
    shown["secret"] = Value::Null;
    assert_eq!(again.expect(StatusCode::CREATED), shown);
    assert_eq!(world.get("/api/webhooks").send().await.json()["data"].as_array().unwrap().len(), 1);

    let key = json!({"name": "x", "scopes": ["webhooks:read"]});
    let send = || world.post("/api/keys", key.clone()).idempotent("key").send();
    let (first, again) = (send().await.json(), send().await.json());
    assert!(first["key"].is_string() && again["key"].is_null());
    assert_eq!(first["id"], again["id"]);
}

#[tokio::test]
async fn what_was_refused_may_be_mended_under_the_same_key() {
    let world = World::new().await;
    let bad = json!({"url": URL, "events": ["nope"]});
    let answer = world.post("/api/webhooks", bad).idempotent("mend").send().await;
    assert_eq!(answer.refused_field(), "events[0]");
    let answer = world.post("/api/webhooks", webhook()).idempotent("mend").send().await;
    assert_eq!(answer.status, StatusCode::CREATED);
}

#[tokio::test]
async fn a_running_request_holds_its_key_for_a_while() {
    let world = World::new().await;
    let body = webhook();
    let request = fanfare_app::IdempotentRequest::new(
        "held",
        "POST",
        "/webhooks",
        body.to_string().as_bytes(),
    );
    // What a request that is still running has written.
    let caller = world.app.authenticate(&world.key).await.unwrap();
    let started = world.app.begin_idempotent(&caller, &request.unwrap()).await.unwrap();
    assert_eq!(started, fanfare_app::Started::Fresh);
    let answer = world.post("/api/webhooks", body.clone()).idempotent("held").send().await;
    answer.refused(409, "idempotency_in_progress");
    assert_eq!(answer.headers["retry-after"], "1");
    world.advance(61);
    let answer = world.post("/api/webhooks", body).idempotent("held").send().await;
    assert_eq!(answer.status, StatusCode::CREATED);
}

#[tokio::test]
async fn keys_are_checked_and_forgotten_after_a_day() {
    let world = World::new().await;
    for key in [&b""[..], b"a b", b"\xff", "x".repeat(256).as_bytes()] {
        for path in ["/api/events", "/api/webhooks"] {
            let body = if path == "/api/events" { event(EventType::OrderPaid) } else { webhook() };
            let answer = world.post(path, body).header("Idempotency-Key", key).send().await;
            assert_eq!(answer.refused_field(), "Idempotency-Key");
        }
    }
    let send = || world.post("/api/events", event(EventType::OrderPaid)).idempotent("day").send();
    let first = send().await.json();
    world.clock.advance(Duration::from_secs(24 * 3600 + 1));
    assert_ne!(send().await.json()["id"], first["id"]);
}

#[tokio::test]
async fn actions_and_deletions_take_a_key_or_leave_it() {
    let world = World::new().await;
    let id = world.webhook().await;
    let send = |action: &str| {
        let path = format!("/api/webhooks/{id}/{action}");
        world.request(Method::POST, &path).idempotent(action).send()
    };
    let paused = send("pause").await.expect(StatusCode::OK);
    assert_eq!(send("resume").await.expect(StatusCode::OK)["status"], "active");
    let again = send("pause").await;
    assert_eq!(again.expect(StatusCode::OK), paused, "the first answer, nothing done");
    let now = world.get(&format!("/api/webhooks/{id}")).send().await.json();
    assert_eq!(now["status"], "active");
    let path = format!("/api/webhooks/{id}");
    let gone = world.request(Method::DELETE, &path).idempotent("delete").send().await;
    assert_eq!(gone.status, StatusCode::NO_CONTENT);
    assert!(gone.body.is_empty());
}

#[tokio::test]
async fn a_client_that_goes_away_leaves_no_key_held_and_no_answer_unkept() {
    let world = World::new().await;
    for polls in 0..40 {
        let key = format!("gone-{polls}");
        let send = || world.post("/api/webhooks", webhook()).idempotent(&key).send();
        let mut first = Box::pin(send());
        for _ in 0..polls {
            if futures_util::poll!(first.as_mut()).is_ready() {
                break;
            }
            tokio::task::yield_now().await;
        }
        drop(first);
        // Whatever was begun ends; what it did is what the repetition is told.
        let again = loop {
            let again = send().await;
            if again.status != StatusCode::CONFLICT {
                break again;
            }
        };
        let created = again.expect(StatusCode::CREATED);
        let path = format!("/api/webhooks/{}", created["id"].as_str().unwrap());
        let list = world.get("/api/webhooks").send().await.json();
        assert_eq!(list["data"].as_array().unwrap().len(), 1, "after {polls} polls");
        world.request(Method::DELETE, &path).send().await;
    }
}
