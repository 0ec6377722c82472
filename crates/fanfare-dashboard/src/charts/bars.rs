//! Bars: stacked over time, and ranked beside each other.

use askama::filters::Safe;

use super::axis::Frame;
use super::svg::Svg;
use super::{Bucket, Figure, HEIGHT, Series, Unit, WIDTH, table};

/// Bars over time, one for each bucket, with the series one above the other.
pub(crate) fn stacked(
    title: &'static str,
    summary: String,
    buckets: &[Bucket],
    series: &[Series],
) -> Figure {
    let value =
        |one: &Series, index: usize| one.values.get(index).copied().flatten().unwrap_or(0.0);
    let sum = |index: usize| series.iter().map(|one| value(one, index)).sum::<f64>();
    let highest = (0..buckets.len()).map(sum).fold(0.0, f64::max);
    let frame = Frame::new(buckets.len(), highest);
    let mut svg = Svg::new("chart", WIDTH, HEIGHT);
    frame.draw(&mut svg, buckets, Unit::Count);
    let gap = (frame.step() * 0.2).min(4.0);
    for (index, bucket) in buckets.iter().enumerate() {
        let mut below = 0.0;
        for one in series {
            let value = value(one, index);
            let top = frame.y(below + value);
            let size = (frame.step() - gap, frame.height(below + value) - frame.height(below));
            let tip = format!("{}: {} {}", bucket.long, Unit::Count.show(value), one.label);
            svg.rect(one.class, (frame.x(index) + gap / 2.0, top), size, &tip);
            below += value;
        }
    }
    let (head, rows) = table("Time", buckets, series, Unit::Count);
    Figure {
        title,
        summary,
        svg: Safe(svg.finish()),
        legend: series.iter().map(|one| (one.label, one.class)).collect(),
        head,
        rows,
        empty: highest == 0.0,
    }
}

/// A bar of a ranked list: its name, its class and its parts, each with its own class.
#[derive(Debug, Clone)]
pub(crate) struct Ranked {
    /// What it counts; may come from outside.
    pub(crate) name: String,
    /// How many, by class.
    pub(crate) parts: Vec<(&'static str, f64)>,
}

/// Horizontal bars, the longest first; at most `most`, with the rest added up as *other*.
pub(crate) fn ranked(
    title: &'static str,
    summary: String,
    first: &str,
    mut all: Vec<Ranked>,
    most: usize,
) -> Figure {
    const ROW: f64 = 26.0;
    const NAMES: f64 = 220.0;
    const VALUES: f64 = 70.0;
    let total = |one: &Ranked| one.parts.iter().map(|(_, value)| value).sum::<f64>();
    all.sort_by(|a, b| total(b).total_cmp(&total(a)).then_with(|| a.name.cmp(&b.name)));
    let rest: f64 = all.iter().skip(most).map(total).sum();
    all.truncate(most);
    if rest > 0.0 {
        all.push(Ranked { name: "other".to_owned(), parts: vec![("rest", rest)] });
    }
    let longest = all.iter().map(total).fold(0.0, f64::max);
    let mut svg = Svg::new("chart ranked", WIDTH, ROW * all.len().max(1) as f64);
    for (index, one) in all.iter().enumerate() {
        let top = ROW * index as f64;
        svg.text("name", (NAMES - 10.0, top + 17.0), "end", &one.name);
        let mut x = NAMES;
        for (class, value) in &one.parts {
            let width = (WIDTH - NAMES - VALUES) * value / longest.max(1.0);
            svg.rect(class, (x, top + 5.0), (width, ROW - 10.0), "");
            x += width;
        }
        svg.text("value", (x + 8.0, top + 17.0), "start", &Unit::Count.show(total(one)));
    }
    let rows = all.iter().map(|one| vec![one.name.clone(), Unit::Count.show(total(one))]);
    Figure {
        title,
        summary,
        legend: Vec::new(),
        head: vec![first.to_owned(), "Count".to_owned()],
        rows: rows.collect(),
        empty: longest == 0.0,
        svg: Safe(svg.finish()),
    }
}
