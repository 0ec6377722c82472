//! A row of tiny bars for a cell of a table.

use askama::filters::Safe;

use super::axis::round_up;
use super::svg::Svg;
use crate::ui::Markup;

const WIDTH: f64 = 96.0;
const HEIGHT: f64 = 20.0;

/// Good and bad for each bucket, the bad on top; every bar is drawn against the highest of its own
/// row. The cell says the same in words beside it.
pub(crate) fn spark(buckets: &[(u64, u64)]) -> Markup {
    let highest = buckets.iter().map(|(good, bad)| good + bad).max().unwrap_or(0);
    let unit = HEIGHT / round_up(highest as f64);
    let step = WIDTH / buckets.len().max(1) as f64;
    let mut svg = Svg::new("spark", WIDTH, HEIGHT);
    svg.rule("axis", 0.0, WIDTH, HEIGHT - 0.5);
    for (index, (good, bad)) in buckets.iter().enumerate() {
        let x = step * index as f64;
        let (good, bad) = (*good as f64 * unit, *bad as f64 * unit);
        svg.rect("succeeded", (x, HEIGHT - good), (step - 1.0, good), "");
        svg.rect("failed", (x, HEIGHT - good - bad), (step - 1.0, bad), "");
    }
    Safe(svg.finish())
}
