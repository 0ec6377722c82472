//! Nothing a client sends is our failure, and everything wrong is named.

use fanfare_model::EventType;
use http::{Method, StatusCode};
use serde_json::{Value, json};

use crate::world::{URL, World, event};

/// POSTs and PATCHes that take a body, and a body that each accepts (ids do not exist).
fn writes() -> Vec<(Method, &'static str, Value)> {
    let webhook = "/api/webhooks/whk_01h455vb4pex5vsknk084sn02q";
    let id = |action: &str| -> &'static str { format!("{webhook}{action}").leak() };
    vec![
        (Method::POST, "/api/webhooks", json!({"url": URL, "events": ["*"]})),
        (Method::PATCH, id(""), json!({"description": "x"})),
        (Method::POST, id("/rotate-secret"), json!({"overlapSeconds": 0})),
        (Method::POST, id("/replay"), json!({"since": "2024-01-01T00:00:00Z"})),
        (Method::POST, id("/test"), json!({"type": "order.paid"})),
        (Method::POST, id("/pause"), json!({})),
        (Method::POST, "/api/events", event(EventType::OrderPaid)),
        (Method::POST, "/api/events/batch", json!({"events": [event(EventType::OrderPaid)]})),
        (Method::POST, "/api/deliveries/resend", json!({"filter": {"status": ["failed"]}})),
        (Method::POST, "/api/keys", json!({"name": "x", "scopes": ["webhooks:read"]})),
    ]
    .into_iter()
    .chain(launch_writes())
    .collect()
}

/// Those of the launch domain. Metadata may be any object, so none has it.
fn launch_writes() -> Vec<(Method, &'static str, Value)> {
    const END: &str = "01h455vb4pex5vsknk084sn02q";
    let id = |path: &str| -> &'static str { path.replace("{}", END).leak() };
    let consumer = || json!({"email": "a@b", "phone": "123", "fullName": "A", "externalId": "1"});
    let experience = || {
        json!({"name": "Drop", "slug": "drop", "openAt": "2030-01-01T00:00:00Z",
            "closeAt": "2031-01-01T00:00:00Z", "timeZone": "UTC", "productIds": []})
    };
    let order = json!({"consumerId": id("con_{}"), "distributionId": id("dist_{}"),
        "productId": id("prod_{}"), "externalOrderId": "1", "totalAmount": "1",
        "currencyCode": "EUR"});
    let payment = json!({"provider": "x", "reference": "y", "paidAt": "2024-01-01T00:00:00Z"});
    let parcel = json!({"trackingCarrier": "x", "trackingNumber": "y", "trackingUrl": URL});
    let product = || json!({"name": "Shoe", "url": URL});
    let time = "2030-01-01T00:00:00Z";
    let rules = json!({"name": "Q", "productId": id("prod_{}"), "openAt": time, "closeAt": time,
        "capacity": 1, "admissionRate": 1, "admissionExpiresAfter": 1, "winnerCount": 1,
        "drawAt": time, "selectionExpiresAfter": 1, "replaceExpired": true, "currencyCode": "EUR",
        "startingPrice": "1", "reservePrice": "1", "minimumIncrement": "1", "settleAt": time,
        "autoExtendSeconds": 1, "winExpiresAfter": 1});
    let mut distribution = rules.clone();
    distribution["experienceId"] = json!(id("exp_{}"));
    distribution["type"] = json!("queue");
    let consumers = json!({"consumerIds": [id("con_{}")]});
    let bid = json!({"consumerId": id("con_{}"), "amount": "1", "currencyCode": "EUR"});
    let checkout = json!({"orderId": id("ord_{}"), "externalOrderId": "1", "orderAmount": "1",
        "currencyCode": "EUR"});
    let complete = "/api/distributions/dist_{}/consumers/con_{}/complete";
    vec![
        (Method::POST, "/api/distributions", distribution),
        (Method::PATCH, id("/api/distributions/dist_{}"), rules),
        (
            Method::POST,
            id("/api/distributions/dist_{}/consumers"),
            json!({"consumerId": id("con_{}")}),
        ),
        (Method::POST, id("/api/distributions/dist_{}/consumers/batch"), consumers.clone()),
        (Method::POST, id("/api/distributions/dist_{}/admit"), consumers),
        (Method::POST, id("/api/distributions/dist_{}/bids"), bid),
        (Method::POST, id("/api/distributions/dist_{}/draw"), json!({})),
        (Method::POST, id("/api/distributions/dist_{}/settle"), json!({})),
        (Method::POST, id(complete), checkout),
        (Method::POST, "/api/consumers", consumer()),
        (Method::POST, "/api/consumers/batch", json!({"consumers": [consumer()]})),
        (Method::PATCH, id("/api/consumers/con_{}"), consumer()),
        (Method::POST, "/api/products", product()),
        (Method::PATCH, id("/api/products/prod_{}"), product()),
        (Method::POST, "/api/experiences", experience()),
        (Method::PATCH, id("/api/experiences/exp_{}"), experience()),
        (Method::POST, id("/api/experiences/exp_{}/activate"), json!({})),
        (Method::POST, id("/api/experiences/exp_{}/complete"), json!({})),
        (Method::POST, id("/api/experiences/exp_{}/cancel"), json!({})),
        (Method::POST, "/api/orders", order),
        (Method::PATCH, id("/api/orders/ord_{}"), json!({"externalOrderId": "1"})),
        (Method::POST, id("/api/orders/ord_{}/pay"), payment),
        (Method::POST, id("/api/orders/ord_{}/fulfill"), parcel),
        (Method::POST, id("/api/orders/ord_{}/cancel"), json!({"reason": "x"})),
    ]
}

