//! Distributions: made, changed, removed, and everything they refuse.

use http::{Method, StatusCode};
use insta::assert_json_snapshot;
use serde_json::{Value, json};

use crate::world::{Answer, World};

const SOON: &str = "2024-06-20T16:00:00Z";
const LATER: &str = "2024-06-20T18:00:00Z";
const LAST: &str = "2024-06-20T19:00:00Z";

impl World {
    /// An experience that is live.
    pub(crate) async fn live(&self) -> String {
        let id = self.create("/api/experiences", json!({"name": "Drop"})).await;
        let path = format!("/api/experiences/{id}/activate");
        self.request(Method::POST, &path).send().await.expect(StatusCode::OK);
        id
    }

    /// A distribution of a new experience that is live, with these fields.
    pub(crate) async fn open(&self, fields: Value) -> String {
        let mut body = fields;
        body["experienceId"] = json!(self.live().await);
        self.create("/api/distributions", body).await
    }

    /// So many new consumers.
    pub(crate) async fn people(&self, count: usize) -> Vec<String> {
        let body = json!({"consumers": vec![json!({}); count]});
        let made = self.post("/api/consumers/batch", body).send().await.expect(StatusCode::OK);
        let ids = made["data"].as_array().unwrap().iter();
        ids.map(|one| one["item"]["id"].as_str().unwrap().to_owned()).collect()
    }

    /// So many new consumers who have joined.
    pub(crate) async fn joined(&self, distribution: &str, count: usize) -> Vec<String> {
        let people = self.people(count).await;
        let path = format!("/api/distributions/{distribution}/consumers/batch");
        let body = json!({"consumerIds": people});
        let joined = self.post(&path, body).send().await.expect(StatusCode::OK);
        assert_eq!(joined["accepted"], count);
        people
    }

    pub(crate) async fn act(&self, distribution: &str, action: &str, body: Value) -> Answer {
        self.post(&format!("/api/distributions/{distribution}/{action}"), body).send().await
    }

    pub(crate) async fn distribution(&self, id: &str) -> Value {
        self.get(&format!("/api/distributions/{id}")).send().await.expect(StatusCode::OK)
    }
}

async fn patch(world: &World, id: &str, body: Value) -> Answer {
    world.request(Method::PATCH, &format!("/api/distributions/{id}")).json(body).send().await
}

fn queue() -> Value {
    json!({"type": "queue"})
}

fn draw() -> Value {
    json!({"type": "draw", "winnerCount": 2})
}

fn auction() -> Value {
    json!({"type": "auction", "currencyCode": "EUR", "startingPrice": "10", "settleAt": LAST})
}

/// The body with more fields.
fn with(mut body: Value, fields: Value) -> Value {
    for (name, value) in fields.as_object().unwrap() {
        body[name] = value.clone();
    }
    body
}

#[tokio::test]
async fn each_type_has_its_fields() {
    let world = World::new().await;
    let experience = world.create("/api/experiences", json!({"name": "Drop"})).await;
    let product = world.create("/api/products", json!({"name": "Shoe"})).await;
    let common = json!({
        "experienceId": experience, "productId": product, "name": " Early access ",
        "openAt": SOON, "closeAt": LATER, "capacity": 10, "metadata": {"floor": 3},
    });
    let rules = [
        json!({"type": "queue", "admissionRate": 600, "admissionExpiresAfter": 900}),
        json!({
            "type": "draw", "winnerCount": 5, "drawAt": LATER, "selectionExpiresAfter": 900,
            "replaceExpired": true,
        }),
        json!({
            "type": "auction", "currencyCode": "EUR", "startingPrice": "10.00",
            "reservePrice": "20", "minimumIncrement": "0.50", "settleAt": LAST,
            "autoExtendSeconds": 60, "winExpiresAfter": 900,
        }),
    ];
    let mut ids = Vec::new();
    for rules in rules {
        let kind = rules["type"].as_str().unwrap().to_owned();
        let id = world.create("/api/distributions", with(rules.clone(), common.clone())).await;
        let shown = world.distribution(&id).await;
        assert_json_snapshot!(format!("distribution_{kind}"), shown);
        ids.push(id);
    }
    for (query, found) in [
        ("", vec![2, 1, 0]),
        ("?sort=createdAt", vec![0, 1, 2]),
        ("?type=draw", vec![1]),
        ("?status=SCHEDULED,OPEN&limit=2", vec![2, 1]),
        ("?status=OPEN", vec![]),
    ] {
        let list = world.get(&format!("/api/distributions{query}")).send().await.json();
        let listed: Vec<_> =
            list["data"].as_array().unwrap().iter().map(|one| &one["id"]).collect();
        assert_eq!(listed, found.iter().map(|index| &ids[*index]).collect::<Vec<_>>(), "{query}");
    }
    let other = world.live().await;
    let list = world.get(&format!("/api/distributions?experienceId={other}")).send().await.json();
    assert_eq!(list["data"], json!([]));
}

