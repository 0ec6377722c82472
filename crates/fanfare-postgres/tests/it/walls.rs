//! The second wall: a session that works for one organization sees and changes nothing of another,
//! even when a statement names none; one that names nobody sees nothing.

use std::sync::Arc;

use fanfare_postgres::{PostgresStore, apply_schema};
use fanfare_store::{EventStore, NoHandover, StoreError};
use fanfare_testdb::administer;
use tokio_postgres::{Client, NoTls};

use crate::support::{Database, accept_of, at, organization};

/// Two organizations, as sessions name them.
const OURS: &str = "00000000-0000-7000-8000-000000000001";
const THEIRS: &str = "00000000-0000-7000-8000-000000000002";

/// A row of each of the two in every table that names one, made from what the catalogue says of the
/// table, so that one that is added later has rows as well.
const FILL: &str = "
DO $$
DECLARE
    relation regclass;
    organization text;
    names text;
    given text;
BEGIN
    PERFORM set_config('fanfare.organization', '*', false);
    FOR relation IN
        SELECT c.oid FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
        WHERE c.relnamespace = 'fanfare'::regnamespace AND c.relkind IN ('r', 'p')
          AND NOT c.relispartition AND a.attname = 'organization_id'
    LOOP
        EXECUTE format('DELETE FROM %s', relation);
        FOREACH organization IN ARRAY ARRAY['OURS', 'THEIRS'] LOOP
            SELECT string_agg(quote_ident(attname), ', '),
                   string_agg(CASE
                       WHEN attname = 'organization_id' THEN quote_literal(organization)
                       WHEN attname IN ('day', 'event_day') THEN 'DAY'
                       WHEN atttypid = 'uuid'::regtype THEN 'gen_random_uuid()'
                       WHEN atttypid = 'text'::regtype THEN quote_literal(organization)
                       WHEN atttypid = 'bytea'::regtype THEN 'sha256(' || quote_literal(organization) || ')'
                       WHEN atttypid = 'boolean'::regtype THEN 'false'
                       WHEN attndims > 0 THEN quote_literal('{}')
                       ELSE '0' END, ', ')
            INTO names, given
            FROM pg_attribute
            WHERE attrelid = relation AND attnum > 0 AND NOT attisdropped
              AND (attnotnull AND NOT atthasdef OR attname = 'organization_id');
            EXECUTE format('INSERT INTO %s (%s) VALUES (%s)', relation, names, given);
        END LOOP;
    END LOOP;
END
$$";

async fn session(database: &Database, organization: Option<&str>) -> Client {
    let (client, connection) = tokio_postgres::connect(&database.url, NoTls).await.expect("there");
    drop(tokio::spawn(connection));
    client.batch_execute("SET search_path = fanfare").await.expect("set");
    if let Some(organization) = organization {
        let name = "SELECT set_config('fanfare.organization', $1, false)";
        client.execute(name, &[&organization]).await.expect("set");
    }
    client
}

/// Every table that holds something of an organization, pieces among them.
async fn tables(client: &Client) -> Vec<String> {
    let sql = "SELECT c.relname::text FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid \
         WHERE c.relnamespace = 'fanfare'::regnamespace AND c.relkind IN ('r', 'p') \
           AND a.attname = 'organization_id' ORDER BY 1";
    let rows = client.query(sql, &[]).await.expect("tables");
    rows.iter().map(|row| row.get(0)).collect()
}

fn is_piece(table: &str) -> bool {
    table.ends_with(|last: char| last.is_ascii_digit())
}

/// Nobody changes it, whoever they work for.
fn is_append_only(table: &str) -> bool {
    table.starts_with("audit_")
}

async fn count(client: &Client, sql: &str) -> i64 {
    client.query_one(sql, &[]).await.expect("a count").get(0)
}

/// How many rows a statement changed; it is undone.
async fn changed(client: &Client, sql: &str) -> u64 {
    client.batch_execute("BEGIN").await.expect("begun");
    let changed = client.execute(sql, &[]).await.expect("it runs");
    client.batch_execute("ROLLBACK").await.expect("undone");
    changed
}

async fn two_organizations() -> Database {
    let database = Database::new().await;
    let store = database.open(Arc::new(NoHandover)).await;
    // This makes the pieces of its day.
    let shop = organization(&store, 1).await;
    store.accept(accept_of(&database, shop, at(0), 1)).await.expect("accepted");
    store.close().await;
    let day = at(0).as_millis() / 86_400_000;
    let fill = FILL.replace("DAY", &day.to_string());
    administer(
        &database.url,
        &fill.replace("'THEIRS'", &format!("'{THEIRS}'")).replace("'OURS'", &format!("'{OURS}'")),
    );
    database
}

