//! Following requests.

use fanfare_model::{EventType, Scope, Scopes};
use http::StatusCode;
use serde_json::{Value, json};

use crate::world::{World, event};

async fn look(world: &World, query: &str) -> Value {
    world.get(&format!("/api/requests{query}")).send().await.expect(StatusCode::OK)
}

#[tokio::test]
async fn what_is_asked_is_told_without_what_is_private() {
    let world = World::new().await;
    world.get("/api/me").send().await;
    let first = look(&world, "").await;
    assert_eq!((&first["data"], &first["missed"]), (&json!([]), &json!(false)), "from now on");
    let refused = world.get("/api/orders/ord_01h455vb4pex5vsknk084sn02q?secret=1").send().await;
    let body = event(EventType::ALL[0]);
    let published = world.post("/api/events", body.clone()).send().await;
    let short = world.post("/api/v1/events", body).through_front().send().await;
    let other = world.stranger().await;
    world.get("/api/me").key(&other).send().await;
    world.get("/api/me").anonymous().send().await;
    let second = look(&world, &format!("?after={}", first["cursor"].as_str().unwrap())).await;
    let rows = second["data"].as_array().unwrap();
    let told: Vec<_> =
        rows.iter().map(|row| (row["method"].clone(), row["path"].clone())).collect();
    let wanted = [
        ("GET", "/api/orders/ord_01h455vb4pex5vsknk084sn02q"),
        ("POST", "/api/events"),
        ("POST", "/api/v1/events"),
    ];
    assert_eq!(told, wanted.map(|(method, path)| (json!(method), json!(path))), "{rows:?}");
    for (row, answer) in rows.iter().zip([&refused, &published, &short]) {
        assert_eq!(row["status"], answer.status.as_u16());
        assert_eq!(row["id"], answer.headers["x-request-id"].to_str().unwrap());
        assert!(row["actor"].as_str().unwrap().starts_with("key_"), "{row}");
    }
    let third = look(&world, &format!("?after={}", second["cursor"].as_str().unwrap())).await;
    assert_eq!(third["data"], json!([]), "each once, and looking is not told");
}

#[tokio::test]
async fn it_needs_its_scope_and_says_what_is_wrong() {
    let world = World::new().await;
    let key = world.key_with([Scope::EventsRead].into_iter().collect::<Scopes>()).await;
    world.get("/api/requests").key(&key).send().await.refused(403, "forbidden");
    for (query, field) in [("?wait=26", "wait"), ("?wait=x", "wait"), ("?after=nonsense", "after")]
    {
        let wrong = world.get(&format!("/api/requests{query}")).send().await;
        assert_eq!(wrong.refused_field(), field);
    }
    let elsewhere = look(&world, "?after=1-5").await;
    assert_eq!(elsewhere["missed"], true, "a cursor of another node");
}
