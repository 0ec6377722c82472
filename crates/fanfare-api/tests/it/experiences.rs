//! Experiences: made, changed, moved by hand, and what is told of it.

use http::{Method, StatusCode};
use insta::assert_json_snapshot;
use serde_json::{Value, json};

use crate::world::{Answer, World};

const SOON: &str = "2024-06-20T16:00:00Z";
const LATER: &str = "2024-06-20T18:00:00Z";

async fn patch(world: &World, id: &str, body: Value) -> Answer {
    world.request(Method::PATCH, &format!("/api/experiences/{id}")).json(body).send().await
}

async fn act(world: &World, id: &str, action: &str) -> Answer {
    world.request(Method::POST, &format!("/api/experiences/{id}/{action}")).send().await
}

async fn draft(world: &World) -> String {
    world.create("/api/experiences", json!({"name": "Drop"})).await
}

/// An experience in this status.
async fn standing(world: &World, status: &str) -> String {
    let id = draft(world).await;
    match status {
        "draft" => {}
        "scheduled" => {
            patch(world, &id, json!({"openAt": SOON})).await.expect(StatusCode::OK);
        }
        "active" => {
            act(world, &id, "activate").await.expect(StatusCode::OK);
        }
        "completed" => {
            act(world, &id, "activate").await.expect(StatusCode::OK);
            act(world, &id, "complete").await.expect(StatusCode::OK);
        }
        _ => {
            act(world, &id, "cancel").await.expect(StatusCode::OK);
        }
    }
    id
}

#[tokio::test]
async fn an_experience_is_made_found_and_told_of() {
    let world = World::new().await;
    let product = world.create("/api/products", json!({"name": "Shoe"})).await;
    let body = json!({
        "name": "Summer Drop",
        "openAt": SOON,
        "closeAt": LATER,
        "timeZone": "europe/paris",
        "productIds": [product],
        "metadata": {"season": 24},
    });
    let id = world.create("/api/experiences", body).await;
    let experience = world.get(&format!("/api/experiences/{id}")).send().await;
    let experience = experience.expect(StatusCode::OK);
    assert_json_snapshot!("experience", experience);
    assert_json_snapshot!("experience_created", world.told("experience.created").await);
    let keys = world.get("/api/keys").send().await.json();
    assert_eq!(experience["createdBy"], keys["data"][0]["id"]);

    let draft = draft(&world).await;
    let draft = world.get(&format!("/api/experiences/{draft}")).send().await.json();
    assert_eq!((&draft["status"], &draft["openAt"]), (&json!("draft"), &Value::Null));
    for (query, found) in [
        ("", vec![&draft, &experience]),
        ("?status=draft", vec![&draft]),
        ("?status=scheduled,active", vec![&experience]),
        ("?status=cancelled", vec![]),
    ] {
        let list = world.get(&format!("/api/experiences{query}")).send().await.json();
        assert_eq!(list["data"], json!(found), "{query}");
    }
}

#[tokio::test]
async fn slugs_are_given_or_made_and_never_shared() {
    let world = World::new().await;
    let slug = async |body: Value| {
        let made = world.post("/api/experiences", body).send().await.expect(StatusCode::CREATED);
        made["slug"].as_str().unwrap().to_owned()
    };
    let named = || json!({"name": "Summer  Drop!"});
    assert_eq!(slug(named()).await, "summer-drop");
    assert_eq!(slug(named()).await, "summer-drop-2");
    assert_eq!(slug(json!({"name": "x", "slug": "summer-drop-3"})).await, "summer-drop-3");
    assert_eq!(slug(named()).await, "summer-drop-4");
    let taken = json!({"name": "y", "slug": "summer-drop"});
    let refusal = world.post("/api/experiences", taken).send().await.refused(409, "conflict");
    assert_eq!(refusal["error"]["details"][0]["field"], "slug");
    let other = draft(&world).await;
    let refusal = patch(&world, &other, json!({"slug": "summer-drop"})).await;
    refusal.refused(409, "conflict");
    let kept = patch(&world, &other, json!({"slug": "drop", "name": "Renamed"})).await;
    assert_eq!(kept.expect(StatusCode::OK)["slug"], "drop", "its own slug is not in its way");
    assert_eq!(world.told("experience.created").await.len(), 5);
}

#[tokio::test]
async fn a_time_to_open_makes_it_scheduled_and_its_loss_a_draft() {
    let world = World::new().await;
    let id = draft(&world).await;
    let status = async |body: Value| {
        patch(&world, &id, body).await.expect(StatusCode::OK)["status"].as_str().unwrap().to_owned()
    };
    assert_eq!(status(json!({"closeAt": LATER})).await, "draft");
    assert_eq!(status(json!({"openAt": SOON})).await, "scheduled");
    assert_eq!(status(json!({"openAt": "2024-06-20T16:30:00Z"})).await, "scheduled");
    assert_eq!(status(json!({"name": "Renamed"})).await, "scheduled");
    assert_eq!(status(json!({"openAt": null})).await, "draft");
    assert_eq!(world.told("experience.*").await.len(), 1, "only its creation is told");
}

