//! Auctions as they are shown.

use http::StatusCode;
use insta::assert_json_snapshot;
use serde_json::json;

use crate::world::World;

async fn auction(world: &World) -> String {
    let fields = json!({"type": "auction", "currencyCode": "EUR", "startingPrice": "10.00",
        "minimumIncrement": "1", "settleAt": "2024-06-20T16:00:00Z", "winExpiresAfter": 600});
    world.open(fields).await
}

#[tokio::test]
async fn bids_are_placed_listed_and_won() {
    let world = World::new().await;
    let id = auction(&world).await;
    let people = world.people(2).await;
    let bid = json!({"consumerId": people[0], "amount": "10.50", "currencyCode": "EUR"});
    let placed = world.act(&id, "bids", bid).await.expect(StatusCode::CREATED);
    assert_json_snapshot!("bid", placed);
    assert_json_snapshot!("bid_placed", world.told("distribution.bid_placed").await);
    let low = json!({"consumerId": people[1], "amount": "11.49"});
    let refused = world.act(&id, "bids", low).await;
    assert_eq!(refused.refused_field(), "amount");
    let body = refused.refused(400, "validation_failed");
    let message = body["error"]["details"][0]["message"].as_str().unwrap();
    assert!(message.contains("11.50 EUR"), "{message}");
    let high = json!({"consumerId": people[1], "amount": "11.50"});
    world.act(&id, "bids", high).await.expect(StatusCode::CREATED);

    let list = world.get(&format!("/api/distributions/{id}/bids")).send().await;
    let list = list.expect(StatusCode::OK);
    let statuses: Vec<_> =
        list["data"].as_array().unwrap().iter().map(|one| &one["status"]).collect();
    assert_eq!(statuses, ["WINNING", "OUTBID"]);
    let page = format!("/api/distributions/{id}/bids?sort=createdAt&limit=1");
    let first = world.get(&page).send().await.json();
    assert_eq!(
        (&first["data"][0]["number"], &first["pageInfo"]["hasNextPage"]),
        (&json!(1), &json!(true))
    );
    let cursor = first["pageInfo"]["endCursor"].as_str().unwrap();
    let second = world.get(&format!("{page}&after={cursor}")).send().await.json();
    assert_eq!(second["data"][0]["number"], 2);

    world.advance(60);
    let settled = world.act(&id, "settle", json!({})).await.expect(StatusCode::OK);
    assert_json_snapshot!("distribution_settled", settled);
    let path = format!("/api/distributions/{id}/consumers/{}", people[1]);
    assert_json_snapshot!("participant_won", world.get(&path).send().await.expect(StatusCode::OK));
    world.act(&id, "settle", json!({})).await.refused(409, "illegal_transition");
    let late = json!({"consumerId": people[0], "amount": "50"});
    world.act(&id, "bids", late).await.refused(409, "conflict");
}

#[tokio::test]
async fn an_auction_is_not_joined_and_what_is_none_takes_no_bids() {
    let world = World::new().await;
    let id = auction(&world).await;
    let people = world.people(1).await;
    let refused = world.act(&id, "consumers", json!({"consumerId": people[0]})).await;
    let refused = refused.refused(409, "conflict");
    assert!(refused["error"]["message"].as_str().unwrap().contains("/bids"), "{refused}");
    let queue = world.open(json!({"type": "queue"})).await;
    let bid = json!({"consumerId": people[0], "amount": "11"});
    world.act(&queue, "bids", bid.clone()).await.refused(409, "conflict");
    world.act(&queue, "settle", json!({})).await.refused(409, "conflict");
    for (field, value) in [
        ("amount", json!(11)),
        ("amount", json!("1e3")),
        ("amount", json!("-1")),
        ("amount", json!("11.001")),
        ("currencyCode", json!("USD")),
        ("currencyCode", json!("EURO")),
        ("consumerId", json!("con_01h455vb4pex5vsknk084sn02q")),
    ] {
        let mut wrong = bid.clone();
        wrong[field] = value;
        assert_eq!(world.act(&id, "bids", wrong.clone()).await.refused_field(), field, "{wrong}");
    }
    assert!(world.told("distribution.*").await.is_empty());
}
