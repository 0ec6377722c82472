//! The schema is applied once, by whoever comes first, and nothing else is touched.

use fanfare_postgres::{apply_schema, plan_schema, verify_schema};
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
