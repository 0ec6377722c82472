//! Charts as SVG, drawn here, each with its numbers as text.

use std::fmt::Write as _;
use std::time::Duration;

use askama::filters::Safe;
use fanfare_app::StatsPoint;

use super::{Markup, count, stamp};

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
        bar("chart-bad", 0, bad);
        bar("chart-good", bad, good);
    }
    svg.push_str("</svg>");
    Safe(svg)
}

/// Outcomes over time, stacked; the same numbers in a table that opens below.
pub(crate) fn bars(points: &[StatsPoint], step: Duration) -> Markup {
    const WIDTH: u64 = 960;
    const HEIGHT: u64 = 160;
    let most = points.iter().map(total).max().unwrap_or(0).max(1);
    let slot = WIDTH as f64 / points.len().max(1) as f64;
    let mut svg = format!(
        r#"<figure class="chart"><figcaption class="chart-key"><span class="key-good">Succeeded</span><span class="key-warn">To be repeated</span><span class="key-bad">Given up</span><span class="soft">most in one bar: {}</span></figcaption><svg viewBox="0 0 {WIDTH} {HEIGHT}" preserveAspectRatio="none" aria-hidden="true">"#,
        count(most)
    );
    for (index, point) in points.iter().enumerate() {
        let mut from = 0.0;
        let x = index as f64 * slot;
        let parts = [
            ("chart-bad", point.failed),
            ("chart-warn", point.retried),
            ("chart-good", point.succeeded),
        ];
        for (class, value) in parts.into_iter().filter(|(_, value)| *value > 0) {
            let height = (value as f64 / most as f64 * HEIGHT as f64).max(2.0);
            let y = HEIGHT as f64 - from - height;
            let _ = write!(
                svg,
                r#"<rect class="{class}" x="{x:.1}" y="{y:.1}" width="{:.1}" height="{height:.1}"/>"#,
                (slot - 1.5).max(1.0)
            );
            from += height;
        }
    }
    svg.push_str("</svg>");
    if let (Some(first), Some(last)) = (points.first(), points.last()) {
        let _ = write!(
            svg,
            r#"<p class="chart-ends"><span>{}</span><span>{}</span></p>"#,
            stamp(first.at),
            stamp(last.at + step)
        );
    }
    svg.push_str(r#"<details><summary>As a table</summary><div class="table-box"><table><thead><tr><th scope="col">From</th><th scope="col" class="number">Succeeded</th><th scope="col" class="number">To be repeated</th><th scope="col" class="number">Given up</th></tr></thead><tbody>"#);
    for point in points.iter().filter(|point| total(point) > 0) {
        let _ = write!(
            svg,
            r#"<tr><td>{}</td><td class="number">{}</td><td class="number">{}</td><td class="number">{}</td></tr>"#,
            stamp(point.at),
            count(point.succeeded),
            count(point.retried),
            count(point.failed)
        );
    }
    svg.push_str("</tbody></table></div></details></figure>");
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
    fn figures_are_there_as_text() {
        let Safe(line) = sparkline(&[point(1_200, 0), point(0, 3), point(0, 0)]);
        assert!(line.contains("aria-label=\"1\u{2009}200 succeeded, 3 failed"), "{line}");
        assert_eq!(line.matches("chart-bad").count(), 1);
        let Safe(chart) = bars(&[point(7, 2), point(0, 0)], Duration::from_secs(60));
        assert!(chart.contains(r#"<td class="number">7</td>"#), "{chart}");
        assert_eq!(chart.matches("<tr>").count(), 2, "quiet steps are left out of the table");
    }
}
