//! When the next attempt is due. The seed's table: at once, then 1 minute, 5 minutes,
//! 30 minutes, 2 hours and 12 hours, each after the attempt before it.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use crate::Timestamp;

const MAX_ATTEMPTS: usize = 20;
const MAX_DELAY: Duration = Duration::from_secs(7 * 24 * 3600);

/// The waits before attempt 1, 2, … in order. Never empty; the number of waits is the number
/// of attempts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RetrySchedule(Vec<Duration>);

impl Default for RetrySchedule {
    fn default() -> Self {
        Self([0, 60, 300, 1_800, 7_200, 43_200].map(Duration::from_secs).to_vec())
    }
}

impl RetrySchedule {
    /// How many attempts a delivery gets.
    pub fn attempts(&self) -> u8 {
        self.0.len() as u8
    }

    /// The waits, first attempt first.
    pub fn delays(&self) -> &[Duration] {
        &self.0
    }

    /// When each attempt of a delivery made now would begin at the earliest, if every attempt
    /// failed at once.
    pub fn preview(&self, now: Timestamp) -> Vec<Timestamp> {
        let begin = |at: &mut Timestamp, delay: &Duration| {
            *at = *at + *delay;
            Some(*at)
        };
        self.0.iter().scan(now, begin).collect()
    }

    /// When the attempt after number `made` (counted from 1) is due, or `None` when that was
    /// the last one.
    ///
    /// Counted from the end of the attempt, never earlier than the table says, and later by at
    /// most a tenth of the wait: `jitter` of 0 adds nothing, 255 the whole tenth. A receiver's
    /// `Retry-After` can only lengthen the wait, at most to a day.
    pub fn next_due(
        &self,
        made: u8,
        ended: Timestamp,
        jitter: u8,
        retry_after: Option<Duration>,
    ) -> Option<Timestamp> {
        let delay = *self.0.get(usize::from(made))?;
        let spread = delay.mul_f64(f64::from(jitter) / 2_550.0);
        let asked = retry_after.unwrap_or_default().min(Duration::from_secs(24 * 3600));
        Some(ended + (delay + spread).max(asked))
    }
}

/// Why a text is not a schedule.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ParseScheduleError {
    /// No step, or more than twenty.
    #[error("a retry schedule has between 1 and {MAX_ATTEMPTS} steps, this one has {0}")]
    Length(usize),
    /// One step is not a number with a unit.
    #[error("`{0}` is not a wait: write a whole number and ms, s, m, h or d, for example 30m")]
    Step(String),
    /// One step is longer than a week.
    #[error("`{0}` is longer than the longest wait, 7d")]
    TooLong(String),
}

impl FromStr for RetrySchedule {
    type Err = ParseScheduleError;

    /// Reads `0s,1m,5m,30m,2h,12h`.
    fn from_str(text: &str) -> Result<Self, ParseScheduleError> {
        let steps = text.split(',').map(|step| parse_step(step.trim()));
        let delays = steps.collect::<Result<Vec<_>, _>>()?;
        if delays.len() > MAX_ATTEMPTS {
            return Err(ParseScheduleError::Length(delays.len()));
        }
        Ok(Self(delays))
    }
}

fn parse_step(step: &str) -> Result<Duration, ParseScheduleError> {
    let bad = || ParseScheduleError::Step(step.to_owned());
    let digits = step.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = step.split_at(digits);
    let number: u64 = number.parse().map_err(|_| bad())?;
    let unit_ms = match unit {
        "ms" => 1,
        "s" => 1_000,
        "m" => 60_000,
        "h" => 3_600_000,
        "d" => 86_400_000,
        _ => return Err(bad()),
    };
    let delay = number.checked_mul(unit_ms).map(Duration::from_millis);
    delay
        .filter(|delay| *delay <= MAX_DELAY)
        .ok_or_else(|| ParseScheduleError::TooLong(step.to_owned()))
}

impl fmt::Display for RetrySchedule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, delay) in self.0.iter().enumerate() {
            let comma = if index == 0 { "" } else { "," };
            let ms = delay.as_millis();
            match ms {
                0 => write!(f, "{comma}0s")?,
                _ if ms % 86_400_000 == 0 => write!(f, "{comma}{}d", ms / 86_400_000)?,
                _ if ms % 3_600_000 == 0 => write!(f, "{comma}{}h", ms / 3_600_000)?,
                _ if ms % 60_000 == 0 => write!(f, "{comma}{}m", ms / 60_000)?,
                _ if ms % 1_000 == 0 => write!(f, "{comma}{}s", ms / 1_000)?,
                _ => write!(f, "{comma}{ms}ms")?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_seeds_table() {
        let schedule = RetrySchedule::default();
        assert_eq!(schedule.to_string(), "0s,1m,5m,30m,2h,12h");
        assert_eq!("0s,1m,5m,30m,2h,12h".parse::<RetrySchedule>().unwrap(), schedule);
        let mut at = Timestamp::from_millis(0);
        let mut waits = Vec::new();
        for made in 1..=6 {
            match schedule.next_due(made, at, 0, None) {
                Some(due) => {
                    waits.push(due.since(at).as_secs());
                    at = due;
                }
                None => assert_eq!(made, 6),
            }
        }
        assert_eq!(waits, [60, 300, 1_800, 7_200, 43_200]);
        assert_eq!(at.as_millis(), (14 * 3600 + 36 * 60) * 1000, "14 h 36 m in all");
        let preview = schedule.preview(Timestamp::from_millis(0));
        assert_eq!((preview.len(), preview[0].as_millis(), preview[5]), (6, 0, at));
    }

    #[test]
    fn bad_schedules_say_what_is_wrong() {
        for text in ["", "1", "m", "1w", "-1s", "1.5m", "8d", "99999999999999999999d", "1m,,2m"] {
            assert!(text.parse::<RetrySchedule>().is_err(), "{text}");
        }
        assert!(vec!["1s"; 21].join(",").parse::<RetrySchedule>().is_err());
    }

    proptest! {
        #[test]
        fn never_early_and_at_most_a_tenth_late(
            made in 1u8..6, ended in 0i64..4_000_000_000_000, jitter: u8,
        ) {
            let schedule = RetrySchedule::default();
            let wait = schedule.delays()[usize::from(made)];
            let ended = Timestamp::from_millis(ended);
            let due = schedule.next_due(made, ended, jitter, None).unwrap();
            prop_assert!(due.since(ended) >= wait);
            prop_assert!(due.since(ended) <= wait.mul_f64(1.1));
        }

        #[test]
        fn retry_after_only_lengthens(made in 1u8..6, jitter: u8, asked in 0u64..200_000) {
            let schedule = RetrySchedule::default();
            let at = Timestamp::from_millis(1_000_000);
            let plain = schedule.next_due(made, at, jitter, None).unwrap();
            let asked = schedule.next_due(made, at, jitter, Some(Duration::from_secs(asked)));
            prop_assert!(asked.unwrap() >= plain);
        }

        #[test]
        fn text_round_trips(steps in prop::collection::vec(0u64..600_000_000, 1..20)) {
            let schedule = RetrySchedule(steps.into_iter().map(Duration::from_millis).collect());
            prop_assert_eq!(schedule.to_string().parse::<RetrySchedule>().unwrap(), schedule);
        }
    }
}
