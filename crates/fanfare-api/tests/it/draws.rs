//! Draws as they are shown.

use http::StatusCode;
use insta::assert_json_snapshot;
use serde_json::{Value, json};

use crate::world::World;

#[tokio::test]
async fn a_draw_shows_its_seed_when_it_is_drawn_and_not_before() {
    let world = World::new().await;
    let id = world.open(json!({"type": "draw", "winnerCount": 3})).await;
    let people = world.joined(&id, 5).await;
    let path = format!("/api/distributions/{id}/draw");
    let before = world.get(&path).send().await.expect(StatusCode::OK);
    assert_json_snapshot!("draw_before", before);
    let entrants = world.get(&format!("{path}/entrants")).send().await.expect(StatusCode::OK);
    let listed: Vec<_> = entrants["data"].as_array().unwrap().iter().collect();
    assert!(listed.iter().map(|one| &one["consumerId"]).eq(&people), "in the order of entering");
    assert!(listed.iter().all(|one| one["rank"] == Value::Null));
    let cursor = entrants["pageInfo"]["endCursor"].as_str().unwrap();

    world.advance(1);
    let drawn = world.act(&id, "draw", json!({})).await.expect(StatusCode::ACCEPTED);
    assert_eq!(drawn["commitment"], before["commitment"]);
    let after = world.get(&path).send().await.expect(StatusCode::OK);
    assert_json_snapshot!("draw_after", after);
    assert_json_snapshot!("winner_selected", world.told("distribution.winner_selected").await[0]);
    assert_eq!(world.distribution(&id).await["commitment"], before["commitment"]);
    let refused = world.get(&format!("{path}/entrants?after={cursor}")).send().await;
    assert_eq!(refused.refused_field(), "after", "the order is another one now");

    let (mut ranks, mut after) = (Vec::new(), String::new());
    loop {
        let page = world.get(&format!("{path}/entrants?limit=2{after}")).send().await.json();
        let data = page["data"].as_array().unwrap().iter();
        ranks.extend(data.map(|one| one["rank"].as_str().unwrap().to_owned()));
        if page["pageInfo"]["hasNextPage"] == false {
            break;
        }
        after = format!("&after={}", page["pageInfo"]["endCursor"].as_str().unwrap());
    }
    assert!(ranks.len() == 5 && ranks.is_sorted(), "{ranks:?}");
    let page = world.get(&format!("{path}?limit=2")).send().await.json();
    assert_eq!(page["pageInfo"]["hasNextPage"], true);
    let cursor = page["pageInfo"]["endCursor"].as_str().unwrap();
    let rest = world.get(&format!("{path}?limit=2&after={cursor}")).send().await.json();
    assert_eq!(rest["data"][0]["rank"], ranks[2]);
    assert_eq!(rest["pageInfo"]["hasNextPage"], false);
    world.act(&id, "draw", json!({})).await.refused(409, "illegal_transition");
}

#[tokio::test]
async fn what_is_no_draw_has_none() {
    let world = World::new().await;
    let id = world.open(json!({"type": "queue"})).await;
    let path = format!("/api/distributions/{id}/draw");
    world.get(&path).send().await.refused(409, "conflict");
    world.get(&format!("{path}/entrants")).send().await.refused(409, "conflict");
    world.act(&id, "draw", json!({})).await.refused(409, "conflict");
    let draw = world.open(json!({"type": "draw", "winnerCount": 1})).await;
    for query in ["limit=0", "limit=101", "after=x", "sort=createdAt", "before=x"] {
        let refused = world.get(&format!("/api/distributions/{draw}/draw?{query}")).send().await;
        assert_eq!(refused.refused_field(), query.split('=').next().unwrap());
    }
}
