//! The rate of an organization.

use fanfare_api::{ApiOptions, RateLimit};
use fanfare_model::EventType;
use http::StatusCode;

use crate::world::{World, event};

async fn world() -> World {
    let rate_limit = Some(RateLimit { per_second: 1, burst: 2 });
    World::with(ApiOptions { rate_limit, ..ApiOptions::default() }).await
}

#[tokio::test]
async fn beyond_the_burst_requests_wait_and_the_headers_say_so() {
    for front in [false, true] {
        let world = world().await;
        let send = || {
            let call = world.post("/api/events", event(EventType::OrderPaid));
            if front { call.through_front() } else { call }.send()
        };
        for left in ["1", "0"] {
            let answer = send().await;
            assert_eq!(answer.status, StatusCode::ACCEPTED);
            assert_eq!(answer.headers["x-ratelimit-limit"], "2");
            assert_eq!(answer.headers["x-ratelimit-remaining"], left);
        }
        let refused = send().await;
        refused.refused(429, "rate_limited");
        assert_eq!(refused.headers["retry-after"], "1");
        assert_eq!(refused.headers["x-ratelimit-remaining"], "0");
        let reset: i64 = refused.headers["x-ratelimit-reset"].to_str().unwrap().parse().unwrap();
        assert!((1_718_897_400..=1_718_897_404).contains(&reset), "{reset}");
        world.get("/api/me").send().await.refused(429, "rate_limited");
        let stranger = world.stranger().await;
        assert_eq!(world.get("/api/me").key(&stranger).send().await.status, StatusCode::OK);
    }
}

#[tokio::test]
async fn open_routes_and_unknown_keys_are_not_counted() {
    let world = world().await;
    for _ in 0..5 {
        assert_eq!(world.get("/healthz").send().await.status, StatusCode::OK);
        world.get("/api/me").key("sk_live_x").send().await.refused(401, "unauthorized");
    }
    assert_eq!(world.get("/api/me").send().await.headers["x-ratelimit-remaining"], "1");
}
