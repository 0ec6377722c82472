//! What people see: on a wide terminal, on a narrow one, without colours, in a pipe.

use std::io::{self, Write as _};
use std::time::Duration;

use crate::config::Terminal;

/// How a piece of text looks, as an SGR code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Look {
    Bold = 1,
    Dim = 2,
    Red = 31,
    Green = 32,
    Yellow = 33,
    Cyan = 36,
}

/// The standard output.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Screen(Terminal);

impl Screen {
    /// As wide and as colourful as the standard output.
    pub(crate) fn new() -> Self {
        Self(Terminal::of(&io::stdout()))
    }

    /// Prints a line. A reader that went away is no reason to stop.
    pub(crate) fn line(self, text: &str) {
        let mut out = io::stdout().lock();
        let _reader_went_away = writeln!(out, "{text}").and_then(|()| out.flush());
    }

    /// Prints an empty line.
    pub(crate) fn blank(self) {
        self.line("");
    }

    /// Prints a heading with a line of air above it.
    pub(crate) fn heading(self, text: &str) {
        self.line(&format!("\n  {}", self.paint(Look::Bold, text)));
    }

    /// Prints a paragraph, broken to fit.
    pub(crate) fn paragraph(self, text: &str) {
        let width = self.width().clamp(30, 90) - 4;
        for line in crate::config::wrap(text, width) {
            self.line(&format!("  {}", self.paint(Look::Dim, &line)));
        }
    }

    /// Prints a name and what belongs to it, in two columns; the second one is broken to fit.
    pub(crate) fn row(self, name: &str, text: &str) {
        const INDENT: usize = 17;
        let width = self.width().max(40) - INDENT - 2;
        // Long words such as URLs are left whole: they can be copied.
        let lines = crate::config::wrap(text, width);
        for (index, line) in lines.iter().enumerate() {
            let name = if index == 0 { name } else { "" };
            self.line(&format!("    {}{line}", self.name(name)));
        }
    }

    /// Prints a name, a number and what it counts.
    pub(crate) fn figure(self, name: &str, count: usize, what: &str) {
        let count = self.paint(Look::Bold, &format!("{:>9}", thousands(count)));
        self.line(format!("    {}{count}  {what}", self.name(name)).trim_end());
    }

    fn name(self, name: &str) -> String {
        let padded = format!("{name:13}");
        if name.is_empty() { padded } else { self.paint(Look::Cyan, &padded) }
    }

    /// Characters in a line.
    pub(crate) fn width(self) -> usize {
        self.0.width
    }

    /// Colours a text, if colours are wanted.
    pub(crate) fn paint(self, look: Look, text: &str) -> String {
        if self.0.colour { format!("\x1b[{}m{text}\x1b[0m", look as u8) } else { text.to_owned() }
    }

    /// Prints promises, each with its mark, broken to fit.
    pub(crate) fn promises<'p>(self, promises: impl IntoIterator<Item = (&'p str, bool)>) {
        let width = self.width().clamp(40, 96) - 6;
        for (text, kept) in promises {
            for (index, line) in crate::config::wrap(text, width).iter().enumerate() {
                let mark = if index == 0 { self.mark(kept) } else { " ".to_owned() };
                self.line(&format!("    {mark} {line}"));
            }
        }
    }

    /// A mark for yes and one for no.
    pub(crate) fn mark(self, good: bool) -> String {
        if good { self.paint(Look::Green, "✓") } else { self.paint(Look::Red, "✗") }
    }
}

/// A time with a unit that suits it.
pub(crate) fn short(time: Duration) -> String {
    match time.as_micros() {
        0 => "< 1 ms".to_owned(),
        us if us < 10_000 && us % 1_000 != 0 => format!("{:.1} ms", us as f64 / 1_000.0),
        us if us < 1_000_000 => format!("{} ms", us / 1_000),
        us => format!("{:.2} s", us as f64 / 1_000_000.0),
    }
}

/// A number with commas between the thousands.
pub(crate) fn thousands(number: usize) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}
