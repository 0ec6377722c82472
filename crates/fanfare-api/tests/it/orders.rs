//! Orders: made, changed, moved, and what is told of it. Orders of participants are tested with
//! the use cases.

use http::{Method, StatusCode};
use insta::assert_json_snapshot;
use serde_json::{Value, json};

use crate::world::{Answer, World};

async fn consumer(world: &World) -> String {
    world.create("/api/consumers", json!({})).await
}

fn order(consumer: &str) -> Value {
    json!({"consumerId": consumer, "totalAmount": "149.90", "currencyCode": "USD"})
}

async fn act(world: &World, id: &str, action: &str, body: Value) -> Answer {
    world.post(&format!("/api/orders/{id}/{action}"), body).send().await
}

async fn get(world: &World, id: &str) -> Value {
    world.get(&format!("/api/orders/{id}")).send().await.expect(StatusCode::OK)
}

/// An order in this status.
async fn standing(world: &World, consumer: &str, status: &str) -> String {
    let id = world.create("/api/orders", order(consumer)).await;
    let actions: &[&str] = match status {
        "created" => &[],
        "paid" => &["pay"],
        "fulfilled" => &["pay", "fulfill"],
        _ => &["cancel"],
    };
    for action in actions {
        act(world, &id, action, json!({})).await.expect(StatusCode::OK);
    }
    id
}

#[tokio::test]
async fn an_order_goes_its_way_and_is_told_of() {
    let world = World::new().await;
    let (consumer, product) =
        (consumer(&world).await, world.create("/api/products", json!({"name": "Shoe"})).await);
    let mut body = order(&consumer);
    body["productId"] = json!(product);
    body["externalOrderId"] = json!("YOUR-ORDER-123");
    body["metadata"] = json!({"till": 3});
    let id = world.create("/api/orders", body).await;
    world.advance(60);
    let payment =
        json!({"provider": "stripe", "reference": "pi_567", "paidAt": "2024-06-20T15:30:30Z"});
    act(&world, &id, "pay", payment).await.expect(StatusCode::OK);
    world.advance(60);
    let parcel = json!({"trackingCarrier": "DHL", "trackingNumber": "JD01",
        "trackingUrl": "https://carrier.example/JD01"});
    let sent = act(&world, &id, "fulfill", parcel).await.expect(StatusCode::OK);
    assert_json_snapshot!("order", sent);
    assert_eq!(get(&world, &id).await, sent);
    let off = standing(&world, &consumer, "paid").await;
    let off = act(&world, &off, "cancel", json!({"reason": "Refund requested"})).await;
    assert_json_snapshot!("order_off", off.expect(StatusCode::OK));
    assert_json_snapshot!("order_created", world.told("order.created").await[0]);
    assert_json_snapshot!("order_paid", world.told("order.paid").await[0]);
    assert_json_snapshot!("order_fulfilled", world.told("order.fulfilled").await);
    assert_json_snapshot!("order_cancelled", world.told("order.cancelled").await);
}

#[tokio::test]
async fn a_payment_that_is_told_again_changes_nothing() {
    let world = World::new().await;
    let consumer = consumer(&world).await;
    let id = standing(&world, &consumer, "created").await;
    let paid = act(&world, &id, "pay", json!({"reference": "pi_1"})).await.expect(StatusCode::OK);
    world.advance(60);
    let again = act(&world, &id, "pay", json!({"reference": "pi_2", "provider": "x"})).await;
    assert_eq!(again.expect(StatusCode::OK), paid);
    let sent = act(&world, &id, "fulfill", json!({})).await.expect(StatusCode::OK);
    let late = world.request(Method::POST, &format!("/api/orders/{id}/pay")).send().await;
    assert_eq!(late.expect(StatusCode::OK), sent);
    assert_eq!(world.told("order.paid").await.len(), 1);

    let other = standing(&world, &consumer, "created").await;
    let pay = || act(&world, &other, "pay", json!({}));
    let (a, b, c, d) = tokio::join!(pay(), pay(), pay(), pay());
    let answers = [&a, &b, &c, &d].map(|answer| answer.expect(StatusCode::OK));
    assert!(answers.iter().all(|answer| *answer == answers[0]));
    assert_eq!(world.told("order.paid").await.len(), 2);
}

