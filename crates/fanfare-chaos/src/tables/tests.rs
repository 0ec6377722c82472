use fanfare_testdb::Cluster;

use super::*;

/// The columns that are asked for, in tables without walls.
const TABLES: &str = "CREATE SCHEMA fanfare;
    CREATE TABLE fanfare.waiting (delivery_id uuid PRIMARY KEY, claim_at bigint, lease bigint);
    CREATE TABLE fanfare.deliveries (id uuid PRIMARY KEY, status smallint, attempts smallint,
        started_at bigint, duration_us bigint);
    CREATE TABLE fanfare.attempts (delivery_id uuid, number smallint, started_at bigint,
        duration_us bigint)";

const WAITS: [Duration; 3] =
    [Duration::ZERO, Duration::from_millis(200), Duration::from_millis(400)];
const TOLERANCE: Duration = Duration::from_millis(20);

/// `10000000-…`, `20000000-…`
fn id(number: u32) -> String {
    format!("'{number}0000000-0000-0000-0000-000000000000'::uuid")
}

#[test]
fn early_attempts_gaps_and_taken_leases_are_seen() {
    let cluster = Cluster::start(&["fsync=off"]);
    let url = cluster.database("tables", None);
    administer(&url, TABLES);
    watch_claims(&url);
    // One succeeded at its second attempt, in time; one was given up; one waits.
    administer(
        &url,
        &format!(
            "INSERT INTO fanfare.deliveries VALUES ({0}, 1, 2, 1250, 5000), ({1}, 2, 1, 1000, 0),
                 ({2}, 0, 0, NULL, NULL);
             INSERT INTO fanfare.attempts VALUES ({0}, 1, 1000, 50000);
             INSERT INTO fanfare.waiting VALUES ({2}, 0, 0)",
            id(1),
            id(2),
            id(3)
        ),
    );
    let well = Tables {
        deliveries: 3,
        pending: 1,
        succeeded: 1,
        failed: 1,
        waiting: 1,
        most_attempts: 2,
        ..Tables::default()
    };
    assert_eq!(of_postgres(&url, &WAITS, TOLERANCE), well);

    // The second attempt began 21 ms too early; another's first attempt is missing.
    let early = format!("UPDATE fanfare.deliveries SET started_at = 1229 WHERE id = {}", id(1));
    administer(&url, &early);
    assert_eq!(of_postgres(&url, &WAITS, TOLERANCE), Tables { early: 1, ..well });
    administer(&url, &format!("UPDATE fanfare.deliveries SET attempts = 2 WHERE id = {}", id(2)));
    assert_eq!(of_postgres(&url, &WAITS, TOLERANCE), Tables { early: 1, gaps: 1, ..well });

    // A lease that is taken first, then again after its end, then again while it lives, then freed.
    let lease = |from_now: &str, token: u32| {
        let now = "(extract(epoch FROM clock_timestamp()) * 1000)::bigint";
        let sql =
            format!("UPDATE fanfare.waiting SET claim_at = {now} {from_now}, lease = {token}");
        administer(&url, &sql);
    };
    lease("- 1000", 1);
    lease("+ 60000", 2);
    let ended = Tables { early: 1, gaps: 1, takeovers: 1, ..well };
    assert_eq!(of_postgres(&url, &WAITS, TOLERANCE), ended);
    lease("+ 60000", 3);
    lease("+ 0", 0);
    let alive = Tables { double_claims: 1, ..ended };
    assert_eq!(of_postgres(&url, &WAITS, TOLERANCE), alive);
}
