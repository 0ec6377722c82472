//! The table: one line per scenario, medians, with the range when there were several runs.

use super::Row;
use super::figures::{Figures, median};

/// A column: its heading and how a run's value is got and shown.
type Column = (&'static str, fn(&Figures) -> Option<f64>, usize);

const COLUMNS: &[Column] = &[
    ("events/s", |run| Some(run.events_per_second), 0),
    ("deliveries/s", |run| Some(run.deliveries_per_second), 0),
    ("publish p50 ms", |run| Some(run.publish_p50), 1),
    ("publish p99 ms", |run| Some(run.publish_p99), 1),
    ("receipt p50 ms", |run| Some(run.p50), 1),
    ("p99 ms", |run| Some(run.p99), 1),
    ("p99.9 ms", |run| Some(run.p999), 1),
    ("server CPU µs/delivery", |run| run.server_cpu, 1),
    ("PostgreSQL CPU µs/delivery", |run| run.database_cpu, 1),
    ("load CPU µs/event", |run| Some(run.load_cpu), 1),
    ("sink CPU µs/delivery", |run| Some(run.sink_cpu), 1),
    ("peak MiB", |run| run.peak_memory, 0),
    ("lost", |run| Some(run.lost as f64), 0),
    ("twice", |run| Some(run.duplicates as f64), 0),
    ("zoo %", |run| run.zoo, 0),
    ("others %", |run| Some(run.others), 0),
];

/// The table in Markdown, with a line below for each row in which something was refused or
/// failed.
pub(crate) fn render(rows: &[Row]) -> String {
    let headings: Vec<&str> = COLUMNS.iter().map(|(heading, _, _)| *heading).collect();
    let mut text = format!("| scenario | {} |\n", headings.join(" | "));
    text += &format!("|---|{}\n", "---|".repeat(COLUMNS.len()));
    for row in rows {
        let cells: Vec<String> = COLUMNS.iter().map(|column| cell(row, column)).collect();
        text += &format!("| ({}) {} | {} |\n", row.letter, row.title, cells.join(" | "));
    }
    for row in rows {
        let failed: u64 = row.runs.iter().map(|run| run.failed).sum();
        let refused: u64 = row.runs.iter().map(|run| run.refused).sum();
        if failed + refused > 0 {
            text += &format!(
                "\n({}) {}: {refused} requests were answered 429 or 503 and sent again, \
                 {failed} events failed",
                row.letter, row.title
            );
        }
    }
    text
}

fn cell(row: &Row, (_, value, digits): &Column) -> String {
    let values: Vec<f64> = row.runs.iter().filter_map(value).collect();
    if values.is_empty() {
        return "–".to_owned();
    }
    let least = values.iter().copied().fold(f64::INFINITY, f64::min);
    let most = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let middle = format!("{:.digits$}", median(&values));
    match (format!("{least:.digits$}"), format!("{most:.digits$}")) {
        (least, most) if least == most => middle,
        (least, most) => format!("{middle} ({least}–{most})"),
    }
}

#[cfg(test)]
mod tests {
    use super::super::figures::{Counted, Used};
    use super::super::records::Findings;
    use super::*;

    fn run(lost: u64, refused: u64) -> Figures {
        let findings = Findings { lost, ..Findings::default() };
        Figures::new(&findings, Used::default(), Counted { refused, ..Counted::default() })
    }

    #[test]
    fn several_runs_show_their_range() {
        let runs = vec![run(0, 0), run(2, 7), run(1, 0)];
        let text = render(&[Row { letter: 'b', title: "some".to_owned(), runs }]);
        let lines: Vec<&str> = text.lines().collect();
        assert!(lines[2].starts_with("| (b) some | 0 | 0 | 0.0 "), "{text}");
        assert!(lines[2].contains("| – |"), "no server, no figure: {text}");
        assert!(lines[2].contains("| 1 (0–2) | 0 |"), "{text}");
        assert!(lines[4].starts_with("(b) some: 7 requests"), "{text}");
    }
}
