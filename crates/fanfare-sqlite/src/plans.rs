//! Tests: the hot statements, and those that must stay fast with millions of rows, use the
//! indexes they were written for.

use rusqlite::Connection;

use fanfare_model::Timestamp;

use crate::{
    claim, connection, delivery_row, event_ops, feed_ops, job_ops, mail_ops, maintenance_ops,
    notice_ops, scan, start,
};
use crate::{schema, webhook_ops, writer};

pub(crate) fn database() -> Connection {
    let connection = Connection::open_in_memory().unwrap();
    connection::plan_once(&connection).unwrap();
    schema::migrate(&connection, Timestamp::from_millis(0)).unwrap();
    connection
}

/// The plan of a statement, one line per step.
pub(crate) fn plan(connection: &Connection, sql: &str) -> Vec<String> {
    let mut explain = connection.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
    for index in 1..=explain.parameter_count() {
        explain.raw_bind_parameter(index, 1).unwrap();
    }
    let mut rows = explain.raw_query();
    let mut steps = Vec::new();
    while let Some(row) = rows.next().unwrap() {
        steps.push(row.get(3).unwrap());
    }
    steps
}

#[test]
fn statements_search_and_never_scan_or_sort() {
    let connection = database();
    let columns = delivery_row::COLUMNS;
    let rows = "USING INTEGER PRIMARY KEY";
    let cases = [
        (writer::END_DELIVERY.to_owned(), rows),
        (claim::NEXT_WEBHOOK.to_owned(), "USING COVERING INDEX deliveries_due"),
        (claim::SAME_DUE.to_owned(), "deliveries_due (webhook=? AND due_at=? AND rowid>?)"),
        (claim::LATER.to_owned(), "deliveries_due (webhook=? AND due_at>?)"),
        (start::RECLAIM_MEMORY.to_owned(), rows),
        (webhook_ops::WAITING.to_owned(), "COVERING INDEX deliveries_due (webhook=?)"),
        (
            format!("SELECT {columns} FROM {} DESC", scan::OF_WEBHOOK),
            "deliveries_webhook (webhook=?",
        ),
        (
            format!("SELECT {columns} FROM {} ASC", scan::OF_WEBHOOK),
            "deliveries_webhook (webhook=?",
        ),
        (
            format!("SELECT {columns} FROM {} DESC", scan::OF_STATUS),
            "deliveries_ended (webhook=? AND status=?",
        ),
        (format!("SELECT {columns} FROM {} ORDER BY seq", event_ops::FANNED_OUT), rows),
        (
            format!("SELECT {columns} FROM {} ORDER BY seq", event_ops::SENT_AGAIN),
            "deliveries_again (event=?",
        ),
        (job_ops::GOT_AT_ONCE.to_owned(), rows),
        (job_ops::GOT_AGAIN.to_owned(), "deliveries_again (event=?"),
        (maintenance_ops::OLD_EVENTS.to_owned(), rows),
        (feed_ops::AFTER.to_owned(), rows),
        (job_ops::NEXT_RUNNING.to_owned(), "jobs_running"),
        (format!("SELECT n.id {}", notice_ops::UNTOLD), "notices_untold"),
        (format!("SELECT w.id {}", notice_ops::FAILING), "webhooks_failing (failing_since<?)"),
        (mail_ops::CLAIM.to_owned(), "mails_due (due_at<?)"),
    ];
    for (sql, wanted) in cases {
        let plan = plan(&connection, &sql);
        assert!(plan.iter().any(|step| step.contains(wanted)), "{sql}\n{plan:?}");
        for step in &plan {
            let scans = step.starts_with("SCAN deliveries") && !step.contains("deliveries_due");
            assert!(!scans && !step.contains("SCAN events"), "{sql}\n{plan:?}");
            assert!(!step.contains("TEMP B-TREE"), "{sql}\n{plan:?}");
        }
    }
}

#[test]
fn counting_what_waits_reads_nothing_but_its_index() {
    let connection = database();
    let plan = plan(&connection, maintenance_ops::BACKLOG);
    let covered = plan.iter().any(|step| step.contains("USING COVERING INDEX deliveries_due"));
    assert!(covered, "{plan:?}");
}

/// A success of a delivery leased in memory changes no index and keeps the row's length: SQLite
/// then overwrites it in place.
#[test]
fn a_success_writes_only_the_row() {
    let connection = database();
    let mut rows = writer::NewRows::prepare(&connection).unwrap();
    let created_at = Timestamp::from_millis(1_795_428_000_000);
    let delivery = writer::NewDelivery {
        seq: 1,
        event: 1,
        webhook: 1,
        organization: 1,
        event_type: 0,
        origin: 0,
        created_at,
        parked: false,
    };
    rows.push_delivery(delivery).unwrap();
    rows.flush().unwrap();
    // Bytes in use on the table's pages.
    let length = |connection: &Connection| -> i64 {
        connection
            .query_row(
                "SELECT sum(pgsize - unused) FROM dbstat WHERE name = 'deliveries'",
                [],
                |row| row.get(0),
            )
            .unwrap()
    };
    let before = length(&connection);
    let attempt = [7_u8; crate::attempt::ROOM];
    connection.prepare(writer::END_DELIVERY).unwrap().execute((1, 1, &attempt[..])).unwrap();
    assert_eq!(length(&connection), before);
    let mut program = connection.prepare(&format!("EXPLAIN {}", writer::END_DELIVERY)).unwrap();
    for index in 1..=3 {
        program.raw_bind_parameter(index, 1).unwrap();
    }
    let mut rows = program.raw_query();
    let mut written = 0;
    while let Some(row) = rows.next().unwrap() {
        let step: String = row.get(1).unwrap();
        written += usize::from(step == "IdxInsert");
    }
    // `deliveries_ended` is in the program because the status changes; its WHERE leaves it out.
    assert!(written <= 1, "{written} indexes");
}
