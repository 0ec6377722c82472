//! Charts, drawn on the server as SVG.
//!
//! **Promises.** A chart is a pure function of its figures: no script, no inline style (the
//! Content-Security-Policy forbids both), colours by class from the stylesheet. Text that is put
//! into a picture is escaped. Every chart can be read without seeing it: [`Figure`] carries a
//! sentence that says what it shows and the table of the same numbers.
//!
//! **Takes** labels of buckets and series of numbers. **Gives** a [`Figure`] that
//! `ui::figure` renders. **Leaves out** where numbers come from, and words about time.

mod axis;
mod bars;
mod figures;
mod lines;
mod spark;
mod svg;

use crate::ui::Markup;

pub(crate) use figures::{by_outcome, of_deliveries};
pub(crate) use spark::sparkline;

/// Width of a chart's drawing, in its own units; it is scaled to the room there is.
const WIDTH: f64 = 720.0;
/// Height of a chart's drawing.
const HEIGHT: f64 = 200.0;

/// One row of numbers with a name and a colour.
#[derive(Debug, Clone)]
pub(crate) struct Series {
    /// What it is, in the legend and as the table's heading.
    pub(crate) label: &'static str,
    /// The class that gives it its colour and, for lines, its dashes.
    pub(crate) class: &'static str,
    /// A value for each bucket; `None`: nothing was measured.
    pub(crate) values: Vec<Option<f64>>,
}

/// What a value is counted in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unit {
    /// Things.
    Count,
    /// Milliseconds.
    Milliseconds,
}

impl Unit {
    /// The value as a person reads it.
    pub(crate) fn show(self, value: f64) -> String {
        match self {
            Self::Count => compact(value),
            Self::Milliseconds if value >= 1_000.0 => format!("{} s", trimmed(value / 1_000.0)),
            Self::Milliseconds => format!("{} ms", trimmed(value)),
        }
    }
}

/// A picture with everything that says the same in words.
pub(crate) struct Figure {
    /// The heading.
    pub(crate) title: &'static str,
    /// What the picture shows, in a sentence.
    pub(crate) summary: String,
    /// The picture.
    pub(crate) svg: Markup,
    /// Names and classes of the series.
    pub(crate) legend: Vec<(&'static str, &'static str)>,
    /// The table's headings.
    pub(crate) head: Vec<String>,
    /// The table's rows.
    pub(crate) rows: Vec<Vec<String>>,
    /// Whether there is anything to show.
    pub(crate) empty: bool,
}

/// What stands under the axis and in the table for one bucket.
#[derive(Debug, Clone)]
pub(crate) struct Bucket {
    /// Short, under the axis.
    pub(crate) short: String,
    /// Whole, in the table and in the tip.
    pub(crate) long: String,
}

/// The table that says the same as the picture.
fn table(
    first: &str,
    buckets: &[Bucket],
    series: &[Series],
    unit: Unit,
) -> (Vec<String>, Vec<Vec<String>>) {
    let mut head = vec![first.to_owned()];
    head.extend(series.iter().map(|one| one.label.to_owned()));
    let row = |(index, bucket): (usize, &Bucket)| {
        let mut row = vec![bucket.long.clone()];
        row.extend(series.iter().map(|one| {
            one.values
                .get(index)
                .copied()
                .flatten()
                .map_or("–".to_owned(), |value| unit.show(value))
        }));
        row
    };
    (head, buckets.iter().enumerate().map(row).collect())
}

/// 950, 1.2k, 3.4M.
pub(crate) fn compact(value: f64) -> String {
    let size = value.abs();
    if size >= 1_000_000.0 {
        format!("{}M", trimmed(value / 1_000_000.0))
    } else if size >= 10_000.0 {
        format!("{}k", trimmed(value / 1_000.0))
    } else {
        trimmed(value)
    }
}

/// At most one decimal place, none when it would be zero.
fn trimmed(value: f64) -> String {
    let text = format!("{value:.1}");
    text.strip_suffix(".0").map_or(text.clone(), str::to_owned)
}

#[cfg(test)]
mod tests;
