//! What the product's own tables say in the end.
//!
//! PostgreSQL is asked directly. There a trigger also writes down, from the first delivery on, each
//! claim that took a delivery over from another lease, with how long that lease would have lasted:
//! a live lease that is taken is a double claim, whatever arrived. The embedded store is asked
//! through the API.

#[cfg(test)]
mod tests;

use std::net::SocketAddr;
use std::time::Duration;

use fanfare_testdb::administer;
use fanfare_testkit::HttpClient;

use crate::node::KEY;

/// What the tables say.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Tables {
    /// Deliveries of all states.
    pub(crate) deliveries: usize,
    /// Those that are still to be made.
    pub(crate) pending: usize,
    /// Those that ended well.
    pub(crate) succeeded: usize,
    /// Those that were given up.
    pub(crate) failed: usize,
    /// Rows of the queue.
    pub(crate) waiting: usize,
    /// The most attempts that any delivery has.
    pub(crate) most_attempts: usize,
    /// Attempts that began earlier than the schedule allows after the one before.
    pub(crate) early: usize,
    /// Attempts that are missing between others, or are recorded twice.
    pub(crate) gaps: usize,
    /// Claims of a delivery whose lease had ended.
    pub(crate) takeovers: usize,
    /// Claims of a delivery whose lease was alive.
    pub(crate) double_claims: usize,
}

/// Sees every organization's rows.
const SEE: &str = "SET fanfare.organization = '*'; SET search_path = fanfare;";

/// Makes the database write down who takes whose lease.
pub(crate) fn watch_claims(url: &str) {
    administer(
        url,
        "CREATE SCHEMA chaos;
        CREATE TABLE chaos.takeovers (delivery uuid, left_ms bigint);
        CREATE FUNCTION chaos.taken_over() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
            INSERT INTO chaos.takeovers VALUES (OLD.delivery_id,
                OLD.claim_at - (extract(epoch FROM clock_timestamp()) * 1000)::bigint);
            RETURN NULL;
        END $$;
        CREATE TRIGGER taken_over AFTER UPDATE OF lease ON fanfare.waiting FOR EACH ROW
        WHEN (OLD.lease <> 0 AND NEW.lease <> 0 AND NEW.lease <> OLD.lease)
        EXECUTE FUNCTION chaos.taken_over()",
    );
}

/// How many deliveries wait.
pub(crate) fn waiting(url: &str) -> usize {
    numbers(url, "SELECT count(*) FROM waiting")[0]
}

/// Asks PostgreSQL. `waits` are those of the schedule, `tolerance` is how much clocks may differ.
pub(crate) fn of_postgres(url: &str, waits: &[Duration], tolerance: Duration) -> Tables {
    let waits: Vec<_> = waits.iter().map(|wait| wait.as_millis().to_string()).collect();
    let (waits, tolerance) = (waits.join(","), tolerance.as_millis());
    let all = numbers(
        url,
        "SELECT count(*), count(*) FILTER (WHERE status = 0), count(*) FILTER (WHERE status = 1),
            count(*) FILTER (WHERE status = 2), coalesce(max(attempts), 0) FROM deliveries",
    );
    let attempts = numbers(
        url,
        &format!(
            "WITH made AS (
                SELECT delivery_id AS id, number, started_at, duration_us FROM attempts
                UNION ALL
                SELECT id, attempts, started_at, duration_us FROM deliveries WHERE attempts > 0
            ), pairs AS (
                SELECT number, started_at, lag(number) OVER each AS before,
                       lag(started_at + duration_us / 1000) OVER each AS ended
                FROM made WINDOW each AS (PARTITION BY id ORDER BY number)
            )
            SELECT count(*) FILTER (WHERE started_at + {tolerance}
                                          < ended + (ARRAY[{waits}])[number]),
                   count(*) FILTER (WHERE number <> coalesce(before, 0) + 1)
            FROM pairs"
        ),
    );
    let claims = format!(
        "SELECT count(*) FILTER (WHERE left_ms <= {tolerance}),
                count(*) FILTER (WHERE left_ms > {tolerance}) FROM chaos.takeovers"
    );
    let claims = numbers(url, &claims);
    Tables {
        deliveries: all[0],
        pending: all[1],
        succeeded: all[2],
        failed: all[3],
        most_attempts: all[4],
        waiting: waiting(url),
        early: attempts[0],
        gaps: attempts[1],
        takeovers: claims[0],
        double_claims: claims[1],
    }
}

fn numbers(url: &str, sql: &str) -> Vec<usize> {
    let row = administer(url, &format!("{SEE} {sql}"));
    let columns = row.trim().split('|');
    columns.map(|text| text.parse().unwrap_or_else(|_| panic!("{sql} gave {row}"))).collect()
}

/// Asks the API of a node. What only tables show (the queue, claims, earlier attempts) stays 0.
pub(crate) fn of_api(addr: SocketAddr) -> Tables {
    let mut client = HttpClient::new(addr, Some(KEY));
    let (mut tables, mut after) = (Tables::default(), String::new());
    loop {
        let path = format!("/api/deliveries?limit=100{after}");
        let answer = client.get(&path).expect("the node answers");
        assert_eq!(answer.status, 200, "{}", answer.text());
        let page: serde_json::Value = serde_json::from_slice(&answer.body).expect("JSON");
        for delivery in page["data"].as_array().expect("a list") {
            tables.deliveries += 1;
            match delivery["status"].as_str() {
                Some("pending") => tables.pending += 1,
                Some("succeeded") => tables.succeeded += 1,
                Some("failed") => tables.failed += 1,
                other => panic!("a delivery is {other:?}"),
            }
            let attempts = delivery["attemptCount"].as_u64().expect("a count") as usize;
            tables.most_attempts = tables.most_attempts.max(attempts);
        }
        if page["pageInfo"]["hasNextPage"] != true {
            return tables;
        }
        after = format!("&after={}", page["pageInfo"]["endCursor"].as_str().expect("a cursor"));
    }
}

/// Whether the API of a node shows nothing that is still to be delivered.
pub(crate) fn nothing_pending(addr: SocketAddr) -> bool {
    let answer = HttpClient::new(addr, Some(KEY)).get("/api/deliveries?status=pending&limit=1");
    answer.is_ok_and(|answer| {
        let page = serde_json::from_slice::<serde_json::Value>(&answer.body).unwrap_or_default();
        page["data"].as_array().is_some_and(Vec::is_empty)
    })
}
