//! Databases of other versions and other programs.

use std::sync::Arc;

use fanfare_model::Timestamp;
use fanfare_store::conformance::upgrade;
use fanfare_store::{NoHandover, StatsStore as _, StatsWidth, StoreError, WebhookStore as _};
use rusqlite::Connection;

use crate::support::{Folder, Shop, new_webhook, options, succeed};

fn refused(folder: &Folder) -> StoreError {
    folder.try_open(options(), Arc::new(NoHandover)).expect_err("refused")
}

fn change(folder: &Folder, sql: &str) {
    let connection = Connection::open(folder.path()).expect("it opens");
    connection.execute_batch(sql).expect("a change");
}

fn existing() -> Folder {
    let folder = Folder::new();
    folder.open(Arc::new(NoHandover)).close();
    folder
}

/// A schema that this version does not know is left alone.
#[test]
fn a_newer_schema_is_refused() {
    let folder = existing();
    change(&folder, "INSERT INTO schema_versions VALUES (99, 'tomorrow', 0, 0)");
    let error = refused(&folder);
    assert!(matches!(error, StoreError::Failed(_)));
    assert!(error.to_string().contains("schema 99"), "{error}");
    change(&folder, "DELETE FROM schema_versions WHERE version = 99");
    folder.try_open(options(), Arc::new(NoHandover)).unwrap();
}

/// A step that was edited after it was applied is noticed.
#[test]
fn a_changed_step_is_refused() {
    let folder = existing();
    change(&folder, "UPDATE schema_versions SET checksum = checksum + 1");
    assert!(matches!(refused(&folder), StoreError::Corrupt(_)));
}

/// Another program's database is not touched.
#[test]
fn a_foreign_database_is_refused() {
    let folder = Folder::new();
    change(&folder, "CREATE TABLE photos (id INTEGER)");
    assert!(refused(&folder).to_string().contains("photos"));
    let folder = Folder::new();
    std::fs::write(folder.path(), "not a database, but a text that is long enough for a header")
        .unwrap();
    assert!(matches!(refused(&folder), StoreError::Corrupt(_)), "{}", refused(&folder));
}

/// The state machine of the tables holds against whoever writes.
#[test]
fn the_tables_refuse_what_makes_no_sense() {
    let folder = existing();
    let connection = Connection::open(folder.path()).unwrap();
    for sql in [
        "INSERT INTO deliveries VALUES (1, 1, 1, 1, 0, 0, 0, 0, 1, 1, 0, x'')",
        "INSERT INTO deliveries VALUES (1, 1, 1, 1, 0, 0, 0, 0, 0, 4, 0, x'')",
        "UPDATE meta SET one = 2",
    ] {
        assert!(connection.execute_batch(sql).is_err(), "{sql}");
    }
}

/// The step `rollups`: sums of what was counted before; what comes later is added to them.
#[tokio::test]
async fn figures_of_before_the_sums_are_summed() {
    let shop = Shop::open(options()).await;
    let (organization, now) = (shop.organization, shop.folder.now());
    let second = new_webhook(organization, shop.folder.ids.next(), now);
    let webhooks = [shop.webhook, second.id];
    shop.store.create_webhook(second, None).await.unwrap();
    shop.store.close();
    // As the step before left it; steps that came later have nothing to do with figures.
    change(&shop.folder, "DROP TABLE rollups; DELETE FROM stats");
    let connection = Connection::open(shop.folder.path()).unwrap();
    for old in upgrade::old_minutes() {
        let insert = "INSERT INTO stats (webhook, minute, figures) \
             SELECT key, ?2, ?3 FROM webhooks WHERE id = ?1";
        let id = webhooks[old.webhook].to_bytes();
        let row = (id, old.at.as_millis(), old.figures);
        assert_eq!(connection.execute(insert, row).unwrap(), 1);
    }
    connection.execute_batch(include_str!("../../migrations/0004_rollups.sql")).unwrap();
    drop(connection);

    let Shop { folder, engine, .. } = &shop;
    let store = folder.open(engine.clone());
    upgrade::figures_of_before_are_summed(&*store, organization, webhooks).await;

    let hour = StatsWidth::Hour.begin(upgrade::old_minutes()[0].at);
    let hours = async || {
        let bounds = (hour, Timestamp::from_millis(hour.as_millis() + 1));
        let hours = store.organization_stats(organization, StatsWidth::Hour, bounds).await;
        hours.unwrap().remove(0).succeeded
    };
    assert_eq!(hours().await, 9);
    let shop = Shop { store: store.clone(), ..shop };
    let leased = shop.publish().await;
    succeed(&store, &leased, hour).await;
    assert_eq!(hours().await, 10);
}
