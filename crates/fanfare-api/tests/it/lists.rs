//! Pages and cursors.

use fanfare_model::EventType;
use http::StatusCode;
use serde_json::Value;

use crate::world::World;

/// Follows a list to its end and gives the ids it saw.
async fn walk(world: &World, path: &str) -> Vec<String> {
    let mut seen = Vec::new();
    let mut after = String::new();
    loop {
        let page = world.get(&format!("{path}{after}")).send().await.expect(StatusCode::OK);
        seen.extend(ids(&page));
        if page["pageInfo"]["hasNextPage"] == false {
            return seen;
        }
        after = format!("&after={}", page["pageInfo"]["endCursor"].as_str().unwrap());
    }
}

fn ids(page: &Value) -> Vec<String> {
    let items = page["data"].as_array().unwrap().iter();
    items.map(|item| item["id"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn following_cursors_sees_everything_once_in_either_order() {
    let world = World::new().await;
    world.webhook().await;
    let mut published = Vec::new();
    for _ in 0..7 {
        published.push(world.publish(EventType::OrderPaid).await);
        world.advance(1);
    }
    for limit in [1, 2, 3, 7, 100] {
        let path = format!("/api/events?sort=createdAt&limit={limit}");
        assert_eq!(walk(&world, &path).await, published, "limit {limit}");
        let newest = walk(&world, &format!("/api/events?limit={limit}")).await;
        assert!(newest.iter().rev().eq(&published), "limit {limit}");
        let deliveries = walk(&world, &format!("/api/deliveries?limit={limit}")).await;
        assert_eq!(deliveries.len(), 7);
    }
}

#[tokio::test]
async fn before_gives_the_nearest_items_before_in_the_lists_order() {
    let world = World::new().await;
    let mut published = Vec::new();
    for _ in 0..5 {
        published.push(world.publish(EventType::OrderPaid).await);
    }
    let all = world.get("/api/events?sort=createdAt&limit=4").send().await.json();
    let last = all["pageInfo"]["endCursor"].as_str().unwrap();
    let path = format!("/api/events?sort=createdAt&limit=2&before={last}");
    let page = world.get(&path).send().await.json();
    assert_eq!(ids(&page), published[1..3]);
    assert_eq!(page["pageInfo"]["hasNextPage"], true);
    let first = page["pageInfo"]["startCursor"].as_str().unwrap();
    let path = format!("/api/events?sort=createdAt&limit=2&before={first}");
    let page = world.get(&path).send().await.json();
    assert_eq!(
        (ids(&page), &page["pageInfo"]["hasNextPage"]),
        (published[..1].to_vec(), &Value::Bool(false))
    );
}

#[tokio::test]
async fn filters_select() {
    let world = World::new().await;
    let webhook = world.webhook().await;
    world.publish(EventType::OrderPaid).await;
    assert_eq!(world.attempt(500, b"oops").await, 1);
    world.advance(60);
    world.publish(EventType::ConsumerCreated).await;
    assert_eq!(world.attempt(204, b"").await, 1);
    world.advance(60);
    world.publish(EventType::OrderCreated).await;
    let other = "whk_01h455vb4pex5vsknk084sn02q";
    for (query, count) in [
        (String::new(), 3),
        ("status=failed".into(), 1),
        ("status=failed,succeeded".into(), 2),
        ("status=cancelled".into(), 0),
        (format!("webhookId={webhook}"), 3),
        (format!("webhookId={other}"), 0),
        ("eventType=order.*".into(), 2),
        ("eventType=order.paid,consumer.*".into(), 2),
        ("errorClass=http_5xx".into(), 1),
        ("errorClass=dns,timeout".into(), 0),
        ("statusCode=500".into(), 1),
        ("statusCode=2xx".into(), 1),
        ("statusCode=404".into(), 0),
        ("createdAfter=2024-06-20T15:31:00Z".into(), 2),
        ("createdBefore=2024-06-20T15:31:00Z".into(), 1),
        ("createdAfter=2024-06-20T15:31:00%2B00:00&status=pending".into(), 1),
    ] {
        for base in ["/api/deliveries".to_owned(), format!("/api/webhooks/{webhook}/deliveries")] {
            if base.contains("webhooks") && query.contains("webhookId") {
                continue;
            }
            let page = world.get(&format!("{base}?{query}")).send().await.expect(StatusCode::OK);
            assert_eq!(ids(&page).len(), count, "{base}?{query}");
        }
    }
    for (query, count) in
        [("type=order.*", 2), ("type=order.paid", 1), ("createdAfter=2024-06-20T15:31:30Z", 1)]
    {
        let page = world.get(&format!("/api/events?{query}")).send().await.expect(StatusCode::OK);
        assert_eq!(ids(&page).len(), count, "{query}");
    }
    for (query, count) in [("status=failed", 0), ("status=active", 1), ("status=paused,active", 1)]
    {
        let page = world.get(&format!("/api/webhooks?{query}")).send().await.expect(StatusCode::OK);
        assert_eq!(ids(&page).len(), count, "{query}");
    }
    let notices = world.get("/api/notices").send().await.expect(StatusCode::OK);
    assert_eq!(ids(&notices).len(), 2, "one was given up, and then it worked again");
}