#[tokio::test]
async fn bodies_that_are_not_json_are_refused_on_every_route() {
    let world = World::new().await;
    let deep = format!("{}{}", "[".repeat(100), "]".repeat(100));
    let bodies: Vec<(&str, Vec<u8>)> = vec![
        ("cut", br#"{"url": "#.to_vec()),
        ("no json", b"url=https://example.com".to_vec()),
        ("trailing", br#"{} {}"#.to_vec()),
        ("invalid UTF-8", b"{\"name\": \"\xff\"}".to_vec()),
        ("NUL", br#"{"name": "a\u0000b"}"#.to_vec()),
        ("duplicate key", br#"{"name": 1, "name": 1}"#.to_vec()),
        ("too deep", deep.into_bytes()),
        ("lone surrogate", br#"{"name": "\ud800"}"#.to_vec()),
        ("huge number", br#"{"name": 1e999}"#.to_vec()),
    ];
    for (method, path, _) in writes() {
        for (what, body) in &bodies {
            let call = world.request(method.clone(), path);
            let call = call.header("Content-Type", "application/json").body(body.clone());
            let body = call.send().await.refused(400, "malformed_json");
            let message = body["error"]["message"].as_str().unwrap();
            assert!(message.len() > 10, "{path} {what}: {message}");
        }
    }
}

#[tokio::test]
async fn unknown_fields_and_wrong_shapes_are_named_on_every_route() {
    let world = World::new().await;
    for (method, path, good) in writes() {
        let mut unknown = good.clone();
        unknown["surprise"] = json!(1);
        let answer = world.request(method.clone(), path).json(unknown).send().await;
        assert_eq!(answer.refused_field(), "surprise", "{path}");
        for body in [json!([]), json!("x"), json!(5), json!(null)] {
            let answer = world.request(method.clone(), path).json(body.clone()).send().await;
            let field = answer.refused_field();
            assert!(["body", "0"].contains(&field.as_str()), "{path} {body}: {field}");
        }
        for name in good.as_object().unwrap().keys() {
            let mut wrong = good.clone();
            wrong[name] = json!({"surprise": true});
            let field = world.request(method.clone(), path).json(wrong).send().await;
            let field = field.refused_field();
            assert!(field.starts_with(name.as_str()), "{path} {name}: {field}");
        }
    }
}

#[tokio::test]
async fn a_body_must_be_said_to_be_json() {
    let world = World::new().await;
    for (method, path, good) in writes() {
        for kind in ["", "text/plain", "application/x-www-form-urlencoded", "application/jsonp"] {
            let call = world.request(method.clone(), path).header("Content-Type", kind);
            call.body(good.to_string()).send().await.refused(415, "unsupported_media_type");
        }
        let call = world.request(method, path).header("Content-Type", "Application/JSON ; x=y");
        let answer = call.body(good.to_string()).send().await;
        assert_ne!(answer.status, StatusCode::UNSUPPORTED_MEDIA_TYPE, "{path}");
    }
}

#[tokio::test]
async fn bodies_beyond_the_limit_are_refused_whether_announced_or_not() {
    let world = World::new().await;
    for (method, path, _) in writes() {
        let call = world.request(method, path).header("Content-Type", "application/json");
        let answer = call.body(vec![b' '; 4 * 1024 * 1024 + 1]).send().await;
        let body = answer.refused(413, "payload_too_large");
        assert!(body["error"]["message"].as_str().unwrap().contains("4194304"), "{path}");
    }
    let call = world.request(Method::POST, "/api/events").header("Content-Length", "99999999999");
    let call = call.header("Content-Type", "application/json");
    call.body("{}").send().await.refused(413, "payload_too_large");
    let mut huge = event(EventType::ConsumerCreated);
    huge["data"]["metadata"] = json!({"note": "x".repeat(300_000)});
    world.post("/api/events", huge).send().await.refused(413, "payload_too_large");
}

#[tokio::test]
async fn queries_are_read_strictly() {
    let world = World::new().await;
    let other_list = {
        world.webhook().await;
        let list = world.get("/api/webhooks").send().await.json();
        list["pageInfo"]["endCursor"].as_str().unwrap().to_owned()
    };
    let foreign = format!("after={other_list}");
    let cases: &[(&str, &str, &str)] = &[
        ("/api/events", "limit=0", "limit"),
        ("/api/events", "limit=101", "limit"),
        ("/api/events", "limit=x", "limit"),
        ("/api/events", "limit=-1", "limit"),
        ("/api/events", "limit=", "limit"),
        ("/api/events", "limit=5&limit=6", "limit"),
        ("/api/events", "sort=name", "sort"),
        ("/api/events", "after=x", "after"),
        ("/api/events", "before=%00", "before"),
        ("/api/events", "before=%ff%fe", "before"),
        ("/api/events", &foreign, "after"),
        ("/api/events", "page=2", "page"),
        ("/api/events", "Limit=2", "Limit"),
        ("/api/events", "type=order.payed", "type"),
        ("/api/events", "type=", "type"),
        ("/api/events", "createdAfter=yesterday", "createdAfter"),
        ("/api/deliveries", "status=done", "status"),
        ("/api/deliveries", "status=failed,,pending", "status"),
        ("/api/deliveries", "webhookId=5", "webhookId"),
        ("/api/deliveries", "webhookId=dlv_01h455vb4pex5vsknk084sn02q", "webhookId"),
        ("/api/deliveries", "errorClass=oops", "errorClass"),
        ("/api/deliveries", "statusCode=6x", "statusCode"),
        ("/api/deliveries", "createdBefore=2024-13-01T00:00:00Z", "createdBefore"),
        ("/api/webhooks", "status=on", "status"),
        ("/api/keys", "status=on", "status"),
        ("/api/consumers", "limit=0", "limit"),
        ("/api/consumers", "sort=email", "sort"),
        ("/api/consumers", "status=active", "status"),
        ("/api/consumers", "updatedAfter=1", "updatedAfter"),
        ("/api/consumers", &foreign, "after"),
        ("/api/consumers", "email=a&email=b", "email"),
        ("/api/products", "sort=-updatedAt", "sort"),
        ("/api/experiences", "status=live", "status"),
        ("/api/distributions", "status=open", "status"),
        ("/api/distributions", "type=lottery", "type"),
        ("/api/distributions", "experienceId=1", "experienceId"),
        ("/api/distributions", "sort=updatedAt", "sort"),
        ("/api/orders", "before=x", "before"),
    ];
    for (path, query, field) in cases {
        let answer = world.get(&format!("{path}?{query}")).send().await;
        assert_eq!(&answer.refused_field(), field, "{path}?{query}");
    }
    let both = world.get("/api/deliveries?limit=0&status=x&statusCode=y").send().await;
    assert_eq!(both.refused_field(), "limit");
    let filters = world.get("/api/deliveries?status=x&statusCode=y").send().await;
    let details = filters.refused(400, "validation_failed")["error"]["details"].clone();
    assert_eq!(details.as_array().unwrap().len(), 2, "all complaints at once: {details}");
}

#[tokio::test]
async fn ids_that_are_none_are_ids_that_do_not_exist() {
    let world = World::new().await;
    let missing = [
        "whk_01h455vb4pex5vsknk084sn02q",
        "whk_",
        "dlv_01h455vb4pex5vsknk084sn02q",
        "%00",
        "%ff%fe",
        "..%2f..%2fetc",
        "x'%20OR%201=1--",
        "%E2%80%AE",
    ];
    let nouns = ["webhooks", "events", "deliveries", "jobs"];
    for noun in
        nouns.into_iter().chain(["consumers", "products", "experiences", "distributions", "orders"])
    {
        for id in missing {
            let answer = world.get(&format!("/api/{noun}/{id}")).send().await;
            answer.refused(404, "not_found");
        }
    }
}

#[tokio::test]
async fn unknown_paths_and_methods_are_told_in_the_envelope() {
    let world = World::new().await;
    for path in ["/", "/api", "/api/", "/api/nothing", "/api/webhooks/", "/api/v2/me", "/x//y"] {
        world.get(path).send().await.refused(404, "not_found");
    }
    for (method, path, allowed) in [
        (Method::PUT, "/api/webhooks", "GET,HEAD,POST"),
        (Method::DELETE, "/api/events", "GET,HEAD,POST"),
        (Method::OPTIONS, "/api/me", "GET,HEAD"),
        (Method::POST, "/healthz", "GET,HEAD"),
        (Method::PUT, "/api/v1/webhooks", "GET,HEAD,POST"),
    ] {
        let answer = world.request(method, path).send().await;
        answer.refused(405, "method_not_allowed");
        let mut allow: Vec<_> = answer.headers["allow"].to_str().unwrap().split(',').collect();
        allow.sort_unstable();
        assert_eq!(allow.join(","), allowed, "{path}");
    }
}

#[tokio::test]
async fn nothing_is_left_half_done_by_what_was_refused() {
    let world = World::new().await;
    let bad = json!({"events": [event(EventType::OrderPaid), {"type": 5, "data": {}}]});
    let answer = world.post("/api/events/batch", bad).send().await;
    assert_eq!(answer.refused_field(), "events[1].type");
    let hostile = json!({"url": "http://10.0.0.1/", "events": ["*", "nope"]});
    let details = world.post("/api/webhooks", hostile).send().await;
    let details = details.refused(400, "validation_failed")["error"]["details"].clone();
    let fields: Vec<_> = details.as_array().unwrap().iter().map(|d| d["field"].clone()).collect();
    assert_eq!(fields, ["url", "events[1]"], "{details}");
    for list in ["events", "webhooks", "deliveries"] {
        let list = world.get(&format!("/api/{list}")).send().await.json();
        assert_eq!(list["data"], json!([]));
    }
}
