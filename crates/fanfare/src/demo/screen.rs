//! What the demo looks like: on a wide terminal, on a narrow one, without colours, in a pipe.

use std::io::{self, Write as _};
use std::time::Duration;

use fanfare_model::Timestamp;

use super::receiver::Arrival;
use crate::config::Terminal;

/// A line with every column needs so many characters.
const WIDE: usize = 92;
/// A line without the time needs so many.
const MEDIUM: usize = 76;
/// Longest name of an event type.
const TYPE: usize = 28;
/// Longest name of a receiver, and of the column.
const NAME: usize = 7;

/// How a piece of text looks, as an SGR code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Look {
    Bold = 1,
    Dim = 2,
    Red = 31,
    Green = 32,
    Yellow = 33,
    Cyan = 36,
}

/// The standard output.
#[derive(Debug, Clone, Copy)]
pub(super) struct Screen(Terminal);

impl Screen {
    /// As wide and as colourful as the standard output.
    pub(super) fn new() -> Self {
        Self(Terminal::of(&io::stdout()))
    }

    /// Prints a line. A reader that went away is no reason to stop the demo.
    pub(super) fn line(self, text: &str) {
        let mut out = io::stdout().lock();
        let _reader_went_away = writeln!(out, "{text}").and_then(|()| out.flush());
    }

    /// Prints an empty line.
    pub(super) fn blank(self) {
        self.line("");
    }

    /// Prints a heading with a line of air above it.
    pub(super) fn heading(self, text: &str) {
        self.line(&format!("\n  {}", self.paint(Look::Bold, text)));
    }

    /// Prints a paragraph, broken to fit.
    pub(super) fn paragraph(self, text: &str) {
        let width = self.width().clamp(30, 90) - 4;
        for line in crate::config::wrap(text, width) {
            self.line(&format!("  {}", self.paint(Look::Dim, &line)));
        }
    }

    /// Prints a name and what belongs to it, in two columns; the second one is broken to fit.
    pub(super) fn row(self, name: &str, text: &str) {
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
    pub(super) fn figure(self, name: &str, count: usize, what: &str) {
        let count = self.paint(Look::Bold, &format!("{:>6}", thousands(count)));
        self.line(format!("    {}{count}  {what}", self.name(name)).trim_end());
    }

    fn name(self, name: &str) -> String {
        let padded = format!("{name:13}");
        if name.is_empty() { padded } else { self.paint(Look::Cyan, &padded) }
    }

    /// Characters in a line.
    pub(super) fn width(self) -> usize {
        self.0.width
    }

    /// Colours a text, if colours are wanted.
    pub(super) fn paint(self, look: Look, text: &str) -> String {
        if self.0.colour { format!("\x1b[{}m{text}\x1b[0m", look as u8) } else { text.to_owned() }
    }

    /// The names of the columns of [`Screen::arrival`].
    pub(super) fn columns(self) -> String {
        let text = if self.width() >= WIDE {
            format!(
                "{:12}  {:TYPE$}  {:NAME$}  ATTEMPT  {:>9}  STATUS  VERIFIED",
                "TIME (UTC)", "EVENT", "WEBHOOK", "AFTER"
            )
        } else if self.width() >= MEDIUM {
            format!("{:TYPE$}  {:NAME$}  TRY  {:>9}  STATUS  VERIFIED", "EVENT", "WEBHOOK", "AFTER")
        } else {
            format!("TRY  ANSWER  {:NAME$} EVENT", "WEBHOOK")
        };
        self.paint(Look::Dim, &format!("  {text}"))
    }

    /// One attempt as a receiver saw it.
    pub(super) fn arrival(self, arrival: &Arrival, before: Option<&Arrival>, of: u8) -> String {
        let good = arrival.status < 300;
        let status =
            self.paint(if good { Look::Green } else { Look::Red }, &arrival.status.to_string());
        let verified = arrival.seed_verified && arrival.standard_verified != Some(false);
        let attempt = format!("{}/{of}", arrival.attempt);
        let name = format!("{:NAME$}", arrival.receiver);
        let name = if good { name } else { self.paint(Look::Yellow, &name) };
        let kind = arrival.event_type.as_str();
        if self.width() < MEDIUM {
            let mark = self.mark(verified);
            let room = self.width().saturating_sub(23).max(8);
            return format!("  {attempt}  {status} {mark}   {name} {}", cut(kind, room));
        }
        let families = match arrival.standard_verified {
            Some(_) => "✓ both",
            None => "✓ seed's",
        };
        let families = match verified {
            true => self.paint(Look::Green, families),
            false => self.paint(Look::Red, "✗ wrong"),
        };
        let after = after(arrival, before);
        let rest = format!("{after:>9}  {status}     {families}");
        if self.width() < WIDE {
            return format!("  {kind:TYPE$}  {name}  {attempt}  {rest}");
        }
        let time = self.paint(Look::Dim, &time_of_day(arrival.at_clock));
        format!("  {time}  {kind:TYPE$}  {name}  {attempt:7}  {rest}")
    }

    /// A mark for yes and one for no.
    pub(super) fn mark(self, good: bool) -> String {
        if good { self.paint(Look::Green, "✓") } else { self.paint(Look::Red, "✗") }
    }
}

/// Hours, minutes, seconds and milliseconds, UTC.
fn time_of_day(at: Timestamp) -> String {
    let ms = at.as_millis().rem_euclid(86_400_000);
    let (hours, minutes) = (ms / 3_600_000, ms / 60_000 % 60);
    format!("{hours:02}:{minutes:02}:{:02}.{:03}", ms / 1_000 % 60, ms % 1_000)
}

/// Since the event was accepted, or since the attempt before.
fn after(arrival: &Arrival, before: Option<&Arrival>) -> String {
    match before {
        Some(before) => {
            let wait = arrival.at.saturating_duration_since(before.at);
            format!("+{:.2} s", wait.as_secs_f64())
        }
        None => short(arrival.at_clock.since(arrival.accepted)),
    }
}

/// A time with a unit that suits it.
pub(super) fn short(time: Duration) -> String {
    match time.as_micros() {
        0 => "< 1 ms".to_owned(),
        us if us < 10_000 && us % 1_000 != 0 => format!("{:.1} ms", us as f64 / 1_000.0),
        us if us < 1_000_000 => format!("{} ms", us / 1_000),
        us => format!("{:.2} s", us as f64 / 1_000_000.0),
    }
}

/// A number with commas between the thousands.
pub(super) fn thousands(number: usize) -> String {
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

fn cut(text: &str, room: usize) -> String {
    if text.chars().count() <= room {
        return text.to_owned();
    }
    text.chars().take(room - 1).chain(['…']).collect()
}