#[tokio::test]
async fn what_is_left_out_has_a_default() {
    let world = World::new().await;
    let id = world.open(queue()).await;
    let shown = world.distribution(&id).await;
    for field in ["productId", "name", "openAt", "closeAt", "capacity", "metadata"] {
        assert_eq!(shown[field], Value::Null, "{field}");
    }
    assert_eq!((&shown["status"], &shown["admissionRate"]), (&json!("OPEN"), &Value::Null));
    assert_eq!(shown["participantCounts"], json!({}));
    assert!(shown.get("winnerCount").is_none() && shown.get("currencyCode").is_none());
    let shown = world.distribution(&world.open(draw()).await).await;
    assert_eq!((&shown["replaceExpired"], &shown["drawAt"]), (&json!(false), &Value::Null));
    assert!(shown.get("seed").is_none());
    let shown = world.distribution(&world.open(auction()).await).await;
    assert_eq!(shown["minimumIncrement"], "0.01");
    let yen = with(auction(), json!({"currencyCode": "JPY"}));
    assert_eq!(world.distribution(&world.open(yen).await).await["minimumIncrement"], "1");
}

#[tokio::test]
async fn the_fields_of_other_types_are_refused_by_name() {
    let world = World::new().await;
    let experience = world.live().await;
    let of = [
        ("queue", json!({"admissionRate": 1, "admissionExpiresAfter": 1})),
        (
            "draw",
            json!({"winnerCount": 1, "drawAt": LAST, "selectionExpiresAfter": 1,
                "replaceExpired": false}),
        ),
        (
            "auction",
            json!({"currencyCode": "EUR", "startingPrice": "1", "reservePrice": "1",
                "minimumIncrement": "1", "settleAt": LAST, "autoExtendSeconds": 1,
                "winExpiresAfter": 1}),
        ),
    ];
    for good in [queue(), draw(), auction()] {
        let kind = good["type"].clone();
        let good = with(good, json!({"experienceId": experience}));
        let id = world.create("/api/distributions", good.clone()).await;
        let foreign = of.iter().filter(|(other, _)| kind != *other);
        for (name, value) in foreign.flat_map(|(_, fields)| fields.as_object().unwrap()) {
            let mut body = good.clone();
            body[name] = value.clone();
            let answer = world.post("/api/distributions", body).send().await;
            assert_eq!(&answer.refused_field(), name, "{kind}");
            let answer = patch(&world, &id, json!({name: value})).await;
            assert_eq!(&answer.refused_field(), name, "{kind}");
        }
    }
}

