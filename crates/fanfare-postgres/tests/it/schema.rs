//! The schema is applied once, by whoever comes first, and nothing else is touched.

use std::time::Duration;

use fanfare_model::{OrganizationId, WebhookId};
use fanfare_postgres::{SCHEMA_STEPS, apply_schema, apply_steps, plan_schema, verify_schema};
use fanfare_store::conformance::upgrade;
use fanfare_testdb::administer;

use crate::support::Database;

#[tokio::test]
async fn steps_are_applied_once() {
    let database = Database::empty();
    let options = database.options();
    let planned = plan_schema(&options).await.expect("a plan");
    assert!(planned.iter().all(|step| !step.applied));
    let complaint = verify_schema(&options).await.expect_err("nothing is there");
    assert!(complaint.to_string().contains("fanfare migrate apply"), "{complaint}");
    let both = tokio::join!(apply_schema(&options), apply_schema(&options));
    for applied in [both.0, both.1] {
        assert!(applied.expect("applied").iter().all(|step| step.applied));
    }
    verify_schema(&options).await.expect("the same");
}

#[tokio::test]
async fn a_newer_or_another_schema_is_refused() {
    let database = Database::new().await;
    let options = database.options();
    administer(
        &database.url,
        "INSERT INTO fanfare.schema_versions (version, name, checksum) VALUES (99, 'later', 1)",
    );
    for refused in [verify_schema(&options).await, apply_schema(&options).await.map(drop)] {
        let complaint = refused.expect_err("newer").to_string();
        assert!(complaint.contains("newer version"), "{complaint}");
    }
    administer(
        &database.url,
        "DELETE FROM fanfare.schema_versions WHERE version = 99; \
         UPDATE fanfare.schema_versions SET checksum = 1 WHERE version = 2",
    );
    let complaint = verify_schema(&options).await.expect_err("another").to_string();
    assert!(complaint.contains("step 2 (launch)"), "{complaint}");
}

#[tokio::test]
async fn a_step_waits_its_turn_and_is_applied_or_nothing_is() {
    let database = Database::new().await;
    let options = database.options();
    let (holder, connection) =
        tokio_postgres::connect(&database.url, tokio_postgres::NoTls).await.expect("there");
    let mut running = tokio::task::JoinSet::new();
    running.spawn(connection);
    let hold = "BEGIN; LOCK TABLE fanfare.waiting IN ROW EXCLUSIVE MODE";
    holder.batch_execute(hold).await.expect("locked");
    let step = ("next", "ALTER TABLE fanfare.waiting ADD COLUMN next bigint");
    let steps = [SCHEMA_STEPS, &[step]].concat();
    let apply = apply_steps(&options, &steps);
    let others = async {
        let waiting =
            "SELECT count(*) FROM pg_locks WHERE NOT granted AND mode = 'AccessExclusiveLock'";
        for wanted in ["1", "0", "1"] {
            // It waits, lets others through for a while, and waits again.
            while administer(&database.url, waiting).trim() != wanted {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        }
        holder.batch_execute("COMMIT").await.expect("let go");
    };
    let (applied, ()) = tokio::join!(apply, others);
    assert_eq!(applied.expect("applied"), SCHEMA_STEPS.len() + 1);
    let complaint = verify_schema(&options).await.expect_err("newer").to_string();
    assert!(complaint.contains("newer version"), "{complaint}");

    let broken =
        [&steps[..], &[("good", "CREATE TABLE fanfare.good ()"), ("bad", "oops")]].concat();
    apply_steps(&options, &broken).await.expect_err("it is no SQL");
    let left = administer(&database.url, "SELECT to_regclass('fanfare.good')");
    assert_eq!(left.trim(), "", "all or none");
}

#[tokio::test]
async fn pieces_are_made_ahead() {
    let database = Database::new().await;
    let store = database.open(std::sync::Arc::new(fanfare_store::NoHandover)).await;
    let today = database.ids.now().as_millis().div_euclid(86_400_000);
    let sql = "SELECT relname FROM pg_class WHERE relnamespace = 'fanfare'::regnamespace \
         AND relname ~ '^events_[0-9]+$' ORDER BY 1";
    let made = administer(&database.url, sql);
    let wanted: Vec<_> = (0..3).map(|ahead| format!("events_{}", today + ahead)).collect();
    assert_eq!(made.lines().collect::<Vec<_>>(), wanted);
    store.close().await;
}

/// The step `rollups`: sums of what was counted before, whichever nodes counted it.
#[tokio::test]
async fn figures_of_before_the_sums_are_summed() {
    let database = Database::empty();
    let options = database.options();
    let before = SCHEMA_STEPS.iter().position(|(name, _)| *name == "rollups").expect("the step");
    apply_steps(&options, &SCHEMA_STEPS[..before]).await.expect("the steps before");
    let (organization, webhooks) = (7_u128, [8_u128, 9]);
    let uuid = |number: u128| format!("lpad('{number:x}', 32, '0')::uuid");
    for (part, old) in upgrade::old_minutes().iter().enumerate() {
        let (of, webhook) = (uuid(organization), uuid(webhooks[old.webhook]));
        let (minute, figures) = (old.at.as_millis(), old.figures);
        // Another part of the minute, of a node that counted nothing in it but was there.
        let nothing = r#"{"succeeded":0,"retried":0,"failed":0,"codes":{},"errors":{},
            "latency":[0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0]}"#;
        administer(
            &database.url,
            &format!(
                "SET fanfare.organization = '*'; \
                 INSERT INTO fanfare.stats (organization_id, webhook_id, minute, part, figures) \
                 VALUES ({of}, {webhook}, {minute}, {part}, '{figures}'), \
                        ({of}, {webhook}, {minute}, 100, '{nothing}')"
            ),
        );
    }
    apply_schema(&options).await.expect("this version's steps");
    let store = database.open(std::sync::Arc::new(fanfare_store::NoHandover)).await;
    let organization = OrganizationId::from_u128(organization);
    let webhooks = webhooks.map(WebhookId::from_u128);
    upgrade::figures_of_before_are_summed(&*store, organization, webhooks).await;
    store.close().await;
}
