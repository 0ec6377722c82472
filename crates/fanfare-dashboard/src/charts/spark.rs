//! A row of tiny bars for a cell of a table, with its numbers as text.

use std::fmt::Write as _;

use askama::filters::Safe;
use fanfare_app::StatsPoint;

use crate::ui::{Markup, count};

/// A bar for each point, as high as its deliveries, failures below: small enough for a table. What
/// it shows in words is its title.
pub(crate) fn sparkline(points: &[StatsPoint]) -> Markup {
    const BAR: u64 = 4;
    const HEIGHT: u64 = 20;
    let most = points.iter().map(total).max().unwrap_or(0).max(1);
    let width = points.len() as u64 * BAR;
    let sums = points.iter().fold((0, 0), |sums, point| {
        (sums.0 + point.succeeded, sums.1 + point.retried + point.failed)
    });
    let mut svg = format!(
        r#"<svg class="spark" width="{width}" height="{HEIGHT}" viewBox="0 0 {width} {HEIGHT}" role="img" aria-label="{} succeeded, {} failed attempts in 24 hours">"#,
        count(sums.0),
        count(sums.1)
    );
    for (index, point) in points.iter().enumerate() {
        let x = index as u64 * BAR;
        let high = |value: u64| if value == 0 { 0 } else { (value * HEIGHT / most).max(2) };
        let bad = high(point.failed + point.retried).min(HEIGHT);
        let good = high(point.succeeded).min(HEIGHT - bad);
        let mut bar = |class: &str, from: u64, height: u64| {
            if height > 0 {
                let y = HEIGHT - from - height;
                // Writing into a string cannot fail.
                let _ = write!(
                    svg,
                    r#"<rect class="{class}" x="{x}" y="{y}" width="3" height="{height}"/>"#
                );
            }
        };
        bar("spark-none", 0, if good + bad == 0 { 1 } else { 0 });
        bar("failed", 0, bad);
        bar("succeeded", bad, good);
    }
    svg.push_str("</svg>");
    Safe(svg)
}

const fn total(point: &StatsPoint) -> u64 {
    point.succeeded + point.retried + point.failed
}

#[cfg(test)]
mod tests {
    use super::*;
    use fanfare_model::Timestamp;

    fn point(succeeded: u64, failed: u64) -> StatsPoint {
        StatsPoint {
            at: Timestamp::from_millis(0),
            succeeded,
            retried: 0,
            failed,
            ..StatsPoint::default()
        }
    }

    #[test]
    fn its_sums_are_there_as_text() {
        let Safe(line) = sparkline(&[point(1_200, 0), point(0, 3), point(0, 0)]);
        assert!(line.contains("aria-label=\"1\u{2009}200 succeeded, 3 failed"), "{line}");
        assert_eq!(line.matches("class=\"failed\"").count(), 1);
    }
}
