//! The pull feed.

use std::time::Duration;

use fanfare_model::{EventType, Scope};
use fanfare_signing::{Secret, StandardMessage, verify_fanfare, verify_standard};
use http::{Method, StatusCode};
use http_body_util::BodyExt as _;
use insta::assert_json_snapshot;
use serde_json::{Value, json};
use tower::ServiceExt as _;

use crate::world::World;

async fn group(world: &World, name: &str) -> String {
    let made = world.post("/api/feed/groups", json!({"name": name})).send().await;
    let made = made.expect(StatusCode::CREATED);
    made["secret"].as_str().unwrap().to_owned()
}

fn ids(feed: &Value) -> Vec<String> {
    let items = feed["data"].as_array().unwrap().iter();
    items.map(|item| item["id"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn shapes() {
    let world = World::new().await;
    let made = world.post("/api/feed/groups", json!({"name": "erp"})).send().await;
    assert_eq!(made.headers["location"], "/api/feed/groups/erp");
    let mut shown = made.expect(StatusCode::CREATED);
    assert!(shown["secret"].take().as_str().unwrap().starts_with("whsec_"));
    assert_json_snapshot!("feed_group_created", shown);
    let id = world.publish(EventType::OrderPaid).await;
    let feed = world.get("/api/feed?group=erp").send().await.expect(StatusCode::OK);
    assert_json_snapshot!("feed", feed);
    world.advance(5);
    let commit = json!({"cursor": feed["cursor"], "results": [
        {"eventId": id, "statusCode": 200, "durationMs": 45},
    ]});
    let path = "/api/feed/groups/erp/commit";
    let committed = world.post(path, commit).send().await.expect(StatusCode::OK);
    assert_json_snapshot!("feed_group_committed", committed);
    let mut found = world.get("/api/feed/groups/erp").send().await.json();
    let behind = found.as_object_mut().unwrap().remove("behind");
    let nothing = json!({"events": 0, "isAtLeast": false, "oldestAt": null});
    assert_eq!((found, behind), (committed, Some(nothing)));
    world.publish(EventType::OrderPaid).await;
    let behind = world.get("/api/feed/groups/erp").send().await.json()["behind"].take();
    assert_eq!((&behind["events"], &behind["isAtLeast"]), (&json!(1), &json!(false)));
    assert!(behind["oldestAt"].is_string());
    assert_json_snapshot!("feed_groups", world.get("/api/feed/groups").send().await.json());
    let failed = json!({"results": [{"eventId": id, "durationMs": 1, "error": "refused"}]});
    world.post(path, failed).send().await.expect(StatusCode::OK);
    let results = world.get("/api/feed/groups/erp/results").send().await.json();
    assert_json_snapshot!("feed_results", results);
}

#[tokio::test]
async fn what_is_pulled_is_signed_as_what_is_delivered() {
    let world = World::new().await;
    let secret = Secret::parse(&group(&world, "erp").await).unwrap();
    world.publish(EventType::OrderPaid).await;
    let feed = world.get("/api/feed?group=erp").send().await.json();
    let item = &feed["data"][0];
    let body = item["body"].as_str().unwrap().as_bytes();
    let bytes = |name: &str| item["headers"][name].as_str().map(str::as_bytes);
    verify_fanfare(body, bytes("x-fanfare-signature"), &[&secret]).unwrap();
    let message = StandardMessage {
        id: bytes("webhook-id"),
        timestamp: bytes("webhook-timestamp"),
        signature: bytes("webhook-signature"),
        body,
    };
    let now = item["headers"]["x-fanfare-timestamp"].as_str().unwrap().parse().unwrap();
    verify_standard(&message, &[&secret], now, 1).unwrap();
    // Another secret signs from the next read on.
    let path = "/api/feed/groups/erp/rotate-secret";
    let rotated = world.request(Method::POST, path).send().await.expect(StatusCode::OK);
    let new = Secret::parse(rotated["secret"].as_str().unwrap()).unwrap();
    let feed = world.get("/api/feed?group=erp").send().await.json();
    let header = feed["data"][0]["headers"]["x-fanfare-signature"].as_str().map(str::as_bytes);
    verify_fanfare(body, header, &[&new]).unwrap();
    verify_fanfare(body, header, &[&secret]).unwrap_err();
}

#[tokio::test]
async fn what_is_not_committed_comes_again() {
    let world = World::new().await;
    group(&world, "erp").await;
    let mut published = Vec::new();
    for _ in 0..3 {
        published.push(world.publish(EventType::OrderPaid).await);
    }
    let read = async |query: &str| {
        let path = format!("/api/feed?group=erp{query}");
        world.get(&path).send().await.expect(StatusCode::OK)
    };
    for _ in 0..2 {
        assert_eq!(ids(&read("").await), published);
    }
    let first = read("&limit=1").await;
    assert_eq!((ids(&first), &first["hasMore"]), (published[..1].to_vec(), &json!(true)));
    let after = first["cursor"].as_str().unwrap();
    assert_eq!(ids(&read(&format!("&after={after}")).await), published[1..]);
    let commit = json!({"cursor": after});
    world.post("/api/feed/groups/erp/commit", commit).send().await.expect(StatusCode::OK);
    assert_eq!(ids(&read("").await), published[1..]);
    assert!(ids(&read("&types=consumer.*").await).is_empty());
    // A second group has a cursor of its own.
    group(&world, "crm").await;
    let none = world.get("/api/feed?group=crm").send().await.expect(StatusCode::OK);
    assert!(ids(&none).is_empty());
}

#[tokio::test]
async fn a_read_waits_for_an_event() {
    let world = World::new().await;
    group(&world, "erp").await;
    let reading = world.get("/api/feed?group=erp&wait=25").send();
    let publishing = async {
        tokio::task::yield_now().await;
        world.publish(EventType::OrderPaid).await
    };
    let begun = tokio::time::Instant::now();
    let (feed, id) = tokio::join!(reading, publishing);
    assert_eq!(ids(&feed.expect(StatusCode::OK)), [id]);
    assert!(begun.elapsed() < Duration::from_secs(20), "{:?}", begun.elapsed());
    let all = world.get("/api/feed?group=erp").send().await.json();
    let after = all["cursor"].as_str().unwrap();
    world.app.close_feed();
    let path = format!("/api/feed?group=erp&wait=25&after={after}");
    let none = world.get(&path).send().await.expect(StatusCode::OK);
    assert!(ids(&none).is_empty());
}

#[tokio::test]
async fn a_stream_goes_on_where_it_ended() {
    let world = World::new().await;
    group(&world, "erp").await;
    let first = world.publish(EventType::OrderPaid).await;
    let open = async |last: &str| {
        let request = http::Request::get("/api/feed?group=erp")
            .header("authorization", format!("Bearer {}", world.key))
            .header("accept", "text/event-stream")
            .header("last-event-id", last)
            .body(axum::body::Body::empty())
            .unwrap();
        let response = world.router.clone().oneshot(request).await.unwrap();
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        response.into_body()
    };
    let mut body = open("").await;
    let frame = async |body: &mut axum::body::Body| {
        let frame = body.frame().await.unwrap().unwrap().into_data().unwrap();
        String::from_utf8(frame.to_vec()).unwrap()
    };
    let text = frame(&mut body).await;
    assert!(text.starts_with("retry: 1000\n\n") && text.contains(&first), "{text}");
    let second = world.publish(EventType::OrderPaid).await;
    let text = frame(&mut body).await;
    let mut lines = text.lines();
    let id = lines.next().unwrap().strip_prefix("id: ").unwrap();
    assert_eq!(lines.next(), Some("event: order.paid"));
    let data: Value =
        serde_json::from_str(lines.next().unwrap().strip_prefix("data: ").unwrap()).unwrap();
    assert_eq!((data["id"].as_str(), data["cursor"].as_str()), (Some(second.as_str()), Some(id)));
    let third = world.publish(EventType::OrderPaid).await;
    let text = frame(&mut open(id).await).await;
    assert!(text.contains(&third) && !text.contains(&second), "{text}");
    world.app.close_feed();
    assert!(body.frame().await.is_none(), "the stream ends with the server");
}

#[tokio::test]
async fn refusals() {
    let world = World::new().await;
    group(&world, "erp").await;
    for (query, field) in [
        ("", "group"),
        ("?group=erp&after=x", "after"),
        ("?group=erp&types=order.payed", "types"),
        ("?group=erp&limit=0", "limit"),
        ("?group=erp&limit=101", "limit"),
        ("?group=erp&wait=26", "wait"),
    ] {
        let refused = world.get(&format!("/api/feed{query}")).send().await;
        assert_eq!(refused.refused_field(), field, "{query}");
    }
    for name in ["", "Erp", "-erp", "a b", &"a".repeat(65)] {
        let refused = world.post("/api/feed/groups", json!({"name": name})).send().await;
        assert_eq!(refused.refused_field(), "name", "{name:?}");
    }
    world.post("/api/feed/groups", json!({"name": "erp"})).send().await.refused(409, "conflict");
    let id = world.publish(EventType::OrderPaid).await;
    for (body, field) in [
        (json!({}), "cursor"),
        (json!({"cursor": "1"}), "cursor"),
        (json!({"results": [{"eventId": "x", "durationMs": 1}]}), "results[0].eventId"),
        (json!({"results": [{"eventId": id, "durationMs": 1}]}), "results[0].statusCode"),
        (
            json!({"results": [{"eventId": id, "durationMs": 1, "statusCode": 99}]}),
            "results[0].statusCode",
        ),
    ] {
        let refused = world.post("/api/feed/groups/erp/commit", body.clone()).send().await;
        assert_eq!(refused.refused_field(), field, "{body}");
    }
    let stranger = world.stranger().await;
    for path in ["/api/feed?group=erp", "/api/feed/groups/erp", "/api/feed/groups/erp/results"] {
        world.get(path).key(&stranger).send().await.refused(404, "not_found");
    }
    let writer = world.key_with([Scope::WebhooksWrite].into_iter().collect()).await;
    world.get("/api/feed?group=erp").key(&writer).send().await.refused(403, "forbidden");
    let reader = world.key_with([Scope::EventsRead].into_iter().collect()).await;
    let body = json!({"name": "x"});
    world.post("/api/feed/groups", body).key(&reader).send().await.refused(403, "forbidden");
    let gone = world.request(Method::DELETE, "/api/feed/groups/erp").send().await;
    assert_eq!(gone.status, StatusCode::NO_CONTENT);
    world.get("/api/feed?group=erp").send().await.refused(404, "not_found");
}
