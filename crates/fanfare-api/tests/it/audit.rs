//! The audit log over HTTP.

use http::StatusCode;
use serde_json::{Value, json};

use crate::world::World;

#[tokio::test]
async fn what_a_key_did_is_listed_with_its_request() {
    let world = World::new().await;
    let body = json!({"url": crate::world::URL, "events": ["*"]});
    let created = world.post("/api/webhooks", body).send().await;
    let id = created.expect(StatusCode::CREATED)["id"].clone();
    let request_id = created.headers["x-request-id"].to_str().unwrap().to_owned();
    let other = world.webhook().await;
    let list = world.get("/api/audit?sort=createdAt").send().await.expect(StatusCode::OK);
    let entries = list["data"].as_array().unwrap();
    assert_eq!(entries.len(), 2);
    let first = &entries[0];
    assert_eq!((&first["number"], &first["action"]), (&json!(1), &json!("webhook.created")));
    assert_eq!(first["resource"], json!({"kind": "webhook", "id": id}));
    assert_eq!((&first["actor"]["kind"], &first["requestId"]), (&json!("key"), &json!(request_id)));
    assert_eq!((&first["before"], &first["after"]["status"]), (&Value::Null, &json!("active")));
    let of = world.get(&format!("/api/audit?resourceId={other}")).send().await;
    let of = of.expect(StatusCode::OK);
    assert_eq!(of["data"], json!([entries[1]]));
    let after = list["pageInfo"]["startCursor"].as_str().unwrap();
    let rest = world.get(&format!("/api/audit?sort=createdAt&after={after}")).send().await;
    assert_eq!(rest.expect(StatusCode::OK)["data"], json!([entries[1]]));
    let wrong = world.get("/api/audit?actor=nobody").send().await;
    assert_eq!(wrong.refused_field(), "actor");
}