#[tokio::test]
async fn moves_by_hand_are_told_once_each() {
    let world = World::new().await;
    let id = standing(&world, "scheduled").await;
    world.advance(5);
    let active = act(&world, &id, "activate").await.expect(StatusCode::OK);
    assert_eq!(
        (&active["status"], &active["activatedAt"]),
        (&json!("active"), &json!("2024-06-20T15:30:05Z"))
    );
    world.advance(5);
    let over = act(&world, &id, "complete").await.expect(StatusCode::OK);
    assert_eq!(
        (&over["status"], &over["endedAt"]),
        (&json!("completed"), &json!("2024-06-20T15:30:10Z"))
    );
    let other = standing(&world, "active").await;
    let off = act(&world, &other, "cancel").await.expect(StatusCode::OK);
    assert_eq!(off["status"], "cancelled");
    let activated = world.told("experience.activated").await;
    assert_eq!(activated.len(), 2);
    assert_json_snapshot!("experience_activated", activated[0]);
    assert_json_snapshot!("experience_completed", world.told("experience.completed").await);
    assert_json_snapshot!("experience_cancelled", world.told("experience.cancelled").await);
}

#[tokio::test]
async fn an_illegal_move_says_from_what_to_what_and_why() {
    let world = World::new().await;
    let refused: [(&str, &[&str]); 3] = [
        ("activate", &["active", "completed", "cancelled"]),
        ("complete", &["draft", "scheduled", "completed", "cancelled"]),
        ("cancel", &["completed", "cancelled"]),
    ];
    for (action, statuses) in refused {
        for status in statuses {
            let id = standing(&world, status).await;
            let before = world.get(&format!("/api/experiences/{id}")).send().await.json();
            let told = world.told("experience.*").await.len();
            let refusal = act(&world, &id, action).await.refused(409, "illegal_transition");
            let message = refusal["error"]["message"].as_str().unwrap();
            let start = format!("cannot {action} an experience that is {status} (it would become");
            assert!(message.starts_with(&start) && message.contains(": "), "{message}");
            let after = world.get(&format!("/api/experiences/{id}")).send().await.json();
            assert_eq!((after, world.told("experience.*").await.len()), (before, told));
        }
    }
}

#[tokio::test]
async fn times_that_are_past_cannot_be_moved() {
    let world = World::new().await;
    for status in ["active", "completed", "cancelled"] {
        let id = standing(&world, status).await;
        let refusal = patch(&world, &id, json!({"openAt": SOON})).await;
        refusal.refused(409, "illegal_transition");
        patch(&world, &id, json!({"name": "Renamed"})).await.expect(StatusCode::OK);
        let closing = patch(&world, &id, json!({"closeAt": LATER})).await;
        if status == "active" {
            assert_eq!(closing.expect(StatusCode::OK)["closeAt"], LATER);
        } else {
            let refusal = closing.refused(409, "conflict");
            assert_eq!(refusal["error"]["details"][0]["field"], "closeAt");
        }
    }
    let id = draft(&world).await;
    let past = json!({"closeAt": "2024-06-20T15:00:00Z"});
    patch(&world, &id, past).await.expect(StatusCode::OK);
    let refusal = act(&world, &id, "activate").await.refused(409, "conflict");
    assert_eq!(refusal["error"]["details"][0]["field"], "closeAt");
}

#[tokio::test]
async fn what_a_field_may_not_hold_is_named_and_changes_nothing() {
    let world = World::new().await;
    let id = standing(&world, "scheduled").await;
    let before = world.get(&format!("/api/experiences/{id}")).send().await.json();
    let product = world.create("/api/products", json!({"name": "Shoe"})).await;
    let nobody = "prod_01h455vb4pex5vsknk084sn02q";
    let many: Vec<_> = (0..101).map(|n| format!("prod_{n:026}")).collect();
    for (field, body) in [
        ("name", json!({"name": ""})),
        ("slug", json!({"slug": "Summer Drop"})),
        ("slug", json!({"slug": ""})),
        ("openAt", json!({"openAt": "tomorrow"})),
        ("closeAt", json!({"closeAt": SOON, "openAt": SOON})),
        ("closeAt", json!({"closeAt": SOON, "openAt": LATER})),
        ("timeZone", json!({"timeZone": "Mars/Olympus"})),
        ("productIds[1]", json!({"productIds": [product, nobody]})),
        ("productIds[1]", json!({"productIds": [product, product]})),
        ("productIds[0]", json!({"productIds": ["shoe"]})),
        ("productIds", json!({"productIds": many})),
        ("metadata", json!({"metadata": 5})),
        ("status", json!({"status": "active"})),
    ] {
        let answer = patch(&world, &id, body.clone()).await;
        assert_eq!(answer.refused_field(), field, "{body}");
        let mut new = json!({"name": "Drop"});
        new.as_object_mut().unwrap().extend(body.as_object().unwrap().clone());
        let answer = world.post("/api/experiences", new).send().await;
        assert_eq!(answer.refused_field(), field, "{body}");
    }
    let only = patch(&world, &id, json!({"closeAt": "2024-06-20T15:59:00Z"})).await;
    assert_eq!(only.refused_field(), "closeAt", "against the opening that is stored");
    assert_eq!(world.get(&format!("/api/experiences/{id}")).send().await.json(), before);
    assert_eq!(world.told("experience.*").await.len(), 1);
}

#[tokio::test]
async fn only_drafts_are_removed() {
    let world = World::new().await;
    for status in ["scheduled", "active", "completed", "cancelled"] {
        let id = standing(&world, status).await;
        let refusal = world.request(Method::DELETE, &format!("/api/experiences/{id}"));
        let refusal = refusal.send().await.refused(409, "conflict");
        assert!(refusal["error"]["message"].as_str().unwrap().contains(status));
    }
    let path = format!("/api/experiences/{}", draft(&world).await);
    assert_eq!(world.request(Method::DELETE, &path).send().await.status, StatusCode::NO_CONTENT);
    world.get(&path).send().await.refused(404, "not_found");
    world.request(Method::DELETE, &path).send().await.refused(404, "not_found");
}
