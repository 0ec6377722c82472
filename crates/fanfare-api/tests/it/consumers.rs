//! Consumers: made, changed, erased, and what is told of it.

use http::{Method, StatusCode};
use insta::assert_json_snapshot;
use serde_json::{Value, json};

use crate::world::{Answer, World};

/// Changes a consumer.
async fn patch(world: &World, id: &str, body: Value) -> Answer {
    world.request(Method::PATCH, &format!("/api/consumers/{id}")).json(body).send().await
}

fn ada() -> Value {
    json!({
        "email": "Ada@Example.com",
        "phone": "+1 555 010 0123",
        "fullName": " Ada Lovelace ",
        "externalId": "crm-4711",
        "metadata": {"tier": "gold", "sizes": [42, 43]},
    })
}

#[tokio::test]
async fn a_consumer_is_made_found_and_told_of() {
    let world = World::new().await;
    let id = world.create("/api/consumers", ada()).await;
    let consumer = world.get(&format!("/api/consumers/{id}")).send().await.expect(StatusCode::OK);
    assert_json_snapshot!("consumer", consumer);
    assert_json_snapshot!("consumer_created", world.told("consumer.created").await);
    let list = world.get("/api/consumers?sort=-createdAt&limit=100").send().await;
    assert_eq!(list.expect(StatusCode::OK)["data"], json!([consumer]));
    let guest = world.post("/api/consumers", json!({})).send().await.expect(StatusCode::CREATED);
    assert_eq!((&guest["email"], &guest["source"]), (&Value::Null, &json!("api")));
}

#[tokio::test]
async fn filters_select() {
    let world = World::new().await;
    let first = world.create("/api/consumers", ada()).await;
    world.advance(60);
    let second = world.create("/api/consumers", json!({"email": "b@example.com"})).await;
    world.advance(60);
    patch(&world, &first, json!({"phone": null})).await.expect(StatusCode::OK);
    for (query, found) in [
        ("email=ada@EXAMPLE.com", vec![&first]),
        ("email=nobody@example.com", vec![]),
        ("externalId=crm-4711", vec![&first]),
        ("externalId=CRM-4711", vec![]),
        ("createdAfter=2024-06-20T15:31:00Z", vec![&second]),
        ("createdBefore=2024-06-20T15:31:00Z", vec![&first]),
        ("updatedAfter=2024-06-20T15:31:30Z", vec![&first]),
        ("updatedAfter=2024-06-20T15:31:00Z&sort=updatedAt", vec![&second, &first]),
        ("sort=createdAt", vec![&first, &second]),
        ("", vec![&second, &first]),
    ] {
        let page = world.get(&format!("/api/consumers?{query}")).send().await.json();
        let ids: Vec<_> = page["data"].as_array().unwrap().iter().map(|one| &one["id"]).collect();
        assert_eq!(ids, found, "{query}");
    }
}

#[tokio::test]
async fn an_address_and_an_external_id_stand_for_one_person() {
    let world = World::new().await;
    let first = world.create("/api/consumers", ada()).await;
    let second = world.create("/api/consumers", json!({"email": "b@example.com"})).await;
    for (field, body) in [
        ("email", json!({"email": "ada@example.COM"})),
        ("externalId", json!({"externalId": "crm-4711"})),
    ] {
        let refusals = [
            world.post("/api/consumers", body.clone()).send().await,
            patch(&world, &second, body).await,
        ];
        for refusal in refusals {
            let error = refusal.refused(409, "conflict")["error"].clone();
            assert_eq!(error["details"][0]["field"], field);
            let message = error["message"].as_str().unwrap();
            assert!(message.contains(field) && message.contains(&first), "{message}");
        }
    }
    let own = patch(&world, &first, json!({"email": "ADA@example.com"})).await;
    assert_eq!(own.expect(StatusCode::OK)["email"], "ADA@example.com");
    assert_eq!(world.told("consumer.created").await.len(), 2);
    assert_eq!(world.told("consumer.updated").await.len(), 1);
}

#[tokio::test]
async fn a_change_says_what_is_different_and_nothing_when_nothing_is() {
    let world = World::new().await;
    let id = world.create("/api/consumers", ada()).await;
    world.advance(5);
    let before = world.get(&format!("/api/consumers/{id}")).send().await.json();
    let same = json!({"email": "Ada@Example.com", "metadata": {"tier": "gold", "sizes": [42, 43]}});
    for nothing in [json!({}), same] {
        let answer = patch(&world, &id, nothing).await.expect(StatusCode::OK);
        assert_eq!(answer, before);
    }
    assert_eq!(world.told("consumer.updated").await, Vec::<Value>::new());
    let change = json!({"fullName": "Ada King", "phone": null, "email": "Ada@Example.com"});
    let after = patch(&world, &id, change).await.expect(StatusCode::OK);
    assert_eq!((&after["fullName"], &after["phone"]), (&json!("Ada King"), &Value::Null));
    assert_eq!(after["externalId"], "crm-4711", "what is left out stays");
    assert_eq!(after["updatedAt"], "2024-06-20T15:30:05Z");
    assert_json_snapshot!("consumer_updated", world.told("consumer.updated").await);
}