#[tokio::test]
async fn an_illegal_move_says_from_what_to_what_and_why() {
    let world = World::new().await;
    let consumer = consumer(&world).await;
    let refused: [(&str, &[&str]); 3] = [
        ("pay", &["cancelled"]),
        ("fulfill", &["created", "fulfilled", "cancelled"]),
        ("cancel", &["fulfilled", "cancelled"]),
    ];
    for (action, statuses) in refused {
        for status in statuses {
            let id = standing(&world, &consumer, status).await;
            let (before, told) = (get(&world, &id).await, world.told("order.*").await.len());
            let answer = act(&world, &id, action, json!({})).await;
            let refusal = answer.refused(409, "illegal_transition");
            let message = refusal["error"]["message"].as_str().unwrap();
            let start = format!("cannot {action} an order that is {status} (it would become ");
            assert!(message.starts_with(&start), "{message}");
            assert_eq!((get(&world, &id).await, world.told("order.*").await.len()), (before, told));
        }
    }
}

#[tokio::test]
async fn amounts_are_exact_and_fit_their_currency() {
    let world = World::new().await;
    let consumer = consumer(&world).await;
    for (amount, currency) in [("149.90", "USD"), ("0", "EUR"), ("1500", "JPY"), ("1.500", "KWD")] {
        let mut body = order(&consumer);
        body["totalAmount"] = json!(amount);
        body["currencyCode"] = json!(currency);
        let made = world.post("/api/orders", body).send().await.expect(StatusCode::CREATED);
        assert_eq!(made["totalAmount"], amount, "as it was given");
    }
    for (amount, currency, field) in [
        (json!("149.999"), json!("USD"), "totalAmount"),
        (json!("1.5"), json!("JPY"), "totalAmount"),
        (json!("1.5000"), json!("KWD"), "totalAmount"),
        (json!(149.99), json!("USD"), "totalAmount"),
        (json!("-1"), json!("USD"), "totalAmount"),
        (json!("1,50"), json!("USD"), "totalAmount"),
        (json!("1000000000000"), json!("USD"), "totalAmount"),
        (json!("1"), json!("usd"), "currencyCode"),
        (json!("1"), json!("XXX"), "currencyCode"),
        (json!("1"), json!("BTC"), "currencyCode"),
        (json!("1"), json!(null), "currencyCode"),
    ] {
        let mut body = order(&consumer);
        body["totalAmount"] = amount;
        body["currencyCode"] = currency;
        let answer = world.post("/api/orders", body.clone()).send().await;
        assert_eq!(answer.refused_field(), field, "{body}");
    }
    assert_eq!(world.told("order.*").await.len(), 4);
}

#[tokio::test]
async fn what_a_field_may_not_hold_is_named_and_changes_nothing() {
    let world = World::new().await;
    let consumer = consumer(&world).await;
    let long = |length: usize| json!("x".repeat(length));
    for (field, value) in [
        ("consumerId", json!("con_01h455vb4pex5vsknk084sn02q")),
        ("consumerId", json!("ord_01h455vb4pex5vsknk084sn02q")),
        ("distributionId", json!("dist_01h455vb4pex5vsknk084sn02q")),
        ("productId", json!("prod_01h455vb4pex5vsknk084sn02q")),
        ("externalOrderId", long(256)),
        ("externalOrderId", json!(" ")),
        ("metadata", json!({"note": long(16 * 1024)})),
        ("status", json!("paid")),
    ] {
        let mut body = order(&consumer);
        body[field] = value;
        let answer = world.post("/api/orders", body.clone()).send().await;
        assert_eq!(answer.refused_field(), field, "{body}");
    }
    for field in ["consumerId", "totalAmount", "currencyCode"] {
        let mut body = order(&consumer);
        body.as_object_mut().unwrap().remove(field);
        assert_eq!(world.post("/api/orders", body).send().await.refused_field(), field);
    }
    let id = standing(&world, &consumer, "created").await;
    for (action, field, value) in [
        ("pay", "provider", long(65)),
        ("pay", "reference", json!("")),
        ("pay", "paidAt", json!("2024-06-20T15:36:00Z")),
        ("cancel", "reason", long(501)),
    ] {
        let answer = act(&world, &id, action, json!({field: value})).await;
        assert_eq!(answer.refused_field(), field, "{action}");
    }
    act(&world, &id, "pay", json!({})).await.expect(StatusCode::OK);
    let link = json!({"trackingUrl": "javascript:alert(1)"});
    assert_eq!(act(&world, &id, "fulfill", link).await.refused_field(), "trackingUrl");
    assert_eq!(world.told("order.*").await.len(), 2);
}

