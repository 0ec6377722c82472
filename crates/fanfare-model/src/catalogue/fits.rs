//! Whether a value is of a kind: the patterns of the schemas, written out by hand.

use serde_json::Value;

use super::field::Kind;

/// Whether the value is at least of the right JSON type.
pub(super) const fn has_type(kind: &Kind, value: &Value) -> bool {
    match kind {
        Kind::Integer { .. } => matches!(value, Value::Number(_)),
        Kind::Boolean => matches!(value, Value::Bool(_)),
        Kind::Object => matches!(value, Value::Object(_)),
        Kind::Array { .. } => matches!(value, Value::Array(_)),
        _ => matches!(value, Value::String(_)),
    }
}

/// Whether the value is of the kind. `null` is of none.
pub(super) fn fits(kind: &Kind, value: &Value) -> bool {
    match (kind, value) {
        (Kind::Integer { min }, Value::Number(number)) => match number.as_i64() {
            Some(number) => (*min..=Kind::INTEGER_MAX).contains(&number),
            None => number.as_f64().is_some_and(|number| is_whole_between(number, *min)),
        },
        (Kind::Boolean, Value::Bool(_)) | (Kind::Object, Value::Object(_)) => true,
        (Kind::Array { of, max }, Value::Array(items)) => {
            items.len() <= *max && items.iter().all(|item| fits(of, item))
        }
        (_, Value::String(text)) => text_fits(kind, text),
        _ => false,
    }
}

/// JSON knows one kind of number: `3.0` is a whole one.
fn is_whole_between(number: f64, min: i64) -> bool {
    number.fract() == 0.0 && number >= min as f64 && number <= Kind::INTEGER_MAX as f64
}

/// Whether the text is of the kind.
pub(super) fn text_fits(kind: &Kind, text: &str) -> bool {
    match *kind {
        Kind::Id(prefix) => {
            text.len() <= Kind::ID_LENGTH
                && text.strip_prefix(prefix).is_some_and(|rest| {
                    !rest.is_empty()
                        && rest.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
                })
        }
        Kind::Text { max } => is_at_most(text, max),
        Kind::Email => is_email(text),
        Kind::Phone => is_phone(text),
        Kind::Timestamp => is_timestamp(text.as_bytes()),
        Kind::Money => is_money(text.as_bytes()),
        Kind::Currency => text.len() == 3 && text.bytes().all(|byte| byte.is_ascii_uppercase()),
        Kind::Enum(words) => words.contains(&text),
        Kind::Integer { .. } | Kind::Boolean | Kind::Object | Kind::Array { .. } => false,
    }
}

/// At most this many characters; they are counted only when there are more bytes.
fn is_at_most(text: &str, max: usize) -> bool {
    text.len() <= max || text.chars().nth(max).is_none()
}

fn is_email(text: &str) -> bool {
    let Some((local, domain)) = text.split_once('@') else { return false };
    let is_part = |part: &str| {
        !part.is_empty() && part.bytes().all(|byte| byte > b' ' && byte != b'@' && byte != 0x7f)
    };
    is_at_most(text, Kind::EMAIL_LENGTH) && is_part(local) && is_part(domain)
}

fn is_phone(text: &str) -> bool {
    let rest = text.strip_prefix('+').unwrap_or(text);
    (3..=32).contains(&rest.len())
        && rest.bytes().all(|byte| byte.is_ascii_digit() || b" ().-".contains(&byte))
}

fn is_money(text: &[u8]) -> bool {
    let digits = |part: &[u8], most: usize| {
        (1..=most).contains(&part.len()) && part.iter().all(u8::is_ascii_digit)
    };
    match text.iter().position(|byte| *byte == b'.') {
        Some(dot) => digits(&text[..dot], 12) && digits(&text[dot + 1..], 8),
        None => digits(text, 12),
    }
}

/// `YYYY-MM-DDTHH:MM:SS[.f…]Z`, on a day that exists.
fn is_timestamp(text: &[u8]) -> bool {
    let [head @ .., b'Z'] = text else { return false };
    let Some((clock, fraction)) = head.split_at_checked(19) else { return false };
    let shape_fits = clock.iter().zip(b"0000-00-00T00:00:00").all(|(byte, shape)| match shape {
        b'0' => byte.is_ascii_digit(),
        _ => byte == shape,
    });
    let fraction_fits = match fraction {
        [] => true,
        [b'.', digits @ ..] => {
            (1..=9).contains(&digits.len()) && digits.iter().all(u8::is_ascii_digit)
        }
        _ => false,
    };
    shape_fits && fraction_fits && is_clock(clock)
}

fn is_clock(clock: &[u8]) -> bool {
    let number = |from: usize, to: usize| {
        clock[from..to].iter().fold(0u32, |sum, digit| sum * 10 + u32::from(digit - b'0'))
    };
    let (year, month, day) = (number(0, 4), number(5, 7), number(8, 10));
    let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let days = match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 if is_leap => 29,
        2 => 28,
        _ => return false,
    };
    year > 0
        && (1..=days).contains(&day)
        && number(11, 13) < 24
        && number(14, 16) < 60
        && number(17, 19) < 60
}
