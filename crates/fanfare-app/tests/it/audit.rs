//! What is told, and that nobody changes it unnoticed.

use fanfare_app::{AuditVerdict, NewConsumer, NewExperience, UpdateWebhook};
use fanfare_model::{Role, WebhookCommand};
use rusqlite::Connection;

use crate::world::World;

#[tokio::test]
async fn changes_of_a_webhook_are_told_by_whoever_makes_them() {
    let world = World::new().await;
    let caller = world.caller;
    let id = world.webhook(&["*"]).await;
    let update = UpdateWebhook { max_in_flight: Some(7), ..UpdateWebhook::default() };
    world.app.update_webhook(&caller, id, update).await.unwrap();
    for command in [WebhookCommand::Pause, WebhookCommand::Pause, WebhookCommand::Resume] {
        world.app.command_webhook(&caller, id, command).await.unwrap();
    }
    world.app.test_webhook(&caller, id, "order.paid").await.unwrap();
    world.app.rotate_secret(&caller, id, Default::default()).await.unwrap();
    world.app.switch_signature(&caller, id).await.unwrap();
    world.app.delete_webhook(&caller, id).await.unwrap();
    let expected = [
        "webhook.created",
        "webhook.updated",
        "webhook.paused",
        "webhook.resumed",
        "webhook.tested",
        "webhook.secret_rotated",
        "webhook.signature_switched",
        "webhook.deleted",
    ];
    assert_eq!(world.logged(caller.organization_id).await, expected);
    let entries = world.app.export_audit(&caller, 0).await.unwrap();
    assert!(entries.iter().all(|entry| entry.resource_id == id.to_string()));
    assert!(entries.iter().all(|entry| entry.actor_name.as_deref() == Some("test")));
    let lines: String = entries.iter().map(fanfare_store::AuditEntry::line).collect();
    assert!(!lines.contains("whsec_"), "{lines}");
}

#[tokio::test]
async fn acts_of_a_launch_are_told_of_people_and_cost_keys_nothing() {
    let world = World::new().await;
    let owner = world.owner().await;
    let organization = world.caller.organization_id;
    let before = world.logged(organization).await.len();
    let consumer = |name: &str| NewConsumer {
        email: Some(format!("{name}@example.com")),
        ..NewConsumer::default()
    };
    world.app.create_consumer(&world.caller, consumer("one")).await.unwrap();
    assert_eq!(world.logged(organization).await.len(), before);
    let by_person = owner.caller.unwrap();
    world.app.create_consumer(&by_person, consumer("two")).await.unwrap();
    let new = NewExperience { name: "Boots".into(), ..NewExperience::default() };
    let experience = world.app.create_experience(&world.caller, new.clone()).await.unwrap();
    world.app.activate_experience(&by_person, experience.id).await.unwrap();
    let draft = world.app.create_experience(&by_person, new).await.unwrap();
    let editor = world.invited(&owner, "bob@shop.example", Role::Editor).await;
    let refused = world.app.delete_experience(&editor.caller.unwrap(), draft.id).await;
    assert!(refused.is_err(), "editors do not remove experiences");
    world.app.delete_experience(&world.caller, draft.id).await.unwrap();
    let told = world.logged(organization).await;
    let launch: Vec<_> = told[before..]
        .iter()
        .filter(|action| action.starts_with("consumer") || action.starts_with("experience"))
        .collect();
    assert_eq!(
        launch,
        [
            "consumer.created",
            "experience.created",
            "experience.activated",
            "experience.created",
            "experience.deleted"
        ]
    );
    let entries = world.app.export_audit(&by_person, 0).await.unwrap();
    let lines: String = entries.iter().map(fanfare_store::AuditEntry::line).collect();
    assert!(!lines.contains("two@example.com"), "what cannot be erased names no consumer");
}

#[tokio::test]
async fn a_log_that_was_changed_by_hand_is_found_out() {
    let world = World::new().await;
    let caller = world.caller;
    for _ in 0..5 {
        world.webhook(&["*"]).await;
    }
    let verify = async || world.app.verify_audit(&caller).await.unwrap();
    assert_eq!(verify().await, AuditVerdict::Whole { entries: 5 });
    let database = Connection::open(world.path()).unwrap();
    let kept = database.execute("UPDATE audit_entries SET action = 'x' WHERE number = 3", []);
    assert!(kept.unwrap_err().to_string().contains("append-only"));
    let kept = database.execute("DELETE FROM audit_entries WHERE number = 5", []);
    assert!(kept.unwrap_err().to_string().contains("append-only"));

    let triggers = "DROP TRIGGER audit_entries_keep; DROP TRIGGER audit_entries_stay; \
         DROP TRIGGER audit_heads_grow; DROP TRIGGER audit_heads_stay;";
    database.execute_batch(triggers).unwrap();
    let broken_at = async || match verify().await {
        AuditVerdict::Broken(broken) => broken.number,
        whole @ AuditVerdict::Whole { .. } => panic!("{whole:?}"),
    };
    let changes = [
        ("UPDATE audit_entries SET action = action || 'x' WHERE number = 3", 3),
        ("UPDATE audit_entries SET at = at + 1 WHERE number = 2", 2),
        ("UPDATE audit_entries SET number = number + 10 WHERE number = 4", 4),
        ("DELETE FROM audit_entries WHERE number = 5", 5),
        (
            "UPDATE audit_heads SET number = 3, hash = (SELECT hash FROM audit_entries \
             WHERE number = 3)",
            4,
        ),
    ];
    for (change, place) in changes {
        database.execute_batch(&format!("SAVEPOINT one; {change}; RELEASE one")).unwrap();
        assert_eq!(broken_at().await, place, "{change}");
        let undo = match change {
            _ if change.contains("action ||") => {
                "UPDATE audit_entries SET action = rtrim(action, 'x') WHERE number = 3"
            }
            _ if change.contains("at + 1") => {
                "UPDATE audit_entries SET at = at - 1 WHERE number = 2"
            }
            _ if change.contains("+ 10") => {
                "UPDATE audit_entries SET number = number - 10 WHERE number = 14"
            }
            _ if change.contains("DELETE") => {
                // The end is missing for good: the next change is judged without it.
                "UPDATE audit_heads SET number = 4, hash = (SELECT hash FROM audit_entries \
                 WHERE number = 4)"
            }
            _ => break,
        };
        database.execute_batch(undo).unwrap();
        assert!(matches!(verify().await, AuditVerdict::Whole { .. }), "{change}");
    }
}
