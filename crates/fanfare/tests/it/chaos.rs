//! Short versions of the fault scenarios of `fanfare-chaos`, on the binary as it is built here. The
//! long ones: `cargo xtask chaos --minutes 30`. `FANFARE_TEST_SEED` repeats the choices of a run.

use std::path::PathBuf;
use std::time::Duration;

use fanfare_chaos::{Other, SCENARIOS, Setup};
use fanfare_postgres::{PostgresOptions, SCHEMA_STEPS, apply_steps};

/// Runs a scenario for a few seconds; every promise must hold. Gives what there is to say.
fn holds(name: &str, backend: &str, seconds: u64) -> String {
    let found = SCENARIOS.iter().find(|one| one.name == name && one.backend == backend);
    let scenario = found.expect("there is such a scenario");
    let seed = std::env::var("FANFARE_TEST_SEED").ok().and_then(|text| text.parse().ok());
    let seed = seed.unwrap_or_else(|| u64::from(std::process::id()));
    let setup = Setup {
        binary: PathBuf::from(env!("CARGO_BIN_EXE_fanfare")),
        length: Duration::from_secs(seconds),
        seed,
        postgres: std::env::var("FANFARE_TEST_POSTGRES").ok(),
        other: Some(Other::NextSchema(next_schema)),
    };
    let figures = (scenario.run)(&setup);
    assert!(figures.broken.is_empty(), "{name} on {backend}, seed {seed}: {figures:#?}");
    format!("{name} on {backend}, seed {seed}: {figures:?}")
}

/// A step as the next version might bring it, applied as that would apply it: it adds to the tables
/// that nodes use most.
fn next_schema(url: &str) {
    const NEXT: &str = "
        ALTER TABLE fanfare.organizations ADD COLUMN next text;
        ALTER TABLE fanfare.webhooks ADD COLUMN next text;
        ALTER TABLE fanfare.events ADD COLUMN next bigint NOT NULL DEFAULT 7;
        ALTER TABLE fanfare.deliveries ADD COLUMN next text;
        ALTER TABLE fanfare.attempts ADD COLUMN next text;
        ALTER TABLE fanfare.waiting ADD COLUMN next smallint;
        ALTER TABLE fanfare.idempotency ADD COLUMN next text;
        ALTER TABLE fanfare.api_keys ADD COLUMN next text;
        CREATE TABLE fanfare.next (organization_id uuid NOT NULL, id uuid NOT NULL,
            PRIMARY KEY (organization_id, id));";
    let steps = [SCHEMA_STEPS, &[("next", NEXT)]].concat();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let applied =
        runtime.expect("a runtime").block_on(apply_steps(&PostgresOptions::new(url), &steps));
    assert_eq!(applied.expect("applied"), steps.len());
}

/// A test for each scenario.
macro_rules! scenarios {
    ($($test:ident: $name:literal, $backend:literal, $seconds:literal;)*) => {
        $(#[test]
        fn $test() {
            println!("{}", holds($name, $backend, $seconds));
        })*

        #[test]
        fn every_scenario_is_a_test() {
            let all: Vec<_> = SCENARIOS.iter().map(|one| (one.name, one.backend)).collect();
            assert_eq!(all, [$(($name, $backend)),*]);
        }
    };
}

scenarios! {
    killed_nodes: "T1 nodes killed", "postgres", 6;
    a_killed_node: "T1 node killed", "sqlite", 4;
    a_stalled_node: "T2 node stalled past its lease", "postgres", 1;
    a_killed_database: "T3 database killed", "postgres", 3;
    a_broken_network: "T4 network drops, delays, closes", "postgres", 1;
    a_slow_database: "T5 database slow, sessions busy", "postgres", 6;
    a_full_disk_of_postgres: "T6 disk full", "postgres", 2;
    a_full_disk: "T6 disk full", "sqlite", 2;
    wrong_clocks: "T8 clocks an hour wrong", "postgres", 3;
    a_receiver_of_nodes_that_was_away: "T14/T15 receiver away and back", "postgres", 1;
    a_receiver_that_was_away: "T14/T15 receiver away and back", "sqlite", 1;
    a_rolling_restart: "T17 rolling restart", "postgres", 3;
    a_restart: "T17 restart", "sqlite", 2;
    two_schema_versions: "T18 two schema versions", "postgres", 4;
}
