//! Participants: joining, the polling call, being let through, checking out.

use http::{Method, StatusCode};
use insta::assert_json_snapshot;
use serde_json::{Value, json};

use crate::world::World;

fn queue() -> Value {
    json!({"type": "queue", "admissionExpiresAfter": 600})
}

fn ids(page: &Value) -> Vec<&str> {
    let data = page["data"].as_array().unwrap().iter();
    data.map(|one| one["consumerId"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn a_participant_joins_is_let_through_and_checks_out() {
    let world = World::new().await;
    let id = world.open(queue()).await;
    let who = world.people(1).await.remove(0);
    let joined = world.act(&id, "consumers", json!({"consumerId": who})).await;
    let place = format!("/api/distributions/{id}/consumers/{who}");
    assert_eq!(joined.headers["location"], place);
    assert_json_snapshot!("participant_queued", joined.expect(StatusCode::CREATED));
    let told = world.told("distribution.joined").await;
    assert_json_snapshot!("distribution_joined", told);
    world.advance(10);
    let admitted = world.act(&id, "admit", json!({"count": 5})).await.expect(StatusCode::OK);
    assert_json_snapshot!("admitted", admitted);
    assert_json_snapshot!("distribution_admitted", world.told("distribution.admitted").await);
    world.advance(10);
    let order = json!({"consumerId": who, "distributionId": id, "totalAmount": "149.99",
        "currencyCode": "USD", "externalOrderId": "A-1"});
    let order = world.create("/api/orders", order).await;
    let completed = world.post(&format!("{place}/complete"), json!({"orderId": order}));
    let completed = completed.send().await.expect(StatusCode::OK);
    assert_json_snapshot!("participant_completed", completed);
    assert_json_snapshot!("distribution_completed", world.told("distribution.completed").await);
    let shown = world.get(&place).send().await.expect(StatusCode::OK);
    assert_eq!(shown, completed);
    assert_eq!(world.distribution(&id).await["participantCounts"], json!({"COMPLETED": 1}));
}

#[tokio::test]
async fn the_seeds_polling_call_works_as_written() {
    let world = World::new().await;
    let id = world.open(json!({"type": "draw", "winnerCount": 3})).await;
    let people = world.joined(&id, 7).await;
    let path = format!("/api/distributions/{id}/consumers?status=SELECTED");
    let before = world.get(&path).send().await;
    assert_eq!(before.expect(StatusCode::OK)["data"], json!([]));
    let tag = before.headers["etag"].clone();
    let same = world.get(&path).header("If-None-Match", tag.as_bytes()).send().await;
    assert_eq!((same.status, same.body.len()), (StatusCode::NOT_MODIFIED, 0));
    world.act(&id, "draw", json!({})).await.expect(StatusCode::ACCEPTED);
    let news = world.get(&path).header("If-None-Match", tag.as_bytes()).send().await;
    let page = news.expect(StatusCode::OK);
    assert_eq!(page["data"].as_array().unwrap().len(), 3);
    assert!(ids(&page).iter().all(|one| people.iter().any(|who| who == one)));
    assert_json_snapshot!("participant_selected", page["data"][0]);
}

#[tokio::test]
async fn lists_are_filtered_sorted_and_followed() {
    let world = World::new().await;
    let id = world.open(queue()).await;
    let mut people = Vec::new();
    for _ in 0..6 {
        people.extend(world.joined(&id, 1).await);
        world.advance(1);
    }
    world.act(&id, "admit", json!({"consumerIds": [people[4], people[1]]})).await;
    world.advance(1);
    let path = format!("/api/distributions/{id}/consumers/{}", people[5]);
    world.request(Method::DELETE, &path).send().await.expect(StatusCode::OK);
    let list = format!("/api/distributions/{id}/consumers");
    for (query, found) in [
        ("", vec![5, 4, 3, 2, 1, 0]),
        ("?sort=createdAt&limit=2", vec![0, 1]),
        ("?sort=updatedAt", vec![0, 2, 3, 4, 1, 5]),
        ("?sort=-updatedAt&limit=3", vec![5, 1, 4]),
        ("?status=ADMITTED&sort=createdAt", vec![1, 4]),
        ("?status=ADMITTED,LEFT", vec![5, 4, 1]),
        ("?status=LOST", vec![]),
        ("?createdAfter=2024-06-20T15:30:04Z", vec![5, 4]),
        ("?createdBefore=2024-06-20T15:30:01Z", vec![0]),
        ("?updatedAfter=2024-06-20T15:30:06Z", vec![5, 4, 1]),
        ("?updatedAfter=2024-06-20T15:30:07Z", vec![5]),
    ] {
        let page = world.get(&format!("{list}{query}")).send().await.expect(StatusCode::OK);
        let found: Vec<_> = found.iter().map(|index: &usize| people[*index].as_str()).collect();
        assert_eq!(ids(&page), found, "{query}");
    }
    for sort in ["createdAt", "updatedAt"] {
        let (mut seen, mut after) = (Vec::new(), String::new());
        loop {
            let page = world.get(&format!("{list}?sort={sort}&limit=2{after}")).send().await.json();
            seen.extend(ids(&page).into_iter().map(str::to_owned));
            if page["pageInfo"]["hasNextPage"] == false {
                break;
            }
            after = format!("&after={}", page["pageInfo"]["endCursor"].as_str().unwrap());
        }
        assert_eq!(seen.len(), 6, "{sort}");
    }
    for (query, field) in [
        ("?status=selected", "status"),
        ("?sort=position", "sort"),
        ("?createdAfter=x", "createdAfter"),
        ("?after=x", "after"),
    ] {
        let refused = world.get(&format!("{list}{query}")).send().await;
        assert_eq!(refused.refused_field(), field);
    }
}

#[tokio::test]
async fn whoever_cannot_join_is_told_why_and_nothing_changes() {
    let world = World::new().await;
    let draft = world.create("/api/experiences", json!({"name": "Drop"})).await;
    let body = json!({"type": "queue", "experienceId": draft, "openAt": "2024-06-20T16:00:00Z"});
    let closed = world.create("/api/distributions", body).await;
    let who = world.people(1).await.remove(0);
    let body = json!({"consumerId": who});
    let refused = world.act(&closed, "consumers", body.clone()).await.refused(409, "conflict");
    let message = refused["error"]["message"].as_str().unwrap();
    assert!(message.contains("2024-06-20T16:00:00Z"), "it says when it opens: {message}");
    let cancel = format!("/api/experiences/{draft}/cancel");
    world.request(Method::POST, &cancel).send().await.expect(StatusCode::OK);
    let refused = world.act(&closed, "consumers", body.clone()).await.refused(409, "conflict");
    assert!(refused["error"]["message"].as_str().unwrap().contains("CANCELLED"));

    let id = world.open(queue()).await;
    world.act(&id, "consumers", body.clone()).await.expect(StatusCode::CREATED);
    world.act(&id, "consumers", body.clone()).await.refused(409, "conflict");
    let nobody = json!({"consumerId": "con_01h455vb4pex5vsknk084sn02q"});
    let refused = world.act(&id, "consumers", nobody).await;
    assert_eq!(refused.refused_field(), "consumerId");
    let stranger = world.stranger().await;
    let theirs = world.post("/api/consumers", json!({})).key(&stranger).send().await;
    let theirs = theirs.expect(StatusCode::CREATED)["id"].clone();
    let refused = world.act(&id, "consumers", json!({"consumerId": theirs})).await;
    assert_eq!(refused.refused_field(), "consumerId");
    let foreign =
        world.post(&format!("/api/distributions/{id}/consumers"), json!({"consumerId": theirs}));
    foreign.key(&stranger).send().await.refused(404, "not_found");
    assert_eq!(world.told("distribution.joined").await.len(), 1);
}

#[tokio::test]
async fn a_join_with_an_idempotency_key_happens_once() {
    let world = World::new().await;
    let id = world.open(queue()).await;
    let who = world.people(1).await.remove(0);
    let path = format!("/api/distributions/{id}/consumers");
    let send = async || {
        let call = world.post(&path, json!({"consumerId": who})).idempotent("join-1");
        call.send().await
    };
    let first = send().await.expect(StatusCode::CREATED);
    let again = send().await;
    assert_eq!(again.headers["idempotent-replayed"], "true");
    assert_eq!(again.expect(StatusCode::CREATED), first);
    assert_eq!(world.told("distribution.joined").await.len(), 1);
}

#[tokio::test]
async fn a_batch_answers_for_each() {
    let world = World::new().await;
    let id = world.open(queue()).await;
    let people = world.people(2).await;
    let body = json!({"consumerIds": [people[0], people[0], people[1]]});
    let answer = world.act(&id, "consumers/batch", body).await.expect(StatusCode::OK);
    assert_json_snapshot!("joined_batch", answer);
    let answer = world.act(&id, "admit", json!({"consumerIds": [people[1], people[1]]})).await;
    let answer = answer.expect(StatusCode::OK);
    assert_eq!((&answer["accepted"], &answer["rejected"]), (&json!(1), &json!(1)));
    assert_eq!(answer["data"][1]["error"]["code"], "illegal_transition");
    for body in [json!({}), json!({"count": 1, "consumerIds": []}), json!({"count": 0})] {
        assert_eq!(world.act(&id, "admit", body).await.refused_field(), "count");
    }
    for action in ["admit", "consumers/batch"] {
        for many in [0, 1_001] {
            let body = json!({"consumerIds": vec![people[0].clone(); many]});
            assert_eq!(world.act(&id, action, body).await.refused_field(), "consumerIds");
        }
        let body = json!({"consumerIds": [people[0], "con_1"]});
        assert_eq!(world.act(&id, action, body).await.refused_field(), "consumerIds[1]");
    }
}

#[tokio::test]
async fn whoever_may_not_check_out_does_not() {
    let world = World::new().await;
    let id = world.open(queue()).await;
    let people = world.joined(&id, 3).await;
    let complete = async |who: &str, body: Value| {
        world.act(&id, &format!("consumers/{who}/complete"), body).await
    };
    let refused = complete(&people[0], json!({})).await.refused(409, "illegal_transition");
    let message = refused["error"]["message"].as_str().unwrap();
    assert!(message.contains("QUEUED") && message.contains("COMPLETED"), "{message}");
    world.act(&id, "admit", json!({"count": 2})).await.expect(StatusCode::OK);
    let order = json!({"consumerId": people[1], "totalAmount": "1", "currencyCode": "EUR"});
    let other = world.create("/api/orders", order).await;
    let nothing = "ord_01h455vb4pex5vsknk084sn02q";
    for (body, field) in [
        (json!({"orderId": nothing}), "orderId"),
        (json!({"orderId": nothing, "orderAmount": "1", "currencyCode": "EUR"}), "orderId"),
        (json!({"orderAmount": "1"}), "currencyCode"),
        (json!({"currencyCode": "EUR"}), "orderAmount"),
        (json!({"orderAmount": "1.001", "currencyCode": "EUR"}), "orderAmount"),
        (json!({"externalOrderId": ""}), "externalOrderId"),
    ] {
        assert_eq!(complete(&people[0], body).await.refused_field(), field);
    }
    complete(&people[0], json!({"orderId": other})).await.refused(409, "conflict");
    world.advance(600);
    complete(&people[0], json!({})).await.refused(409, "illegal_transition");
    complete("con_01h455vb4pex5vsknk084sn02q", json!({})).await.refused(404, "not_found");
    assert_eq!(world.told("distribution.completed").await, Vec::<Value>::new());
}
