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
    let options =
        ApiOptions { request_timeout: std::time::Duration::ZERO, ..ApiOptions::default() };
    let world = World::with(options).await;
    for front in [false, true] {
        let call = world.post("/api/events", crate::world::event(EventType::OrderPaid));
        let answer = if front { call.through_front() } else { call }.send().await;
        answer.refused(503, "unavailable");
        assert!(answer.headers.contains_key("retry-after"));
    }
}