#[tokio::test]
async fn a_session_sees_and_changes_its_organization_only() {
    let database = two_organizations().await;
    let all = session(&database, Some("*")).await;
    let (ours, nobody) = (session(&database, Some(OURS)).await, session(&database, None).await);
    let tables = tables(&all).await;
    assert!(tables.len() >= 22, "{tables:?}");
    for table in &tables {
        let each = format!("SELECT count(*) FROM {table}");
        if is_piece(table) {
            // Rows are reached through the whole: a piece by itself shows nothing to anybody.
            assert_eq!(count(&all, &each).await, 0, "{table}");
            continue;
        }
        let theirs = format!("{each} WHERE organization_id = '{THEIRS}'");
        let total = count(&all, &each).await;
        assert_eq!(count(&all, &theirs).await * 2, total, "{table}");
        assert_ne!(total, 0, "{table} is empty: nothing is shown");
        assert_eq!(count(&ours, &each).await * 2, total, "{table}");
        assert_eq!(count(&ours, &theirs).await, 0, "{table}");
        assert_eq!(count(&nobody, &each).await, 0, "{table}");
        for change in [
            format!("DELETE FROM {table}"),
            format!("UPDATE {table} SET organization_id = organization_id"),
        ] {
            if is_append_only(table) {
                let refused = ours.execute(&change, &[]).await.expect_err("it is refused");
                let refused = refused.as_db_error().expect("by the database");
                assert!(refused.message().contains("append-only"), "{change}: {refused}");
                assert_eq!(changed(&nobody, &change).await, 0, "{change}");
                continue;
            }
            assert_eq!(changed(&ours, &change).await * 2, total.unsigned_abs(), "{change}");
            assert_eq!(changed(&nobody, &change).await, 0, "{change}");
        }
    }
}

#[tokio::test]
async fn a_session_cannot_give_its_rows_away() {
    let database = two_organizations().await;
    let ours = session(&database, Some(OURS)).await;
    for table in tables(&ours).await.into_iter().filter(|table| !is_piece(table)) {
        let give = format!("UPDATE {table} SET organization_id = '{THEIRS}'");
        let refused = ours.execute(&give, &[]).await.expect_err("it is refused");
        let refused = refused.as_db_error().expect("by the database").message().to_owned();
        let why = if is_append_only(&table) { "append-only" } else { "row-level security" };
        assert!(refused.contains(why), "{table}: {refused}");
    }
}

/// People are seen by the organizations of which they are members, and changed by none; where they
/// are signed in is seen by the product alone.
#[tokio::test]
async fn people_are_seen_where_they_are_members() {
    let database = two_organizations().await;
    let all = session(&database, Some("*")).await;
    let fill = format!(
        "DELETE FROM memberships;
         INSERT INTO users VALUES ('{OURS}', 'ada@shop.example', 'Ada', NULL, 0);
         INSERT INTO memberships VALUES ('{OURS}', '{OURS}', 0, false, 0);
         INSERT INTO sessions (id, hash, user_id, looks_at, created_at, expires_at, last_seen_at)
         VALUES ('{OURS}', '', '{OURS}', '{OURS}', 0, 0, 0)"
    );
    all.batch_execute(&fill).await.expect("filled");
    let (ours, theirs) =
        (session(&database, Some(OURS)).await, session(&database, Some(THEIRS)).await);
    let nobody = session(&database, None).await;
    for (client, seen) in [(&all, 1), (&ours, 1), (&theirs, 0), (&nobody, 0)] {
        assert_eq!(count(client, "SELECT count(*) FROM users").await, seen);
    }
    for client in [&ours, &theirs, &nobody] {
        assert_eq!(count(client, "SELECT count(*) FROM sessions").await, 0);
        assert_eq!(changed(client, "UPDATE users SET name = 'Eve'").await, 0);
        assert_eq!(changed(client, "DELETE FROM users").await, 0);
    }
}

/// The organizations' own table has no wall: its statements run for the product, and a session of
/// one organization locks its row there.
#[tokio::test]
async fn every_table_is_behind_the_wall() {
    let database = two_organizations().await;
    let all = session(&database, Some("*")).await;
    let sql = "SELECT relname::text FROM pg_class c \
         WHERE relnamespace = 'fanfare'::regnamespace AND relkind IN ('r', 'p') \
           AND NOT (relrowsecurity AND relforcerowsecurity) ORDER BY 1";
    let rows = all.query(sql, &[]).await.expect("tables");
    let open: Vec<String> = rows.iter().map(|row| row.get(0)).collect();
    assert_eq!(open, ["imports", "organizations", "schema_versions", "turns"]);
}

#[tokio::test]
async fn a_role_that_goes_through_walls_is_refused() {
    let database = Database::new().await;
    let role = "SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user";
    assert_eq!(administer(&database.url, role).trim(), "f");
    let mut options = database.options();
    options.url = options.url.replace("//fanfare@", "//postgres@");
    apply_schema(&options).await.expect("the schema is there");
    let opened = PostgresStore::open(options, Arc::new(NoHandover), database.ids.clone());
    match opened.await {
        Err(StoreError::Failed(text)) => assert!(text.contains("BYPASSRLS"), "{text}"),
        Err(other) => panic!("{other:?}"),
        Ok(_) => panic!("it opened"),
    }
    // Only a superuser could end its sessions for it.
    let there = "SELECT count(*) FROM pg_stat_activity \
         WHERE datname = current_database() AND usename = 'postgres'";
    while administer(&database.url, there).trim() != "0" {
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
}
