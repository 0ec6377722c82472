//! What is measured.

/// Requests on their way at once.
pub(crate) const CONNECTIONS: usize = 64;

/// One line of the table.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Scenario {
    /// Its letter in `--only` and in the table.
    pub(crate) letter: char,
    /// What is published.
    pub(crate) load: Load,
    /// How many webhooks receive it.
    pub(crate) webhooks: usize,
    /// Whether the first of them never answers.
    pub(crate) one_hangs: bool,
}

/// How events are published.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Load {
    /// Posted straight to the sink, without a server.
    Raw {
        /// How many.
        events: u64,
    },
    /// As fast as they are acknowledged.
    Closed {
        /// How many.
        events: u64,
        /// How many in one request.
        batch: u64,
    },
    /// At a rate.
    Open {
        /// Events per second.
        rate: Rate,
        /// For so long.
        seconds: u64,
    },
}

/// The rate of an open load.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rate {
    /// So many events per second.
    Events(u64),
    /// Half of the events per second that (b) reached.
    HalfOfB,
}

impl Scenario {
    /// The rate, if it is an open load.
    pub(crate) const fn rate(&self) -> Option<Rate> {
        match self.load {
            Load::Open { rate, .. } => Some(rate),
            Load::Raw { .. } | Load::Closed { .. } => None,
        }
    }

    /// Settles the rate of an open load.
    pub(crate) const fn set_rate(&mut self, events: u64) {
        if let Load::Open { rate, .. } = &mut self.load {
            *rate = Rate::Events(events);
        }
    }

    /// What it does, for people.
    pub(crate) fn title(&self) -> String {
        let what = match self.load {
            Load::Raw { events } => return format!("raw: {events} deliveries, no server"),
            Load::Closed { events, batch: 1 } => format!("{events} events"),
            Load::Closed { events, batch } => format!("{events} events, {batch} in a request"),
            Load::Open { rate: Rate::Events(rate), seconds } => {
                format!("{rate} events/s for {seconds} s")
            }
            Load::Open { rate: Rate::HalfOfB, seconds } => {
                format!("half of (b) for {seconds} s")
            }
        };
        let to = match (self.webhooks, self.one_hangs) {
            (1, _) => "1 webhook".to_owned(),
            (count, false) => format!("{count} webhooks"),
            (count, true) => format!("{count} webhooks, 1 hangs"),
        };
        format!("{what} → {to}")
    }
}

/// All scenarios; those at a rate last so many seconds.
fn all(seconds: u64) -> Vec<Scenario> {
    let plain = |letter, load, webhooks| Scenario { letter, load, webhooks, one_hangs: false };
    let steady = Load::Open { rate: Rate::Events(500), seconds };
    vec![
        plain('a', Load::Raw { events: 200_000 }, 1),
        plain('b', Load::Closed { events: 20_000, batch: 1 }, 1),
        plain('c', Load::Closed { events: 20_000, batch: 100 }, 1),
        plain('d', Load::Closed { events: 5_000, batch: 1 }, 10),
        plain('e', steady, 1),
        plain('e', Load::Open { rate: Rate::HalfOfB, seconds }, 1),
        // The same healthy nine, without and with a tenth that hangs.
        plain('f', steady, 9),
        Scenario { letter: 'f', load: steady, webhooks: 10, one_hangs: true },
    ]
}

/// The scenarios of these letters, or all; (b) comes along with (e), which needs its figure.
pub(crate) fn chosen(letters: &[char], seconds: u64) -> Vec<Scenario> {
    let wanted = |letter: char| {
        letters.is_empty() || letters.contains(&letter) || (letter == 'b' && letters.contains(&'e'))
    };
    all(seconds).into_iter().filter(|scenario| wanted(scenario.letter)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn b_comes_before_what_needs_it() {
        let letters: Vec<char> = chosen(&['e'], 1).iter().map(|one| one.letter).collect();
        assert_eq!(letters, ['b', 'e', 'e']);
        assert_eq!(chosen(&[], 1).len(), 8);
        assert_eq!(chosen(&['x'], 1), []);
    }

    #[test]
    fn a_title_says_what_is_done() {
        let titles: Vec<String> = all(20).iter().map(Scenario::title).collect();
        assert_eq!(titles[2], "20000 events, 100 in a request → 1 webhook");
        assert_eq!(titles[7], "500 events/s for 20 s → 10 webhooks, 1 hangs");
    }
}
