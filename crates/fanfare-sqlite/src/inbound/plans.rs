//! Tests: what requests and the loop ask for is found by an index.

use super::{KEPT, OLD_MESSAGES, OLD_SENT, message, told};
use crate::plans::{database, plan};

#[test]
fn statements_search_and_never_scan_or_sort() {
    let connection = database();
    let list = "inbound_messages_connection (connection=? AND status=? AND id>? AND id<?)";
    let cases = [
        (message::DUE.to_owned(), "inbound_messages_due (due_at<?)"),
        (message::NEXT_DUE.to_owned(), "COVERING INDEX inbound_messages_due"),
        (message::one_sql(), "inbound_messages_id (organization=? AND id=?)"),
        (message::list_sql("ASC"), list),
        (message::list_sql("DESC"), list),
        (
            told::SENT.to_owned(),
            "sent_messages_id (organization=? AND provider=? AND message_id=?)",
        ),
        (OLD_MESSAGES.to_owned(), "inbound_messages_age (received_at<?)"),
        (OLD_SENT.to_owned(), "sent_messages_age (at<?)"),
        (KEPT.to_owned(), "inbound_messages_kept (organization=?)"),
    ];
    for (sql, index) in cases {
        let steps = plan(&connection, &sql).join("; ");
        assert!(steps.contains(index), "{sql}: {steps}");
        assert!(!steps.contains("TEMP B-TREE"), "{sql}: {steps}");
    }
}