#[tokio::test]
async fn values_that_make_no_sense_are_refused_by_name() {
    let world = World::new().await;
    let experience = world.live().await;
    let nobody = "01h455vb4pex5vsknk084sn02q";
    let cases = [
        (queue(), json!({"experienceId": format!("exp_{nobody}")}), "experienceId"),
        (queue(), json!({"productId": format!("prod_{nobody}")}), "productId"),
        (queue(), json!({"type": "lottery"}), "type"),
        (queue(), json!({"name": ""}), "name"),
        (queue(), json!({"name": "x".repeat(201)}), "name"),
        (queue(), json!({"capacity": 0}), "capacity"),
        (queue(), json!({"capacity": -5}), "capacity"),
        (queue(), json!({"capacity": 1.5}), "capacity"),
        (queue(), json!({"capacity": 4_294_967_296_i64}), "capacity"),
        (queue(), json!({"metadata": {"x": "y".repeat(20_000)}}), "metadata"),
        (queue(), json!({"openAt": "tomorrow"}), "openAt"),
        (queue(), json!({"openAt": LATER, "closeAt": SOON}), "closeAt"),
        (queue(), json!({"openAt": SOON, "closeAt": SOON}), "closeAt"),
        (queue(), json!({"closeAt": "2024-06-20T15:30:00Z"}), "closeAt"),
        (queue(), json!({"admissionRate": 0}), "admissionRate"),
        (queue(), json!({"admissionRate": 1_000_001}), "admissionRate"),
        (queue(), json!({"admissionExpiresAfter": 2_592_001}), "admissionExpiresAfter"),
        (draw(), json!({"winnerCount": null}), "winnerCount"),
        (draw(), json!({"winnerCount": 0}), "winnerCount"),
        (draw(), json!({"drawAt": "2024-06-20T15:00:00Z"}), "drawAt"),
        (draw(), json!({"closeAt": LATER, "drawAt": SOON}), "drawAt"),
        (draw(), json!({"openAt": LATER, "drawAt": LATER}), "drawAt"),
        (draw(), json!({"selectionExpiresAfter": 0}), "selectionExpiresAfter"),
        (auction(), json!({"currencyCode": null}), "currencyCode"),
        (auction(), json!({"currencyCode": "EURO"}), "currencyCode"),
        (auction(), json!({"currencyCode": "XXX"}), "currencyCode"),
        (auction(), json!({"startingPrice": null}), "startingPrice"),
        (auction(), json!({"startingPrice": "0"}), "startingPrice"),
        (auction(), json!({"startingPrice": "0.00"}), "startingPrice"),
        (auction(), json!({"startingPrice": "-1"}), "startingPrice"),
        (auction(), json!({"startingPrice": 10}), "startingPrice"),
        (auction(), json!({"startingPrice": "10.001"}), "startingPrice"),
        (auction(), json!({"reservePrice": "9.99"}), "reservePrice"),
        (auction(), json!({"minimumIncrement": "0"}), "minimumIncrement"),
        (auction(), json!({"settleAt": null}), "settleAt"),
        (auction(), json!({"settleAt": "2024-06-20T15:30:00Z"}), "settleAt"),
        (auction(), json!({"closeAt": LAST, "settleAt": LATER}), "settleAt"),
        (auction(), json!({"autoExtendSeconds": 86_401}), "autoExtendSeconds"),
    ];
    for (body, fields, field) in cases {
        let body = with(body, json!({"experienceId": experience}));
        let answer = world.post("/api/distributions", with(body, fields.clone())).send().await;
        assert_eq!(answer.refused_field(), field, "{fields}");
    }
    let list = world.get("/api/distributions").send().await.json();
    assert_eq!(list["data"], json!([]), "nothing was made");
}

#[tokio::test]
async fn nothing_is_added_to_what_is_over_or_has_enough() {
    let world = World::new().await;
    for action in ["complete", "cancel"] {
        let experience = world.live().await;
        let path = format!("/api/experiences/{experience}/{action}");
        world.request(Method::POST, &path).send().await.expect(StatusCode::OK);
        let body = with(queue(), json!({"experienceId": experience}));
        world.post("/api/distributions", body).send().await.refused(409, "conflict");
    }
    let experience = world.create("/api/experiences", json!({"name": "Many"})).await;
    let body = with(queue(), json!({"experienceId": experience}));
    for _ in 0..100 {
        world.create("/api/distributions", body.clone()).await;
    }
    world.post("/api/distributions", body).send().await.refused(409, "limit_reached");
}

