//! Looking at the plans of whatever a store runs.
//!
//! While somebody looks, a session has the server explain each of its statements before it runs it:
//! prepared, with the session's own settings and the parameters of the call, really executed, and
//! undone. What is checked is therefore what the server does, not what a copy of the statement would.

use std::collections::BTreeMap;

use parking_lot::Mutex;
use serde_json::Value;
use tokio_postgres::{Client, SimpleQueryMessage};

use crate::session::Params;

/// What was seen since somebody began to look; `None`: nobody looks.
static SEEN: Mutex<Option<Vec<Seen>>> = Mutex::new(None);

/// A statement with its plan.
pub(crate) struct Seen {
    pub(super) sql: String,
    pub(super) plan: Value,
}

/// Gives what `operation` has the sessions of this process run, beside its own answer.
pub(super) async fn at<T>(operation: impl Future<Output = T>) -> (T, Vec<Seen>) {
    *SEEN.lock() = Some(Vec::new());
    let answer = operation.await;
    (answer, SEEN.lock().take().unwrap_or_default())
}

/// Called by sessions before they run a statement, inside a transaction of theirs or outside.
pub(crate) async fn before(client: &Client, is_inside: bool, sql: &str, params: Params<'_>) {
    if SEEN.lock().is_none() {
        return;
    }
    let plan = explain(client, is_inside, sql, params).await;
    let plan = plan.unwrap_or_else(|error| panic!("{sql}: {error:?}"));
    if let Some(seen) = &mut *SEEN.lock() {
        seen.push(Seen { sql: sql.to_owned(), plan });
    }
}

async fn explain(
    client: &Client,
    is_inside: bool,
    sql: &str,
    params: Params<'_>,
) -> Result<Value, tokio_postgres::Error> {
    let arguments = arguments(client, sql, params).await?;
    let (begin, undo) = match is_inside {
        true => ("SAVEPOINT look", "ROLLBACK TO look; RELEASE look"),
        false => ("BEGIN", "ROLLBACK"),
    };
    client.batch_execute(&format!("PREPARE look AS {sql}; {begin}")).await?;
    let explain = "EXPLAIN (ANALYZE, BUFFERS, TIMING OFF, FORMAT JSON) EXECUTE look";
    let answer = client.simple_query(&format!("{explain}{arguments}")).await?;
    client.batch_execute(&format!("{undo}; DEALLOCATE look")).await?;
    let rows = answer.iter().filter_map(|message| match message {
        SimpleQueryMessage::Row(row) => row.get(0),
        _ => None,
    });
    let text: String = rows.collect();
    Ok(serde_json::from_str(&text).expect("JSON")).map(|plans: Value| plans[0]["Plan"].clone())
}

/// The parameters as literals: `EXECUTE` takes no others.
async fn arguments(
    client: &Client,
    sql: &str,
    params: Params<'_>,
) -> Result<String, tokio_postgres::Error> {
    if params.is_empty() {
        return Ok(String::new());
    }
    let statement = client.prepare(sql).await?;
    let quoted = (1..)
        .zip(statement.params())
        .map(|(number, kind)| format!("quote_nullable(${number}::{}::text)", kind.name()));
    let quote = format!("SELECT {}", quoted.collect::<Vec<_>>().join(", "));
    let row = client.query_one(&quote, params).await?;
    let literals: Vec<&str> = (0..params.len()).map(|column| row.get(column)).collect();
    Ok(format!("({})", literals.join(", ")))
}

/// A table or index that a step of a plan reads, and how much of it.
#[derive(Debug)]
pub(super) struct Read {
    pub(super) step: String,
    pub(super) table: String,
    pub(super) index: Option<String>,
    /// Rows that it looked at, given on or not.
    pub(super) rows: u64,
}

/// What a plan does.
#[derive(Debug, Default)]
pub(super) struct Doings {
    pub(super) reads: Vec<Read>,
    /// The most rows that a step sorted.
    pub(super) sorted: u64,
    /// Pages that were touched.
    pub(super) pages: u64,
}

impl Doings {
    /// Reads a plan; the pieces of tables and indexes are called as the whole is.
    pub(super) fn of(plan: &Value, wholes: &BTreeMap<String, String>) -> Self {
        let mut doings = Self {
            pages: number(plan, "Shared Hit Blocks") + number(plan, "Shared Read Blocks"),
            ..Self::default()
        };
        doings.add(plan, wholes);
        doings
    }

    fn add(&mut self, step: &Value, wholes: &BTreeMap<String, String>) {
        let whole = |field: &str| {
            let name = step[field].as_str()?;
            Some(wholes.get(name).map_or(name, String::as_str).to_owned())
        };
        let kind = step["Node Type"].as_str().unwrap_or_default();
        let below = step["Plans"].as_array().into_iter().flatten();
        if kind.contains("Scan")
            && (!step["Relation Name"].is_null() || kind == "Bitmap Index Scan")
        {
            let rows = number(step, "Actual Rows")
                + number(step, "Rows Removed by Filter")
                + number(step, "Rows Removed by Index Recheck");
            self.reads.push(Read {
                step: kind.to_owned(),
                table: whole("Relation Name").unwrap_or_default(),
                index: whole("Index Name"),
                rows: rows * number(step, "Actual Loops"),
            });
        }
        if kind.contains("Sort") {
            let given = |step: &Value| number(step, "Actual Rows") * number(step, "Actual Loops");
            self.sorted = self.sorted.max(below.clone().map(given).max().unwrap_or(0));
        }
        below.for_each(|step| self.add(step, wholes));
    }
}

fn number(step: &Value, field: &str) -> u64 {
    step[field].as_u64().unwrap_or(0)
}
