//! Writes SVG elements, escaped.

use std::fmt::Write as _;

/// A drawing that grows.
pub(super) struct Svg {
    text: String,
}

impl Svg {
    /// An empty drawing of this size, which scales; `class` tells the stylesheet what it is.
    pub(super) fn new(class: &str, width: f64, height: f64) -> Self {
        let mut text = String::with_capacity(4_096);
        let (width, height) = (number(width), number(height));
        let _ = write!(
            text,
            "<svg class=\"{class}\" viewBox=\"0 0 {width} {height}\" aria-hidden=\"true\" \
             focusable=\"false\">"
        );
        Self { text }
    }

    /// A box; nothing when it has no area. With a tip, if there is one.
    pub(super) fn rect(&mut self, class: &str, at: (f64, f64), size: (f64, f64), tip: &str) {
        if size.0 <= 0.0 || size.1 <= 0.0 {
            return;
        }
        let (x, y) = (number(at.0), number(at.1));
        let (width, height) = (number(size.0), number(size.1));
        let _ = write!(
            self.text,
            "<rect class=\"{class}\" x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\""
        );
        if tip.is_empty() {
            self.text.push_str("/>");
        } else {
            let _ = write!(self.text, "><title>{}</title></rect>", escaped(tip));
        }
    }

    /// A horizontal line.
    pub(super) fn rule(&mut self, class: &str, from: f64, to: f64, y: f64) {
        let (from, to, y) = (number(from), number(to), number(y));
        let _ = write!(
            self.text,
            "<line class=\"{class}\" x1=\"{from}\" x2=\"{to}\" y1=\"{y}\" y2=\"{y}\"/>"
        );
    }

    /// A line through these points.
    pub(super) fn polyline(&mut self, class: &str, points: &[(f64, f64)]) {
        if points.is_empty() {
            return;
        }
        let _ = write!(self.text, "<polyline class=\"{class}\" points=\"");
        for (index, (x, y)) in points.iter().enumerate() {
            let space = if index == 0 { "" } else { " " };
            let _ = write!(self.text, "{space}{},{}", number(*x), number(*y));
        }
        self.text.push_str("\"/>");
    }

    /// A point with a tip.
    pub(super) fn dot(&mut self, class: &str, at: (f64, f64), radius: f64, tip: &str) {
        let (x, y, radius) = (number(at.0), number(at.1), number(radius));
        let _ = write!(
            self.text,
            "<circle class=\"{class}\" cx=\"{x}\" cy=\"{y}\" r=\"{radius}\"><title>{}</title></circle>",
            escaped(tip)
        );
    }

    /// Text; `anchor` is `start`, `middle` or `end`.
    pub(super) fn text(&mut self, class: &str, at: (f64, f64), anchor: &str, text: &str) {
        let (x, y) = (number(at.0), number(at.1));
        let _ = write!(
            self.text,
            "<text class=\"{class}\" x=\"{x}\" y=\"{y}\" text-anchor=\"{anchor}\">{}</text>",
            escaped(text)
        );
    }

    /// The drawing.
    pub(super) fn finish(mut self) -> String {
        self.text.push_str("</svg>");
        self.text
    }
}

/// At most two decimal places: pictures stay small.
fn number(value: f64) -> String {
    let text = format!("{value:.2}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    if text == "-0" { "0".to_owned() } else { text.to_owned() }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
