//! Products: made, changed, removed while nothing names them.

use http::{Method, StatusCode};
use insta::assert_json_snapshot;
use serde_json::{Value, json};

use crate::world::World;

#[tokio::test]
async fn a_product_is_made_changed_and_removed() {
    let world = World::new().await;
    let body = json!({
        "name": " Air Max 1 ",
        "url": "https://shop.example.com/air-max-1",
        "metadata": {"sku": "AM1"},
    });
    let id = world.create("/api/products", body).await;
    let path = format!("/api/products/{id}");
    let product = world.get(&path).send().await.expect(StatusCode::OK);
    assert_json_snapshot!("product", product);
    world.advance(5);
    let patch = async |body: Value| world.request(Method::PATCH, &path).json(body).send().await;
    assert_eq!(patch(json!({"name": "Air Max 1"})).await.expect(StatusCode::OK), product);
    let changed = patch(json!({"url": null, "name": "Air Max 90"})).await.expect(StatusCode::OK);
    assert_eq!((&changed["url"], &changed["name"]), (&Value::Null, &json!("Air Max 90")));
    assert_eq!(
        (&changed["metadata"], &changed["updatedAt"]),
        (&json!({"sku": "AM1"}), &json!("2024-06-20T15:30:05Z"))
    );
    assert_eq!(patch(json!({"name": null})).await.refused_field(), "name");
    let list = world.get("/api/products").send().await.json();
    assert_eq!(list["data"], json!([changed]));

    let delete = || world.request(Method::DELETE, &path);
    assert_eq!(delete().send().await.status, StatusCode::NO_CONTENT);
    delete().send().await.refused(404, "not_found");
    world.get(&path).send().await.refused(404, "not_found");
}

#[tokio::test]
async fn what_a_field_may_not_hold_is_named() {
    let world = World::new().await;
    let urls = ["ftp://example.com", "javascript:alert(1)", "https://", "https://a b", ""];
    let mut cases: Vec<_> = urls.iter().map(|url| ("url", json!(url))).collect();
    cases.push(("name", json!("")));
    cases.push(("name", json!("x".repeat(201))));
    cases.push(("metadata", json!("x")));
    cases.push(("price", json!("1.00")));
    for (field, value) in cases {
        let mut body = json!({"name": "Shoe"});
        body[field] = value;
        let answer = world.post("/api/products", body.clone()).send().await;
        assert_eq!(answer.refused_field(), field, "{body}");
    }
    assert_eq!(world.post("/api/products", json!({})).send().await.refused_field(), "name");
    assert_eq!(world.get("/api/products").send().await.json()["data"], json!([]));
}

#[tokio::test]
async fn a_product_that_is_named_stays() {
    let world = World::new().await;
    let consumer = world.create("/api/consumers", json!({})).await;
    let delete =
        async |id: &str| world.request(Method::DELETE, &format!("/api/products/{id}")).send().await;
    let launched = world.create("/api/products", json!({"name": "Shoe"})).await;
    let drop = json!({"name": "Drop", "productIds": [launched]});
    let drop = world.create("/api/experiences", drop).await;
    delete(&launched).await.refused(409, "conflict");
    let path = format!("/api/experiences/{drop}");
    let emptied = world.request(Method::PATCH, &path).json(json!({"productIds": []})).send().await;
    emptied.expect(StatusCode::OK);
    assert_eq!(delete(&launched).await.status, StatusCode::NO_CONTENT);

    let sold = world.create("/api/products", json!({"name": "Hat"})).await;
    let order = json!({"consumerId": consumer, "productId": sold, "totalAmount": "0",
        "currencyCode": "EUR"});
    world.create("/api/orders", order).await;
    delete(&sold).await.refused(409, "conflict");
    world.get(&format!("/api/products/{sold}")).send().await.expect(StatusCode::OK);
}
