//! Points in time, to the millisecond, always UTC.

use std::fmt;
use std::ops::Add;
use std::str::FromStr;
use std::time::Duration;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Milliseconds since the Unix epoch. The text form is RFC 3339 in UTC with `Z`: whole seconds
/// without a fraction, as the seed's example has it, else three digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Timestamp(i64);

impl Timestamp {
    /// The moment this many milliseconds after the epoch.
    pub const fn from_millis(ms: i64) -> Self {
        Self(ms)
    }

    /// Milliseconds since the epoch.
    pub const fn as_millis(self) -> i64 {
        self.0
    }

    /// Whole seconds since the epoch, rounded down: what the signature headers carry.
    pub const fn as_unix_seconds(self) -> i64 {
        self.0.div_euclid(1000)
    }

    /// How long after `earlier` this is; zero when it is not after.
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_millis(self.0.saturating_sub(earlier.0).max(0) as u64)
    }

    /// This moment less a duration, saturating.
    pub fn minus(self, duration: Duration) -> Self {
        Self(self.0.saturating_sub(millis(duration)))
    }
}

fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

impl Add<Duration> for Timestamp {
    type Output = Self;

    fn add(self, duration: Duration) -> Self {
        Self(self.0.saturating_add(millis(duration)))
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match jiff::Timestamp::from_millisecond(self.0) {
            Ok(instant) if self.0 % 1000 == 0 => write!(f, "{instant}"),
            Ok(instant) => write!(f, "{instant:.3}"),
            Err(_) => write!(f, "{}ms", self.0),
        }
    }
}

/// A text that is not an RFC 3339 time.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected an RFC 3339 time such as 2026-11-23T10:00:00Z")]
pub struct ParseTimestampError;

impl FromStr for Timestamp {
    type Err = ParseTimestampError;

    fn from_str(text: &str) -> Result<Self, ParseTimestampError> {
        let instant: jiff::Timestamp = text.parse().map_err(|_| ParseTimestampError)?;
        Ok(Self(instant.as_millisecond()))
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// The name of a time zone of the IANA database as it is written there; `None`: there is none of
/// this name, whatever the case of its letters. The database is the one this program was built
/// with.
pub fn time_zone(name: &str) -> Option<String> {
    let zone = jiff::tz::db().get(name).ok()?;
    zone.iana_name().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_form_is_rfc_3339_in_utc() {
        let seed: Timestamp = "2024-06-20T15:30:00Z".parse().unwrap();
        assert_eq!(seed.to_string(), "2024-06-20T15:30:00Z");
        assert_eq!(seed.as_unix_seconds(), 1_718_897_400);
        assert_eq!((seed + Duration::from_millis(120)).to_string(), "2024-06-20T15:30:00.120Z");
        let offset: Timestamp = "2024-06-20T17:30:00+02:00".parse().unwrap();
        assert_eq!(offset, seed);
        assert!("yesterday".parse::<Timestamp>().is_err());
    }

    #[test]
    fn arithmetic_saturates() {
        let far = Timestamp::from_millis(i64::MAX - 1);
        assert_eq!((far + Duration::from_secs(9)).as_millis(), i64::MAX);
        assert_eq!(Timestamp::from_millis(1).since(far), Duration::ZERO);
    }

    #[test]
    fn time_zones_are_known_by_name() {
        assert_eq!(time_zone("Europe/Paris").as_deref(), Some("Europe/Paris"));
        assert_eq!(time_zone("america/new_york").as_deref(), Some("America/New_York"));
        assert_eq!(time_zone("UTC").as_deref(), Some("UTC"));
        for name in ["", "Europe/Pariss", "Europe", "+02:00", "Mars/Olympus", "../etc/passwd"] {
            assert_eq!(time_zone(name), None, "{name}");
        }
    }
}
