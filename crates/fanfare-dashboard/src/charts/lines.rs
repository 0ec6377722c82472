//! Lines over time.

use askama::filters::Safe;

use super::axis::Frame;
use super::svg::Svg;
use super::{Bucket, Figure, HEIGHT, Series, Unit, WIDTH, table};

/// Lines over time; a bucket in which nothing was measured interrupts its line.
pub(crate) fn lines(
    title: &'static str,
    summary: String,
    buckets: &[Bucket],
    series: &[Series],
    unit: Unit,
) -> Figure {
    let measured = series.iter().flat_map(|one| one.values.iter().copied().flatten());
    let highest = measured.clone().fold(0.0, f64::max);
    let frame = Frame::new(buckets.len(), highest);
    let mut svg = Svg::new("chart", WIDTH, HEIGHT);
    frame.draw(&mut svg, buckets, unit);
    for one in series {
        draw(&mut svg, &frame, buckets, one, unit);
    }
    let empty = measured.count() == 0;
    let (head, rows) = table("Time", buckets, series, unit);
    Figure {
        title,
        summary,
        svg: Safe(svg.finish()),
        legend: series.iter().map(|one| (one.label, one.class)).collect(),
        head,
        rows,
        empty,
    }
}

fn draw(svg: &mut Svg, frame: &Frame, buckets: &[Bucket], one: &Series, unit: Unit) {
    let mut run: Vec<(f64, f64)> = Vec::new();
    for (index, bucket) in buckets.iter().enumerate() {
        let Some(value) = one.values.get(index).copied().flatten() else {
            svg.polyline(one.class, &std::mem::take(&mut run));
            continue;
        };
        let point = (frame.x(index) + frame.step() / 2.0, frame.y(value));
        run.push(point);
        let tip = format!("{}: {} {}", bucket.long, one.label, unit.show(value));
        svg.dot(one.class, point, 2.5, &tip);
    }
    svg.polyline(one.class, &run);
}
