//! The statements for each kind, made from its columns.
//!
//! A kind's table has its name. What the table has beside the kind's columns follows from them: the
//! days whose pieces hold the rows, and what only indexes want.

use fanfare_store::transfer::{Column, Holds, Kind};

/// The type as which values come and go. An array of arrays has to be rectangular, so that several
/// values go as text.
const fn given(holds: Holds) -> &'static str {
    match holds {
        Holds::Int => "bigint",
        Holds::Bool => "boolean",
        Holds::Text | Holds::Ids | Holds::Ints => "text",
        Holds::Bytes => "bytea",
        Holds::Id => "uuid",
    }
}

/// A column of the rows that are given, as the table takes it.
fn taken(column: &Column) -> String {
    let name = column.name;
    match column.holds {
        Holds::Ids => format!("u.{name}::uuid[]"),
        Holds::Ints => format!("u.{name}::integer[]"),
        _ => format!("u.{name}"),
    }
}

/// A column of the table, as it is read back.
fn stored(column: &Column) -> String {
    let name = column.name;
    match column.holds {
        Holds::Int => format!("t.{name}::bigint"),
        Holds::Ints => format!("t.{name}::bigint[]"),
        _ => format!("t.{name}"),
    }
}

/// The day in an id.
fn day(id: &str) -> String {
    format!(
        "(('x' || left(replace({id}::text, '-', ''), 12))::bit(48)::bigint / 86400000)::integer"
    )
}

/// Columns that follow from others.
fn derived(kind: &Kind) -> Vec<(&'static str, String)> {
    match kind.name {
        "events" => vec![("day", day("u.id"))],
        "deliveries" => vec![
            ("day", day("u.id")),
            ("event_day", day("u.event_id")),
            ("ended_badly", "CASE WHEN u.status >= 2 THEN u.status END".to_owned()),
        ],
        "attempts" => vec![("day", day("u.delivery_id"))],
        _ => Vec::new(),
    }
}

/// Which column's id says on what day a row is, if the kind is kept in pieces.
pub(super) fn dated_by(kind: &Kind) -> Option<usize> {
    let id = match kind.name {
        "events" | "deliveries" => "id",
        "attempts" => "delivery_id",
        _ => return None,
    };
    kind.columns.iter().position(|column| column.name == id)
}

/// Rows that are given, one parameter for each column.
fn arrays(columns: &[Column]) -> String {
    let arrays = columns.iter().zip(1..);
    let arrays = arrays.map(|(column, number)| format!("${number}::{}[]", given(column.holds)));
    arrays.collect::<Vec<_>>().join(", ")
}

fn names(columns: &[Column]) -> String {
    let names: Vec<_> = columns.iter().map(|column| column.name).collect();
    names.join(", ")
}

/// Writes rows; of deliveries also what waits.
pub(super) fn insert(kind: &Kind) -> String {
    let derived = derived(kind);
    let more: String = derived.iter().map(|(name, _)| format!(", {name}")).collect();
    let values: Vec<_> = kind.columns.iter().map(taken).collect();
    let computed: String = derived.iter().map(|(_, value)| format!(", {value}")).collect();
    let insert = format!(
        "INSERT INTO {name} ({names}{more}) SELECT {}{computed} FROM unnest({}) AS u ({names})",
        values.join(", "),
        arrays(kind.columns),
        name = kind.name,
        names = names(kind.columns),
    );
    match kind.name {
        "deliveries" => format!(
            "WITH made AS ({insert} RETURNING *) \
             INSERT INTO waiting (organization_id, delivery_id, day, webhook_id, event_day, \
                 event_id, due_at, claim_at, lease, attempts) \
             SELECT organization_id, id, day, webhook_id, event_day, event_id, due_at, due_at, 0, \
                 attempts FROM made WHERE status = 0"
        ),
        _ => insert,
    }
}

/// Has each row looked up by its key. The planner cannot know how many are given, nor that the wall
/// between organizations lets all rows through here, and would read a whole day for every chunk.
pub(super) const BY_INDEX: &str = "SET LOCAL enable_seqscan = off; \
     SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off";

/// The rows whose keys are given, in their order; after the keys, of kinds that are kept in pieces,
/// the days. (A day worked out here would be of no use to the index: the wall between organizations
/// keeps such expressions away from it.)
pub(super) fn find(kind: &Kind) -> String {
    let key = &kind.columns[..kind.key];
    let columns: Vec<_> = kind.columns.iter().map(stored).collect();
    let mut same: Vec<_> = key.iter().map(|column| format!("t.{0} = u.{0}", column.name)).collect();
    let (mut given, mut names) = (arrays(key), names(key));
    if dated_by(kind).is_some() {
        given += &format!(", ${}::integer[]", kind.key + 1);
        names += ", day";
        same.push("t.day = u.day".to_owned());
    }
    format!(
        "SELECT {} FROM unnest({given}) WITH ORDINALITY AS u ({names}, place) JOIN {} t ON {} \
         ORDER BY u.place",
        columns.join(", "),
        kind.name,
        same.join(" AND ")
    )
}

/// How many deliveries are pending, how many wait, and how many of both are the same.
pub(super) const WAITING: &str = "SELECT \
     (SELECT count(*) FROM deliveries WHERE status = 0), \
     (SELECT count(*) FROM waiting), \
     (SELECT count(*) FROM waiting w JOIN deliveries d ON d.organization_id = w.organization_id \
          AND d.day = w.day AND d.id = w.delivery_id \
      WHERE d.status = 0 AND d.webhook_id = w.webhook_id AND d.event_id = w.event_id \
          AND d.event_day = w.event_day AND d.due_at = w.due_at AND d.due_at = w.claim_at \
          AND d.attempts = w.attempts AND w.lease = 0)";