#[tokio::test]
async fn what_a_field_may_not_hold_is_named_and_changes_nothing() {
    let world = World::new().await;
    let id = world.create("/api/consumers", json!({})).await;
    let long = |length: usize| "x".repeat(length);
    for (field, value) in [
        ("email", json!("ada")),
        ("email", json!("")),
        ("email", json!("a b@example.com")),
        ("email", json!(format!("{}@example.com", long(250)))),
        ("phone", json!("call me")),
        ("phone", json!("")),
        ("fullName", json!(" ")),
        ("fullName", json!("a\nb")),
        ("fullName", json!(long(201))),
        ("externalId", json!("")),
        ("externalId", json!(long(256))),
        ("metadata", json!({"note": long(16 * 1024)})),
        ("metadata", json!([])),
        ("fullName", json!(5)),
        ("source", json!("import")),
        ("id", json!("con_01h455vb4pex5vsknk084sn02q")),
    ] {
        let body = json!({field: value});
        let created = world.post("/api/consumers", body.clone()).send().await;
        assert_eq!(created.refused_field(), field, "{body}");
        assert_eq!(patch(&world, &id, body.clone()).await.refused_field(), field, "{body}");
    }
    let both = json!({"email": "ada", "phone": "x"});
    let error = world.post("/api/consumers", both).send().await.refused(400, "validation_failed");
    assert_eq!(error["error"]["details"].as_array().unwrap().len(), 2, "all at once: {error}");
    assert_eq!(world.told("consumer.*").await.len(), 1);
}

#[tokio::test]
async fn a_batch_answers_for_each_item() {
    let world = World::new().await;
    let taken = world.create("/api/consumers", json!({"email": "taken@example.com"})).await;
    let batch = json!({"consumers": [
        {"email": "a@example.com"},
        {"email": "TAKEN@example.com"},
        {"email": "no address", "phone": "no number"},
        {"email": "A@example.com"},
        {},
    ]});
    let answer = world.post("/api/consumers/batch", batch).send().await.expect(StatusCode::OK);
    assert_eq!((&answer["accepted"], &answer["rejected"]), (&json!(2), &json!(3)));
    let items = answer["data"].as_array().unwrap();
    let statuses: Vec<_> = items.iter().map(|item| item["status"].as_str().unwrap()).collect();
    assert_eq!(statuses, ["accepted", "rejected", "rejected", "rejected", "accepted"]);
    let codes: Vec<_> = items.iter().map(|item| &item["error"]["code"]).collect();
    assert_eq!(codes[1..4], ["conflict", "validation_failed", "conflict"]);
    assert!(items[1]["error"]["message"].as_str().unwrap().contains(&taken));
    assert_eq!(items[2]["error"]["details"][1]["field"], "phone");
    let first = items[0]["item"]["id"].as_str().unwrap();
    assert!(items[3]["error"]["message"].as_str().unwrap().contains(first), "the one before it");
    let found = world.get(&format!("/api/consumers/{first}")).send().await;
    assert_eq!(found.expect(StatusCode::OK), items[0]["item"]);
    assert_eq!(world.told("consumer.created").await.len(), 3);
}

#[tokio::test]
async fn a_batch_has_a_size_and_a_shape() {
    let world = World::new().await;
    let batch = async |consumers: Value| {
        world.post("/api/consumers/batch", json!({"consumers": consumers})).send().await
    };
    assert_eq!(batch(json!([])).await.refused_field(), "consumers");
    assert_eq!(batch(json!(vec![json!({}); 1_001])).await.refused_field(), "consumers");
    assert_eq!(batch(json!([{}, {"mail": "x"}])).await.refused_field(), "consumers[1].mail");
    assert_eq!(world.told("consumer.*").await.len(), 0, "a wrong shape leaves the others out too");
    let most = batch(json!(vec![json!({}); 1_000])).await.expect(StatusCode::OK);
    assert_eq!((&most["accepted"], &most["rejected"]), (&json!(1_000), &json!(0)));
}

#[tokio::test]
async fn deleting_erases_the_person_and_leaves_the_ledger() {
    let world = World::new().await;
    let make = || world.post("/api/consumers", ada()).idempotent("make-ada");
    let id = make().send().await.expect(StatusCode::CREATED)["id"].as_str().unwrap().to_owned();
    patch(&world, &id, json!({"fullName": "Ada King"})).await.expect(StatusCode::OK);
    let order = json!({"consumerId": id, "totalAmount": "5.00", "currencyCode": "EUR"});
    let order = world.create("/api/orders", order).await;
    world.advance(5);

    let path = format!("/api/consumers/{id}");
    let delete = || world.request(Method::DELETE, &path);
    let answer = delete().send().await;
    assert_eq!((answer.status, answer.body.len()), (StatusCode::NO_CONTENT, 0));
    delete().send().await.refused(404, "not_found");
    world.get(&path).send().await.refused(404, "not_found");
    patch(&world, &id, json!({"phone": null})).await.refused(404, "not_found");
    assert_eq!(world.get("/api/consumers").send().await.json()["data"], json!([]));

    let deleted_at = "2024-06-20T15:30:05Z";
    let told = json!([{"consumer_id": id, "external_id": null, "deleted_at": deleted_at}]);
    assert_eq!(json!(world.told("consumer.deleted").await), told);
    let events = world.get("/api/events?limit=100").send().await;
    let text = String::from_utf8(events.body.to_vec()).unwrap().to_lowercase();
    for personal in ["ada@", "lovelace", "king", "555", "crm-4711", "gold"] {
        assert!(!text.contains(personal), "{personal} is still told of");
    }
    let kept = world.get(&format!("/api/orders/{order}")).send().await.expect(StatusCode::OK);
    assert_eq!(kept["consumerId"], id.as_str());

    let replayed = make().send().await;
    assert_eq!(replayed.headers["idempotent-replayed"], "true");
    let text = String::from_utf8(replayed.body.to_vec()).unwrap();
    assert!(text.contains(&id) && !text.contains("Ada"), "{text}");
    let again = world.create("/api/consumers", ada()).await;
    assert_ne!(again, id, "the address is free again");
}
