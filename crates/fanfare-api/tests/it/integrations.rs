//! Connections and what came in, over HTTP.

use http::{Method, StatusCode};
use serde_json::json;

use crate::world::World;

const CONNECTIONS: &str = "/api/integrations/connections";

#[tokio::test]
async fn a_connection_is_created_rotated_and_removed_and_never_shows_its_secret() {
    let world = World::new().await;
    let secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    let new = json!({"provider": "stripe", "name": "till", "secret": secret});
    let made = world.post(CONNECTIONS, new).send().await.expect(StatusCode::CREATED);
    let id = made["id"].as_str().unwrap();
    assert_eq!(made["path"], format!("/api/integrations/stripe/webhooks/{id}"));
    assert_eq!((&made["hasSecret"], &made["livemode"]), (&json!(true), &json!(true)));
    let place = format!("{CONNECTIONS}/{id}");
    let rotate = json!({"secret": "whsec_a_new_one_of_stripe", "overlapSeconds": 60});
    let rotated = world.post(&format!("{place}/rotate-secret"), rotate).send().await;
    let rotated = rotated.expect(StatusCode::OK);
    assert!(rotated["previousSecretUntil"].is_string());
    let detail = world.get(&place).send().await.json();
    assert_eq!((&detail["counts"], &detail["recentRefusals"]), (&json!([]), &json!([])));
    let all = world.get(CONNECTIONS).send().await.json();
    assert_eq!(all["data"].as_array().unwrap().len(), 1);
    for shown in [&made, &rotated, &detail, &all] {
        assert!(!shown.to_string().contains("whsec_"), "{shown}");
    }
    let audit = world.get("/api/audit").send().await.json().to_string();
    assert!(audit.contains("connection.created") && audit.contains("connection.secret_rotated"));
    assert!(!audit.contains("whsec_"), "{audit}");
    let gone = world.request(Method::DELETE, &place).send().await;
    assert_eq!(gone.status, StatusCode::NO_CONTENT);
    world.get(&place).send().await.refused(404, "not_found");
}

#[tokio::test]
async fn messages_are_listed_and_handled_again() {
    let world = World::new().await;
    let connection = json!({"provider": "stripe", "name": "till"});
    let connection = world.create(CONNECTIONS, connection).await;
    let id = world.inbound(&connection).await;
    let list = format!("{CONNECTIONS}/{connection}/messages");
    let failed = world.get(&format!("{list}?status=failed")).send().await.json();
    let message = &failed["data"][0];
    assert_eq!((&message["id"], &message["note"]), (&json!(id), &json!("it cannot be read")));
    assert_eq!(message["type"], "checkout.session.completed");
    let none = world.get(&format!("{list}?status=handled")).send().await.json();
    assert_eq!(none["data"], json!([]));
    let one = format!("/api/integrations/messages/{id}");
    let kept = world.get(&one).send().await.json();
    assert_eq!(
        (&kept["id"], &kept["provider"], &kept["body"]),
        (&json!(id), &json!("stripe"), &json!("{}"))
    );
    let handle = format!("{one}/handle");
    let again = world.post(&handle, json!({})).send().await;
    assert_eq!(again.status, StatusCode::ACCEPTED);
    world.post(&handle, json!({})).send().await.refused(409, "conflict");
    let pending = world.get(&list).send().await.json();
    assert_eq!(pending["data"][0]["status"], "pending");
    world.get(&format!("{list}?status=lost")).send().await.refused(400, "validation_failed");
    world.get("/api/integrations/plan").send().await.refused(404, "not_found");
    world.get("/api/integrations/sent/twilio/SM1").send().await.refused(404, "not_found");
}
