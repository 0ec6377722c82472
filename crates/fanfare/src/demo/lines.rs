//! One line per attempt, as a receiver saw it.

use fanfare_model::Timestamp;

use super::receiver::Arrival;
use crate::screen::{Look, Screen, short};

/// A line with every column needs so many characters.
const WIDE: usize = 92;
/// A line without the time needs so many.
const MEDIUM: usize = 76;
/// Longest name of an event type.
const TYPE: usize = 28;
/// Longest name of a receiver, and of the column.
const NAME: usize = 7;

/// The names of the columns of [`arrival`].
pub(super) fn columns(screen: Screen) -> String {
    let text = if screen.width() >= WIDE {
        format!(
            "{:12}  {:TYPE$}  {:NAME$}  ATTEMPT  {:>9}  STATUS  VERIFIED",
            "TIME (UTC)", "EVENT", "WEBHOOK", "AFTER"
        )
    } else if screen.width() >= MEDIUM {
        format!("{:TYPE$}  {:NAME$}  TRY  {:>9}  STATUS  VERIFIED", "EVENT", "WEBHOOK", "AFTER")
    } else {
        format!("TRY  ANSWER  {:NAME$} EVENT", "WEBHOOK")
    };
    screen.paint(Look::Dim, &format!("  {text}"))
}

/// One attempt as a receiver saw it.
pub(super) fn arrival(
    screen: Screen,
    arrival: &Arrival,
    before: Option<&Arrival>,
    of: u8,
) -> String {
    let good = arrival.status < 300;
    let status =
        screen.paint(if good { Look::Green } else { Look::Red }, &arrival.status.to_string());
    let verified = arrival.seed_verified && arrival.standard_verified != Some(false);
    let attempt = format!("{}/{of}", arrival.attempt);
    let name = format!("{:NAME$}", arrival.receiver);
    let name = if good { name } else { screen.paint(Look::Yellow, &name) };
    let kind = arrival.event_type.as_str();
    if screen.width() < MEDIUM {
        let mark = screen.mark(verified);
        let room = screen.width().saturating_sub(23).max(8);
        return format!("  {attempt}  {status} {mark}   {name} {}", cut(kind, room));
    }
    let families = match arrival.standard_verified {
        Some(_) => "✓ both",
        None => "✓ seed's",
    };
    let families = match verified {
        true => screen.paint(Look::Green, families),
        false => screen.paint(Look::Red, "✗ wrong"),
    };
    let after = after(arrival, before);
    let rest = format!("{after:>9}  {status}     {families}");
    if screen.width() < WIDE {
        return format!("  {kind:TYPE$}  {name}  {attempt}  {rest}");
    }
    let time = screen.paint(Look::Dim, &time_of_day(arrival.at_clock));
    format!("  {time}  {kind:TYPE$}  {name}  {attempt:7}  {rest}")
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

fn cut(text: &str, room: usize) -> String {
    if text.chars().count() <= room {
        return text.to_owned();
    }
    text.chars().take(room - 1).chain(['…']).collect()
}
