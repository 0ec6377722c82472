//! What a person can be told of by mail, and can choose not to be.

use std::fmt;

/// A kind of mails that a person may mute.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Topic {
    /// Deliveries were given up.
    Failures = 0,
    /// A webhook that had failed works again.
    Recoveries = 1,
    /// A webhook has failed for so long that it will be disabled.
    Warnings = 2,
    /// A webhook was disabled.
    Disabled = 3,
    /// A backlog does not drain in time.
    Backlogs = 4,
}

impl Topic {
    /// Every topic, in the order in which they are shown.
    pub const ALL: [Self; 5] =
        [Self::Failures, Self::Warnings, Self::Disabled, Self::Recoveries, Self::Backlogs];

    /// The word in forms.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Failures => "failures",
            Self::Recoveries => "recoveries",
            Self::Warnings => "warnings",
            Self::Disabled => "disabled",
            Self::Backlogs => "backlogs",
        }
    }

    /// What is told, for people.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Failures => "Deliveries that were given up",
            Self::Recoveries => "Webhooks that work again",
            Self::Warnings => "Webhooks that are about to be disabled",
            Self::Disabled => "Webhooks that were disabled",
            Self::Backlogs => "Backlogs that do not drain in time",
        }
    }
}

/// A set of topics. Its bits are stable, so that stores may keep them as a number.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
pub struct Topics(u32);

impl Topics {
    /// No topic.
    pub const NONE: Self = Self(0);
    /// Every topic.
    pub const ALL: Self = Self((1 << Topic::ALL.len()) - 1);

    /// The stable bits.
    pub const fn bits(self) -> u32 {
        self.0
    }

    /// The set with these bits; unknown ones are dropped.
    pub const fn from_bits(bits: u32) -> Self {
        Self(bits & Self::ALL.0)
    }

    /// Whether the topic is in the set.
    pub const fn contains(self, topic: Topic) -> bool {
        self.0 & (1 << topic as u8) != 0
    }

    /// The topics that are not in the set.
    #[must_use]
    pub const fn others(self) -> Self {
        Self(!self.0 & Self::ALL.0)
    }
}

impl FromIterator<Topic> for Topics {
    fn from_iter<I: IntoIterator<Item = Topic>>(topics: I) -> Self {
        Self(topics.into_iter().fold(0, |bits, topic| bits | 1 << topic as u8))
    }
}

impl fmt::Debug for Topics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words = Topic::ALL.into_iter().filter(|topic| self.contains(*topic));
        f.debug_set().entries(words.map(Topic::as_str)).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_is_every_topic_and_bits_round_trip() {
        assert_eq!(Topic::ALL.into_iter().collect::<Topics>(), Topics::ALL);
        assert_eq!(Topics::from_bits(u32::MAX), Topics::ALL);
        let some: Topics = [Topic::Failures, Topic::Backlogs].into_iter().collect();
        assert_eq!(Topics::from_bits(some.bits()), some);
        assert!(some.contains(Topic::Backlogs) && !some.contains(Topic::Warnings));
        assert_eq!(some.others().others(), some);
        assert!(some.others().contains(Topic::Warnings));
    }
}
