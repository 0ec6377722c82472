//! Another organization's ids do not exist.

use fanfare_api::openapi::DOCUMENT;
use fanfare_model::EventType;
use http::StatusCode;
use serde_json::{Value, json};

use crate::world::World;

/// An id of each kind that belongs to the world's first organization.
async fn ids(world: &World) -> Vec<(&'static str, String)> {
    let webhook = world.webhook().await;
    let event = world.publish(EventType::OrderPaid).await;
    let deliveries = world.get("/api/deliveries").send().await.json();
    let delivery = deliveries["data"][0]["id"].as_str().unwrap().to_owned();
    let replay = json!({"since": "2024-01-01T00:00:00Z", "onlyMissing": false});
    let job = world.post(&format!("/api/webhooks/{webhook}/replay"), replay).send().await;
    let job = job.expect(StatusCode::ACCEPTED)["id"].as_str().unwrap().to_owned();
    let keys = world.get("/api/keys").send().await.json();
    let key = keys["data"][0]["id"].as_str().unwrap().to_owned();
    let consumer = world.create("/api/consumers", json!({"email": "ada@example.com"})).await;
    let order = json!({"consumerId": consumer, "totalAmount": "1", "currencyCode": "EUR"});
    let experience = world.create("/api/experiences", json!({"name": "Drop"})).await;
    let queue = json!({"type": "queue", "experienceId": experience});
    let connection = json!({"provider": "stripe", "name": "till"});
    let connection = world.create("/api/integrations/connections", connection).await;
    let message = world.inbound(&connection).await;
    let group = world.post("/api/feed/groups", json!({"name": "erp"})).send().await;
    group.expect(StatusCode::CREATED);
    vec![
        ("webhooks", webhook),
        ("feed/groups", "erp".to_owned()),
        ("events", event),
        ("deliveries", delivery),
        ("jobs", job),
        ("keys", key),
        ("products", world.create("/api/products", json!({"name": "Shoe"})).await),
        ("distributions", world.create("/api/distributions", queue).await),
        ("experiences", experience),
        ("orders", world.create("/api/orders", order).await),
        ("consumers", consumer),
        ("integrations/connections", connection),
        ("integrations/messages", message),
    ]
}

fn body_of(operation: &Value) -> Option<Value> {
    let schema = &operation["requestBody"]["content"]["application/json"]["schema"];
    let schema = schema["oneOf"].as_array().and_then(|all| all.last()).unwrap_or(schema);
    Some(DOCUMENT.pointer(&schema["$ref"].as_str()?[1..]).unwrap()["example"].clone())
}

#[tokio::test]
async fn strangers_find_nothing_on_any_route_with_an_id() {
    let world = World::new().await;
    let ids = ids(&world).await;
    let stranger = world.stranger().await;
    let mut routes = 0;
    for (path, item) in DOCUMENT["paths"].as_object().unwrap() {
        let Some((_, id)) =
            ids.iter().find(|(noun, _)| path.starts_with(&format!("/api/{noun}/{{")))
        else {
            // A provider's own id is no secret and no id of ours; nobody's is found. Event types
            // belong to everybody; whose samples are shown is a test of its own.
            let theirs = path == "/api/integrations/sent/{provider}/{id}";
            assert!(theirs || !path.replace("{type}", "").contains('{'), "{path} is not tested");
            continue;
        };
        for (method, operation) in item.as_object().unwrap() {
            let method: http::Method = method.to_uppercase().parse().unwrap();
            let consumer = &ids.iter().find(|(noun, _)| *noun == "consumers").unwrap().1;
            let path =
                path.replace("{id}", id).replace("{group}", id).replace("{consumerId}", consumer);
            let mut call = world.request(method.clone(), &path).key(&stranger);
            if let Some(body) = body_of(operation) {
                call = call.json(body);
            }
            call.send().await.refused(404, "not_found");
            routes += 1;
        }
    }
    assert!(routes >= 45, "{routes}");
    let own = world.get(&format!("/api/webhooks/{}", ids[0].1)).send().await.json();
    assert_eq!((own["status"].as_str(), own["version"].as_u64()), (Some("active"), Some(1)));
}

#[tokio::test]
async fn strangers_lists_are_empty() {
    let world = World::new().await;
    let ids = ids(&world).await;
    let stranger = world.stranger().await;
    let launch = ["consumers", "products", "experiences", "distributions", "orders"];
    for path in ["webhooks", "events", "deliveries", "jobs", "notices"].iter().chain(&launch) {
        let list = world.get(&format!("/api/{path}")).key(&stranger).send().await.json();
        assert_eq!(list["data"], json!([]), "{path}");
        assert_eq!(list["pageInfo"]["endCursor"], Value::Null);
    }
    let filtered = format!("/api/deliveries?webhookId={}", ids[0].1);
    let list = world.get(&filtered).key(&stranger).send().await.json();
    assert_eq!(list["data"], json!([]));
    for path in ["consumers?email=ada@example.com", "orders?sort=updatedAt"] {
        let list = world.get(&format!("/api/{path}")).key(&stranger).send().await.json();
        assert_eq!(list["data"], json!([]), "{path}");
    }
}

#[tokio::test]
async fn what_is_unique_is_so_in_one_organization() {
    let world = World::new().await;
    let stranger = world.stranger().await;
    let things = [
        ("/api/consumers", json!({"email": "ada@example.com", "externalId": "1"})),
        ("/api/experiences", json!({"name": "Drop", "slug": "drop"})),
    ];
    for (path, body) in things {
        world.create(path, body.clone()).await;
        let answer = world.post(path, body.clone()).key(&stranger).send().await;
        answer.expect(StatusCode::CREATED);
        world.post(path, body).send().await.refused(409, "conflict");
    }
}

#[tokio::test]
async fn another_organizations_ids_in_a_body_are_nobodys() {
    let world = World::new().await;
    let ids = ids(&world).await;
    let stranger = world.stranger().await;
    let id = |noun: &str| ids.iter().find(|(name, _)| *name == noun).unwrap().1.clone();
    let order = json!({"consumerId": id("consumers"), "totalAmount": "1", "currencyCode": "EUR"});
    let answer = world.post("/api/orders", order).key(&stranger).send().await;
    assert_eq!(answer.refused_field(), "consumerId");
    let experience = json!({"name": "Drop", "productIds": [id("products")]});
    let answer = world.post("/api/experiences", experience).key(&stranger).send().await;
    assert_eq!(answer.refused_field(), "productIds[0]");
}
