//! TLS to the database: who is believed.

use fanfare_postgres::{PostgresOptions, apply_schema, verify_schema};
use fanfare_store::StoreError;
use fanfare_testdb::Cluster;

const AUTHORITY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/ca.pem");
const CERTIFICATE: &str = include_str!("../data/server.pem");
const KEY: &str = include_str!("../data/server.key");

#[tokio::test]
async fn only_who_the_certificate_names_is_believed() {
    let mut cluster = Cluster::start_with_tls(&["fsync=off"], CERTIFICATE, KEY);
    let plain = cluster.database("tls", None);
    let named = plain.replace("127.0.0.1", "localhost");
    let ask = async |url: String| verify_schema(&PostgresOptions::new(url)).await;
    let refused = |asked: Result<(), StoreError>| match asked {
        Err(StoreError::Unavailable(why)) => why,
        other => panic!("{other:?}"),
    };

    let trusted = format!("{named}?sslmode=verify-full&sslrootcert={AUTHORITY}");
    apply_schema(&PostgresOptions::new(&trusted)).await.expect("it is who it says");
    ask(trusted.clone()).await.expect("the schema");
    // Nothing but TLS is let in from here on, and it still works.
    cluster.only_tls();
    ask(trusted).await.expect("over TLS");
    ask(plain.clone()).await.expect_err("not without");

    let unknown = refused(ask(format!("{named}?sslmode=verify-full")).await);
    assert!(unknown.contains("certificate"), "an authority that nobody knows: {unknown}");
    let other = format!("{plain}?sslmode=verify-full&sslrootcert={AUTHORITY}");
    let other = refused(ask(other).await);
    assert!(other.contains("certificate"), "another name: {other}");
}
