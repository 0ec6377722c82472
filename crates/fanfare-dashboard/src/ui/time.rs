//! Times: relative for the eye, absolute in the title. The script keeps the relative ones true.

use std::time::Duration;

use askama::Template;
use fanfare_model::Timestamp;

use super::{Markup, markup};

#[derive(Template)]
#[template(
    source = r#"<time datetime="{{ at }}" title="{{ absolute }}" data-relative>{{ text }}</time>"#,
    ext = "html"
)]
struct Shown {
    at: Timestamp,
    absolute: String,
    text: String,
}

/// A moment, seen from `now`: `3 min ago`, `in 5 min`.
pub(crate) fn since(at: Timestamp, now: Timestamp) -> Markup {
    markup(&Shown { at, absolute: stamp(at), text: relative(at, now) })
}

/// A moment as it is written in full: `2026-11-24 16:07:35.120 UTC`.
pub(crate) fn stamp(at: Timestamp) -> String {
    at.to_string().replace('T', " ").replace('Z', " UTC")
}

/// `app.js` has the same rule, so that a time does not change its form when the script takes over.
fn relative(at: Timestamp, now: Timestamp) -> String {
    let (ahead, behind) = (at.since(now), now.since(at));
    let (prefix, away, suffix) =
        if ahead.is_zero() { ("", behind, " ago") } else { ("in ", ahead, "") };
    let seconds = away.as_secs();
    let text = match seconds {
        0..5 if prefix.is_empty() => return "just now".to_owned(),
        0..60 => format!("{} s", seconds.max(1)),
        60..3_600 => format!("{} min", seconds / 60),
        3_600..86_400 => format!("{} h", seconds / 3_600),
        _ => match seconds / 86_400 {
            1 => "1 day".to_owned(),
            days => format!("{days} days"),
        },
    };
    format!("{prefix}{text}{suffix}")
}

/// How long something took or will take: `320 ms`, `1.4 s`, `5 min`, `2 h 30 min`.
pub(crate) fn duration(took: Duration) -> String {
    let ms = took.as_millis();
    let two = |large: u64, unit: &str, small: u64, small_unit: &str| match small {
        0 => format!("{large} {unit}"),
        _ => format!("{large} {unit} {small} {small_unit}"),
    };
    let seconds = took.as_secs();
    match ms {
        0..1_000 => format!("{ms} ms"),
        1_000..60_000 => {
            let text = format!("{:.1} s", took.as_secs_f64());
            text.replace(".0 s", " s")
        }
        60_000..3_600_000 => two(seconds / 60, "min", seconds % 60, "s"),
        3_600_000..86_400_000 => two(seconds / 3_600, "h", seconds % 3_600 / 60, "min"),
        _ => two(seconds / 86_400, "d", seconds % 86_400 / 3_600, "h"),
    }
}

/// Milliseconds of a figure, as a duration.
pub(crate) fn milliseconds(ms: f64) -> String {
    duration(Duration::from_millis(ms.round() as u64))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_relative_and_absolute() {
        let now: Timestamp = "2026-11-24T16:07:35.120Z".parse().unwrap();
        let ago = |seconds| relative(now.minus(Duration::from_secs(seconds)), now);
        let texts = [0, 5, 59, 60, 3_599, 3_600, 86_399, 86_400, 900_000].map(ago);
        let wanted = [
            "just now",
            "5 s ago",
            "59 s ago",
            "1 min ago",
            "59 min ago",
            "1 h ago",
            "23 h ago",
            "1 day ago",
            "10 days ago",
        ];
        assert_eq!(texts, wanted);
        assert_eq!(relative(now + Duration::from_secs(300), now), "in 5 min");
        assert_eq!(stamp(now), "2026-11-24 16:07:35.120 UTC");
        let Markup { 0: html } = since(now, now);
        assert!(html.contains(r#"datetime="2026-11-24T16:07:35.120Z""#), "{html}");
    }

    #[test]
    fn durations_are_short() {
        let texts = [0, 320, 1_000, 1_440, 300_000, 9_000_000, 43_200_000, 90_000_000]
            .map(|ms| duration(Duration::from_millis(ms)));
        let wanted = ["0 ms", "320 ms", "1 s", "1.4 s", "5 min", "2 h 30 min", "12 h", "1 d 1 h"];
        assert_eq!(texts, wanted);
    }
}
