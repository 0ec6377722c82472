//! Where values and buckets stand in a drawing.

use super::svg::Svg;
use super::{Bucket, HEIGHT, Unit, WIDTH};

const LEFT: f64 = 48.0;
const RIGHT: f64 = 4.0;
const TOP: f64 = 8.0;
const BOTTOM: f64 = 22.0;
/// Labels under the axis at most.
const LABELS: usize = 8;

/// The frame of a chart over time.
pub(super) struct Frame {
    buckets: usize,
    /// The value at the upper edge.
    highest: f64,
}

impl Frame {
    /// Room for values up to `highest`, in so many buckets.
    pub(super) fn new(buckets: usize, highest: f64) -> Self {
        Self { buckets: buckets.max(1), highest: round_up(highest) }
    }

    /// How wide a bucket is.
    pub(super) fn step(&self) -> f64 {
        (WIDTH - LEFT - RIGHT) / self.buckets as f64
    }

    /// The left edge of a bucket.
    pub(super) fn x(&self, bucket: usize) -> f64 {
        LEFT + self.step() * bucket as f64
    }

    /// The height of a value above the axis.
    pub(super) fn height(&self, value: f64) -> f64 {
        (HEIGHT - TOP - BOTTOM) * (value / self.highest).clamp(0.0, 1.0)
    }

    /// Where a value stands.
    pub(super) fn y(&self, value: f64) -> f64 {
        HEIGHT - BOTTOM - self.height(value)
    }

    /// Lines with their values, and labels under the axis.
    pub(super) fn draw(&self, svg: &mut Svg, buckets: &[Bucket], unit: Unit) {
        for quarter in [0.0, 0.5, 1.0] {
            let value = self.highest * quarter;
            let y = self.y(value);
            let class = if quarter == 0.0 { "axis" } else { "grid" };
            svg.rule(class, LEFT, WIDTH - RIGHT, y);
            svg.text("tick", (LEFT - 6.0, y + 4.0), "end", &unit.show(value));
        }
        let every = buckets.len().div_ceil(LABELS).max(1);
        for (index, bucket) in buckets.iter().enumerate().step_by(every) {
            let x = self.x(index) + self.step() / 2.0;
            let anchor = if index == 0 { "start" } else { "middle" };
            let x = if index == 0 { LEFT } else { x };
            svg.text("tick", (x, HEIGHT - 5.0), anchor, &bucket.short);
        }
    }
}

/// 1, 2 or 5 times a power of ten, at or above the value; 1 for nothing.
pub(super) fn round_up(value: f64) -> f64 {
    if value <= 1.0 {
        return 1.0;
    }
    let power = 10_f64.powf(value.log10().floor());
    [1.0, 2.0, 5.0, 10.0]
        .iter()
        .map(|step| step * power)
        .find(|step| *step >= value)
        .unwrap_or(value)
}