#[tokio::test]
async fn before_it_opens_everything_can_be_changed_and_afterwards_what_hurts_nobody() {
    let world = World::new().await;
    let experience = world.create("/api/experiences", json!({"name": "Drop"})).await;
    let product = world.create("/api/products", json!({"name": "Shoe"})).await;
    let mine = json!({"experienceId": experience});
    let id = world.create("/api/distributions", with(auction(), mine.clone())).await;
    let changes = json!({
        "name": "Lot 1", "productId": product, "openAt": SOON, "closeAt": LATER,
        "currencyCode": "USD", "startingPrice": "5", "reservePrice": "7",
        "minimumIncrement": "2", "settleAt": LATER, "autoExtendSeconds": 9, "winExpiresAfter": 8,
        "capacity": 4, "metadata": {"lot": 1},
    });
    let shown = patch(&world, &id, changes.clone()).await.expect(StatusCode::OK);
    for (name, value) in changes.as_object().unwrap() {
        assert_eq!(&shown[name], value, "{name}");
    }
    world.advance(1);
    let nulls = json!({"openAt": null, "closeAt": null, "reservePrice": null, "name": null});
    let shown = patch(&world, &id, nulls).await.expect(StatusCode::OK);
    assert_eq!((&shown["openAt"], &shown["reservePrice"]), (&Value::Null, &Value::Null));
    assert_eq!(shown["updatedAt"], "2024-06-20T15:30:01Z");
    let same = patch(&world, &id, json!({"settleAt": LATER})).await.expect(StatusCode::OK);
    assert_eq!(same, shown, "what is the same is no change");

    let draw = world.create("/api/distributions", with(draw(), mine.clone())).await;
    let line = world.create("/api/distributions", with(queue(), mine)).await;
    let path = format!("/api/experiences/{experience}/activate");
    world.request(Method::POST, &path).send().await.expect(StatusCode::OK);
    for (id, field, value) in [
        (&id, "settleAt", json!(LAST)),
        (&id, "startingPrice", json!("6")),
        (&id, "openAt", json!(SOON)),
        (&id, "closeAt", json!(SOON)),
        (&id, "productId", Value::Null),
        (&draw, "winnerCount", json!(3)),
        (&draw, "drawAt", json!(LAST)),
        (&draw, "replaceExpired", json!(true)),
        (&line, "admissionExpiresAfter", json!(5)),
    ] {
        let refused = patch(&world, id, json!({field: value})).await.refused(409, "conflict");
        assert_eq!(refused["error"]["details"][0]["field"], field);
        assert!(refused["error"]["message"].as_str().unwrap().contains("OPEN"), "{refused}");
    }
    let always = json!({"name": "Now", "capacity": 9, "metadata": {}, "admissionRate": 60});
    patch(&world, &line, always).await.expect(StatusCode::OK);
    patch(&world, &id, json!({"experienceId": experience})).await.refused(400, "validation_failed");
    patch(&world, &id, json!({"type": "queue"})).await.refused(400, "validation_failed");
}

#[tokio::test]
async fn the_capacity_is_never_less_than_what_is_taken() {
    let world = World::new().await;
    let id = world.open(with(queue(), json!({"capacity": 5}))).await;
    let people = world.joined(&id, 4).await;
    let path = format!("/api/distributions/{id}/consumers/{}", people[0]);
    world.request(Method::DELETE, &path).send().await.expect(StatusCode::OK);
    let refused = patch(&world, &id, json!({"capacity": 2})).await.refused(409, "conflict");
    assert_eq!(refused["error"]["details"][0]["field"], "capacity");
    patch(&world, &id, json!({"capacity": 3})).await.expect(StatusCode::OK);
    let more = world.people(1).await;
    world.act(&id, "consumers", json!({"consumerId": more[0]})).await.refused(409, "conflict");
}

#[tokio::test]
async fn what_somebody_joined_stays() {
    let world = World::new().await;
    let (empty, taken) = (world.open(queue()).await, world.open(draw()).await);
    world.joined(&taken, 1).await;
    let delete = async |id: &str| {
        world.request(Method::DELETE, &format!("/api/distributions/{id}")).send().await
    };
    delete(&taken).await.refused(409, "conflict");
    assert_eq!(delete(&empty).await.status, StatusCode::NO_CONTENT);
    delete(&empty).await.refused(404, "not_found");
    world.get(&format!("/api/distributions/{empty}")).send().await.refused(404, "not_found");
}