#[tokio::test]
async fn a_number_in_the_shop_stands_for_one_order() {
    let world = World::new().await;
    let consumer = consumer(&world).await;
    let mut body = order(&consumer);
    body["externalOrderId"] = json!("A-1");
    let first = world.create("/api/orders", body.clone()).await;
    let second = world.create("/api/orders", order(&consumer)).await;
    let patch = async |id: &str, body: Value| {
        world.request(Method::PATCH, &format!("/api/orders/{id}")).json(body).send().await
    };
    for refusal in [
        world.post("/api/orders", body).send().await,
        patch(&second, json!({"externalOrderId": "A-1"})).await,
    ] {
        let error = refusal.refused(409, "conflict")["error"].clone();
        assert_eq!(error["details"][0]["field"], "externalOrderId");
        assert!(error["message"].as_str().unwrap().contains(&first), "{error}");
    }
    let freed = patch(&first, json!({"externalOrderId": null, "metadata": {"a": 1}})).await;
    assert_eq!(freed.expect(StatusCode::OK)["metadata"], json!({"a": 1}));
    let taken = patch(&second, json!({"externalOrderId": "A-1"})).await.expect(StatusCode::OK);
    assert_eq!(
        (&taken["externalOrderId"], &taken["totalAmount"]),
        (&json!("A-1"), &json!("149.90"))
    );
    assert_eq!(world.told("order.*").await.len(), 2, "such changes are not told");
}

#[tokio::test]
async fn filters_select() {
    let world = World::new().await;
    let (ada, bob) = (consumer(&world).await, consumer(&world).await);
    let first = standing(&world, &ada, "created").await;
    world.advance(60);
    let second = standing(&world, &bob, "paid").await;
    world.advance(60);
    let number = json!({"externalOrderId": "A-1"});
    let path = format!("/api/orders/{first}");
    world.request(Method::PATCH, &path).json(number).send().await.expect(StatusCode::OK);
    for (query, found) in [
        (String::new(), vec![&second, &first]),
        ("status=paid".into(), vec![&second]),
        ("status=created,paid&sort=createdAt".into(), vec![&first, &second]),
        ("status=fulfilled".into(), vec![]),
        (format!("consumerId={ada}"), vec![&first]),
        ("distributionId=dist_01h455vb4pex5vsknk084sn02q".into(), vec![]),
        ("externalOrderId=A-1".into(), vec![&first]),
        ("createdAfter=2024-06-20T15:31:00Z".into(), vec![&second]),
        ("createdBefore=2024-06-20T15:31:00Z".into(), vec![&first]),
        ("updatedAfter=2024-06-20T15:32:00Z".into(), vec![&first]),
        ("sort=updatedAt".into(), vec![&second, &first]),
        ("sort=updatedAt&status=created,paid".into(), vec![&second, &first]),
    ] {
        let page = world.get(&format!("/api/orders?{query}")).send().await.expect(StatusCode::OK);
        let ids: Vec<_> = page["data"].as_array().unwrap().iter().map(|one| &one["id"]).collect();
        assert_eq!(ids, found, "{query}");
    }
    for (query, field) in [
        ("status=open", "status"),
        ("consumerId=5", "consumerId"),
        ("distributionId=con_01h455vb4pex5vsknk084sn02q", "distributionId"),
        ("updatedAfter=yesterday", "updatedAfter"),
        ("sort=amount", "sort"),
        ("email=x", "email"),
    ] {
        let answer = world.get(&format!("/api/orders?{query}")).send().await;
        assert_eq!(answer.refused_field(), field, "{query}");
    }
}
