//! Health, figures, ids of requests.

use fanfare_api::ApiOptions;
use fanfare_model::EventType;
use http::{Method, StatusCode};

use crate::world::World;

#[tokio::test]
async fn ready_is_said_only_when_it_is_so() {
    let world = World::with(ApiOptions::default()).await;
    assert_eq!(world.get("/healthz").anonymous().send().await.json()["status"], "ok");
    let starting = world.get("/readyz").anonymous().send().await;
    starting.refused(503, "unavailable");
    assert_eq!(starting.headers["retry-after"], "1");
    world.state.set_ready(true);
    assert_eq!(world.get("/readyz").anonymous().send().await.json()["status"], "ready");
    world.state.set_ready(false);
    world.get("/readyz").anonymous().send().await.refused(503, "unavailable");
}

#[tokio::test]
async fn every_answer_has_its_own_request_id() {
    let world = World::new().await;
    let mut seen = std::collections::HashSet::new();
    for path in ["/healthz", "/api/me", "/api/nothing", "/docs", "/metrics", "/api/webhooks"] {
        let answer = world.get(path).header("X-Request-Id", "mine").send().await;
        let id = answer.headers["x-request-id"].to_str().unwrap().to_owned();
        assert!(id.starts_with("req_") && id.len() == 30, "{path}: {id}");
        assert!(seen.insert(id), "{path}");
        assert_eq!(answer.headers["x-content-type-options"], "nosniff");
    }
}

#[tokio::test]
async fn figures_count_requests_by_route() {
    let world = World::new().await;
    world.publish(EventType::OrderPaid).await;
    world.get("/api/v1/webhooks/whk_01h455vb4pex5vsknk084sn02q").send().await;
    world.get("/api/webhooks/evil%22label").send().await;
    let answer = world.get("/metrics").anonymous().send().await;
    let kind = answer.headers["content-type"].to_str().unwrap();
    assert!(kind.starts_with("application/openmetrics-text"));
    let text = String::from_utf8(answer.body.to_vec()).unwrap();
    for line in [
        r#"fanfare_http_requests_total{method="POST",route="/api/events",status="2xx"} 1"#,
        r#"fanfare_http_requests_total{method="GET",route="/api/webhooks/{id}",status="4xx"} 2"#,
    ] {
        assert!(text.contains(line), "{line} is missing in:\n{text}");
    }
    assert!(!text.contains("evil"), "{text}");
}

#[tokio::test]
async fn head_is_get_without_its_body() {
    let world = World::new().await;
    for path in ["/healthz", "/api/me", "/docs", "/api/event-types"] {
        let head = world.request(Method::HEAD, path).send().await;
        assert_eq!(head.status, StatusCode::OK, "{path}");
        assert!(head.body.is_empty(), "{path}");
    }
}

#[tokio::test]
async fn a_request_that_takes_too_long_is_told_so() {
    let request_timeout = std::time::Duration::from_millis(20);
    let world = World::with(ApiOptions { request_timeout, ..ApiOptions::default() }).await;
    for front in [false, true] {
        // A body that never comes: the server's own limit on bodies is not in the way here.
        let call = world.request(Method::POST, "/api/events");
        let call = call.header("Content-Type", "application/json").endless();
        let answer = if front { call.through_front() } else { call }.send().await;
        answer.refused(503, "unavailable");
        assert!(answer.headers.contains_key("retry-after"));
    }
}

#[tokio::test]
async fn a_full_disk_is_told_and_nothing_is_acknowledged() {
    let world = World::small(200).await;
    world.state.set_ready(true);
    let mut accepted = 0;
    let refused = loop {
        let mut event = crate::world::event(EventType::ConsumerCreated);
        event["data"]["metadata"] = serde_json::json!({"note": "x".repeat(20_000)});
        let answer = world.post("/api/events", event).send().await;
        if answer.status != StatusCode::ACCEPTED {
            break answer;
        }
        accepted += 1;
        assert!(accepted < 100, "the disk is never full");
    };
    refused.refused(503, "unavailable");
    assert!(refused.headers.contains_key("retry-after"));
    assert!(accepted > 0);
    let seen = world.get("/api/events?limit=100").send().await.expect(StatusCode::OK);
    assert_eq!(seen["data"].as_array().unwrap().len(), accepted);
}
